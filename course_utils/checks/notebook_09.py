"""The exercises of notebook 09, optimizers."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.checks.engine import Exercise, Mistake

Array = NDArray[np.float64]

_THETA = np.array([1.0, -2.0, 0.5])
_GRADIENT = np.array([0.5, -3.0, 2.0])
_MEANS = np.array([0.2, 1.0, -4.0])
_NOISE = np.array([[1.0, -0.5, 2.0], [0.0, 1.5, -1.0], [0.3, -2.0, 0.7], [1.1, 0.4, -0.2]])
_WIDE = np.array([[0.5, -1.0, 0.25, 2.0, -0.1, 1.0, 0.0, -3.0], [1, 0.2, -0.4, 0.1, 2, -1, 3, 0.6]])


def _half_a_cosine(part: float) -> float:
    return 0.5 * (1 + float(np.cos(np.pi * part)))


def _warmed_up(
    fall: Callable[[int, int, int], float],
    climb: Callable[[int, int], float] = lambda t, warm_up: (t + 1) / warm_up,
) -> Callable[[int, int, int, float], float]:
    """A schedule with this warm-up, then this fall, both as parts of the highest rate."""

    def rate(t: int, total: int, warm_up: int, highest: float) -> float:
        part = climb(t, warm_up) if t < warm_up else fall(t, total, warm_up)
        return highest * part

    return rate


_warm_cosine = _warmed_up(
    lambda t, total, warm_up: _half_a_cosine((t - warm_up) / (total - warm_up))
)


def _adamw(
    theta: Array,
    gradient: Array,
    m: Array,
    s: Array,
    t: int,
    rate: float,
    decay: float,
    *,
    correct: bool = True,
    inside: bool = False,
    root: bool = True,
    l2: bool = False,
) -> Any:
    """AdamW's step; the options are the ways in which it goes wrong."""
    if l2:
        gradient, decay = gradient + decay * theta, 0.0
    m, s = 0.9 * m + 0.1 * gradient, 0.999 * s + 0.001 * gradient**2
    m_hat, s_hat = (m / (1 - 0.9**t), s / (1 - 0.999**t)) if correct else (m, s)
    below = (s_hat + 1e-8) ** 0.5 if inside else (s_hat**0.5 if root else s_hat) + 1e-8
    return theta * (1 - rate * decay) - rate * m_hat / below, m, s


def _corrected_kept(*given: Any) -> Any:
    theta, m, s = _adamw(*given)
    t = given[4]
    return theta, m / (1 - 0.9**t), s / (1 - 0.999**t)


def _with_decay(given: tuple[Any, ...], decay: float) -> Any:
    theta, gradient, m, s, t, rate, _ = given
    return _adamw(theta, gradient, m, s, t, rate, decay)


def _shrunk_after(*given: Any) -> Any:
    theta, m, s = _with_decay(given, 0.0)
    return theta * (1 - given[5] * given[6]), m, s


def _decay_without_rate(*given: Any) -> Any:
    return _with_decay(given, given[6] / given[5])


def _uphill(*given: Any) -> Any:
    theta, m, s = _adamw(*given)
    shrunken = given[0] * (1 - given[5] * given[6])
    return 2 * shrunken - theta, m, s


