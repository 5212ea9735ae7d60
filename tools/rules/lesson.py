"""The lesson that the rules look at, and the problem that they report."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from tools.storage import code_cells, lesson_number


@dataclass(frozen=True)
class Problem:
    """A fault: in which file, in which cell (from 1; None: the file), which rule, how to mend."""

    file: str
    cell: int | None
    rule: str
    sentence: str

    def __str__(self) -> str:
        """The problem as one line: "03_x.ipynb, cell 4: … [alt-text]"."""
        where = self.file if self.cell is None else f"{self.file}, cell {self.cell}"
        return f"{where}: {self.sentence} [{self.rule}]"


@dataclass(frozen=True)
class Lesson:
    """A notebook with its path; cells are counted from 1, as in what people read."""

    notebook: NotebookNode
    path: Path

    @property
    def number(self) -> str:
        """The two digits of the file name, "03"."""
        return lesson_number(self.path)

    @property
    def short_number(self) -> str:
        """The number as figures and exercises have it, "3"."""
        return str(int(self.number))

    @property
    def is_stripped(self) -> bool:
        """Whether no output is stored at all: reported once, not by each rule on outputs."""
        return not any(cell.outputs for cell in code_cells(self.notebook))

    @property
    def cells(self) -> list[NotebookNode]:
        """All cells, in order."""
        return list(self.notebook.cells)

    def numbered(self, kind: str | None = None) -> Iterator[tuple[int, NotebookNode]]:
        """Cells with their numbers from 1; only those of a kind ("code", "markdown") if given."""
        for number, cell in enumerate(self.cells, start=1):
            if kind in (None, cell.cell_type):
                yield number, cell

    def tagged(self, tag: str) -> Iterator[tuple[int, NotebookNode]]:
        """Cells that carry a tag, with their numbers from 1."""
        for number, cell in self.numbered():
            if tag in tags(cell):
                yield number, cell

    def problem(self, rule: str, cell: int | None, sentence: str) -> Problem:
        """A problem of this lesson."""
        return Problem(self.path.name, cell, rule, sentence)


def tags(cell: NotebookNode) -> list[str]:
    """The tags of a cell."""
    return list(cell.metadata.get("tags", []))


def is_figure(cell: NotebookNode) -> bool:
    """Whether a cell shows a picture among its stored outputs."""
    return count_pictures(cell) > 0


def count_pictures(cell: NotebookNode) -> int:
    """How many of a cell's stored outputs hold a picture; two formats of one picture are one."""
    if cell.cell_type != "code":
        return 0
    return sum(
        any(kind.startswith("image/") for kind in output.get("data", {})) for output in cell.outputs
    )
