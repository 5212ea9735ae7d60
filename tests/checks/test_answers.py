"""Every exercise, four ways: the stub and the solution (in the notebooks), other right answers and
typical mistakes (in answers_NN.py)."""

import importlib
from pathlib import Path
from typing import Any

import nbformat
import pytest

from course_utils.checks import evaluate, exercises_of

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
NUMBERS = sorted(path.stem[-2:] for path in Path(__file__).parent.glob("answers_*.py"))
KEYS = [key for number in NUMBERS for key in exercises_of(number)]


def _answers(key: str, kind: str) -> list[Any]:
    module = importlib.import_module(f"tests.checks.answers_{key[:2]}")
    return list(getattr(module, kind)[key])


def _outputs(key: str, tag: str) -> list[str]:
    """What the notebook's check or solution cell of this exercise printed when it was stored."""
    (path,) = NOTEBOOKS.glob(f"{key[:2]}_*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    return [
        "".join(output.get("text", "") for output in cell.outputs)
        for cell in cells
        if tag in cell.metadata.get("tags", []) and f'"{key}"' in cell.source
    ]


def test_every_notebook_with_exercises_is_tested() -> None:
    files = Path(evaluate.__code__.co_filename).parent.glob("notebook_*.py")
    assert sorted(path.stem[-2:] for path in files) == NUMBERS
    assert KEYS


@pytest.mark.parametrize("number", NUMBERS)
def test_answers_cover_exactly_the_exercises(number: str) -> None:
    module = importlib.import_module(f"tests.checks.answers_{number}")
    assert set(module.ALTERNATIVES) == set(exercises_of(number)) == set(module.MISTAKES)


@pytest.mark.parametrize("key", KEYS)
def test_stub_gets_a_polite_not_yet(key: str) -> None:
    outputs = _outputs(key, "check")
    assert len(outputs) == 1
    assert outputs[0].startswith("✘ not yet: ")
    assert "still" in outputs[0]


@pytest.mark.parametrize("key", KEYS)
def test_solution_passes(key: str) -> None:
    outputs = _outputs(key, "solution")
    assert len(outputs) == 1
    assert outputs[0].startswith("✔ ")


@pytest.mark.parametrize("key", KEYS)
def test_other_right_answers_pass(key: str) -> None:
    answers = _answers(key, "ALTERNATIVES")
    assert answers
    for answer in answers:
        verdict = evaluate(key, answer)
        assert verdict.passed, str(verdict)


@pytest.mark.parametrize("key", KEYS)
def test_each_mistake_gets_its_own_hint(key: str) -> None:
    number = key[:2]
    known = {mistake.name for mistake in exercises_of(number)[key].mistakes}
    tried = _answers(key, "MISTAKES")
    assert len(tried) >= 3
    assert {name for name, _ in tried} == known, "every known mistake is tried, and no other"
    messages = {}
    for name, answer in tried:
        verdict = evaluate(key, answer)
        assert not verdict.passed
        assert verdict.mistake == name, str(verdict)
        messages[name] = verdict.message
    assert len(set(messages.values())) == len(known), "two mistakes share a hint"
