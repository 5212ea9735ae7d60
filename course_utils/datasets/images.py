"""Fashion-MNIST and MNIST as tensors, read straight from the shipped gzip files.

Not about batches, augmentation or normalisation: the notebooks do these in view.
"""

from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Literal, get_args

import torch

from course_utils.datasets.files import DatasetError, read_unzipped

Split = Literal["train", "test"]

DIGITS = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
GARMENTS = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


@dataclass(frozen=True, eq=False, repr=False)
class ImageSet:
    """Images with their labels, in the order in which their makers stored them.

    Attributes:
        images: uint8 brightness 0–255; `(samples, height, width)` when grey,
            `(samples, channels, height, width)` when coloured.
        labels: int64 class numbers `(samples,)`; `classes[label]` is the name.
        classes: one name for each class number.
    """

    images: torch.Tensor
    labels: torch.Tensor
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        # The default would print the tensors' values.
        return f"ImageSet(images {tuple(self.images.shape)}, {len(self.classes)} classes)"

    def pixels(self) -> torch.Tensor:
        """Return new float32 images in [0, 1], `(samples, channels, height, width)`.

        Takes four bytes a pixel: 188 MB for 60,000 grey images of 28 × 28.
        """
        images = self.images.unsqueeze(1) if self.images.ndim == 3 else self.images
        return images.float().div_(255)


def fashion_mnist(split: Split = "train", *, folder: str | Path | None = None) -> ImageSet:
    """Return Fashion-MNIST: 60,000 training or 10,000 test photographs of garments, 10 classes.

    Images are uint8 `(samples, 28, 28)`, labels int64 `(samples,)`. MIT licence; the card in
    `data/README.md` tells origin and limits.

    Args:
        split: "train" or "test".
        folder: data folder to read; by default the course's, or what COURSE_DATA names.

    Raises:
        DatasetError: unknown split; a file is missing, unreadable, damaged or changed.
    """
    return _read_image_set("FashionMNIST", split, GARMENTS, folder)


def mnist(split: Split = "train", *, folder: str | Path | None = None) -> ImageSet:
    """Return MNIST: 60,000 training or 10,000 test images of handwritten digits, 10 classes.

    Images are uint8 `(samples, 28, 28)`, labels int64 `(samples,)`. CC BY-SA 3.0; the card in
    `data/README.md` tells origin and limits. Arguments and errors as `fashion_mnist`.
    """
    return _read_image_set("MNIST", split, DIGITS, folder)


def check_split(split: str) -> None:
    """Raise DatasetError unless `split` is "train" or "test"."""
    if split not in get_args(Split):
        raise DatasetError(
            f"Expected the split 'train' or 'test', got {split!r}; a validation set is a part of "
            "'train' that you set aside yourself."
        )


def _read_image_set(
    name: str, split: Split, classes: tuple[str, ...], folder: str | Path | None
) -> ImageSet:
    check_split(split)
    stem = f"{name}/raw/{'train' if split == 'train' else 't10k'}"
    images = _read_idx(f"{stem}-images-idx3-ubyte.gz", dimensions=3, folder=folder)
    labels = _read_idx(f"{stem}-labels-idx1-ubyte.gz", dimensions=1, folder=folder).long()
    if len(images) != len(labels):
        raise DatasetError(
            f"Expected one label for each image in {stem}*, got {len(images):,} images and "
            f"{len(labels):,} labels; restore both files from a fresh copy of the course."
        )
    return ImageSet(images, labels, classes)


def _read_idx(name: str, *, dimensions: int, folder: str | Path | None) -> torch.Tensor:
    """Return the uint8 tensor of one IDX file.

    IDX, as MNIST's authors describe it: two zero bytes, one byte for the type (8 is uint8), one
    for the number of dimensions, each size as a big-endian 32-bit number, then the values.
    """
    content = read_unzipped(name, folder=folder)
    start = 4 + 4 * dimensions
    shape = [int.from_bytes(content[at : at + 4], "big") for at in range(4, start, 4)]
    whole = start < start + prod(shape) == len(content)
    if content[:4] != bytes([0, 0, 8, dimensions]) or not whole:
        raise DatasetError(
            f"Expected {name} to be an IDX file of bytes with {dimensions} dimension(s), got a "
            f"header {content[:start].hex(' ', 4)} before {max(len(content) - start, 0):,} values; "
            "restore the file from a fresh copy of the course."
        )
    # frombuffer needs memory that may be written, which bytes is not.
    return torch.frombuffer(bytearray(content), dtype=torch.uint8, offset=start).reshape(shape)
