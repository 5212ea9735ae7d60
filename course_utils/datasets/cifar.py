"""CIFAR-10 and CIFAR-100: not shipped, downloaded when the learner asks for it.

torchvision's own classes know the address, the checksums and the file format; here they get an
archive that is fetched and unpacked so that a failure leaves nothing half written.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import torch

from course_utils.datasets.download import fetch
from course_utils.datasets.files import DatasetError
from course_utils.datasets.images import ImageSet, Split, check_split
from course_utils.datasets.staging import cache_folder, staging_folder

if TYPE_CHECKING:
    from torchvision.datasets import CIFAR10

# Bytes of the two archives differ by less than 1 %; unpacked they take a little more.
ARCHIVE_BYTES = 170_000_000
UNPACKED_BYTES = 190_000_000


def cifar10(split: Split = "train", *, download: bool = False) -> ImageSet:
    """Return CIFAR-10: 50,000 training or 10,000 test colour photographs, 10 classes.

    Images are uint8 `(samples, 3, 32, 32)`, labels int64 `(samples,)`. Not shipped: a download of
    170 MB into the user's cache folder, or the one that COURSE_CACHE names. Licence and limits:
    the card in `data/README.md`.

    Args:
        split: "train" or "test".
        download: fetch the data if they are not in the cache yet; shows a progress bar.

    Raises:
        DatasetError: unknown split; not downloaded yet; the download failed (no connection,
            server error, wrong checksum); the cache folder cannot be written or its disk is full.
    """
    check_split(split)
    from torchvision.datasets import CIFAR10

    return _load(CIFAR10, "cifar10", split, download=download)


def cifar100(split: Split = "train", *, download: bool = False) -> ImageSet:
    """Return CIFAR-100: as `cifar10`, with 100 fine classes of 500 training images each."""
    check_split(split)
    from torchvision.datasets import CIFAR100

    return _load(CIFAR100, "cifar100", split, download=download)


def _load(kind: "type[CIFAR10]", function: str, split: Split, *, download: bool) -> ImageSet:
    root = cache_folder() / "torchvision"
    folder = root / kind.base_folder
    call = f"{function}({split!r}, download=True)"
    found = "nothing there"
    if folder.exists():
        try:
            return _open(kind, root, split)
        except DatasetError:
            if not download:
                found = "damaged files"
    if not download:
        raise DatasetError(
            f"Expected the {kind.__name__} files in {folder}, found {found}; call {call} while "
            f"online to fetch them ({ARCHIVE_BYTES / 1e6:.0f} MB)."
        )
    with staging_folder(root, room=ARCHIVE_BYTES + UNPACKED_BYTES) as staging:
        archive = staging / kind.filename
        fetch(kind.url, archive, md5=kind.tgz_md5, title=kind.__name__, again=call)
        # torchvision finds the archive in place, so it only unpacks it and checks every file.
        images = _open(kind, staging, split, download=True)
        if folder.exists():
            folder.replace(staging / "damaged")
        (staging / kind.base_folder).replace(folder)
    return images


def _open(kind: "type[CIFAR10]", root: Path, split: Split, *, download: bool = False) -> ImageSet:
    try:
        dataset = kind(str(root), train=split == "train", download=download)
    except RuntimeError as error:
        raise DatasetError(
            f"Expected whole {kind.__name__} files in {root / kind.base_folder}, got some whose "
            "checksums differ from torchvision's; install a newer torchvision and download again."
        ) from error
    # torchvision keeps height and width first and the channels last, PyTorch's layers want
    # (samples, channels, height, width).
    images = torch.from_numpy(dataset.data).permute(0, 3, 1, 2).contiguous()
    return ImageSet(images, torch.tensor(dataset.targets), tuple(dataset.classes))
