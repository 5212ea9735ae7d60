"""The engine behind `check`: every way to be wrong is told apart, and nothing makes it raise."""

import numpy as np
import pytest
import torch

from course_utils.checks import Exercise, Mistake, check, evaluate, exercises_of, judge
from course_utils.checks.compare import describe, difference


def _scale(x, factor):
    return factor * x


def _shift(x, factor):
    return x + factor


SCALE = Exercise(
    key="99.scale",
    answer=_scale,
    praise="scaled.",
    cases=((np.array([1.0, 2.0]), 3.0), (np.array([0.0, -1.0]), 0.5)),
    mistakes=(Mistake("added", _shift, "{call} added: expected {expected}, got {got}"),),
)
WORDS = Exercise(
    key="99.words",
    answer={"a": "up", "b": True, "c": 2, "d": "left"},
    praise="right words.",
    mistakes=(Mistake("down", {"a": "down", "b": True, "c": 2, "d": "left"}, "the other way"),),
)


def _raises(x, factor):
    raise ZeroDivisionError("no")


def _in_place(x, factor):
    x *= factor
    return x


def _prints(x, factor):
    print(x * factor)


class _CannotBeDescribed:
    def __repr__(self):
        raise RuntimeError("no picture")


@pytest.mark.parametrize(
    ("answer", "part"),
    [
        (..., "still empty"),
        (None, "still empty"),
        (lambda x, factor: ..., "still returns `...`"),
        (lambda x, factor: None, "returned nothing"),
        (_prints, "does not `return`"),
        (3.0, "expected a function, got 3"),
        (lambda x: x, "stopped with TypeError"),
        (_raises, "stopped with ZeroDivisionError: no"),
        (_in_place, "changes what it was given"),
        (lambda x, factor: "text", "expected numbers in an array"),
        (lambda x, factor: 3.0, "expected shape (2,), got a single number"),
        (lambda x, factor: (factor * x)[:, None], "The values are right; only the shape"),
        (lambda x, factor: np.zeros((3, 3)), "expected shape (2,), got shape (3, 3)"),
        (lambda x, factor: factor * x + 1e-3, "expected [3, 6], got [3.001, 6.001]"),
        (lambda x, factor: factor * x * np.nan, "got [nan, nan]"),
        (_shift, "scale([1, 2], 3) added: expected [3, 6], got [4, 5]"),
        (lambda x, factor: (x * factor).astype(complex), "got an array"),
    ],
)
def test_wrong_answers_are_told_apart(answer, part):
    verdict = judge(SCALE, answer)
    assert not verdict.passed
    assert part in str(verdict)
    assert str(verdict).startswith("✘ not yet: ")


@pytest.mark.parametrize(
    "answer",
    [
        _scale,
        lambda x, factor: torch.from_numpy(x) * factor,
        lambda x, factor: (torch.from_numpy(x) * factor).float().requires_grad_(),
        lambda x, factor: [float(value) * factor for value in x],
        lambda x, factor: np.float32(factor) * x.astype(np.float32),
    ],
)
def test_right_answers_of_any_make_pass(answer):
    assert str(judge(SCALE, answer)) == "✔ scaled."


def test_a_known_mistake_is_named_and_any_other_is_not():
    assert judge(SCALE, _shift).mistake == "added"
    assert judge(SCALE, lambda x, factor: x).mistake is None


def test_a_mistake_must_match_on_every_case():
    def right_on_the_second_case_only(x, factor):
        return _shift(x, factor) if factor == 3.0 else _scale(x, factor)

    assert judge(SCALE, right_on_the_second_case_only).mistake is None


@pytest.mark.parametrize(
    ("answer", "part"),
    [
        ({"a": "down", "b": True, "c": 2, "d": "left"}, "the other way"),
        ({"a": "up", "b": True}, "expected the keys"),
        ({"a": "up", "b": True, "c": ..., "d": "left"}, "'c' is still empty"),
        ({"a": "up", "b": 1, "c": 2, "d": "left"}, "expected True or False, got 1"),
        ({"a": 1, "b": True, "c": 2, "d": "left"}, "expected text in quotes, got 1"),
        ({"a": "up", "b": True, "c": 3, "d": "left"}, "for 'c': expected 2, got 3"),
        ({"a": "upp", "b": True, "c": 2, "d": "left"}, "for 'a': 'upp' is none of the words"),
        (["up", True, 2], "expected a dictionary"),
    ],
)
def test_wrong_values_are_told_apart(answer, part):
    assert part in str(judge(WORDS, answer))


