"""The exercises of notebook 07, multilayer perceptron."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.checks.engine import Exercise, Mistake

Array = NDArray[np.float64]

# Inputs and outputs agree in number, so that the product in the wrong order exists, too.
_W1 = np.array([[1.0, -2.0], [0.5, 3.0], [-1.0, 0.25]])
_B1 = np.array([1.0, -1.0, 2.0])
_W2 = np.array([[2.0, 0.0, -1.0], [1.5, -0.5, 4.0]])
_B2 = np.array([0.5, -3.0])
_SQUARE_1 = np.array([[0.0, 1.0], [2.0, -1.0]])
_SQUARE_2 = np.array([[3.0, 1.0], [-2.0, 0.5]])

_X = np.array([[1.0, 2.0, -1.0], [0.0, -3.0, 0.5], [2.0, 0.0, 1.0], [-1.0, 1.0, 1.0]])
_LAYER_1 = np.array([[1.0, -1.0, 0.5], [-2.0, 0.0, 1.0]])
_LAYER_2 = np.array([[1.0, 2.0], [-1.0, 1.0], [0.5, -3.0]])
_LAYER_3 = np.array([[1.0, -1.0, 2.0], [-2.0, 0.5, 1.0]])
_BIAS_1, _BIAS_2 = np.array([0.5, -0.25]), np.array([0.1, 1.0, -2.0])
_BIAS_3 = np.array([-1.0, 0.75])

_CORNERS = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
_MIXED = np.array([[1.0, -1.0], [1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, 1.0]])

_PLACES = np.linspace(-3.0, 6.0, 19)


def _relu(z: Any) -> Any:
    return np.maximum(0.0, z)


def _count_parameters(widths: list[int]) -> int:
    return sum(inputs * outputs + outputs for inputs, outputs in pairwise(widths))


def _weights_only(widths: list[int]) -> int:
    return sum(inputs * outputs for inputs, outputs in pairwise(widths))


def _collapse(w1: Array, b1: Array, w2: Array, b2: Array) -> tuple[Any, Any]:
    return w2 @ w1, w2 @ b1 + b2


def _mlp_forward(
    x: Array,
    weights: list[Array],
    biases: list[Array],
    *,
    between: Any = _relu,
    last: Any = None,
    factor: float = 1.0,
) -> Any:
    a = x
    for w, b in zip(weights[:-1], biases[:-1], strict=True):
        a = between(a @ w.T + factor * b)
    s = a @ weights[-1].T + factor * biases[-1]
    return s if last is None else last(s)


def _softmax(s: Array) -> Any:
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _bias_after_relu(x: Array, weights: list[Array], biases: list[Array]) -> Any:
    a = x
    for w, b in zip(weights[:-1], biases[:-1], strict=True):
        a = _relu(a @ w.T) + b
    return a @ weights[-1].T + biases[-1]


def _xor_network(x: Array) -> Any:
    return 0.5 * _relu(x[:, 0] - x[:, 1]) + 0.5 * _relu(x[:, 1] - x[:, 0])


def _bump(x: Array, left: float, peak: float, right: float) -> Any:
    up, down = 1 / (peak - left), 1 / (right - peak)
    return _three_ramps(x, left, peak, right, (up, -(up + down), down))


def _three_ramps(
    x: Array, left: float, peak: float, right: float, weights: tuple[float, float, float]
) -> Any:
    knots = (left, peak, right)
    return sum(w * _relu(np.asarray(x) - k) for w, k in zip(weights, knots, strict=True))


def _rise(left: float, peak: float) -> float:
    return 1 / (peak - left)


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        key="07.count_parameters",
        answer=_count_parameters,
        praise="`count_parameters` is right, for any number of layers.",
        cases=(([784, 128, 10],), ([3, 2],), ([2, 16, 2, 1],), ([5, 5, 5, 5],)),
        mistakes=(
            Mistake(
                "no biases",
                _weights_only,
                "{call} gave {got}, expected {expected}: the weights are all there. What else "
                "does every neuron have?",
            ),
            Mistake(
                "biases for the inputs",
                lambda widths: _weights_only(widths) + sum(widths),
                "{call} gave {got}, expected {expected}. You give a bias to the inputs as well; "
                "they are no neurons, they calculate nothing.",
            ),
            Mistake(
                "biases on the wrong side",
                lambda widths: _weights_only(widths) + sum(widths[:-1]),
                "{call} gave {got}, expected {expected}. A layer from n to m neurons has biases "
                "for one of the two sides, and you have taken the other one.",
            ),
            Mistake(
                "one bias a layer",
                lambda widths: _weights_only(widths) + len(widths) - 1,
                "{call} gave {got}, expected {expected}. Not every layer, every neuron has a bias "
                "of its own.",
            ),
            Mistake(
                "no bias at the output",
                lambda widths: _weights_only(widths) + sum(widths[1:-1]),
                "{call} gave {got}, expected {expected}. The output neurons have biases too.",
            ),
            Mistake(
                "first layer only",
                lambda widths: widths[0] * widths[1] + widths[1],
                "{call} gave {got}, expected {expected}: that is the first layer. How many layers "
                "are between so many widths?",
            ),
            Mistake(
                "neurons",
                lambda widths: sum(widths[1:]),
                "{call} gave {got}: the number of neurons. How many weights does each of them "
                "have?",
            ),
        ),
    ),
    Exercise(
        key="07.collapse",
        answer=_collapse,
        praise="`collapse` is right. Two layers, and never more than one.",
        cases=(
            (_W1, _B1, _W2, _B2),
            (_SQUARE_1, np.array([1.0, -2.0]), _SQUARE_2, np.array([0.25, 4.0])),
        ),
        mistakes=(
            Mistake(
                "order of the product",
                lambda w1, b1, w2, b2: (w1 @ w2, w2 @ b1 + b2),
                "the bias is right, the matrix is not: {call} should give {expected}. The first "
                "layer acts first, so it stands next to x. On which side is that?",
            ),
            Mistake(
                "bias of the first layer forgotten",
                lambda w1, b1, w2, b2: (w2 @ w1, b2),
                "the matrix is right, the bias is not: {call} should give {expected}. What does "
                "the second layer make of the b₁ that the first one has added?",
            ),
            Mistake(
                "bias of the second layer forgotten",
                lambda w1, b1, w2, b2: (w2 @ w1, w2 @ b1),
                "the matrix is right, and b₁ has gone through the second layer. Which bias is "
                "added after that?",
            ),
            Mistake(
                "transposed",
                lambda w1, b1, w2, b2: ((w2 @ w1).T, w2 @ b1 + b2),
                "rows and columns of W have changed places. It should have a row for each output.",
            ),
            Mistake(
                "matrix only",
                lambda w1, b1, w2, b2: w2 @ w1,
                "this is W, and it is right. Return b as well, behind a comma.",
            ),
        ),
    ),
    Exercise(
        key="07.mlp_forward",
        answer=_mlp_forward,
        praise="`mlp_forward` is right, for one layer or many.",
        cases=(
            (_X, [_LAYER_1, _LAYER_2], [_BIAS_1, _BIAS_2]),
            (_X, [_LAYER_1, _LAYER_2, _LAYER_3], [_BIAS_1, _BIAS_2, _BIAS_3]),
            (_X[:1], [_LAYER_1], [_BIAS_1]),
        ),
        mistakes=(
            Mistake(
                "activation on the last layer",
                lambda x, weights, biases: _mlp_forward(x, weights, biases, last=_relu),
                "nearly: {call} has no negative logit left. Is there a ReLU after the last layer, "
                "too?",
            ),
            Mistake(
                "no activation",
                lambda x, weights, biases: _mlp_forward(x, weights, biases, between=lambda z: z),
                "the sums are right, but nothing bends between the layers: this network "
                "collapses into one layer.",
            ),
            Mistake(
                "no biases",
                lambda x, weights, biases: _mlp_forward(x, weights, biases, factor=0.0),
                "your network has no biases: {call} is what the weights alone give.",
            ),
            Mistake(
                "bias after the activation",
                _bias_after_relu,
                "the bias comes too late: it belongs into the sum, before the ReLU. Otherwise "
                "every neuron bends at zero.",
            ),
            Mistake(
                "sigmoid between",
                lambda x, weights, biases: _mlp_forward(
                    x, weights, biases, between=lambda z: 1 / (1 + np.exp(-z))
                ),
                "between your layers is a sigmoid. The card asks for the ReLU.",
            ),
            Mistake(
                "softmax at the end",
                lambda x, weights, biases: _mlp_forward(x, weights, biases, last=_softmax),
                "these are probabilities. The card asks for the logits; the loss takes care of the "
                "softmax.",
            ),
            Mistake(
                "activation on the inputs",
                lambda x, weights, biases: _mlp_forward(_relu(x), weights, biases),
                "every layer is right, but the negative inputs have got lost: the first thing that "
                "happens to `x` should be a weighted sum.",
            ),
            Mistake(
                "first layer only",
                lambda x, weights, biases: _relu(x @ weights[0].T + biases[0]),
                "this is the output of the first hidden layer. Where do the other layers go?",
            ),
        ),
    ),
    Exercise(
        key="07.xor_network",
        answer=_xor_network,
        praise="`xor_network` is right for all four settings, where every line fails.",
        cases=((_CORNERS,), (_MIXED,), (np.array([[1.0, -1.0]]),)),
        mistakes=(
            Mistake(
                "nothing fires",
                lambda x: np.zeros(len(x)),
                "{call} gave zero for everyone. Either no ReLU is between the layers (then the "
                "two halves cancel), or these are the weights for switches that say 0 and 1.",
            ),
            Mistake(
                "one neuron",
                lambda x: 0.5 * _relu(x[:, 0] - x[:, 1]),
                "{call} gave {got}: (1, −1) is recognised, (−1, 1) is not. Whom does the second "
                "hidden neuron look after?",
            ),
            Mistake(
                "the other neuron",
                lambda x: 0.5 * _relu(x[:, 1] - x[:, 0]),
                "{call} gave {got}: (−1, 1) is recognised, (1, −1) is not. Whom does the second "
                "hidden neuron look after?",
            ),
            Mistake(
                "twice as large",
                lambda x: 2 * _xor_network(x),
                "{call} gave {got}: the right inputs fire, with 2. The difference of the switches "
                "is 2; which weight makes a 1 of it?",
            ),
            Mistake(
                "subtracted",
                lambda x: 0.5 * (x[:, 0] - x[:, 1]),
                "{call} gave {got}: one of the settings comes out negative. Each hidden neuron "
                "looks after a setting where the lamp is on; with which sign does the last layer "
                "add it?",
            ),
            Mistake(
                "turned round",
                lambda x: 1 - _xor_network(x),
                "{call} gave {got}: 1 where the switches agree. Wanted is the opposite.",
            ),
            Mistake(
                "or",
                lambda x: 1.0 * (x.max(axis=1) > 0),
                "{call} gave {got}: with both switches up the lamp should be off.",
            ),
            Mistake(
                "a column",
                lambda x: _xor_network(x)[:, None],
                "the values are right, in a column of shape (n, 1). The result should have shape "
                "(n,).",
            ),
        ),
    ),
    Exercise(
        key="07.bump",
        answer=_bump,
        praise="`bump` is right, however steep its two sides are.",
        cases=(
            (_PLACES, 0.0, 1.0, 2.0),
            (_PLACES, 0.5, 1.0, 3.0),
            (_PLACES, -2.0, 2.0, 2.5),
        ),
        mistakes=(
            Mistake(
                "unit slopes",
                lambda x, left, peak, right: _three_ramps(x, left, peak, right, (1, -2, 1)),
                "right for knots at distance 1, but {call} is not. How steep must the rise "
                "be to climb 1 on the way from `left` to `peak`?",
            ),
            Mistake(
                "falls as it rises",
                lambda x, left, peak, right: _three_ramps(
                    x,
                    left,
                    peak,
                    right,
                    (_rise(left, peak), -2 * _rise(left, peak), _rise(left, peak)),
                ),
                "the rise is right, and the fall is as steep as the rise. {call} should "
                "reach 0 exactly at `right`: how steep is that?",
            ),
            Mistake(
                "never stops falling",
                lambda x, left, peak, right: _three_ramps(
                    x,
                    left,
                    peak,
                    right,
                    (_rise(left, peak), -_rise(left, peak) - _rise(peak, right), 0),
                ),
                "right up to `right`, and then {call} goes on falling below 0. The third ReLU has "
                "to stop it.",
            ),
            Mistake(
                "rise not taken back",
                lambda x, left, peak, right: _three_ramps(
                    x,
                    left,
                    peak,
                    right,
                    (_rise(left, peak), -_rise(peak, right), _rise(peak, right)),
                ),
                "right up to the peak. There the slope changes from a rise to a fall: your second "
                "ReLU takes away the fall only, the rise goes on underneath.",
            ),
            Mistake(
                "product for quotient",
                lambda x, left, peak, right: _three_ramps(
                    x, left, peak, right, (peak - left, left - right, right - peak)
                ),
                "right for knots at distance 1, but {call} is not. Is a rise of 1 over a longer "
                "way steeper or less steep?",
            ),
            Mistake(
                "flat top",
                lambda x, left, peak, right: _three_ramps(
                    x, left, peak, right, (_rise(left, peak), -_rise(left, peak), 0)
                ),
                "up to the peak it is right; then {call} stays at height 1. What has to happen to "
                "the slope at `peak`, and at `right`?",
            ),
            Mistake(
                "upside down",
                lambda x, left, peak, right: -_bump(x, left, peak, right),
                "this is a hole and not a bump: every sign is turned round.",
            ),
        ),
    ),
)
