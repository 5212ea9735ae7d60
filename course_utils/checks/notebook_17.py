"""The exercises of notebook 17, inside a CNN."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.checks.engine import Exercise, Mistake

Array = NDArray[np.float64]
Score = Callable[[Array], float]

_X = np.array([0.5, 0.02, 0.97, 0.4, 0.0])
_SLOPES = np.array([3.0, -1.0, 0.5, 0.0, -0.2])
_IMAGE = np.array([[0.2, 0.95, 1.0], [0.6, 0.05, 0.3]])
_IMAGE_SLOPES = np.array([[-0.01, 4.0, 2.0], [0.3, -7.0, 0.0]])

_PICTURE = np.random.default_rng(0).uniform(0, 1, (5, 8)).round(2)
_SMALL = np.random.default_rng(1).uniform(0, 1, (4, 4)).round(2)
_WEIGHTS = np.random.default_rng(2).normal(0, 1, (5, 8)).round(1)

_SIGNALS = [[2.0, 0.5], [-3.0, 0.5], [3.0, -1.0]]


def _weighted(picture: Array) -> float:
    return float((picture * _WEIGHTS[: picture.shape[0], : picture.shape[1]]).sum())


def _brightest(picture: Array) -> float:
    return float(picture.max() + 0.1 * picture[0].sum())


def _pushed(x: Array, slopes: Array, epsilon: float) -> Any:
    return np.clip(x + epsilon * np.sign(slopes), 0, 1)


def _cover_drops(
    score: Score,
    image: Array,
    size: int,
    stride: int,
    fill: float,
    *,
    pile: bool = False,
    beyond: bool = False,
    short: bool = False,
    keep: bool = False,
) -> Any:
    """The drops of the score; the options are the ways in which it goes wrong."""
    room = 0 if beyond else size
    extra = 0 if short or beyond else 1
    tops = range(0, image.shape[0] - room + extra, stride)
    lefts = range(0, image.shape[1] - room + extra, stride)
    whole, copy = score(image), image.copy()
    drops = np.empty((len(tops), len(lefts)))
    for row, top in enumerate(tops):
        for column, left in enumerate(lefts):
            copy = copy if pile else image.copy()
            copy[top : top + size, left : left + size] = fill
            drops[row, column] = score(copy) if keep else whole - score(copy)
    return drops


def _covered(**options: Any) -> Any:
    return lambda *given: _cover_drops(*given, **options)


def _layers(x: list[list[float]]) -> list[Array]:
    """What the exercise's model computes: input, then the output of each of its three layers."""
    first, bias = np.array([[1, -1], [2, 0.5]]), np.array([0.5, -3])
    z = np.array(x) @ first.T + bias
    a = np.maximum(z, 0)
    return [np.array(x), z, a, a @ np.array([[1.0, 2.0], [-1.0, 1.0]]).T]


def _overhear(places: list[int], x: list[list[float]]) -> Any:
    return [_layers(x)[place + 1] for place in places], 0


