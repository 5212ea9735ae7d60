"""Answers to the exercises of notebook 07: right ones in other words, and typical mistakes."""

from itertools import pairwise
from typing import Any

import numpy as np
import torch


def count_with_torch(widths: Any) -> Any:
    layers = [torch.nn.Linear(a, b) for a, b in pairwise(widths)]
    return sum(p.numel() for layer in layers for p in layer.parameters())


def count_with_extra_input(widths: Any) -> Any:
    total = 0
    for place in range(1, len(widths)):
        total += (widths[place - 1] + 1) * widths[place]
    return np.int64(total)


def count_without_biases(widths: Any) -> Any:
    total = 0
    for place in range(len(widths) - 1):
        total += widths[place] * widths[place + 1]
    return total


def collapse_in_torch(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    W1, b1, W2, b2 = (torch.tensor(a) for a in (W1, b1, W2, b2))
    return torch.mm(W2, W1), torch.mv(W2, b1) + b2


def collapse_by_asking(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    def both(x: Any) -> Any:
        return W2 @ (W1 @ x + b1) + b2

    b = both(np.zeros(W1.shape[1]))
    return np.column_stack([both(unit) - b for unit in np.eye(W1.shape[1])]), b


def forward_with_columns(x: Any, weights: Any, biases: Any) -> Any:
    a = x.T
    for number, (W, b) in enumerate(zip(weights, biases, strict=True)):
        a = W @ a + b[:, None]
        if number < len(weights) - 1:
            a = a * (a > 0)
    return a.T


def forward_in_torch(x: Any, weights: Any, biases: Any) -> Any:
    a = torch.tensor(x)
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        a = torch.nn.functional.linear(a, torch.tensor(W), torch.tensor(b)).clamp(min=0)
    return torch.nn.functional.linear(a, torch.tensor(weights[-1]), torch.tensor(biases[-1]))


def forward_relu_everywhere(x: Any, weights: Any, biases: Any) -> Any:
    for W, b in zip(weights, biases, strict=True):
        x = np.where(x @ W.T + b > 0, x @ W.T + b, 0)
    return x


def forward_without_relu(x: Any, weights: Any, biases: Any) -> Any:
    for W, b in zip(weights, biases, strict=True):
        x = x @ W.T + b
    return x


def forward_without_biases(x: Any, weights: Any, biases: Any) -> Any:
    for W in weights[:-1]:
        x = np.maximum(x @ W.T, 0)
    return x @ weights[-1].T


def forward_with_sigmoid(x: Any, weights: Any, biases: Any) -> Any:
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        x = torch.sigmoid(torch.tensor(x @ W.T + b)).numpy()
    return x @ weights[-1].T + biases[-1]


def forward_bias_too_late(x: Any, weights: Any, biases: Any) -> Any:
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        x = np.maximum(x @ W.T, 0) + b
    return x @ weights[-1].T + biases[-1]


def xor_with_three_neurons(x: Any) -> Any:
    """The network for 0 and 1, after turning −1 into 0."""
    x = (np.asarray(x) + 1) / 2
    hidden = np.maximum(0, np.column_stack([x.sum(axis=1), x.sum(axis=1) - 1]))
    return hidden[:, 0] - 2 * hidden[:, 1]


def xor_with_maximum(x: Any) -> Any:
    return [max(0, a - b) / 2 + max(0, b - a) / 2 for a, b in x.tolist()]


def xor_weights_for_zero_and_one(x: Any) -> Any:
    both = x.sum(axis=1)
    return np.maximum(0, both) - 2 * np.maximum(0, both - 1)


def xor_without_relu(x: Any) -> Any:
    return x @ np.array([[1, -1], [-1, 1]]) @ np.array([0.5, 0.5])


def bump_with_interpolation(x: Any, left: Any, peak: Any, right: Any) -> Any:
    return np.interp(x, [left, peak, right], [0, 1, 0])


def bump_in_torch(x: Any, left: Any, peak: Any, right: Any) -> Any:
    x = torch.tensor(x)
    rise, fall = (x - left) / (peak - left), (right - x) / (right - peak)
    return torch.minimum(rise, fall).clamp(min=0)


def bump_of_unit_slopes(x: Any, left: Any, peak: Any, right: Any) -> Any:
    return np.maximum(x - left, 0) - 2 * np.maximum(x - peak, 0) + np.maximum(x - right, 0)


def bump_without_third(x: Any, left: Any, peak: Any, right: Any) -> Any:
    up, down = 1 / (peak - left), 1 / (right - peak)
    return np.maximum(x - left, 0) * up - np.maximum(x - peak, 0) * (up + down)


def bump_rise_goes_on(x: Any, left: Any, peak: Any, right: Any) -> Any:
    rise = np.maximum(x - left, 0) / (peak - left)
    return rise + (np.maximum(x - right, 0) - np.maximum(x - peak, 0)) / (right - peak)


def bump_of_widths(x: Any, left: Any, peak: Any, right: Any) -> Any:
    up, down = peak - left, right - peak
    rise, fall = np.maximum(x - left, 0) * up, np.maximum(x - right, 0) * down
    return rise - np.maximum(x - peak, 0) * (up + down) + fall


def bump_symmetric(x: Any, left: Any, peak: Any, right: Any) -> Any:
    return bump_of_unit_slopes(x, left, peak, right) / (peak - left)


ALTERNATIVES: dict[str, list[Any]] = {
    "07.count_parameters": [count_with_torch, count_with_extra_input],
    "07.collapse": [collapse_in_torch, collapse_by_asking],
    "07.mlp_forward": [forward_with_columns, forward_in_torch],
    "07.xor_network": [xor_with_three_neurons, xor_with_maximum],
    "07.bump": [bump_with_interpolation, bump_in_torch],
}

MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "07.count_parameters": [
        ("no biases", count_without_biases),
        ("biases for the inputs", lambda w: count_without_biases(w) + sum(w)),
        ("biases on the wrong side", lambda w: sum(a * (b + 1) for a, b in pairwise(w))),
        ("one bias a layer", lambda w: count_without_biases(w) + len(w[1:])),
        ("no bias at the output", lambda w: count_with_torch(w) - w[-1]),
        ("first layer only", lambda w: (w[0] + 1) * w[1]),
        ("neurons", lambda w: sum(w) - w[0]),
    ],
    "07.collapse": [
        ("order of the product", lambda W1, b1, W2, b2: (np.dot(W1, W2), b2 + W2 @ b1)),
        ("bias of the first layer forgotten", lambda W1, b1, W2, b2: (W2.dot(W1), b2)),
        ("bias of the second layer forgotten", lambda W1, b1, W2, b2: (W2.dot(W1), W2.dot(b1))),
        ("transposed", lambda W1, b1, W2, b2: (W1.T @ W2.T, b2 + W2 @ b1)),
        ("matrix only", lambda W1, b1, W2, b2: np.einsum("kh,hd->kd", W2, W1)),
    ],
    "07.mlp_forward": [
        ("activation on the last layer", forward_relu_everywhere),
        ("no activation", forward_without_relu),
        ("no biases", forward_without_biases),
        ("bias after the activation", forward_bias_too_late),
        ("sigmoid between", forward_with_sigmoid),
        ("softmax at the end", lambda *a: forward_in_torch(*a).softmax(dim=1)),
        ("activation on the inputs", lambda x, *a: forward_with_columns(x.clip(0), *a)),
        ("first layer only", lambda x, weights, biases: (x @ weights[0].T + biases[0]).clip(0)),
    ],
    "07.xor_network": [
        ("nothing fires", xor_without_relu),
        ("nothing fires", xor_weights_for_zero_and_one),
        ("one neuron", lambda x: np.maximum(0, x @ np.array([0.5, -0.5]))),
        ("the other neuron", lambda x: np.maximum(0, x @ np.array([-0.5, 0.5]))),
        ("twice as large", lambda x: np.abs(x[:, 0] - x[:, 1])),
        ("subtracted", lambda x: np.maximum(0, x[:, 0]) - np.maximum(0, x[:, 1])),
        ("turned round", lambda x: (x[:, 0] == x[:, 1]) * 1),
        ("or", lambda x: (x.sum(axis=1) > -2) * 1),
        ("a column", lambda x: np.abs(x[:, :1] - x[:, 1:]) / 2),
    ],
    "07.bump": [
        ("unit slopes", bump_of_unit_slopes),
        ("never stops falling", bump_without_third),
        ("rise not taken back", bump_rise_goes_on),
        ("falls as it rises", bump_symmetric),
        ("product for quotient", bump_of_widths),
        ("upside down", lambda *a: -bump_with_interpolation(*a)),
        ("flat top", lambda x, a, b, c: np.clip((x - a) / (b - a), 0, 1)),
    ],
}
