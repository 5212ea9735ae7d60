"""Rules about the order of a lesson: title card, set-up, sections, headings."""

import re
from collections.abc import Iterator

from tools.prose import headings
from tools.rules.lesson import Lesson, Problem

SECTIONS = ("Exercises", "Quiz", "What we measured", "Recap", "Further reading")
# Sections that a lesson may leave out, by its number: notebook 00 only shows how things work.
MAY_LEAVE_OUT = {"00": {"Exercises", "What we measured"}}

_OBJECTIVES = re.compile(
    r"^\*\*After this notebook you can\*\*.*\n+((?:[-*] .*(?:\n(?![-*] |\n).*)*\n?)+)", re.MULTILINE
)
_TIME = re.compile(r"^\*\*Time:\*\*(.*(?:\n(?!\n).*)*)", re.MULTILINE)


def title_card(lesson: Lesson) -> Iterator[Problem]:
    """The first cell says what this is for, what it takes and what it gives."""
    first = lesson.cells[0] if lesson.cells else None
    if first is None or first.cell_type != "markdown":
        yield lesson.problem("title-card", 1, "the first cell must be the title card (Markdown).")
        return
    title = re.match(rf"# {lesson.number} · \S.*\n+", first.source)
    if title is None:
        yield lesson.problem(
            "title-card", 1, f"the title card must start with '# {lesson.number} · Title'."
        )
    elif first.source[title.end() :].startswith("**"):
        yield lesson.problem(
            "title-card", 1, "a sentence of purpose must stand under the title, before the rest."
        )
    objectives = _OBJECTIVES.search(first.source)
    bullets = len(re.findall(r"^[-*] ", objectives.group(1), re.MULTILINE)) if objectives else 0
    if not 3 <= bullets <= 5:
        yield lesson.problem(
            "title-card",
            1,
            f"the line '**After this notebook you can**' must be followed by 3 to 5 bullets, "
            f"found {bullets}.",
        )
    if not re.search(r"^\*\*Before you start:\*\* *\S", first.source, re.MULTILINE):
        yield lesson.problem(
            "title-card", 1, "the line '**Before you start:** …' with the prerequisites is missing."
        )
    time = _TIME.search(first.source)
    if time is None or not re.search(
        r"\d+.*\bread\b.*\d+.*\brun\b|\bread\b.*\d+.*\brun\b.*\d+", time.group(1), re.DOTALL
    ):
        yield lesson.problem(
            "title-card",
            1,
            "the line '**Time:** …' with the minutes to read and the time to run is missing, as in "
            "'**Time:** 25 minutes to read, 1 minute to run'.",
        )


def setup_cell(lesson: Lesson) -> Iterator[Problem]:
    """The second cell sets everything up."""
    found = [number for number, _ in lesson.tagged("setup")]
    if found != [2]:
        where = f"cells {found}" if found else "no cell"
        yield lesson.problem(
            "setup-cell",
            None,
            f"expected the tag 'setup' on the second cell and nowhere else, found it on {where}.",
        )


def section_order(lesson: Lesson) -> Iterator[Problem]:
    """The closing sections are there, each once, in their order."""
    found = [
        heading.text
        for _, cell in lesson.numbered("markdown")
        for heading in headings(cell.source)
        if heading.level == 2 and heading.text in SECTIONS
    ]
    optional = MAY_LEAVE_OUT.get(lesson.number, set())
    wanted = [name for name in SECTIONS if name in found or name not in optional]
    if found != wanted:
        yield lesson.problem(
            "section-order",
            None,
            f"expected the headings {', '.join(f'## {name}' for name in wanted)}, each once and in "
            f"this order, found {', '.join(found) or 'none'}.",
        )


def heading_levels(lesson: Lesson) -> Iterator[Problem]:
    """One title; below it, levels that go down one step at a time."""
    level = 0
    for number, cell in lesson.numbered("markdown"):
        for heading in headings(cell.source):
            if heading.level == 1 and level > 0:
                yield lesson.problem(
                    "heading-level",
                    number,
                    f"a second title, '# {heading.text}': use ## for sections.",
                )
            elif heading.level > level + 1:
                yield lesson.problem(
                    "heading-level",
                    number,
                    f"'{'#' * heading.level} {heading.text}' follows a heading of level {level}: "
                    f"use {'#' * (level + 1)}.",
                )
            level = heading.level
