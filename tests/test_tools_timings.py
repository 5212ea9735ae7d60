"""Timings: each lesson runs with one thread and with two, and the table says so."""

import re
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import timings
from tools.kernel import Seconds
from tools.storage import NotebookError, serialise
from tools.timings import Timing, machine, main, measure, table


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    """Notes in a file how many threads it got, and takes a tenth of a second."""
    sources = (
        "import os, time\nthreads = os.environ['COURSE_THREADS']",
        "with open('seen', 'a') as seen:\n    seen.write(threads)",
        "assert os.environ['OMP_NUM_THREADS'] == threads\ntime.sleep(0.1)",
    )
    cells = [new_markdown_cell("# Text"), *map(new_code_cell, sources)]
    path = tmp_path / "07_short.ipynb"
    path.write_bytes(serialise(new_notebook(cells=cells)))
    return path


def test_a_lesson_is_measured_with_one_thread_and_with_two(lesson: Path) -> None:
    before = lesson.read_bytes()
    found = measure(lesson)
    assert (lesson.parent / "seen").read_text(encoding="utf-8") == "12"
    assert (found.name, found.code_cells, found.size) == (lesson.name, 3, len(before))
    for seconds in (found.one_thread, found.two_threads):
        assert 0.1 <= seconds.cells < 60
        assert 0 < seconds.start < 60
    assert lesson.read_bytes() == before


def test_the_table_has_a_row_a_lesson_and_their_sum() -> None:
    page = table(
        [
            Timing("01_a.ipynb", 10, Seconds(1.0, 2.0), Seconds(1.5, 1.0), 100_000),
            Timing("02_b.ipynb", 5, Seconds(1.0, 4.0), Seconds(0.5, 3.0), 50_400),
        ]
    )
    assert "| [01](01_a.ipynb) | 10 | 2.0 | 1.0 | 2.5 | 100 |" in page
    assert "| [02](02_b.ipynb) | 5 | 4.0 | 3.0 | 3.5 | 50 |" in page
    assert "| All | 15 | 6.0 | 4.0 | 6.0 | 150 |" in page
    assert machine() in page


def test_the_machine_is_described_without_its_name() -> None:
    assert re.fullmatch(
        r"\d+ processor cores \(\w+, \w+\), the CPU only, with Python 3\.\d+\.\w+ and "
        r"(PyTorch [\w.+]+|no PyTorch)",
        machine(),
    )


def test_named_lessons_are_printed_all_lessons_are_written(
    lesson: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = lesson.parent
    monkeypatch.setattr(timings, "NOTEBOOKS", folder)
    assert main([str(lesson)]) == 0
    assert "| [07](07_short.ipynb) | 3 |" in capsys.readouterr().out
    assert not (folder / "timings.md").exists()
    monkeypatch.setattr(timings, "chosen_notebooks", lambda paths: paths or [lesson])
    assert main([]) == 0
    assert (folder / "timings.md").read_text(encoding="utf-8") + "\n" == capsys.readouterr().out


def test_a_failing_lesson_is_named(tmp_path: Path) -> None:
    path = tmp_path / "01_bad.ipynb"
    path.write_bytes(serialise(new_notebook(cells=[new_code_cell("1 / 0")])))
    with pytest.raises(NotebookError, match=r"01_bad\.ipynb: cell 1 of 1, '1 / 0', ZeroDivision"):
        measure(path)
