"""Every lesson keeps every rule; and each rule notices its fault, and no other rule does."""

import subprocess
import sys
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from tests.good_lesson import GLOSSARY, NAME, good_lesson, markdown
from tests.planted_faults import FAULTS, Plant, cell, change, insert, recount
from tools import structure
from tools.execute import execute
from tools.rules import stored
from tools.rules.glossary import FILE_NAME, glossary_problems
from tools.storage import (
    NOTEBOOKS,
    ROOT,
    lesson_notebooks,
    read_notebook,
    serialise,
    sign,
    write_whole,
)

FIRST_LESSONS = {"00_start_here", "01_functions", "02_derivatives", "03_gradient_descent"}


@pytest.fixture(scope="session")
def lesson_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The good lesson, executed for real, beside its glossary."""
    folder = tmp_path_factory.mktemp("a course") / "notebooks"
    folder.mkdir()
    (folder / FILE_NAME).write_text(GLOSSARY, encoding="utf-8")
    path = folder / NAME
    write_whole(path, serialise(good_lesson()))
    execute(path)
    return path


@pytest.fixture
def good(lesson_path: Path) -> NotebookNode:
    return read_notebook(lesson_path)


def rules_broken(notebook: NotebookNode, path: Path) -> set[str]:
    return {problem.rule for problem in structure.problems(notebook, path)}


# The lessons themselves


def test_the_first_lessons_are_there() -> None:
    assert {path.stem for path in lesson_notebooks()} >= FIRST_LESSONS


@pytest.mark.parametrize("path", lesson_notebooks(), ids=lambda path: path.name)
def test_a_lesson_keeps_every_rule(path: Path) -> None:
    assert [str(problem) for problem in structure.problems(read_notebook(path), path)] == []


def test_the_glossary_keeps_its_rules() -> None:
    assert [str(problem) for problem in glossary_problems(NOTEBOOKS / FILE_NAME)] == []


def test_lessons_import_nothing_that_they_do_not_use() -> None:
    assert unused_imports(NOTEBOOKS) == ""


def unused_imports(target: Path) -> str:
    """What ruff, with the project's settings, says about unused imports; empty for none."""
    command = [sys.executable, "-m", "ruff", "check", "--select=F401", "--output-format=concise"]
    result = subprocess.run(
        [*command, f"--config={ROOT / 'pyproject.toml'}", "--quiet", "--no-cache", str(target)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode in (0, 1), result.stderr
    return result.stdout


# Planted faults: each is noticed by its own rule and by no other


def test_the_good_lesson_has_no_problem(good: NotebookNode, lesson_path: Path) -> None:
    assert structure.problems(good, lesson_path) == []
    assert list(glossary_problems(lesson_path.parent / FILE_NAME)) == []


@pytest.mark.parametrize(
    ("rule", "plant"),
    [pytest.param(rule, plant, id=f"{rule}: {name}") for rule, name, plant in FAULTS],
)
def test_a_planted_fault_is_noticed_by_its_rule_alone(
    good: NotebookNode, lesson_path: Path, rule: str, plant: Plant
) -> None:
    before = serialise(good)
    plant(good)
    recount(good)
    sign(good)  # as after a run: what is tested is the rule, not the digest
    assert serialise(good) != before, "the fault was not planted"
    assert rules_broken(good, lesson_path) == {rule}


def test_a_stripped_notebook_is_noticed(good: NotebookNode, lesson_path: Path) -> None:
    for found in good.cells:
        if found.cell_type == "code":
            found.outputs, found.execution_count = [], None
    assert rules_broken(good, lesson_path) == {"stripped"}


def test_a_stale_output_is_noticed(good: NotebookNode, lesson_path: Path) -> None:
    change("guess = 2", "guess = 3")(good)
    found = structure.problems(good, lesson_path)
    assert [problem.rule for problem in found] == ["stale-output"]
    assert "run tools/execute.py" in found[0].sentence


def test_text_and_blank_lines_may_change_without_a_run(
    good: NotebookNode, lesson_path: Path
) -> None:
    change("Shows what", "Tells what")(good)
    change("plt.show()", "plt.show()\n\n")(good)
    assert structure.problems(good, lesson_path) == []


@pytest.mark.parametrize(
    "plant",
    [
        lambda notebook: cell(notebook, "display(guess)").update(outputs=[]),
        lambda notebook: (
            cell(notebook, "display(guess)").outputs[0].data.update({"text/plain": "3"})
        ),
        lambda notebook: cell(notebook, "plt.show()").outputs[0].data.update({"image/png": "iVBO"}),
    ],
    ids=["one cell's output removed", "a number edited", "a picture replaced"],
)
def test_an_edited_output_is_noticed(good: NotebookNode, lesson_path: Path, plant: Plant) -> None:
    plant(good)
    assert rules_broken(good, lesson_path) == {"edited-output"}


def test_a_dropped_signature_is_noticed(good: NotebookNode, lesson_path: Path) -> None:
    del good.metadata["course"]
    found = structure.problems(good, lesson_path)
    assert [problem.rule for problem in found] == ["signature"]
    assert "dropped by an editor on save" in found[0].sentence


def test_an_oversized_file_is_noticed(
    good: NotebookNode, lesson_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = cell(good, "display(guess)")
    found.outputs[0].data["text/plain"] = "7" * stored.LARGEST
    sign(good)
    assert rules_broken(good, lesson_path) == {"size"}
    monkeypatch.setattr(stored, "PHOTOGRAPHS", frozenset({"07"}))
    assert rules_broken(good, lesson_path) == set()


def test_notebook_00_needs_no_exercises(good: NotebookNode, lesson_path: Path) -> None:
    start = good.cells.index(cell(good, "## Exercises"))
    del good.cells[start : start + 16]
    for old, new in (("# 07 ·", "# 00 ·"), ("Figure 7.1", "Figure 0.1"), ("e 7.2.", "e 0.2.")):
        change(old, new)(good)
    recount(good)
    sign(good)
    assert rules_broken(good, lesson_path.with_name("00_sample.ipynb")) == set()
    change("# 00 ·", "# 07 ·")(good)
    assert "exercise-count" in rules_broken(good, lesson_path)


@pytest.mark.parametrize(
    "harmless",
    [
        change("Its **slope**", "Its **slope**, also called rise over run,"),
        change("Its **slope**", "`rise over run` is code. Its **slope**"),
        change("guess = 2", "# see https://example.org\nguess = 2"),
        change("## A line", "## A line\n\n```\n# 1 is no heading, ![](x.png) no picture\n```"),
        change("A hint: it", "#### Hint\n\nIt"),
        insert("A hint: it", markdown("Another hint.", slide="skip"), after=True),
    ],
)
def test_what_looks_like_a_fault_but_is_none(
    good: NotebookNode, lesson_path: Path, harmless: Plant
) -> None:
    before = serialise(good)
    harmless(good)
    sign(good)
    assert serialise(good) != before
    assert structure.problems(good, lesson_path) == []


def test_every_rule_has_a_planted_fault(lesson_path: Path) -> None:
    sources = (Path(structure.__file__).parent / "rules").glob("*.py")
    named = set()
    for source in sources:
        for piece in source.read_text(encoding="utf-8").split("lesson.problem(")[1:]:
            named.add(piece.split('"')[1])
    elsewhere = {"stripped", "signature", "stale-output", "edited-output", "size"}
    assert named == {rule for rule, _, _ in FAULTS} | elsewhere


# Unused imports, the glossary, the command line


def test_an_unused_import_in_a_notebook_is_noticed(tmp_path: Path) -> None:
    lesson = good_lesson()
    path = tmp_path / NAME
    path.write_bytes(serialise(lesson))
    assert unused_imports(path) == ""
    lesson.cells.insert(2, new_code_cell("import math"))
    path.write_bytes(serialise(lesson))
    assert "`math` imported but unused" in unused_imports(path)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("| posun |", "| |", "Czech is empty"),
        ("| wyraz wolny |", "| |", "Polish is empty"),
        ("| how steep a line is |", "| |", "Meaning is empty"),
        ("| slope | sklon", "| Intercept | sklon", "stands there twice"),
        ("| slope | sklon", "| tangent | sklon", "nowhere in bold"),
        ("[07](07_sample.ipynb#A-line)", "[06](07_sample.ipynb#A-line)", "expected one link"),
        ("[07](07_sample.ipynb#A-line)", "07", "expected one link"),
        ("[07](07_sample.ipynb#A-line)", "[08](08_x.ipynb#A-line)", "leads nowhere"),
        ("#A-line", "#A-curve", "names no heading"),
        ("| Say | Not |", "| Say | Avoid |", "expected a table"),
        ("| English |", "| Term |", "expected a table"),
    ],
)
def test_a_fault_in_the_glossary_is_noticed(
    lesson_path: Path, old: str, new: str, reason: str
) -> None:
    path = lesson_path.parent / "planted.md"
    assert old in GLOSSARY
    path.write_text(GLOSSARY.replace(old, new, 1), encoding="utf-8")
    found = list(glossary_problems(path))
    assert len(found) == 1
    assert reason in found[0].sentence


def test_unsorted_rows_of_the_glossary_are_noticed(lesson_path: Path) -> None:
    lines = GLOSSARY.splitlines()
    first, second = (n for n, line in enumerate(lines) if "#A-line" in line)
    lines[first], lines[second] = lines[second], lines[first]
    path = lesson_path.parent / "planted.md"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert [problem.sentence for problem in glossary_problems(path)] == [
        "'intercept' must stand before 'slope': sort the rows."
    ]


def test_the_command_line_prints_each_problem(
    lesson_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert structure.main([str(lesson_path)]) == 0
    damaged = tmp_path / "08_damaged.ipynb"
    damaged.write_text("{", encoding="utf-8")
    assert structure.main([str(lesson_path), str(damaged)]) == 1
    said = capsys.readouterr().out
    assert "JSON is damaged" in said
    assert said.endswith("Notebooks: 2, problems: 1.\n")


def test_the_script_runs_from_any_folder(lesson_path: Path, tmp_path: Path) -> None:
    script = Path(structure.__file__)
    result = subprocess.run(
        [sys.executable, str(script), str(lesson_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == "Notebooks: 1, problems: 0.\n"
