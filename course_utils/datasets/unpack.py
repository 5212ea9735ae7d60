"""Hand torchvision a folder that its MNIST classes accept without a download."""

import zlib
from pathlib import Path
from typing import Literal, get_args

from course_utils.datasets.files import DatasetError, read_unzipped, read_verified
from course_utils.datasets.staging import cache_folder, staging_folder

TorchvisionName = Literal["FashionMNIST", "MNIST"]
_FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def torchvision_root(name: TorchvisionName = "FashionMNIST") -> Path:
    """Return a `root` for `torchvision.datasets.FashionMNIST(root, download=False)` or `MNIST`.

    torchvision wants the files decompressed: they are unpacked once (55 MB a data set) into the
    user's cache folder, or the one that COURSE_CACHE names, and used again when they are still
    what the shipped files hold. Licences: see the cards in `data/README.md`.

    Raises:
        DatasetError: unknown name; a shipped file is missing or damaged; the cache folder cannot
            be written or its disk is full.
    """
    if name not in get_args(TorchvisionName):
        raise DatasetError(
            f"Expected 'FashionMNIST' or 'MNIST', got {name!r}; pass one of the two."
        )
    root = cache_folder() / "torchvision"
    for file in _FILES:
        _unpack(f"{name}/raw/{file}.gz", root / name / "raw" / file)
    return root


def _unpack(shipped: str, target: Path) -> None:
    # A gzip file ends with the CRC-32 and the size of what it holds: enough to recognise it.
    trailer = read_verified(shipped)[-8:]
    checksum, size = (int.from_bytes(part, "little") for part in (trailer[:4], trailer[4:]))
    if _holds(target, checksum, size):
        return
    content = read_unzipped(shipped)
    with staging_folder(target.parent, room=len(content)) as staging:
        unfinished = staging / target.name
        unfinished.write_bytes(content)
        try:
            unfinished.replace(target)
        except PermissionError:
            # Windows: another process that unpacked the same file is just reading it.
            if not _holds(target, checksum, size):
                raise


def _holds(path: Path, checksum: int, size: int) -> bool:
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return len(content) == size and zlib.crc32(content) == checksum