def _smallest_epsilon(w: Array, b: float, x: Array) -> Any:
    return abs(w @ x + b) / np.abs(w).sum()


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        key="17.pushed",
        answer=_pushed,
        praise="`pushed` is right: every pixel as far as it may, and none leaves 0 to 1.",
        cases=((_X, _SLOPES, 0.1), (_IMAGE, _IMAGE_SLOPES, 0.2), (_X, -_SLOPES, 0.03)),
        mistakes=(
            Mistake(
                "not clipped",
                lambda x, slopes, epsilon: x + epsilon * np.sign(slopes),
                "the direction is right. But {call} gave {got}: some numbers have left 0 to 1, and "
                "no picture has such pixels.",
            ),
            Mistake(
                "downhill",
                lambda x, slopes, epsilon: np.clip(x - epsilon * np.sign(slopes), 0, 1),
                "{call} gave {got}, expected {expected}. Your pixels make the loss smaller. That "
                "is how weights are trained; which way does an attacker go?",
            ),
            Mistake(
                "the slope itself",
                lambda x, slopes, epsilon: np.clip(x + epsilon * slopes, 0, 1),
                "{call} gave {got}, expected {expected}. Steep pixels go further than epsilon and "
                "flat ones hardly move. Only the direction of the slope counts here.",
            ),
            Mistake(
                "largest slope one",
                lambda x, slopes, epsilon: np.clip(
                    x + epsilon * slopes / np.abs(slopes).max(), 0, 1
                ),
                "no pixel moves by more than epsilon, but only the steepest one goes that far: "
                "{call} gave {got}, expected {expected}. All may go to the bound.",
            ),
            Mistake(
                "zero goes up",
                lambda x, slopes, epsilon: np.clip(
                    x + epsilon * np.where(slopes >= 0, 1.0, -1.0), 0, 1
                ),
                "nearly right. But {call} gave {got}, expected {expected}: where the slope is 0, "
                "neither direction does harm, and nothing should move.",
            ),
            Mistake(
                "only the change clipped",
                lambda x, slopes, epsilon: x + np.clip(epsilon * np.sign(slopes), 0, 1),
                "{call} gave {got}, expected {expected}. You keep the change between 0 and 1, so "
                "it never goes down. It is the new picture that has to stay there.",
            ),
            Mistake(
                "only the change returned",
                lambda x, slopes, epsilon: epsilon * np.sign(slopes),
                "{call} gave {got}, expected {expected}. That is the change; the picture with the "
                "change is asked for.",
            ),
        ),
    ),
    Exercise(
        key="17.cover_drops",
        answer=_cover_drops,
        praise="`cover_drops` is right, for any function of a picture.",
        cases=(
            (_weighted, _PICTURE, 2, 1, 0.5),
            (_weighted, _PICTURE, 2, 3, 0.0),
            (_brightest, _SMALL, 2, 2, 0.0),
            (_brightest, _PICTURE, 3, 2, 1.0),
        ),
        mistakes=(
            Mistake(
                "sign turned round",
                lambda *given: -_cover_drops(*given),
                "the sizes are right, the sign is not: a place that matters should get a positive "
                "entry. Whole minus covered, or covered minus whole?",
            ),
            Mistake(
                "only sizes",
                lambda *given: np.abs(_cover_drops(*given)),
                "the sizes are right. But covering may also make the score larger, and then the "
                "entry is negative. Keep the sign.",
            ),
            Mistake(
                "squares pile up",
                _covered(pile=True),
                "the first entry is right, the later ones are not: your squares stay in the "
                "picture and pile up. Where does each place begin with a fresh copy?",
            ),
            Mistake(
                "score kept",
                _covered(keep=True),
                "you return the score of the covered pictures. By how much did it fall?",
            ),
            Mistake(
                "last place missing",
                _covered(short=True),
                "one row and one column are missing: at the lower and right edge the square still "
                "fits. Which is the last number that `range` gives?",
            ),
            Mistake(
                "beyond the edge",
                _covered(beyond=True),
                "your array is too large: at the lower and right edge only a part of the square "
                "lies in the picture. Only places where it fits whole are asked for.",
            ),
            Mistake(
                "always black",
                lambda score, image, size, stride, fill: _cover_drops(
                    score, image, size, stride, 0.0
                ),
                "right where the square is black. But `fill` says with which value to cover.",
            ),
            Mistake(
                "columns first",
                lambda *given: _cover_drops(*given).T,
                "the numbers are right, but rows and columns have changed places: which of your "
                "two loops is the outer one?",
            ),
        ),
    ),
    Exercise(
        key="17.overhear",
        answer=_overhear,
        praise="`overhear` is right, and it leaves no hook behind.",
        cases=(([0, 2], _SIGNALS), ([2, 1, 0], _SIGNALS[:1]), ([1], _SIGNALS[1:])),
        mistakes=(
            Mistake(
                "hooks left",
                lambda places, x: (_overhear(places, x)[0], len(places)),
                "the outputs are right, but your hooks are still there: every later call of the "
                "model would run them too. What did `register_forward_hook` return, and what can "
                "that do?",
            ),
            Mistake(
                "one entry",
                lambda places, x: ([_layers(x)[max(places) + 1]], 0),
                "only one output is left, that of the layer which computes last. Do all your hooks "
                "write to one place? A function made in a loop looks up the loop variable only "
                "when it is called, and then the loop is over.",
            ),
            Mistake(
                "in the order of the layers",
                lambda places, x: _overhear(sorted(places), x),
                "the outputs are the right ones, in the order in which the layers compute. The "
                "order of `places` is asked for.",
            ),
            Mistake(
                "inputs heard",
                lambda places, x: ([_layers(x)[place] for place in places], 0),
                "you return what goes into the layers. A hook gets module, inputs and output, in "
                "this order.",
            ),
            Mistake(
                "inputs heard as they come",
                lambda places, x: ([[_layers(x)[place]] for place in places], 0),
                "you return what goes into the layers, each in a tuple. A hook gets module, inputs "
                "and output, in this order.",
            ),
            Mistake(
                "in the order of the layers, hooks left",
                lambda places, x: (_overhear(sorted(places), x)[0], len(places)),
                "two things: the outputs come in the order in which the layers compute, not in "
                "that of `places`; and the hooks are still there.",
            ),
            Mistake(
                "inputs heard, hooks left",
                lambda places, x: ([_layers(x)[place] for place in places], len(places)),
                "two things: you return what goes into the layers, not what comes out; and the "
                "hooks are still there.",
            ),
        ),
    ),
    Exercise(
        key="17.smallest_epsilon",
        answer=_smallest_epsilon,
        praise="`smallest_epsilon` is right: the more weights, the smaller it can be.",
        cases=(
            (np.array([3.0, -1.0, 0.5]), 0.2, np.array([0.5, 0.3, 0.9])),
            (np.array([3.0, -1.0, 0.5]), -4.0, np.array([0.5, 0.3, 0.9])),
            (np.array([-0.5, 0.25]), 1.5, np.array([1.0, -2.0])),
        ),
        mistakes=(
            Mistake(
                "Euclid's length",
                lambda w, b, x: abs(w @ x + b) / np.sqrt((w**2).sum()),
                "{call} gave {got}, expected {expected}. That is the distance to the boundary as a "
                "ruler measures it. FGSM moves every pixel by the same epsilon: how much does the "
                "score change then?",
            ),
            Mistake(
                "signs cancel",
                lambda w, b, x: abs(w @ x + b) / abs(w.sum()),
                "{call} gave {got}, expected {expected}. In your sum positive and negative weights "
                "cancel. FGSM chooses the sign of every pixel so that they don't.",
            ),
            Mistake(
                "from one side only",
                lambda w, b, x: (w @ x + b) / np.abs(w).sum(),
                "right as long as the score is positive. For a negative one you get an epsilon "
                "below 0, and a size is never negative.",
            ),
            Mistake(
                "bias forgotten",
                lambda w, b, x: abs(w @ x) / np.abs(w).sum(),
                "{call} gave {got}, expected {expected}. The score has a bias as well.",
            ),
            Mistake(
                "largest weight",
                lambda w, b, x: abs(w @ x + b) / np.abs(w).max(),
                "{call} gave {got}, expected {expected}. You move one pixel, the one with the "
                "largest weight. All pixels may move.",
            ),
            Mistake(
                "mean of the weights",
                lambda w, b, x: abs(w @ x + b) / np.abs(w).mean(),
                "{call} gave {got}, expected {expected}: too large, and the more weights the more "
                "so. The effects of all pixels add up.",
            ),
            Mistake(
                "turned upside down",
                lambda w, b, x: np.abs(w).sum() / abs(w @ x + b),
                "{call} gave {got}, expected {expected}. A score that is far from 0 should need a "
                "larger epsilon, not a smaller one.",
            ),
        ),
    ),
)
