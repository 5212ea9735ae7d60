"""The exercises of notebook 03, gradient descent."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from course_utils.checks.engine import Exercise, Mistake

Slope = Callable[[Any], Any]
Array = NDArray[np.float64]


# The names of these four stand in messages to the learner: they are those of the notebook.
def slope(x: Any) -> Any:
    """Slope of the notebook's valley x⁴ + x + 2 at `x`."""
    return 4 * x**3 + 1


def bowl_slope(x: Any) -> Any:
    """Slope of the bowl (x − 3)² at `x`."""
    return 2 * (x - 3)


def valley(w: torch.Tensor) -> torch.Tensor:
    """Height of the notebook's long, narrow valley at `w`, shape (2,)."""
    return 0.5 * (w[0] ** 2 + 10 * w[1] ** 2)


def quartic(w: torch.Tensor) -> torch.Tensor:
    """Height of w₁⁴ + w₂⁴ + w₁ at `w`, shape (2,)."""
    return (w**4).sum() + w[0]


def _step(x: Any, slope: Any, rate: float) -> Any:
    return x - rate * slope


def _descend(slope: Slope, start: float, rate: float, steps: int) -> Array:
    path = [start]
    for _ in range(steps):
        path.append(path[-1] - rate * slope(path[-1]))
    return np.array(path)


def _uphill(slope: Slope, start: float, rate: float, steps: int) -> Array:
    return _descend(lambda x: -slope(x), start, rate, steps)


def _frozen_slope(slope: Slope, start: float, rate: float, steps: int) -> Array:
    return np.array([start - rate * slope(start) * t for t in range(steps + 1)])


def _descend_torch(
    f: Callable[[torch.Tensor], torch.Tensor],
    start: torch.Tensor,
    rate: float,
    steps: int,
    *,
    zero: bool = True,
    sign: float = -1.0,
) -> torch.Tensor:
    w, gathered = start.clone().requires_grad_(), torch.zeros_like(start)
    for _ in range(steps):
        (gradient,) = torch.autograd.grad(f(w), w)
        gathered = gradient if zero else gathered + gradient
        with torch.no_grad():
            w += sign * rate * gathered
    return w.detach()


_RUNS = {"A": "diverges", "B": "too small", "C": "oscillates", "D": "right"}


def _swapped(one: str, other: str) -> dict[str, str]:
    return _RUNS | {one: _RUNS[other], other: _RUNS[one]}


