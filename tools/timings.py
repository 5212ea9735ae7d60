"""Measure how long each lesson takes and write the table notebooks/timings.md.

python tools/timings.py                       all lessons, about twice their time
python tools/timings.py notebooks/03_*.ipynb  the ones named, printed only

Let the machine do nothing else meanwhile: with two threads, one busy neighbour doubles the time.
"""

import argparse
import importlib.metadata
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

if __package__ in (None, ""):  # started by its path: look for `tools` beside this folder
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from tools.kernel import Seconds, run
from tools.storage import (
    NOTEBOOKS,
    NotebookError,
    chosen_notebooks,
    code_cells,
    read_notebook,
    write_whole,
)


@dataclass(frozen=True)
class Timing:
    """One lesson: its number of code cells, its runs, its size in bytes."""

    name: str
    code_cells: int
    one_thread: Seconds
    two_threads: Seconds
    size: int


def measure(path: Path) -> Timing:
    """Run a lesson with one thread, then with two; its file stays as it is.

    Raises:
        NotebookError: when the file cannot be read or a cell fails.
    """
    folder = path.resolve().parent
    try:
        one, two = (run(read_notebook(path), folder=folder, threads=count) for count in (1, 2))
    except NotebookError as error:
        raise NotebookError(f"{path}: {error}.") from error
    cells = len(code_cells(read_notebook(path)))
    return Timing(path.name, cells, one, two, path.stat().st_size)


def table(timings: Sequence[Timing]) -> str:
    """The page with all timings, as Markdown."""
    rows = [
        _row(
            name,
            [
                sum(t.code_cells for t in some),
                sum(t.one_thread.cells for t in some),
                sum(t.two_threads.cells for t in some),
                sum(t.two_threads.start + t.two_threads.cells for t in some),
                sum(t.size for t in some) / 1000,
            ],
        )
        for name, some in [
            *((f"[{t.name[:2]}]({t.name})", [t]) for t in timings),
            ("All", list(timings)),
        ]
    ]
    return "\n".join(
        [
            "# How long each notebook takes",
            "",
            f"Measured on {machine()}. Written by `python tools/timings.py`.",
            "",
            "| Notebook | Code cells | Seconds, 1 thread | Seconds, 2 threads "
            "| The same, with starting the kernel | Size in kB |",
            "|---|---:|---:|---:|---:|---:|",
            *rows,
            "",
        ]
    )


def _row(name: str, numbers: list[float]) -> str:
    """A row of the table: the number of cells, three times in seconds, the size in kB."""
    cells, one, two, whole, size = numbers
    return f"| {name} | {cells:.0f} | {one:.1f} | {two:.1f} | {whole:.1f} | {size:.0f} |"


def machine() -> str:
    """This machine in general words: processor cores, system, Python, PyTorch."""
    try:
        torch = f"PyTorch {importlib.metadata.version('torch')}"
    except importlib.metadata.PackageNotFoundError:
        torch = "no PyTorch"
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()
    return (
        f"{cores} processor cores ({platform.machine()}, {platform.system()}), the CPU only, with "
        f"Python {platform.python_version()} and {torch}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the notebooks named on the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all lessons")
    options = parser.parse_args(arguments)
    try:
        timings = []
        for path in chosen_notebooks(options.notebooks):
            print(f"{path.name} …", file=sys.stderr, flush=True)
            timings.append(measure(path))
        page = table(timings)
        print(page)
        if not options.notebooks:
            write_whole(NOTEBOOKS / "timings.md", page.encode("utf-8"))
    except NotebookError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
