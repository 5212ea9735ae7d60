"""Check that lessons are built as the course wants them, without running them.

python tools/structure.py                       all lessons, and the glossary
python tools/structure.py notebooks/03_*.ipynb  the ones named
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from nbformat import NotebookNode

if __package__ in (None, ""):  # started by its path: look for `tools` beside this folder
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from tools.rules import cells, exercises, figures, glossary, links, order, quiz, stored
from tools.rules.lesson import Lesson, Problem
from tools.storage import NOTEBOOKS, NotebookError, chosen_notebooks, read_notebook

RULES: tuple[Callable[[Lesson], Iterator[Problem]], ...] = (
    stored.format_and_ids,
    stored.size,
    stored.metadata,
    stored.up_to_date,
    stored.executed,
    stored.compared,
    order.title_card,
    order.setup_cell,
    order.section_order,
    order.heading_levels,
    cells.known_tags,
    cells.slides,
    cells.length,
    cells.self_contained,
    cells.no_machine_paths,
    cells.widgets_have_pictures,
    exercises.count,
    exercises.cards,
    exercises.parts,
    exercises.checks,
    exercises.hidden_solutions,
    exercises.skipped_in_slides,
    quiz.count,
    quiz.questions,
    quiz.answers,
    figures.alt_text,
    figures.one_a_cell,
    figures.captions,
    links.resolve,
    glossary.avoided_words,
)


def problems(notebook: NotebookNode, path: Path) -> list[Problem]:
    """All faults of a lesson, in the order of its cells.

    Args:
        notebook: as `tools.storage.read_notebook` gives it.
        path: its file; links are followed from there, the number is taken from its name.
    """
    lesson = Lesson(notebook, path)
    found = [problem for rule in RULES for problem in rule(lesson)]
    return sorted(found, key=lambda problem: problem.cell or 0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the notebooks named on the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all lessons")
    options = parser.parse_args(arguments)
    found: list[Problem | NotebookError] = []
    try:
        chosen = chosen_notebooks(options.notebooks)
    except NotebookError as error:
        print(error, file=sys.stderr)
        return 1
    for path in chosen:
        try:
            found += problems(read_notebook(path), path)
        except NotebookError as error:
            found.append(error)
    words = NOTEBOOKS / glossary.FILE_NAME
    if not options.notebooks and words.is_file():
        found += glossary.glossary_problems(words)
    for problem in found:
        print(problem)
    print(f"Notebooks: {len(chosen)}, problems: {len(found)}.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