EXERCISES = (
    Exercise(
        key="03.step",
        answer=_step,
        praise="`step` is right, also for several weights at once.",
        cases=(
            (1.0, 5.0, 0.2),
            (-2.0, -3.0, 0.1),
            (np.array([1.0, -2.0]), np.array([-0.5, 3.0]), 0.1),
        ),
        mistakes=(
            Mistake(
                "uphill",
                lambda x, slope, rate: x + rate * slope,
                "your ball walks uphill: {call} went to {got}, expected {expected}. The slope says "
                "in which direction the function grows; which way do we want to go?",
            ),
            Mistake(
                "no rate",
                lambda x, slope, rate: x - slope,
                "the learning rate has no effect: {call} gave {got}, expected {expected}. The rate "
                "decides which part of the slope you walk.",
            ),
            Mistake(
                "only the move",
                lambda x, slope, rate: -rate * slope,
                "{got} is how far the ball moves; expected {expected}, where it lands. "
                "Start from the old position.",
            ),
            Mistake(
                "multiplied by x",
                lambda x, slope, rate: x - rate * slope * x,
                "{call} gave {got}, expected {expected}: the position enters twice. The move is "
                "rate times slope, nothing else.",
            ),
            Mistake(
                "sign of the slope lost",
                lambda x, slope, rate: x - rate * abs(slope),
                "where the slope is negative you walk the wrong way: {call} gave {got}, expected "
                "{expected}. The sign of the slope has to stay.",
            ),
        ),
    ),
    Exercise(
        key="03.descend",
        answer=_descend,
        praise="`descend` walks the whole path, start included.",
        cases=((slope, 1.0, 0.2, 5), (bowl_slope, 0.0, 0.1, 4)),
        mistakes=(
            Mistake(
                "start missing",
                lambda *arguments: _descend(*arguments)[1:],
                "the path lacks its first position: the start itself belongs to it, so `steps` "
                "steps make `steps` + 1 positions.",
            ),
            Mistake(
                "one step short",
                lambda *arguments: _descend(*arguments)[:-1],
                "one step is missing at the end: `steps` steps make `steps` + 1 positions. "
                "Look at the end of your `range`.",
            ),
            Mistake(
                "one step too many",
                lambda slope, start, rate, steps: _descend(slope, start, rate, steps + 1),
                "your walk takes one step too many: the start and `steps` steps make `steps` + 1 "
                "positions.",
            ),
            Mistake(
                "return inside the loop",
                lambda slope, start, rate, steps: _descend(slope, start, rate, 1),
                "your walk ends after its first step. Does the `return` line stand inside the "
                "loop?",
            ),
            Mistake(
                "no rate",
                lambda slope, start, rate, steps: _descend(slope, start, 1.0, steps),
                "the learning rate has no effect: {call} gave {got}. Multiply the slope by it.",
            ),
            Mistake(
                "only the end",
                lambda *arguments: _descend(*arguments)[-1],
                "you return only the last position ({got}). Keep every position in a list and "
                "return the list.",
            ),
            Mistake(
                "uphill",
                _uphill,
                "your path climbs: it goes to {got} where it should go to {expected}. "
                "Check the sign in front of the rate.",
            ),
            Mistake(
                "frozen slope",
                _frozen_slope,
                "all your steps have the same length: the slope is measured once, at the start. "
                "Measure it anew at every position.",
            ),
        ),
    ),
    Exercise(
        key="03.runs",
        answer=_RUNS,
        praise="you can read a run. Look at it like this first whenever a training misbehaves.",
        mistakes=(
            Mistake(
                "right and too small",
                _swapped("B", "D"),
                "look again at B and D. Both walk straight to the minimum, but one of them is "
                "still far away when the steps are used up.",
            ),
            Mistake(
                "oscillates and diverges",
                _swapped("A", "C"),
                "look again at A and C. One of them jumps over the minimum but comes closer "
                "each time; the other one gets worse.",
            ),
            Mistake(
                "oscillates and right",
                _swapped("C", "D"),
                "look again at C and D. Both arrive; one walks straight there, the other one "
                "keeps jumping from one side of the valley to the other.",
            ),
        ),
    ),
    Exercise(
        key="03.largest_rate",
        answer=lambda curvature: 2.0 / curvature,
        praise="`largest_rate` is right: the steeper the bowl, the smaller the rate must be.",
        cases=((1.0,), (4.0,), (10.0,)),
        mistakes=(
            Mistake(
                "one over",
                lambda curvature: 1.0 / curvature,
                "{got} is the best rate on this bowl: it lands on the minimum in one step. "
                "A larger one still arrives; how large may it get before |1 − rate · a| "
                "reaches 1 again?",
            ),
            Mistake(
                "upside down",
                lambda curvature: curvature / 2.0,
                "{call} gave {got}: yours grows with the curvature. Does a steeper bowl allow "
                "larger or smaller steps?",
            ),
            Mistake(
                "constant",
                lambda curvature: 2.0,
                "{call} gave {got}, the limit for a = 1 only. Solve 1 − rate · a = −1 for the "
                "rate and keep the a.",
            ),
        ),
    ),
    Exercise(
        key="03.descend_torch",
        answer=_descend_torch,
        praise="`descend_torch` is right: this loop, with a bigger f, is how networks are trained.",
        cases=(
            (valley, torch.tensor([4.0, 1.0], dtype=torch.float64), 0.15, 5),
            (quartic, torch.tensor([1.0, 0.5], dtype=torch.float64), 0.05, 3),
        ),
        mistakes=(
            Mistake(
                "gradients pile up",
                lambda *arguments: _descend_torch(*arguments, zero=False),
                "the gradients pile up: `backward` adds to `w.grad` and does not replace it. "
                "Set `w.grad` back to None (or to zero) in every step.",
            ),
            Mistake(
                "uphill",
                lambda *arguments: _descend_torch(*arguments, sign=1.0),
                "your weights climb: the result is {got}, expected {expected}. "
                "Check the sign in front of the rate.",
            ),
            Mistake(
                "not moved",
                lambda f, start, rate, steps: start.clone(),
                "the weights came back as they went in. Is the step stored in `w` itself, as in "
                "`w -= …`?",
            ),
            Mistake(
                "one step short",
                lambda f, start, rate, steps: _descend_torch(f, start, rate, steps - 1),
                "you stopped one step early: {got}, expected {expected} after all steps.",
            ),
        ),
    ),
)
