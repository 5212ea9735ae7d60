"""Answers to the exercises of notebook 01: right ones written differently, and typical mistakes."""

from itertools import product
from typing import Any

import numpy as np
import torch

RIGHT = {
    "sideways parabola": False,
    "always seven": True,
    "date of birth": True,
    "born that day": False,
    "postage": True,
    "table": False,
}


def several_wrong() -> list[tuple[str, dict[str, bool]]]:
    """Two to five wrong entries, in every combination but the one with a name of its own."""
    found = []
    for pattern in product([False, True], repeat=len(RIGHT)):
        wrong = [entry for entry, turned in zip(RIGHT, pattern, strict=True) if turned]
        if 2 <= len(wrong) <= 5 and wrong != ["sideways parabola", "date of birth", "postage"]:
            answer = {entry: value != (entry in wrong) for entry, value in RIGHT.items()}
            found.append((f"wrong: {', '.join(wrong)}", answer))
    return found


def squares_with_index(x: Any) -> Any:
    total = 0.0
    for i in range(len(x)):
        total += x[i] * x[i]
    return total


def squares_from_one(x: Any) -> Any:
    total = 0.0
    for i in range(1, len(x)):
        total += x[i] ** 2
    return total


def squares_one_short(x: Any) -> Any:
    total = 0.0
    for i in range(len(x) - 1):
        total += x[i] ** 2
    return total


def squares_early_return(x: Any) -> Any:
    total = 0.0
    for number in x:
        return total + number**2  # the mistake: inside the loop
    return total


def squares_overwritten(x: Any) -> Any:
    total = 0.0
    for number in x:
        total = number**2
    return total


def neuron_loop(x: Any, w: Any, b: Any, activation: Any) -> Any:
    total = b
    for weight, value in zip(w, x, strict=True):
        total = total + weight * value
    return activation(total)


def neuron_torch(x: Any, w: Any, b: Any, activation: Any) -> Any:
    return torch.as_tensor(activation((torch.as_tensor(w) @ torch.as_tensor(x) + b).numpy()))


def neuron_bias_in_every_term(x: Any, w: Any, b: Any, activation: Any) -> Any:
    total = 0.0
    for i in range(len(x)):
        total = total + w[i] * x[i] + b
    return activation(total)


def neuron_activation_on_products(x: Any, w: Any, b: Any, activation: Any) -> Any:
    return b + sum(activation(w[i] * x[i]) for i in range(len(x)))


def neuron_two_inputs(x: Any, w: Any, b: Any, activation: Any) -> Any:
    return activation(w[0] * x[0] + w[1] * x[1] + b)


def forward_recursive(x: Any, layers: Any) -> Any:
    if len(layers) == 0:
        return x
    weights, bias, activation = layers[0]
    return forward_recursive(activation(x @ weights + bias), layers[1:])


def forward_by_neuron(x: Any, layers: Any) -> Any:
    now = list(x)
    for weights, bias, activation in layers:
        now = [
            float(activation(bias[j] + sum(now[n] * weights[n][j] for n in range(len(now)))))
            for j in range(len(bias))
        ]
    return now


def forward_early_return(x: Any, layers: Any) -> Any:
    for weights, bias, activation in layers:
        return activation(bias + x @ weights)  # the mistake: inside the loop
    return x


def forward_two_layers(x: Any, layers: Any) -> Any:
    (W1, b1, f), (W2, b2, g) = layers[0], layers[1]
    return g(b2 + f(b1 + x @ W1) @ W2)


def forward_always_x(x: Any, layers: Any) -> Any:
    for weights, bias, activation in layers:
        y = activation(bias + x @ weights)
    return y


def forward_linear(x: Any, layers: Any) -> Any:
    for layer in layers:
        x = x @ layer[0] + layer[1]
    return x


def forward_one_activation(x: Any, layers: Any) -> Any:
    for layer in layers:
        x = x @ layer[0] + layer[1]
    return layers[-1][2](x)


def forward_no_bias(x: Any, layers: Any) -> Any:
    for layer in layers:
        x = layer[2](x @ layer[0])
    return x


def forward_bias_outside(x: Any, layers: Any) -> Any:
    for layer in layers:
        x = layer[1] + layer[2](x @ layer[0])
    return x


def forward_transposed(x: Any, layers: Any) -> Any:
    for layer in layers:
        x = layer[2](x @ layer[0].T + layer[1])
    return x


