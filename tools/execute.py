"""Run notebooks from top to bottom and store them with their outputs.

python tools/execute.py                       all lessons
python tools/execute.py notebooks/03_*.ipynb  the ones named
python tools/execute.py --check               run them, say what would change, write nothing
python tools/execute.py --renew               store anew also what varies: seconds, versions

The same sources give the same bytes: cells tagged `varies` (seconds, versions) keep their stored
outputs until a source changes. A run that fails leaves the stored file as it was.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

if __package__ in (None, ""):  # started by its path: look for `tools` beside this folder
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from tools.kernel import run
from tools.normalise import normalise
from tools.storage import (
    NotebookError,
    chosen_notebooks,
    keep_varying,
    read_notebook,
    serialise,
    sign,
    write_whole,
)


def execute(path: Path, *, check: bool = False, renew: bool = False) -> tuple[bool, str]:
    """Run one notebook and store it.

    Args:
        path: the notebook's file.
        check: write nothing, only compare.
        renew: store this run's outputs also of the cells that vary.

    Returns:
        Whether the stored file differs from what the run gave, and a line that says so.

    Raises:
        NotebookError: when the file cannot be read or written, or a cell fails.
    """
    stored = read_notebook(path)
    before = path.read_bytes()
    notebook = read_notebook(path)
    try:
        seconds = run(notebook, folder=path.resolve().parent)
    except NotebookError as error:
        raise NotebookError(f"{path}: {error}; the stored file is untouched.") from error
    normalise(notebook)
    if not renew:
        keep_varying(notebook, stored=stored)
    sign(notebook)
    after = serialise(notebook)
    took = f"{seconds.start + seconds.cells:.1f} s"
    if after == before:
        return False, f"{path.name}: unchanged, {took}"
    if check:
        cells = [
            str(number)
            for number, (old, new) in enumerate(
                zip(stored.cells, notebook.cells, strict=True), start=1
            )
            if old != new
        ]
        where = f"cells {', '.join(cells)}" if cells else "metadata only"
        return True, f"{path.name}: would change ({where}), {took}"
    if path.read_bytes() != before:
        raise NotebookError(
            f"{path} was edited while it ran, so nothing is written: save it everywhere, then run "
            "this again."
        )
    write_whole(path, after)
    return True, f"{path.name}: written, {took}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the notebooks named on the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all lessons")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; status 1 if a file would change"
    )
    parser.add_argument(
        "--renew", action="store_true", help="store anew the outputs of cells tagged `varies`"
    )
    options = parser.parse_args(arguments)
    status = 0
    try:
        for path in chosen_notebooks(options.notebooks):
            try:
                differs, line = execute(path, check=options.check, renew=options.renew)
            except NotebookError as error:
                print(error, file=sys.stderr, flush=True)
                status = 1
            else:
                print(line, flush=True)
                if differs and options.check:
                    status = 1
    except NotebookError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted: the notebook that was running is as it was before.", file=sys.stderr)
        return 130
    return status


if __name__ == "__main__":
    sys.exit(main())