def test_text_is_compared_without_case_and_spaces():
    assert judge(WORDS, {"a": " UP", "b": np.True_, "c": 2.0, "d": "left"}).passed


def test_the_right_word_is_not_given_away():
    assert "up" not in str(judge(WORDS, {"a": "left", "b": True, "c": 2, "d": "left"}))


@pytest.mark.parametrize(
    ("key", "part"),
    [
        ("98.nothing", "there is no notebook"),
        ("03.stepp", "Did you mean '03.step'"),
        ("03.zzz", "There are ["),
        (3, "there is no notebook"),
        ("", "there is no notebook"),
    ],
)
def test_a_wrong_key_is_explained(key, part):
    assert part in str(evaluate(key, 1.0))


def test_check_prints_one_line_and_returns_nothing(capsys):
    assert check("03.step", lambda x, slope, rate: x - rate * slope) is None
    assert capsys.readouterr().out.startswith("✔ ")


def test_check_survives_an_answer_that_cannot_be_described(capsys):
    check("03.step", _CannotBeDescribed())
    check("03.step", lambda x, slope, rate: _CannotBeDescribed())
    assert capsys.readouterr().out.count("✘ not yet") == 2


def test_ctrl_c_in_an_answer_is_not_swallowed():
    def interrupted(x, factor):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge(SCALE, interrupted)


def test_tuples_are_compared_value_by_value():
    assert difference((1, [2.0, 3.0]), (1, np.array([2.0, 3.0])), tolerance=1e-9) is None
    found = difference((1, 2), (1, 3), tolerance=1e-9)
    assert found is not None
    assert found.sentence == "value 2 of 2: expected 2, got 3."
    missing = difference((1, 2), (1,), tolerance=1e-9)
    assert missing is not None
    assert missing.kind == "shape"


def test_a_wrong_value_in_a_large_array_is_pointed_at():
    right = np.arange(24.0).reshape(2, 3, 4)
    mine = right.copy()
    mine[1, 0, 2] += 5
    mine[1, 2, 3] = np.nan
    found = difference(right, torch.from_numpy(mine), tolerance=1e-6)
    assert found is not None
    assert found.sentence == (
        "the shape (2, 3, 4) is right, but 2 of 24 values are not: "
        "at [1, 0, 2] expected 14, got 19."
    )


def test_descriptions_are_short():
    assert describe(1.23456789) == "1.23457"
    assert describe(np.zeros((30, 40))) == "an array of shape (30, 40)"
    assert describe(torch.tensor([[1.0, 2.0]])) == "[[1, 2]]"
    assert describe(_scale) == "_scale"
    assert describe("a") == "'a'"
    assert describe([1, [2.0, "a"]]) == "[1, [2, 'a']]"
    assert describe(np.array([[True], [False]])) == "[[True], [False]]"
    assert describe(torch.tensor([True, False])) == "[True, False]"
    assert describe(object()) == "an object object"
    assert "\n" not in describe(np.array([["long" * 9] * 2] * 2))
    assert describe([{}] * 99).startswith("a list [{}, {}")


def test_counts_are_written_to_the_last_digit():
    assert describe(11_689_512) == "11689512"
    assert describe((11_689_512, 0.25)) == "(11689512, 0.25)"
    assert describe(1.23456789e7) == "1.23457e+07"
    wrong = difference(11_689_512, 11_689_513, tolerance=1e-9)
    assert "11689512" in wrong.sentence
    assert "11689513" in wrong.sentence


def test_an_exercise_that_cannot_be_compared_is_the_authors_error():
    with pytest.raises(TypeError, match="cannot compare"):
        difference(object(), 1.0, tolerance=1e-6)


def test_exercises_have_distinct_keys_and_named_mistakes():
    for exercise in exercises_of("03").values():
        names = [mistake.name for mistake in exercise.mistakes]
        assert len(names) == len(set(names)) >= 3
