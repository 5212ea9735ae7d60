"""The course's leaderboard: every model's result beside those of the other notebooks.

A notebook stores its rows in the output of the cell that shows them, so each one finds the rows
of the others in their files, and none depends on another having run. Not about measuring: the
numbers come from the notebook.
"""

import html
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

#: The kind of output under which a notebook stores its rows.
MIME_TYPE = "application/vnd.course-utils.leaderboard+json"

_HEADINGS = ("model", "notebook", "parameters", "test accuracy", "training", "on", "")


@dataclass(frozen=True)
class Entry:
    """One trained model on the leaderboard.

    Attributes:
        model: its name, with what tells it from others: ``"MLP, 128 hidden"``.
        parameters: number of trained numbers.
        accuracy: fraction of the test images that are classified correctly, 0 to 1.
        seconds: wall time of the training alone.
        device: where it was trained: ``"cpu"``, ``"cuda"``.
        data: the data set; rows of different data are never shown in one table.

    Raises:
        ValueError: an accuracy outside 0 to 1, or a negative number.
    """

    model: str
    parameters: int
    accuracy: float
    seconds: float
    device: str = "cpu"
    data: str = "Fashion-MNIST"

    def __post_init__(self) -> None:
        if not 0 <= self.accuracy <= 1:
            raise ValueError(
                f"The accuracy of {self.model!r} should be a fraction from 0 to 1, got "
                f"{self.accuracy}: divide the correct answers by the number of test images."
            )
        if not (self.parameters >= 0 and 0 <= self.seconds < math.inf):
            raise ValueError(
                f"Parameters and seconds of {self.model!r} should be 0 or more, got "
                f"{self.parameters} and {self.seconds}."
            )


@dataclass(frozen=True)
class _Row:
    entry: Entry
    notebook: str
    this_run: bool

    def cells(self) -> tuple[str, ...]:
        entry = self.entry
        return (
            entry.model,
            self.notebook,
            f"{entry.parameters:,}",
            f"{100 * entry.accuracy:.1f} %",
            f"{entry.seconds:.1f} s",
            entry.device,
            "← this run" if self.this_run else "",
        )


class Leaderboard:
    """The table of all results, best first; a notebook shows it as the last line of a cell.

    Args:
        notebook: number of the notebook that reports, as in ``"06"``.
        entries: its results.
        folder: where the notebooks are.
    """

    def __init__(self, notebook: str, entries: Sequence[Entry], folder: Path) -> None:
        self.notebook = notebook
        self.entries = tuple(entries)
        shown = {entry.data for entry in entries}
        rows = [_Row(entry, notebook, this_run=True) for entry in entries]
        rows += [row for row in _stored_rows(folder, notebook) if row.entry.data in shown]
        self._rows = sorted(rows, key=lambda row: (row.entry.data, -row.entry.accuracy))

    def __str__(self) -> str:
        table = [_HEADINGS, *(row.cells() for row in self._rows)]
        widths = [max(len(row[column]) for row in table) for column in range(len(_HEADINGS))]
        lines = (
            "  ".join(
                text.rjust(width) if column in (2, 3, 4) else text.ljust(width)
                for column, (text, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in table
        )
        return "\n".join(lines)

    def _repr_mimebundle_(self, **_kinds: object) -> dict[str, Any]:
        """The table as text and HTML, and this notebook's own rows for the other notebooks."""
        stored = {"notebook": self.notebook, "entries": [asdict(entry) for entry in self.entries]}
        return {"text/plain": str(self), "text/html": self._as_html(), MIME_TYPE: stored}

    def _as_html(self) -> str:
        def line(cells: Sequence[str], kind: str, *, strong: bool = False) -> str:
            texts = (html.escape(text) for text in cells)
            if strong:
                texts = (f"<b>{text}</b>" for text in texts)
            return "<tr>" + "".join(f"<{kind}>{text}</{kind}>" for text in texts) + "</tr>"

        rows = [line(row.cells(), "td", strong=row.this_run) for row in self._rows]
        return (
            "<table>\n<thead>"
            + line(_HEADINGS, "th")
            + "</thead>\n<tbody>\n"
            + "\n".join(rows)
            + "\n</tbody>\n</table>"
        )


def leaderboard(notebook: str, *entries: Entry, folder: str | Path | None = None) -> Leaderboard:
    """Put this run's results beside those that the earlier notebooks have stored.

    Args:
        notebook: number of the notebook that reports, as in ``"06"``.
        *entries: its results, one or more.
        folder: where the notebooks are; the present folder if not given.

    Raises:
        ValueError: no result is given.
    """
    if not entries:
        raise ValueError(f"leaderboard({notebook!r}, …) needs one Entry or more, got none.")
    return Leaderboard(notebook, entries, Path.cwd() if folder is None else Path(folder))


def _stored_rows(folder: Path, notebook: str) -> Iterator[_Row]:
    """The rows in the outputs of the notebooks before `notebook`; unreadable files have none."""
    for path in sorted(folder.glob("[0-9][0-9]_*.ipynb")):
        if path.name[:2] >= notebook:
            continue
        try:
            for stored in _stored_bundles(json.loads(path.read_text(encoding="utf-8"))):
                for entry in stored["entries"]:
                    yield _Row(Entry(**entry), path.name[:2], this_run=False)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            continue  # half saved, cleared or edited: a result less, no reason to fail


def _stored_bundles(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for cell in content["cells"]:
        for output in cell.get("outputs", ()):
            if MIME_TYPE in output.get("data", {}):
                yield output["data"][MIME_TYPE]
