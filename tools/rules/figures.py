"""Rules about figures: one a cell, described for those who cannot see it, and captioned."""

import re
from collections.abc import Iterator

from tools.prose import pictures_without_alt
from tools.rules.lesson import Lesson, Problem, count_pictures, is_figure

SHORTEST_ALT = 30  # characters

_FILE_NAME = re.compile(r"\.(?:png|jpe?g|gif|svg|webp)\W*$", re.IGNORECASE)


def alt_text(lesson: Lesson) -> Iterator[Problem]:
    """Each figure has a description in its cell's metadata."""
    for number, cell in lesson.numbered():
        if is_figure(cell):
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
            if len(alt.strip()) < SHORTEST_ALT or _FILE_NAME.search(alt):
                yield lesson.problem(
                    "alt-text",
                    number,
                    f"the figure's alt text is {alt!r}: say in mystnb.image.alt of the cell's "
                    f"metadata, in {SHORTEST_ALT} characters or more, what the picture shows.",
                )
        elif cell.cell_type == "markdown":
            for address in pictures_without_alt(cell.source):
                yield lesson.problem(
                    "alt-text",
                    number,
                    f"the picture {address} has no alt text: write ![what it shows]({address}).",
                )


def one_a_cell(lesson: Lesson) -> Iterator[Problem]:
    """A cell shows one figure, so that one text describes it."""
    for number, cell in lesson.numbered("code"):
        pictures = count_pictures(cell)
        if pictures > 1:
            yield lesson.problem(
                "one-figure",
                number,
                f"{pictures} figures in one cell: split the cell, or draw one figure with panels.",
            )


def captions(lesson: Lesson) -> Iterator[Problem]:
    """A numbered sentence stands right under each figure, and nowhere else."""
    if lesson.is_stripped:
        return
    position = 0
    expected_at = None
    for number, cell in lesson.numbered():
        captioned = re.match(r"\*\*Figure ([\w.]*?)\.?\*\* *(.*)", cell.source)
        is_caption = captioned is not None and cell.cell_type == "markdown"
        if number == expected_at:
            wanted = f"{lesson.short_number}.{position}"
            right = cell.source.startswith(f"**Figure {wanted}.** ") and len(cell.source) > 30
            if not (is_caption and right):
                yield lesson.problem(
                    "figure-caption",
                    number - 1,
                    f"the cell after the figure must start with '**Figure {wanted}.**' and say in "
                    "a sentence what to see.",
                )
        elif is_caption:
            yield lesson.problem(
                "figure-caption",
                number,
                "a caption that follows no figure: remove it, or run the figure's cell.",
            )
        if is_figure(cell):
            position += 1
            expected_at = number + 1
    if expected_at == len(lesson.cells) + 1:
        yield lesson.problem("figure-caption", len(lesson.cells), "the last figure has no caption.")