def forward_reversed(x: Any, layers: Any) -> Any:
    for weights, bias, activation in reversed(layers):
        x = activation(bias + x @ weights)
    return x


ALTERNATIVES: dict[str, list[Any]] = {
    "01.function_or_not": [
        dict(reversed(RIGHT.items())),
        {key: np.bool_(value) for key, value in RIGHT.items()},
    ],
    "01.sum_of_squares": [
        squares_with_index,
        lambda x: sum(number**2 for number in x),
        lambda x: np.asarray(x) @ np.asarray(x),
        lambda x: torch.tensor(x).pow(2).sum(),
    ],
    "01.celsius": [
        lambda fahrenheit: (fahrenheit - 32) / 9 * 5,
        lambda fahrenheit: (fahrenheit - 32) / 1.8,
        lambda fahrenheit: torch.as_tensor(fahrenheit) * 5 / 9 - 160 / 9,
    ],
    "01.neuron": [
        neuron_loop,
        neuron_torch,
        lambda x, w, b, activation: activation(np.dot(w, x) + b),
    ],
    "01.forward": [
        forward_recursive,
        forward_by_neuron,
        lambda x, layers: torch.tensor(forward_recursive(x, layers)),
    ],
}

MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "01.function_or_not": [
        ("one to one", {key: not value for key, value in RIGHT.items()}),
        (
            "formula",
            {
                "sideways parabola": True,
                "always seven": True,
                "date of birth": False,
                "born that day": False,
                "postage": False,
                "table": False,
            },
        ),
        ("constant", {**RIGHT, "always seven": False}),
        ("parabola", {**RIGHT, "sideways parabola": True}),
        ("shared birthdays", {**RIGHT, "date of birth": False}),
        ("direction", {**RIGHT, "born that day": True}),
        ("jump", {**RIGHT, "postage": False}),
        ("repeated input", {**RIGHT, "table": True}),
        *several_wrong(),
    ],
    "01.sum_of_squares": [
        ("square of the sum", lambda x: sum(x) ** 2),
        ("no squares", lambda x: sum(x)),
        ("doubled", lambda x: sum(number * 2 for number in x)),
        ("not added", lambda x: [number**2 for number in x]),
        ("first term missing", squares_from_one),
        ("last term missing", squares_one_short),
        ("returns too early", squares_early_return),
        ("overwritten", squares_overwritten),
        ("mean", lambda x: sum(number**2 for number in x) / len(x)),
    ],
    "01.celsius": [
        ("subtracted last", lambda fahrenheit: 5 * fahrenheit / 9 - 32),
        ("subtracted in the middle", lambda fahrenheit: (fahrenheit * 5 - 32) / 9),
        ("divided first", lambda fahrenheit: 5 * (fahrenheit / 9 - 32)),
        ("not divided", lambda fahrenheit: 5 * (fahrenheit - 32)),
        ("not multiplied", lambda fahrenheit: (fahrenheit - 32) / 9),
        ("nothing subtracted", lambda fahrenheit: 5 * fahrenheit / 9),
        ("other direction", lambda fahrenheit: 32 + 1.8 * fahrenheit),
    ],
    "01.neuron": [
        ("no bias", lambda x, w, b, activation: activation(w @ x)),
        ("no activation", lambda x, w, b, activation: w @ x + b),
        ("bias outside", lambda x, w, b, activation: b + activation(w @ x)),
        ("activation before the sum", neuron_activation_on_products),
        ("not added", lambda x, w, b, activation: activation(w * x + b)),
        ("bias in every term", neuron_bias_in_every_term),
        (
            "always sigmoid",
            lambda x, w, b, activation: 1 / (1 + np.exp(-(np.dot(w, x) + b))),
        ),
        ("always ReLU", lambda x, w, b, activation: max(0.0, np.dot(w, x) + b)),
        ("first two inputs only", neuron_two_inputs),
        ("bias subtracted", lambda x, w, b, activation: activation(w @ x - b)),
        ("no weights", lambda x, w, b, activation: activation(sum(x) + b)),
    ],
    "01.forward": [
        ("stops after the first layer", forward_early_return),
        ("two layers only", forward_two_layers),
        ("always starts from x", forward_always_x),
        ("no activation", forward_linear),
        ("activation at the end only", forward_one_activation),
        ("no bias", forward_no_bias),
        ("bias outside", forward_bias_outside),
        ("transposed", forward_transposed),
        ("reversed", forward_reversed),
    ],
}
