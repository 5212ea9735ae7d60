"""Write a student's copy of a lesson: no solutions, no outputs, everything else as it is.

python tools/handout.py 3                      handouts/03_gradient_descent.ipynb
python tools/handout.py 3 --output ../for-you  into another folder
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from nbformat import NotebookNode

if __package__ in (None, ""):  # started by its path: look for `tools` beside this folder
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from tools.rules.lesson import tags
from tools.storage import (
    NOTEBOOKS,
    ROOT,
    NotebookError,
    code_cells,
    lesson_notebooks,
    read_notebook,
    serialise,
    write_whole,
)


def student_copy(notebook: NotebookNode) -> None:
    """Remove solutions, outputs and the executor's signature, in place."""
    notebook.cells = [cell for cell in notebook.cells if "solution" not in tags(cell)]
    for cell in code_cells(notebook):
        cell.outputs = []
        cell.execution_count = None
    notebook.metadata.pop("course", None)


def find_lesson(number: str, *, folder: Path = NOTEBOOKS) -> Path:
    """The file of a lesson.

    Args:
        number: "3" or "03".
        folder: where the lessons are.

    Raises:
        NotebookError: when there is no lesson, or more than one, of that number.
    """
    found = [path for path in lesson_notebooks(folder) if path.name.startswith(f"{number:0>2}_")]
    if len(found) != 1:
        there = ", ".join(path.name[:2] for path in lesson_notebooks(folder)) or "none"
        raise NotebookError(
            f"there are {len(found)} lessons of the number '{number}': name one of {there}."
        )
    return found[0]


def hand_out(lesson: Path, *, output: Path, force: bool = False) -> Path:
    """Write the student's copy of a lesson under the same name into a folder.

    Args:
        lesson: the notebook's file.
        output: the folder; made if it does not exist.
        force: write over an existing file, a student's work for example.

    Returns:
        The path of the copy.

    Raises:
        NotebookError: when the lesson cannot be read, or the copy exists or cannot be written.
    """
    copy = output / lesson.name
    if copy.resolve() == lesson.resolve():
        raise NotebookError(f"{copy} is the lesson itself: name another folder with --output.")
    if copy.exists() and not force:
        raise NotebookError(
            f"{copy} exists and may hold somebody's work: name another folder with --output, or "
            "write over it with --force."
        )
    notebook = read_notebook(lesson)
    student_copy(notebook)
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotebookError(
            f"the folder {output} cannot be made, the system says '{error.strerror}': name another "
            "one with --output."
        ) from error
    write_whole(copy, serialise(notebook))
    return copy


def main(arguments: Sequence[str] | None = None) -> int:
    """Hand out the lessons named on the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("numbers", nargs="+", metavar="NN", help="number of a lesson, 3 or 03")
    parser.add_argument(
        "--output", type=Path, default=ROOT / "handouts", help="folder (default: handouts)"
    )
    parser.add_argument("--force", action="store_true", help="write over existing copies")
    options = parser.parse_args(arguments)
    try:
        for number in options.numbers:
            copy = hand_out(find_lesson(number), output=options.output, force=options.force)
            print(f"{copy}: written")
    except NotebookError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
