"""Small parts that the tests of the data layer share: IDX files, checksums, what lies on disk."""

import hashlib
import os
import re
from pathlib import Path

import numpy as np
import pytest

from course_utils.datasets import DatasetError

SHIPPED = Path(__file__).resolve().parents[2] / "data"
TABLES = ("cars.csv", "seattle_temperatures.csv", "surnames.csv")


def idx(values: np.ndarray) -> bytes:
    """The IDX file of a uint8 array."""
    sizes = b"".join(size.to_bytes(4, "big") for size in values.shape)
    return bytes([0, 0, 8, values.ndim]) + sizes + values.tobytes()


def write_checksums(folder: Path) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in files
        if path.name != "SHA256SUMS"
    ]
    (folder / "SHA256SUMS").write_bytes("".join(lines).encode())


def contents(folder: Path) -> dict[str, tuple[int, int] | None]:
    """Every file and folder below, with size and modification time of the files."""
    return {
        path.relative_to(folder).as_posix(): (
            (path.stat().st_size, path.stat().st_mtime_ns) if path.is_file() else None
        )
        for path in folder.rglob("*")
    }


def assert_one_sentence(caught: pytest.ExceptionInfo[DatasetError], *parts: str) -> None:
    message = str(caught.value)
    assert message.startswith("Expected ")
    assert message.endswith(".")
    assert "\n" not in message
    assert not re.search(r"[.!?] +[A-Z]", message), "more than one sentence"
    assert "; " in message, "nothing said about what to do next"
    for part in parts:
        assert part in message


def age(path: Path, seconds: float) -> None:
    """Make a file or folder look untouched for so long."""
    for item in (*path.rglob("*"), path):
        then = item.stat().st_mtime - seconds
        os.utime(item, (then, then))
