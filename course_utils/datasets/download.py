"""Fetch one file over HTTP with a progress bar, timeouts, retries and a checksum.

Not about where the file goes in the end: the caller gives a path in a staging folder.
"""

import hashlib
import time
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from course_utils.datasets.files import DatasetError

if TYPE_CHECKING:
    import requests
    from tqdm import tqdm

# Seconds to wait for a connection, and for the next bytes.
TIMEOUT = (10.0, 30.0)
# Bytes that are saved, and shown by the progress bar, at a time.
CHUNK_BYTES = 2**16
# Seconds to wait before the second and the third attempt.
PAUSES = (1.0, 3.0)


def fetch(url: str, target: Path, *, md5: str, title: str, again: str) -> None:
    """Download `url` to `target` and compare its MD5 checksum.

    A failure that may pass (no connection, a broken one, a busy server) is tried three times.

    Args:
        url: HTTP address.
        target: file to write; unfinished when an error is raised, so not its final place.
        md5: expected checksum, 32 hexadecimal digits.
        title: what is fetched, for the progress bar and the messages.
        again: the call that repeats the download, for the messages.

    Raises:
        DatasetError: no connection, broken connection, timeout, HTTP error, wrong checksum.
        OSError: `target` cannot be written.
    """
    import requests

    for pause in (*PAUSES, None):
        try:
            _download(url, target, title=title)
            break
        except requests.RequestException as error:
            if pause is None or not _may_pass(error):
                raise DatasetError(
                    f"Expected to download {title} from {url}, got {_reason(error, target)}; "
                    f"{_advice(error)} and call {again} again."
                ) from error
            time.sleep(pause)
    with target.open("rb") as file:
        # MD5 is what the data set's makers publish; it guards against damage, not against malice.
        got = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if got != md5:
        raise DatasetError(
            f"Expected {title} from {url} to have the MD5 checksum {md5}, got {got} from "
            f"{target.stat().st_size:,} bytes, so it was damaged on the way or replaced by a "
            f"log-in page of your network; check the connection and call {again} again."
        )


def _download(url: str, target: Path, *, title: str) -> None:
    from pooch.downloaders import HTTPDownloader

    with closing(_Progress(title)) as progress:
        download = HTTPDownloader(progress, chunk_size=CHUNK_BYTES, timeout=TIMEOUT)
        download(url, str(target), None)


class _Progress:
    """A progress bar as pooch asks for one, which appears when the first bytes have come.

    pooch's own bar is 79 pixels wide in a notebook.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.total = 0  # pooch sets it to the size that the server tells, 0 if it tells none
        self.bar: tqdm[NoReturn] | None = None

    def update(self, count: int) -> None:
        if self.bar is None:
            from tqdm.auto import tqdm

            self.bar = tqdm(desc=self.title, total=self.total or None, unit="B", unit_scale=True)
        # pooch counts the last chunk as a full one and everything once more at the end.
        self.bar.update(min(count, self.total - self.bar.n) if self.total else count)

    def reset(self) -> None:
        """Keep what is shown; pooch would start again from zero at the end."""

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()


def _status(error: "requests.RequestException") -> int | None:
    return None if error.response is None else error.response.status_code


def _may_pass(error: "requests.RequestException") -> bool:
    status = _status(error)
    return status is None or status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500


def _reason(error: "requests.RequestException", target: Path) -> str:
    import requests

    if error.response is not None:
        return f"the HTTP status {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    saved = target.stat().st_size if target.exists() else 0
    if saved or isinstance(error, requests.exceptions.ChunkedEncodingError):
        return f"a connection that broke off after {saved:,} bytes"
    return f"no connection ({type(error).__name__})"


def _advice(error: "requests.RequestException") -> str:
    status = _status(error)
    if status is None:
        return "check that this computer is online"
    if _may_pass(error):
        return "the server has a problem, so wait a while"
    return "the address may have moved, so install a newer torchvision"
