"""Write into the cache so that a file or folder is there whole or not at all.

Everything new is written into a staging folder beside its destination and moved there with one
rename when it is complete.
"""

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from course_utils.datasets.files import DatasetError

PREFIX = ".unfinished-"
# A staging folder untouched for this long belongs to a run that was killed. A younger one may
# belong to a process that is still writing.
LEFTOVER_AFTER_SECONDS = 600.0


def cache_folder() -> Path:
    """Return the folder for unpacked and downloaded data: per user, or what COURSE_CACHE names."""
    override = os.environ.get("COURSE_CACHE")
    if override:
        return Path(override).expanduser().absolute()
    from pooch.utils import os_cache

    return Path(os_cache("deep-learning-course")).absolute()


@contextmanager
def staging_folder(folder: Path, *, room: int) -> Iterator[Path]:
    """Make `folder` and a staging folder in it; remove the staging folder whatever happens.

    Args:
        folder: where the finished files will be moved; on the same disk as the staging folder.
        room: bytes that will be written, named when the disk is full.

    Yields:
        The empty staging folder.

    Raises:
        DatasetError: any operating system error inside the block, such as a full disk or a
            folder without write permission.
    """
    staging: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(folder)
        staging = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
        yield staging
    except OSError as error:
        raise _cannot_write(folder, error, room) from error
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)


def _remove_leftovers(folder: Path) -> None:
    for leftover in folder.glob(f"{PREFIX}*"):
        # Another process may tidy up the same leftover at the same time.
        with suppress(OSError):
            touched = max(path.stat().st_mtime for path in (leftover, *leftover.rglob("*")))
            if time.time() - touched > LEFTOVER_AFTER_SECONDS:
                shutil.rmtree(leftover, ignore_errors=True)


def _cannot_write(folder: Path, error: OSError, room: int) -> DatasetError:
    reason = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        advice = f"free about {room / 1e6:.0f} MB there"
    else:
        advice = "make that folder writable"
    return DatasetError(
        f"Expected to write {room / 1e6:.0f} MB into {folder}, got '{reason}'; {advice}, or set "
        "the environment variable COURSE_CACHE to another folder."
    )
