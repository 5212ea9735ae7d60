"""The student's copy: no solutions, no outputs, nothing of anybody overwritten."""

from pathlib import Path

import pytest
from nbformat.v4 import new_output

from tests.good_lesson import NAME, good_lesson
from tools import handout
from tools.handout import find_lesson, hand_out, main
from tools.storage import NotebookError, read_notebook, serialise, sign


@pytest.fixture
def lessons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of lessons that pretend to be executed."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    lesson = good_lesson()
    for cell in lesson.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [new_output("stream", text="printed")], 1
    sign(lesson)
    for name in (NAME, "08_other.ipynb"):
        (folder / name).write_bytes(serialise(lesson))
    monkeypatch.setattr(handout, "find_lesson", lambda number: find_lesson(number, folder=folder))
    return folder


def test_a_copy_has_everything_but_solutions_and_outputs(lessons: Path, tmp_path: Path) -> None:
    before = (lessons / NAME).read_bytes()
    assert main(["7", "--output", str(tmp_path / "for you")]) == 0
    copy = read_notebook(tmp_path / "for you" / NAME)
    lesson = good_lesson()
    wanted = [c for c in lesson.cells if "solution" not in c.metadata.get("tags", [])]
    assert len(lesson.cells) - len(wanted) == 3
    assert copy.cells == wanted
    assert "course" not in copy.metadata
    assert (lessons / NAME).read_bytes() == before


def test_a_students_work_is_not_overwritten(
    lessons: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "copies"
    arguments = ["07", "--output", str(output)]
    assert main(arguments) == 0
    (output / NAME).write_text("work", encoding="utf-8")
    assert main(arguments) == 1
    assert "may hold somebody's work" in capsys.readouterr().err
    assert (output / NAME).read_text(encoding="utf-8") == "work"
    assert main([*arguments, "--force"]) == 0
    assert read_notebook(output / NAME).cells


def test_the_lesson_itself_is_never_overwritten(lessons: Path) -> None:
    with pytest.raises(NotebookError, match="is the lesson itself"):
        hand_out(lessons / NAME, output=lessons, force=True)


def test_an_unknown_number_names_the_known_ones(
    lessons: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["9", "--output", str(tmp_path / "x")]) == 1
    assert "there are 0 lessons of the number '9': name one of 07, 08." in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_a_file_in_the_place_of_the_folder_is_one_sentence(lessons: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(NotebookError, match="cannot be made"):
        hand_out(lessons / NAME, output=tmp_path / "taken")
