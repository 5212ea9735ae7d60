"""Rules about the glossary: complete, in order, each term where it says; one word for one thing."""

import re
from collections.abc import Iterator
from pathlib import Path

from tools.prose import Cell, bold, headings, prose, tables
from tools.rules.lesson import Lesson, Problem
from tools.rules.links import link_fault
from tools.storage import NotebookError, read_notebook

FILE_NAME = "glossary.md"
TERMS = ["English", "Czech", "Polish", "Meaning", "Introduced in"]
AVOIDED = ["Say", "Not"]
ALLOWED_BESIDE = "also called"

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n")


def glossary_problems(path: Path) -> Iterator[Problem]:
    """All faults of the glossary's file; it stands beside the lessons that it links to."""
    text = path.read_text(encoding="utf-8")
    rows = _table(text, TERMS)
    if not rows or _table(text, AVOIDED) is None:
        yield _problem(
            path,
            f"expected a table | {' | '.join(TERMS)} | with rows, and below it | Say | Not |.",
        )
        return
    previous = ""
    for row in rows:
        term = row[0].text
        empty = [name for name, cell in zip(TERMS, row, strict=True) if not cell.text]
        if empty:
            yield _problem(path, f"'{term}': {', '.join(empty)} is empty.")
        if term.casefold() == previous.casefold():
            yield _problem(path, f"'{term}' stands there twice: keep one row.")
        elif term.casefold() < previous.casefold():
            yield _problem(path, f"'{term}' must stand before '{previous}': sort the rows.")
        previous = term
        yield from _introduction(path, text, term, row[-1])


def _introduction(path: Path, text: str, term: str, cell: Cell) -> Iterator[Problem]:
    """What is wrong with where a term is said to be introduced."""
    match = re.fullmatch(r"((\d\d)_\w+\.ipynb)#(.+)", cell.links[0]) if cell.links else None
    if match is None or len(cell.links) != 1 or cell.text != match.group(2):
        yield _problem(
            path, f"'{term}': expected one link such as [03](03_gradient_descent.ipynb#Heading)."
        )
        return
    fault = link_fault(cell.links[0], page=path, own=headings(text))
    if fault is not None:
        yield _problem(path, f"'{term}': {fault}")
        return
    try:
        notebook = read_notebook(path.parent / match.group(1))
    except NotebookError as error:
        yield _problem(path, f"'{term}': {error}")
        return
    marked = {
        " ".join(found.casefold().split())
        for markdown in notebook.cells
        if markdown.cell_type == "markdown"
        for found in bold(markdown.source)
    }
    if not marked & _forms(term):
        yield _problem(
            path,
            f"'{term}' is nowhere in bold (**{term}**) in the text of {match.group(1)}: mark the "
            "place where it is explained, or link to another notebook.",
        )


def avoided_words(lesson: Lesson) -> Iterator[Problem]:
    """The lesson's text uses the glossary's word where it knows two for one thing."""
    path = lesson.path.parent / FILE_NAME
    if not path.is_file():
        return
    rows = _table(path.read_text(encoding="utf-8"), AVOIDED) or []
    for number, cell in lesson.numbered("markdown"):
        for sentence in _SENTENCE_END.split(prose(cell.source)):
            if ALLOWED_BESIDE in sentence.lower():
                continue
            for say, avoid in rows:
                for word in filter(None, map(str.strip, avoid.text.split(","))):
                    if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", sentence, re.IGNORECASE):
                        yield lesson.problem(
                            "avoided-word",
                            number,
                            f"'{word}': the course says '{say.text}'; change it, or write "
                            f"'{ALLOWED_BESIDE}' in the sentence that names both.",
                        )


def _forms(term: str) -> set[str]:
    """A term as it may stand in bold: without a remark in brackets, singular or plural."""
    plain = " ".join(re.sub(r"\(.*?\)", "", term).casefold().split())
    plural = plain[:-1] + "ies" if plain.endswith("y") else plain
    return {plain, plural, plain + "s", plain + "es"}


def _table(text: str, head: list[str]) -> list[list[Cell]] | None:
    """The rows under the table head with these names; None if there is no such table."""
    for first, *rows in tables(text):
        if [cell.text for cell in first] == head:
            return rows
    return None


def _problem(path: Path, sentence: str) -> Problem:
    """A problem of the glossary."""
    return Problem(path.name, None, "glossary", sentence)
