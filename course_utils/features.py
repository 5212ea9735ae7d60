"""Features of a frozen network, computed once and kept on disk.

Not about training: a classifier of any kind works on the features afterwards.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from torch import nn

from course_utils.datasets import DatasetError
from course_utils.datasets.staging import cache_folder, staging_folder

_CHECKSUM_BYTES = 32


@dataclass(frozen=True)
class Preprocessing:
    """What images go through before the network. Built in notebook 18.

    Calling it turns pixels `(samples, 1 or 3, height, width)` from 0 to 1 into
    `(samples, 3, side, side)`: resized, a grey channel repeated, normalised channel by channel.

    Attributes:
        side: height and width that the network gets, in pixels.
        mean: subtracted from red, green, blue, where white is 1.
        std: what the three are then divided by.
    """

    side: int
    mean: tuple[float, float, float] = (127 / 255,) * 3
    std: tuple[float, float, float] = (128 / 255,) * 3

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return the network's input."""
        size = (self.side, self.side)
        resized = nn.functional.interpolate(pixels, size, mode="bilinear", antialias=True)
        mean, std = (pixels.new_tensor(three).reshape(3, 1, 1) for three in (self.mean, self.std))
        return (resized - mean) / std


def extract(
    model: nn.Module, pixels: torch.Tensor, prepare: Preprocessing, *, size: int = 128
) -> torch.Tensor:
    """Return what a frozen model makes of images, on the CPU, without gradients.

    Built in notebook 18.

    Args:
        model: in eval mode; (batch, 3, side, side) → (batch, features).
        pixels: shape (samples, 1 or 3, height, width), from 0 to 1; on the CPU or the model's
            device.
        prepare: resizes and normalises a batch.
        size: images in a batch.

    Raises:
        ValueError: the model is in train mode, in which batch norm would change while it is used,
            or there is no image.
    """
    if any(module.training for module in model.modules()):
        raise ValueError(
            "Expected a model in eval mode, got one that trains: call model.eval() first."
        )
    if len(pixels) == 0:
        raise ValueError("Expected one image or more, got none: pass at least one.")
    device = next((weight.device for weight in model.parameters()), pixels.device)
    with torch.no_grad():
        parts = [
            model(prepare(part.to(device)).contiguous(memory_format=torch.channels_last)).cpu()
            for part in pixels.split(size)
        ]
    return torch.cat(parts)


def fingerprint(model: nn.Module, pixels: torch.Tensor, prepare: Preprocessing) -> str:
    """Return a key that changes with the model, the images and the preprocessing.

    Built in notebook 18. The model counts with its weights, its buffers and its `repr`, not with
    the code of its `forward`: settings that none of them holds belong into the module's
    `extra_repr`, and changed code needs another class name.
    """
    digest = hashlib.sha256(repr((model, prepare)).encode())
    for name, tensor in [*model.state_dict().items(), ("pixels", pixels)]:
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        values = tensor.detach().cpu().contiguous().reshape(-1)
        digest.update(values.view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:32]


def cached_features(
    model: nn.Module,
    pixels: torch.Tensor,
    prepare: Preprocessing,
    *,
    folder: str | Path | None = None,
) -> torch.Tensor:
    """Return `extract(model, pixels, prepare)`, read from disk where it was computed before.

    Built in notebook 18. A file is there whole or not at all. A damaged one is reported in a
    sentence and computed again; so is a file that cannot be written, and the features come all the
    same.

    Args:
        model: as in `extract`.
        pixels: as in `extract`.
        prepare: as in `extract`.
        folder: where the files lie; by default `features` in the user's cache folder, or in the
            one that COURSE_CACHE names.

    Raises:
        ValueError: as in `extract`.
    """
    place = cache_folder() / "features" if folder is None else Path(folder)
    path = place / f"{fingerprint(model, pixels, prepare)}.features"
    features = _read(path)
    if features is None:
        features = extract(model, pixels, prepare)
        _write(path, features)
    return features


def _read(path: Path) -> torch.Tensor | None:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        print(f"{path.name} cannot be read ({reason}): the features are computed again.")
        return None
    checksum, payload = content[:_CHECKSUM_BYTES], content[_CHECKSUM_BYTES:]
    if hashlib.sha256(payload).digest() == checksum:
        with suppress(ValueError):  # whole, but not numbers: somebody else's file
            return torch.from_numpy(np.load(BytesIO(payload), allow_pickle=False))
    print(f"{path.name} is damaged or cut short: the features are computed again.")
    return None


def _write(path: Path, features: torch.Tensor) -> None:
    buffer = BytesIO()
    np.save(buffer, features.numpy(), allow_pickle=False)
    payload = buffer.getvalue()
    try:
        with staging_folder(path.parent, room=len(payload) + _CHECKSUM_BYTES) as staging:
            unfinished = staging / path.name
            unfinished.write_bytes(hashlib.sha256(payload).digest() + payload)
            unfinished.replace(path)
    except DatasetError as error:
        # The features are good, only the disk is not: what was computed must not be lost.
        print(f"The features are not kept. {error}")
