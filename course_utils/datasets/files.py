"""Find the shipped data files and read them, checksum first.

Not about what the files hold: see `images` and `tables`. Nothing is written here: see `staging`.
"""

import gzip
import hashlib
import os
import zlib
from pathlib import Path

CHECKSUMS = "SHA256SUMS"
_REMEDY = "restore it from a fresh copy of the course"

# Files already compared with their checksum in this process: (path, size, mtime in ns, checksum).
_verified: set[tuple[Path, int, int, str]] = set()


class DatasetError(RuntimeError):
    """A data set cannot be had; the message is one sentence: expected, got, what to do next."""


def data_folder() -> Path:
    """Return the folder of the shipped data: `data/` of the course, or what COURSE_DATA names."""
    override = os.environ.get("COURSE_DATA")
    if override:
        return Path(override).expanduser().absolute()
    return Path(__file__).resolve().parents[2] / "data"


def read_verified(name: str, *, folder: str | Path | None = None) -> bytes:
    """Return the content of one shipped file after comparing its SHA-256 checksum.

    The comparison happens once per process and file version (path, size, modification time).

    Args:
        name: path below the data folder with forward slashes, as `SHA256SUMS` lists it.
        folder: data folder; by default `data_folder()`.

    Raises:
        DatasetError: the folder, the file or its checksum is missing or unreadable, or the file
            is not the one that was shipped.
    """
    root = data_folder() if folder is None else Path(folder).expanduser().absolute()
    if not root.is_dir():
        raise DatasetError(
            f"Expected the course's data in the folder {root}, found no such folder; keep the "
            "course's files together, or set the environment variable COURSE_DATA to that folder."
        )
    path = root / name
    expected = _listed_checksum(root / CHECKSUMS, name)
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            content = file.read()
    except OSError as error:
        raise _unreadable(path, error) from error
    version = (path, status.st_size, status.st_mtime_ns, expected)
    if version not in _verified:
        got = hashlib.sha256(content).hexdigest()
        if got != expected:
            raise DatasetError(
                f"Expected {path} to have the SHA-256 checksum {expected[:12]}… listed in "
                f"{CHECKSUMS}, got {got[:12]}… from {len(content):,} bytes, so the file is damaged "
                f"or was changed; {_REMEDY}."
            )
        _verified.add(version)
    return content


def read_unzipped(name: str, *, folder: str | Path | None = None) -> bytes:
    """Return the decompressed content of one shipped gzip file; arguments as `read_verified`.

    Raises:
        DatasetError: as `read_verified`, or the file is not a whole gzip file.
    """
    packed = read_verified(name, folder=folder)
    try:
        return gzip.decompress(packed)
    except (EOFError, OSError, zlib.error) as error:
        raise DatasetError(
            f"Expected {name} to be a whole gzip file, got {len(packed):,} bytes that do not "
            f"decompress ({str(error).rstrip('.')}); {_REMEDY}."
        ) from error


def _listed_checksum(listing: Path, name: str) -> str:
    try:
        lines = listing.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(listing, error) from error
    for line in lines:
        checksum, _, listed = line.partition(" ")
        # sha256sum puts a space or, for binary mode, an asterisk before the name.
        if listed.lstrip(" *") == name:
            return checksum.lower()
    raise DatasetError(
        f"Expected {listing} to list a checksum for {name}, found no line with it; {_REMEDY}."
    )


def _unreadable(path: Path, error: Exception) -> DatasetError:
    if isinstance(error, FileNotFoundError):
        return DatasetError(f"Expected the data file {path}, found no such file; {_REMEDY}.")
    reason = getattr(error, "strerror", None) or type(error).__name__
    return DatasetError(
        f"Expected to read the data file {path}, got '{reason}'; make the file readable, or "
        f"{_REMEDY}."
    )
