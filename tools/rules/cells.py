"""Rules about single cells: tags, slides, length, and what code must not contain."""

import io
import re
import tokenize
from collections.abc import Iterator

from tools.rules.lesson import Lesson, Problem, tags

TAGS_OF_CODE = {"setup", "exercise", "check", "solution", "prediction"}
TAGS_OF_CODE |= {"nbval-check-output", "varies"}
TAGS_OF_MARKDOWN = {"quiz", "recap"}
SLIDE_TYPES = {"slide", "subslide", "fragment", "skip", "notes", "-"}
LONGEST_CELL = 25  # lines that are not blank

_NBVAL_COMMENT = re.compile(r"^\s*#+\s*(NBVAL_\w+|PYTEST_VALIDATE_IGNORE_OUTPUT)\s*$", re.MULTILINE)
_FOLDERS = "home|Users|Volumes|root|tmp|var|opt|mnt|srv|private|work|workspace|content"
_MACHINE_PATH = re.compile(
    rf"(?<![\w.:/~-])/(?:{_FOLDERS})/\w|\b[A-Za-z]:\\{{1,2}}(?:{_FOLDERS})\b"
)
_WIDGET_TEXT = re.compile(r"\s*(?:interactive|[HV]?Box|\w*Slider|Output|Tab|Accordion|Dropdown)\(")
_DOWNLOAD = re.compile(r"https?://|\bdownload\s*=\s*True\b|\burlopen\b|\burlretrieve\b")
_SHELL = re.compile(r"^\s*(?:!(?!=)|%%?(?:pip|conda|uv|bash|sh|cmd|system|sx)\b)", re.MULTILINE)


def known_tags(lesson: Lesson) -> Iterator[Problem]:
    """Only the course's own tags, each on its kind of cell."""
    for number, cell in lesson.numbered():
        if {"varies", "nbval-check-output"} <= set(tags(cell)):
            yield lesson.problem(
                "varies-and-compared",
                number,
                "tagged varies and nbval-check-output: what differs from run to run cannot be "
                "compared to the letter; keep one of the two.",
            )
        fitting = TAGS_OF_CODE if cell.cell_type == "code" else TAGS_OF_MARKDOWN
        for tag in tags(cell):
            if tag == "raises-exception":
                yield lesson.problem(
                    "raises-exception",
                    number,
                    "tagged raises-exception, which also passes when nothing is raised: catch the "
                    "error in the cell, print it, and remove the tag.",
                )
            elif tag not in TAGS_OF_CODE | TAGS_OF_MARKDOWN:
                yield lesson.problem(
                    "unknown-tag",
                    number,
                    f"unknown tag '{tag}': use one of "
                    f"{', '.join(sorted(TAGS_OF_CODE | TAGS_OF_MARKDOWN))}.",
                )
            elif tag not in fitting:
                yield lesson.problem(
                    "misplaced-tag",
                    number,
                    f"tag '{tag}' on a {cell.cell_type} cell: a {cell.cell_type} cell may carry "
                    f"{', '.join(sorted(fitting))}.",
                )


def slides(lesson: Lesson) -> Iterator[Problem]:
    """Each cell says what it is in the lecture."""
    for number, cell in lesson.numbered():
        kind = cell.metadata.get("slideshow", {}).get("slide_type")
        if kind not in SLIDE_TYPES:
            yield lesson.problem(
                "slide-type",
                number,
                f"slideshow.slide_type is {kind!r}: set one of {', '.join(sorted(SLIDE_TYPES))}.",
            )
        elif kind == "notes" and cell.cell_type != "markdown":
            yield lesson.problem(
                "slide-type", number, "code cannot be the lecturer's notes: set skip or fragment."
            )


def length(lesson: Lesson) -> Iterator[Problem]:
    """Cells that hold something, and not too much."""
    for number, cell in lesson.numbered():
        lines = sum(bool(line.strip()) for line in cell.source.splitlines())
        if lines == 0:
            yield lesson.problem("empty-cell", number, "the cell is empty: remove it.")
        elif cell.cell_type == "code" and lines > LONGEST_CELL:
            yield lesson.problem(
                "long-cell",
                number,
                f"{lines} lines of code, at most {LONGEST_CELL} (better 20): split it by ideas.",
            )


def self_contained(lesson: Lesson) -> Iterator[Problem]:
    """Code that runs on any machine, without the network, and as the tests run it."""
    for number, cell in lesson.numbered("code"):
        code = without_comments(cell.source)
        if found := _DOWNLOAD.search(code):
            yield lesson.problem(
                "download",
                number,
                f"'{found.group()}' in code: a lesson never downloads; load data through "
                "course_utils.datasets, put addresses into the prose.",
            )
        if found := _SHELL.search(code):
            yield lesson.problem(
                "shell",
                number,
                f"a shell command ('{found.group().strip()}'): it differs between systems; write "
                "it in Python.",
            )
        if found := _NBVAL_COMMENT.search(cell.source):
            yield lesson.problem(
                "nbval-comment",
                number,
                f"the comment {found.group(1)} changes what the tests compare: remove it, and tag "
                "cells with exact results nbval-check-output.",
            )


def no_machine_paths(lesson: Lesson) -> Iterator[Problem]:
    """No path that exists on one machine only, in code or in what it printed."""
    for number, cell in lesson.numbered("code"):
        printed = [output.get("text", "") for output in cell.outputs]
        shown = [
            content
            for output in cell.outputs
            for kind, content in output.get("data", {}).items()
            if kind.startswith("text/")
        ]
        for text in (cell.source, *printed, *shown):
            if found := _MACHINE_PATH.search(text):
                yield lesson.problem(
                    "machine-path",
                    number,
                    f"a path of one machine ('{found.group()}…'): build it from Path.cwd() or "
                    "course_utils, and print names instead of whole paths.",
                )
                break


def widgets_have_pictures(lesson: Lesson) -> Iterator[Problem]:
    """A widget also stores a picture: elsewhere its text form is all that readers would see."""
    for number, cell in lesson.numbered("code"):
        for output in cell.outputs:
            data = output.get("data", {})
            if set(data) == {"text/plain"} and _WIDGET_TEXT.match(data["text/plain"]):
                yield lesson.problem(
                    "widget-picture",
                    number,
                    "the widget has no still picture: show it through course_utils.widgets.",
                )


def without_comments(source: str) -> str:
    """Python code without its comments; code that is not plain Python stays as it is."""
    lines = source.splitlines(keepends=True)
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return source
    for token in tokens:
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column] + "\n"
    return "".join(lines)