def _means_not_kept(*given: Any) -> Any:
    return _adamw(*given)[0], given[2], given[3]


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        key="09.he_initialise",
        answer=lambda noise: noise * (2 / noise.shape[1]) ** 0.5,
        praise="`he_initialise` is right: variance 2/fan-in, whatever the shape of the layer.",
        cases=((_NOISE,), (_WIDE,), (_WIDE.T,)),
        mistakes=(
            Mistake(
                "fan-out",
                lambda noise: noise * (2 / noise.shape[0]) ** 0.5,
                "you divided by the number of outputs. A neuron adds up its inputs; in the shape "
                "(outputs, inputs), which of the two numbers is that?",
            ),
            Mistake(
                "variance as spread",
                lambda noise: noise * 2 / noise.shape[1],
                "the variance should be 2/inputs, and you multiplied by 2/inputs. By what is the "
                "variance multiplied when numbers are multiplied by c?",
            ),
            Mistake(
                "1/n",
                lambda noise: noise / noise.shape[1] ** 0.5,
                "this is the start for tanh, variance 1/inputs. What does a ReLU do to half of the "
                "values, and how is that made up for?",
            ),
            Mistake(
                "fan-in and fan-out",
                lambda noise: noise * (2 / sum(noise.shape)) ** 0.5,
                "this is Glorot's compromise, 2/(inputs + outputs). He's start looks at the way "
                "forward only, through a ReLU.",
            ),
            Mistake(
                "all weights",
                lambda noise: noise * (2 / noise.size) ** 0.5,
                "you divided by the number of all weights. How many products does one neuron "
                "add up?",
            ),
            Mistake(
                "factor outside the root",
                lambda noise: noise * 2 / noise.shape[1] ** 0.5,
                "your weights have the variance 4/inputs. Is the 2 under the root?",
            ),
        ),
    ),
    Exercise(
        key="09.warm_cosine",
        answer=_warm_cosine,
        praise="`warm_cosine` is right: up in equal steps, down along half a cosine.",
        cases=(
            (0, 100, 10, 0.1),
            (4, 100, 10, 0.1),
            (9, 100, 10, 0.1),
            (10, 100, 10, 0.1),
            (40, 100, 10, 0.1),
            (99, 100, 10, 0.1),
            (0, 50, 0, 2.0),
            (30, 50, 0, 2.0),
            (60, 80, 20, 0.5),
        ),
        mistakes=(
            Mistake(
                "warm-up from zero",
                _warmed_up(
                    lambda t, total, warm_up: _half_a_cosine((t - warm_up) / (total - warm_up)),
                    lambda t, warm_up: t / warm_up,
                ),
                "{call} gave {got}, expected {expected}. Your warm-up begins at 0, so the first "
                "update does nothing, and the last one of the warm-up has not reached the top.",
            ),
            Mistake(
                "cosine from the beginning",
                _warmed_up(lambda t, total, warm_up: _half_a_cosine(t / total)),
                "the warm-up is right. But {call} gave {got}, expected {expected}: your cosine has "
                "been running since update 0 and jumps in half-way.",
            ),
            Mistake(
                "too slow",
                _warmed_up(lambda t, total, warm_up: _half_a_cosine((t - warm_up) / total)),
                "the warm-up is right, and the cosine begins in time. But {call} gave {got}, "
                "expected {expected}: how many updates are left for it?",
            ),
            Mistake(
                "one update short",
                _warmed_up(
                    lambda t, total, warm_up: _half_a_cosine((t - warm_up) / (total - warm_up - 1))
                ),
                "{call} gave {got}, expected {expected}. Your cosine reaches 0 one update early, "
                "at total - 1; it should reach it at `total`.",
            ),
            Mistake(
                "highest forgotten",
                lambda t, total, warm_up, highest: _warm_cosine(t, total, warm_up, 1.0),
                "{call} gave {got}, expected {expected}: yours is the part of the highest rate. "
                "What is missing to make a rate of it?",
            ),
            Mistake(
                "no half",
                _warmed_up(
                    lambda t, total, warm_up: 2 * _half_a_cosine((t - warm_up) / (total - warm_up))
                ),
                "{call} gave {got}, expected {expected}: twice as much. 1 + cos goes from 2 to 0.",
            ),
            Mistake(
                "whole wave",
                _warmed_up(
                    lambda t, total, warm_up: _half_a_cosine(2 * (t - warm_up) / (total - warm_up))
                ),
                "{call} gave {got}, expected {expected}. Your cosine makes a whole wave, down and "
                "up again. At which angle is it at its lowest?",
            ),
            Mistake(
                "straight",
                _warmed_up(lambda t, total, warm_up: 1 - (t - warm_up) / (total - warm_up)),
                "{call} gave {got}, expected {expected}. Yours falls in a straight line; here a "
                "cosine is wanted.",
            ),
            Mistake(
                "no warm-up",
                lambda t, total, warm_up, highest: highest * _half_a_cosine(t / total),
                "{call} gave {got}, expected {expected}. The warm-up is missing: what is the rate "
                "while t is smaller than warm_up?",
            ),
        ),
    ),
    Exercise(
        key="09.adamw_step",
        answer=_adamw,
        praise="`adamw_step` is right, from the first step on, and for tiny gradients too.",
        cases=(
            (_THETA, np.array([0.5, -3.0, 1e-6]), np.zeros(3), np.zeros(3), 1, 0.01, 0.1),
            (_THETA, _GRADIENT, 0.1 * _MEANS, np.array([0.01, 0.4, 2.0]), 7, 0.1, 0.5),
            (-_THETA, np.array([0.0, 1.0, -2.0]), _MEANS, np.ones(3), 300, 0.2, 0.0),
        ),
        mistakes=(
            Mistake(
                "no bias correction",
                lambda *given: _adamw(*given, correct=False),
                "{call} gave {got}, expected {expected}. Both means began at 0 and are still too "
                "small. What repairs that?",
            ),
            Mistake(
                "corrected means returned",
                _corrected_kept,
                "the parameters are right. But you return the corrected means; the next step would "
                "build on them and correct once more. Which ones have to be kept?",
            ),
            Mistake(
                "means not kept",
                _means_not_kept,
                "the parameters are right, but you hand back the means as they came. The next step "
                "would know nothing of this gradient.",
            ),
            Mistake(
                "means swapped",
                lambda *given: tuple(_adamw(*given)[k] for k in (0, 2, 1)),
                "the three results are right, but m and s come back in the wrong order. Asked for "
                "are theta, m, s.",
            ),
            Mistake(
                "L2",
                lambda *given: _adamw(*given, l2=True),
                "this is Adam with L2: the decay goes through the gradient and gets divided by the "
                "root as well. In AdamW it acts beside it.",
            ),
            Mistake(
                "decay without rate",
                _decay_without_rate,
                "{call} gave {got}, expected {expected}. Your parameters shrink by the factor "
                "1 − decay; a schedule that lowers the rate has to lower the shrinking too.",
            ),
            Mistake(
                "no decay",
                lambda *given: _with_decay(given, 0.0),
                "this is Adam, and right as such: {call} gave {got}, expected {expected}. Where "
                "does `decay` come in?",
            ),
            Mistake(
                "shrunk after the step",
                _shrunk_after,
                "{call} gave {got}, expected {expected}: nearly. Your step itself is shrunk as "
                "well. Shrink first, then step.",
            ),
            Mistake(
                "ε inside the root",
                lambda *given: _adamw(*given, inside=True),
                "right as long as gradients are not tiny. But {call} gave {got}, expected "
                "{expected}. Does the ε stand inside the root or outside?",
            ),
            Mistake(
                "no root",
                lambda *given: _adamw(*given, root=False),
                "{call} gave {got}, expected {expected}. s is made of squares: what has to be done "
                "before you divide by it?",
            ),
            Mistake(
                "uphill",
                _uphill,
                "means and decay are right, but the step leads uphill: {call} gave {got}, expected "
                "{expected}.",
            ),
        ),
    ),
)
