"""Judge an answer to an exercise and say what to look at next.

An `Exercise` holds the right answer, the inputs to try it on, and answers that learners typically
give by mistake, each with a hint of its own. The engine runs the learner's answer, never raises,
and explains the first thing that is off: no answer yet, a crash, a known mistake, a wrong type,
a wrong shape, a wrong value.
"""

import contextlib
import copy
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from course_utils.checks.compare import Difference, describe, difference


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that learners typically give, and what to tell them.

    Attributes:
        name: a short name, unique within the exercise.
        answer: the mistaken answer: a function with the exercise's arguments, or a value.
        hint: the sentence to show; may use ``{call}``, ``{expected}`` and ``{got}``.
    """

    name: str
    answer: Any
    hint: str


@dataclass(frozen=True)
class Exercise:
    """One exercise: what is right, how to try it, and what usually goes wrong.

    Attributes:
        key: notebook and name, as in ``"03.step"``; the name is what the learner defines.
        answer: the right answer: a function, or a value.
        praise: what the reader hears when it is right, one sentence.
        cases: the argument tuples to call a function with; one empty tuple for a value.
        mistakes: answers that are wrong in a known way.
        tolerance: largest relative (and absolute) difference that counts as equal.
    """

    key: str
    answer: Any
    praise: str
    cases: Sequence[tuple[Any, ...]] = ((),)
    mistakes: Sequence[Mistake] = field(default=())
    tolerance: float = 1e-6

    @property
    def name(self) -> str:
        """The name that the learner gives the answer."""
        return self.key.split(".", maxsplit=1)[1]


@dataclass(frozen=True)
class Verdict:
    """What the engine found: `passed`, a `message` for the reader, the `mistake` it recognised."""

    passed: bool
    message: str
    mistake: str | None = None

    def __str__(self) -> str:
        return f"✔ {self.message}" if self.passed else f"✘ not yet: {self.message}"


def not_yet(message: str, mistake: str | None = None) -> Verdict:
    """Return the verdict on an answer that is not right yet."""
    return Verdict(passed=False, message=message, mistake=mistake)


def judge(exercise: Exercise, answer: Any) -> Verdict:
    """Judge `answer`; never raises, whatever the answer is or does."""
    name = exercise.name
    if answer is None or answer is ...:
        return not_yet(f"`{name}` is still empty. Put your answer in place of the `...`.")
    if not callable(exercise.answer):
        return _compare(exercise, [answer])
    if not callable(answer):
        return not_yet(
            f"expected a function, got {describe(answer)}. Hand over the function itself: "
            f"`{name}`, without brackets after it.",
        )
    results = []
    for case in exercise.cases:
        outcome = _call(exercise, answer, case)
        if isinstance(outcome, Verdict):
            return outcome
        results.append(outcome[0])
    return _compare(exercise, results)


def _call(
    exercise: Exercise, answer: Callable[..., Any], case: tuple[Any, ...]
) -> Verdict | tuple[Any]:
    """Call the learner's function once; a verdict if something went wrong, else the result."""
    call = f"{exercise.name}({', '.join(describe(value) for value in case)})"
    arguments = copy.deepcopy(case)
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            result = answer(*arguments)
    except Exception as error:  # the learner's code may raise anything
        reason = f"{type(error).__name__}: {error}".rstrip(".: ")
        return not_yet(f"`{call}` stopped with {reason}.")
    if result is ...:
        return not_yet(f"`{exercise.name}` still returns `...`. Put your answer in its place.")
    if result is None and printed.getvalue():
        return not_yet(
            f"`{call}` prints its answer but does not `return` it. Printing only shows it."
        )
    if result is None:
        return not_yet(f"`{call}` returned nothing (`None`). Is there a `return` line?")
    if difference(case, arguments, tolerance=0.0) is not None:
        return not_yet(
            f"`{call}` changes what it was given: the input is no longer the same afterwards. "
            "Compute a new value instead of changing the old one in place.",
        )
    return (result,)


def _compare(exercise: Exercise, results: list[Any]) -> Verdict:
    """Compare the learner's results with the right ones, then with the known mistakes."""
    expected = [_answer(exercise.answer, case) for case in exercise.cases]
    found = _first_difference(expected, results, tolerance=exercise.tolerance)
    if found is None:
        return Verdict(passed=True, message=exercise.praise)
    place, what = found
    case = exercise.cases[place]
    call = f"{exercise.name}({', '.join(describe(value) for value in case)})"
    if not callable(exercise.answer):
        call = exercise.name
    for mistake in exercise.mistakes:
        wrong = [_answer(mistake.answer, case) for case in exercise.cases]
        if _first_difference(wrong, results, tolerance=exercise.tolerance) is None:
            hint = mistake.hint.format(
                call=call, expected=describe(expected[place]), got=describe(results[place])
            )
            return not_yet(hint, mistake.name)
    return not_yet(f"`{call}`: {what.sentence}")


def _answer(answer: Any, case: tuple[Any, ...]) -> Any:
    return answer(*copy.deepcopy(case)) if callable(answer) else answer


def _first_difference(
    expected: list[Any], results: list[Any], *, tolerance: float
) -> tuple[int, Difference] | None:
    for place, (right, got) in enumerate(zip(expected, results, strict=True)):
        found = difference(right, got, tolerance=tolerance)
        if found is not None:
            return place, found
    return None
