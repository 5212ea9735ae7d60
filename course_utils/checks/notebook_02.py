"""The exercises of notebook 02, derivatives."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.checks.engine import Exercise, Mistake

Curve = Callable[[Any], Any]
Array = NDArray[Any]


def cube(x: Any) -> Any:
    """Return x³."""
    return x**3


def wave(x: Any) -> Any:
    """Return sin x."""
    return np.sin(x)


def landscape(w: Any) -> Any:
    """Return the function of two knobs that notebook 02 uses; `w` has shape (2,)."""
    return w[0] ** 2 + w[1] ** 3 - w[0] * w[1]


def cubes(w: Any) -> Any:
    """Return another function of two knobs, w₁³ + w₂³ − w₁w₂; `w` has shape (2,)."""
    return w[0] ** 3 + w[1] ** 3 - w[0] * w[1]


def volume(w: Any) -> Any:
    """Return a function of three knobs; `w` has shape (3,)."""
    return w[0] * w[1] * w[2] ** 2 + w[1] ** 3


_PAIRS = {"A": "s", "B": "q", "C": "p", "D": "r"}


def _swapped(one: str, other: str) -> dict[str, str]:
    return _PAIRS | {one: _PAIRS[other], other: _PAIRS[one]}


def _each_knob(f: Curve, w: Array, h: float, *, whole: bool = False) -> tuple[Array, Array]:
    """Heights with each entry of `w` raised, and lowered, by `h`; `whole` keeps whole numbers."""
    up, down = [], []
    for i in range(len(w)):
        above = w.copy() if whole else w.astype(float)
        below = above.copy()
        above[i] += h
        below[i] -= h
        up.append(f(above))
        down.append(f(below))
    return np.array(up, dtype=float), np.array(down, dtype=float)


def _numerical_gradient(f: Curve, w: Array, h: float, *, whole: bool = False) -> Array:
    up, down = _each_knob(f, w, h, whole=whole)
    return (up - down) / (2 * h)


def _forward_gradient(f: Curve, w: Array, h: float) -> Array:
    up, _ = _each_knob(f, w, h)
    return (up - float(f(w))) / h


def _all_at_once(f: Curve, w: Array, h: float) -> Any:
    return (f(w + h) - f(w - h)) / (2 * h)


def _first_only(f: Curve, w: Array, h: float) -> float:
    return float(_numerical_gradient(f, w, h)[0])


def _last_only(f: Curve, w: Array, h: float) -> Array:
    slopes = _numerical_gradient(f, w, h)
    slopes[:-1] = 0
    return slopes


def _never_put_back(f: Curve, w: Array, h: float) -> Array:
    moving = w.astype(float)
    slopes = np.zeros(len(w))
    for i in range(len(w)):
        moving[i] += h
        above = f(moving)
        moving[i] -= 2 * h
        slopes[i] = (above - f(moving)) / (2 * h)
    return slopes


EXERCISES = (
    Exercise(
        key="02.match",
        answer=_PAIRS,
        praise="all four match. You read the slope of a curve, not its height.",
        mistakes=(
            Mistake(
                "sign",
                _swapped("A", "B"),
                "C and D are right; look again at A and B. Their slopes are both straight lines "
                "through zero. Does A grow or fall on its left-hand side, and what sign has a "
                "slope there?",
            ),
            Mistake(
                "look-alike",
                _swapped("A", "C"),
                "look again at A and C. A is a hill, but its slope need not look like a hill. On "
                "the right-hand side A falls: can its slope be positive there?",
            ),
            Mistake(
                "bump and wave",
                _swapped("C", "D"),
                "A and B are right; look again at C and D. One of the two functions falls in some "
                "places. Which of the two slopes is negative in some places?",
            ),
            Mistake(
                "height for slope",
                {"A": "r", "B": "q", "C": "p", "D": "s"},
                "look again at A and D. Count the places where each function is level: there "
                "its slope crosses zero. How often does the slope that you chose for A do that?",
            ),
        ),
    ),
    Exercise(
        key="02.central_difference",
        answer=lambda f, x, h: (f(x + h) - f(x - h)) / (2 * h),
        praise="`central_difference` is right. Halve h, and its truncation error is quartered.",
        cases=((cube, 1.0, 0.1), (wave, 2.5, 0.2), (cube, np.array([-1.0, 0.5, 2.0]), 0.1)),
        mistakes=(
            Mistake(
                "forward",
                lambda f, x, h: (f(x + h) - f(x)) / h,
                "{call} gave {got}, expected {expected}: this is the forward difference. The "
                "central one looks the same distance to the left as to the right.",
            ),
            Mistake(
                "backward",
                lambda f, x, h: (f(x) - f(x - h)) / h,
                "{call} gave {got}, expected {expected}: yours compares x with a point on its left "
                "only. Which point on the right belongs to it?",
            ),
            Mistake(
                "divided by h",
                lambda f, x, h: (f(x + h) - f(x - h)) / h,
                "{call} gave {got}, twice the expected {expected}. How far apart are the two "
                "points x − h and x + h?",
            ),
            Mistake(
                "step of its own",
                lambda f, x, h: (f(x + 1e-5) - f(x - 1e-5)) / 2e-5,
                "{call} gave {got}, expected {expected}. Yours measures with a tiny step of its "
                "own. Which step does the call ask for?",
            ),
            Mistake(
                "not divided by h",
                lambda f, x, h: (f(x + h) - f(x - h)) / 2,
                "{call} gave {got}, expected {expected}. You halve the change of the height. How "
                "far apart are the two points, and where is h in that?",
            ),
            Mistake(
                "times h",
                lambda f, x, h: (f(x + h) - f(x - h)) / 2 * h,
                "{call} gave {got}, expected {expected}. Python reads `a / 2 * h` as (a / 2) · h. "
                "Which brackets put both factors below the line?",
            ),
            Mistake(
                "no brackets above",
                lambda f, x, h: f(x + h) - f(x - h) / (2 * h),
                "{call} gave {got}, expected {expected}. Only the second height is divided: "
                "Python divides before it subtracts. Where do brackets belong?",
            ),
            Mistake(
                "sign",
                lambda f, x, h: (f(x - h) - f(x + h)) / (2 * h),
                "{call} gave {got}, expected {expected}: the number is right, the sign is not. A "
                "growing function needs a positive slope; which height comes first?",
            ),
        ),
    ),
    Exercise(
        key="02.chain_slope",
        answer=lambda x: 3 * (x**2 + 1) ** 2 * 2 * x,
        praise="`chain_slope` is right: outer slope at u, times inner slope at x.",
        cases=((1.0,), (-0.5,), (2.0,)),
        mistakes=(
            Mistake(
                "outer only",
                lambda x: 3 * (x**2 + 1) ** 2,
                "{call} gave {got}, expected {expected}. {got} is the slope of the outer function, "
                "the change per unit of u. How fast does u itself change with x?",
            ),
            Mistake(
                "inner only",
                lambda x: 2 * x,
                "{call} gave {got}, expected {expected}. {got} is the slope of the inner function. "
                "Its result still goes through the third power.",
            ),
            Mistake(
                "outer slope at x",
                lambda x: 3 * x**2 * 2 * x,
                "{call} gave {got}, expected {expected}. You multiply two slopes, which is right, "
                "but the outer one is taken at x. What is the input of the outer function?",
            ),
            Mistake(
                "factor lost",
                lambda x: (x**2 + 1) ** 2 * 2 * x,
                "{call} gave {got}, a third of the expected {expected}. The exponent became 2, "
                "which is right. Where does the power rule put the old exponent?",
            ),
            Mistake(
                "inner slope without x",
                lambda x: 3 * (x**2 + 1) ** 2 * 2,
                "{call} gave {got}, expected {expected}. The outer slope is right. The inner one "
                "is not 2 everywhere: what is the slope of x² + 1 at x?",
            ),
            Mistake(
                "sum",
                lambda x: 3 * (x**2 + 1) ** 2 + 2 * x,
                "{call} gave {got}, expected {expected}. Both slopes are right, and you add them. "
                "Think of the bicycle: 3 wheel turns, each of them 2.1 m.",
            ),
            Mistake(
                "slope of the slope",
                lambda x: 3 * (2 * x) ** 2,
                "{call} gave {got}, expected {expected}. You put the inner slope into the outer "
                "slope. The outer slope wants u itself; the inner slope is a factor beside it.",
            ),
            Mistake(
                "power kept",
                lambda x: 3 * (x**2 + 1) ** 3 * 2 * x,
                "{call} gave {got}, expected {expected}. The idea is right. Look at the power rule "
                "once more: what becomes of the exponent 3?",
            ),
        ),
    ),
    Exercise(
        key="02.gradient",
        answer=lambda w: np.array([2 * w[0] * w[1], w[0] ** 2 + 3]),
        praise="`gradient` is right: one slope for each knob, in the order of the knobs.",
        cases=((np.array([2.0, 1.0]),), (np.array([-1.0, 3.0]),), (np.array([0.5, -2.0]),)),
        mistakes=(
            Mistake(
                "order",
                lambda w: np.array([w[0] ** 2 + 3, 2 * w[0] * w[1]]),
                "both slopes are right, but {call} gave {got}, expected {expected}. Which knob "
                "comes first?",
            ),
            Mistake(
                "factor dropped",
                lambda w: np.array([2 * w[0], 3.0]),
                "{call} gave {got}, expected {expected}. In w₁² · w₂ the knob that stands still is "
                "a constant factor, and a constant factor stays. Did it get lost in both slopes?",
            ),
            Mistake(
                "w₂ lost",
                lambda w: np.array([2 * w[0], w[0] ** 2 + 3]),
                "the second slope is right; the first is not: {call} gave {got}, expected "
                "{expected}. In w₁² · w₂ the knob that stands still is a constant factor. What "
                "does the rule for a constant factor say?",
            ),
            Mistake(
                "3 lost",
                lambda w: np.array([2 * w[0] * w[1], w[0] ** 2]),
                "the first slope is right; the second is not: {call} gave {got}, expected "
                "{expected}. While w₂ moves, what does the part 3 · w₂ do?",
            ),
            Mistake(
                "constant kept",
                lambda w: np.array([2 * w[0] * w[1] + 3 * w[1], w[0] ** 2 + 3]),
                "the second slope is right; the first is not: {call} gave {got}, expected "
                "{expected}. While w₁ moves, what does the part 3 · w₂ do?",
            ),
            Mistake(
                "added up",
                lambda w: 2 * w[0] * w[1] + w[0] ** 2 + 3,
                "{call} gave the single number {got}, expected {expected}. You added the partial "
                "derivatives. A gradient keeps them apart, one entry for each knob.",
            ),
            Mistake(
                "value",
                lambda w: w[0] ** 2 * w[1] + 3 * w[1],
                "{call} gave {got}: that is the height p(w) itself. Expected the slopes of p, "
                "{expected}.",
            ),
        ),
    ),
    Exercise(
        key="02.numerical_gradient",
        answer=_numerical_gradient,
        praise="`numerical_gradient` is right, for any number of knobs.",
        cases=(
            (landscape, np.array([2.0, 1.0]), 0.1),
            (volume, np.array([1.0, 2.0, 3.0]), 0.01),
            (cubes, np.array([3, -2]), 0.1),
        ),
        mistakes=(
            Mistake(
                "all at once",
                _all_at_once,
                "{call} gave the single number {got}, expected {expected}. `w + h` turns all knobs "
                "together. A partial derivative turns one of them while the others stand still.",
            ),
            Mistake(
                "all at once in a loop",
                lambda f, w, h: np.full(len(w), _all_at_once(f, w, h)),
                "{call} gave {got}, expected {expected}. The same number comes out for each knob: "
                "in every round of your loop all knobs are turned. Change entry i only.",
            ),
            Mistake(
                "return in the loop",
                _first_only,
                "{call} gave the single number {got}, expected {expected}. It is the slope of the "
                "first knob only. Does `return` stand inside your loop?",
            ),
            Mistake(
                "zeros in the loop",
                _last_only,
                "{call} gave {got}, expected {expected}. Only the last slope is there, the others "
                "are 0. Is the array for the slopes made anew in every round?",
            ),
            Mistake(
                "step of its own",
                lambda f, w, h: _numerical_gradient(f, w, 1e-5),
                "{call} gave {got}, expected {expected}. Yours measures with a tiny step of its "
                "own. Which step does the call ask for?",
            ),
            Mistake(
                "never put back",
                _never_put_back,
                "the first slope is right, the later ones are a little off: {call} gave {got}, "
                "expected {expected}. Where does the first knob stand while you turn the second?",
            ),
            Mistake(
                "forward",
                _forward_gradient,
                "{call} gave {got}, expected {expected}. You compare with f(w) itself, the "
                "forward difference. This exercise asks for the central one.",
            ),
            Mistake(
                "divided by h",
                lambda f, w, h: 2 * _numerical_gradient(f, w, h),
                "{call} gave {got}, twice the expected {expected}. The two points lie on both "
                "sides of w. How far are they apart?",
            ),
            Mistake(
                "whole numbers",
                lambda f, w, h: _numerical_gradient(f, w, h, whole=True),
                "right for floating-point numbers, but {call} gave {got}, expected {expected}. "
                "Here `w` holds whole numbers, and an array of whole numbers drops everything "
                "behind the point: 3 + 0.1 is stored as 3. Which kind of copy can hold 3.1?",
            ),
            Mistake(
                "whole result",
                lambda f, w, h: _numerical_gradient(f, w, h).astype(w.dtype),
                "{call} gave {got}, expected {expected}: everything behind the point is cut off. "
                "`w` holds whole numbers here, and so does an array that was made in its likeness. "
                "Which kind of array do your slopes go into?",
            ),
        ),
    ),
)
