"""What went wrong in the set-up, told in one sentence that says what to do.

Only the standard library and syntax of Python 3.8, as for `tools/environment.py`.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

DISK, NETWORK = "disk", "network"
ROOM = (
    "about 6 GB, and as much again for the download cache where that lies on another disk"
    if sys.platform == "linux"
    else "about 2 GB"
)

# Cause → what installers print then, in lower case, and what the learner is told. The first that
# fits is told, so causes that drag other messages behind them come first. The signs were collected
# from real failures of pip 23–24, uv 0.13 and venv.
CAUSES = {
    DISK: (
        ("no space left", "not enough space", "disk quota exceeded"),
        f"the disk is full: the course needs {ROOM}; make room",
    ),
    "venv": (
        ("ensurepip is not available", "no module named venv", "no module named ensurepip"),
        "this Python came without its venv module: install it "
        "(Debian, Ubuntu: sudo apt install python3-venv)",
    ),
    "permission": (
        ("permission denied", "access is denied", "operation not permitted", "read-only file"),
        "a file may not be written: put the course into a folder of your own, "
        "close JupyterLab if it still runs from there",
    ),
    "certificate": (
        ("certificate",),
        "the package index did not prove who it is (its certificate): "
        "use a network without an intercepting proxy, or ask your administrator",
    ),
    NETWORK: (
        (
            "failed to fetch",
            "error sending request",
            "newconnectionerror",
            "connection broken",
            "connection aborted",
            "max retries exceeded",
            "name resolution",
            "timed out",
            "proxyerror",
        ),
        "the package index cannot be reached: the first set-up needs the internet; connect",
    ),
    "checksum": (
        ("hash mismatch", "do not match the hashes"),
        "a downloaded package is not the one the course was tested with (its checksum differs): "
        "use another network, or report it to the course",
    ),
    "platform": (
        ("matching platform tag", "no matching distribution"),
        "a package, most likely PyTorch, does not exist for this computer: the course needs "
        "64-bit Linux or Windows, or macOS 14 on Apple silicon; use such a computer",
    ),
}


class SetUpError(RuntimeError):
    """Why the environment could not be made, and what to do next, in one sentence."""


def cause_of(output: str, root: Path) -> str | None:
    """The name of the cause that a failed command's `output` speaks of, None if unknown."""
    # A failing ensurepip keeps its "no space left" to itself, hence the look at the disk.
    if shutil.disk_usage(root).free < 20_000_000:
        return DISK
    text = " ".join(output.lower().split())  # some messages are wrapped to the width of a page
    return next(
        (name for name, (signs, _) in CAUSES.items() if any(sign in text for sign in signs)), None
    )


def explain(output: str, root: Path) -> str:
    """One sentence about a failed command; of an unknown failure the command's last words."""
    cause = cause_of(output, root)
    if cause is None:
        words = "\n  ".join(output.strip().splitlines()[-8:])
        return f"The set-up stopped for a reason it does not know; the last words were:\n  {words}"
    return f"The set-up stopped: {CAUSES[cause][1]}, then run the same command again."
