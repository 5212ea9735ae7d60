"""Right answers and typical mistakes for notebook 22, as learners would write them."""

from typing import Any

import numpy as np
import torch
from torch import nn


def _mean_in_a_loop(states, lengths):
    return np.stack([states[n, : lengths[n]].mean(axis=0) for n in range(len(states))])


def _mean_in_torch(states, lengths):
    states, lengths = torch.as_tensor(states), torch.as_tensor(lengths)
    filling = torch.arange(states.shape[1]) >= lengths[:, None]
    kept = states.masked_fill(filling[:, :, None], 0.0)
    return kept.sum(dim=1) / lengths[:, None]


def _mean_of_lists(states, lengths):
    result = []
    for sequence, length in zip(states.tolist(), lengths.tolist(), strict=True):
        columns = zip(*sequence[:length], strict=True)
        result.append([sum(column) / length for column in columns])
    return result


def _mean_by_einsum_with_width(states, lengths):
    mask = (np.arange(states.shape[1])[None] < lengths[:, None]).astype(float)
    return np.einsum("nlh,nl->nh", states, mask) / states.shape[1]


def _state_by_layer(x, w_x, w_h, b):
    layer = nn.RNN(w_x.shape[1], w_x.shape[0], batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        for weight, value in zip(layer.parameters(), (w_x, w_h, b, 0 * b), strict=True):
            weight.copy_(torch.as_tensor(value))
        return layer(torch.as_tensor(x)[None])[1][0, 0]


def _state_by_recursion(x, w_x, w_h, b):
    if len(x) == 0:
        return np.zeros_like(b)
    before = _state_by_recursion(x[:-1], w_x, w_h, b)
    return np.tanh(np.concatenate([w_h, w_x], axis=1) @ np.concatenate([before, x[-1]]) + b)


def _state_of_last_input(x, w_x, w_h, b):
    h = np.zeros(len(w_h))
    for row in x:
        h = np.tanh(w_x @ row + b)
    return h


def _state_straight(x, w_x, w_h, b):
    h = 0 * b
    for row in x:
        h = row @ w_x.T + h @ w_h.T + b
    return h


def _states_in_a_list(x, w_x, w_h, b):
    h, seen = np.zeros(len(b)), []
    for row in x:
        h = np.tanh(w_x @ row + w_h @ h + b)
        seen.append(h)
    return np.array(seen)


def _state_with_turned_matrix(x, w_x, w_h, b):
    h = np.zeros(len(b))
    for row in x:
        h = np.tanh(w_x @ row + h @ w_h + b)
    return h


def _state_without_bias(x, w_x, w_h, b):
    h = np.zeros(len(b))
    for row in x:
        h = np.tanh(w_x @ row + w_h @ h)
    return h


def _state_with_first_bias_only(x, w_x, w_h, b):
    h = np.tanh(w_x @ x[0] + b)
    for row in x[1:]:
        h = np.tanh(w_x @ row + w_h @ h)
    return h


def _letter_by_searching(logits, temperature, u):
    p = torch.softmax(torch.as_tensor(logits) / temperature, dim=0).numpy()
    return np.searchsorted(np.cumsum(p), u, side="right")


def _letter_in_a_loop(logits, temperature, u):
    powers = [np.exp(s / temperature) for s in logits]
    left = u * sum(powers)
    for letter, power in enumerate(powers):
        left -= power
        if left < 0:
            return letter
    return len(powers) - 1


def _letter_by(scale, shift=0):
    def pick(logits, temperature, u):
        p = np.exp(logits * scale(temperature))
        p = p / p.sum()
        return np.searchsorted(np.cumsum(p), u, side="right") + shift

    return pick


def _letter_sorted(logits, temperature, u):
    p = np.exp(logits / temperature)
    p = p / p.sum()
    order = p.argsort()[::-1]
    return order[np.searchsorted(p[order].cumsum(), u, side="right")]


def _letter_with_powers(logits, temperature, u):
    return np.searchsorted(np.cumsum(np.exp(logits / temperature)), u, side="right")


def _lstm_of_torch(x, h, c, w_x, w_h, b):
    cell = nn.LSTMCell(len(x), len(h), dtype=torch.float64)
    with torch.no_grad():
        for weight, value in zip(cell.parameters(), (w_x, w_h, b, 0 * b), strict=True):
            weight.copy_(torch.as_tensor(value))
        state = torch.as_tensor(h)[None], torch.as_tensor(c)[None]
        new_h, new_c = cell(torch.as_tensor(x)[None], state)
        return new_h[0], new_c[0]


def _sigmoid(z):
    return 0.5 * (1 + np.tanh(z / 2))


def _lstm_by_rows(x, h, c, w_x, w_h, b):
    size = len(h)
    z = np.concatenate([w_x, w_h], axis=1) @ np.concatenate([x, h]) + b
    new = _sigmoid(z[size : 2 * size]) * c + _sigmoid(z[:size]) * np.tanh(z[2 * size : 3 * size])
    return _sigmoid(z[3 * size :]) * np.tanh(new), new


def _lstm_mistaken(*, order=(0, 1, 2, 3), new_by=np.tanh, out_by=np.tanh, keep=_sigmoid, old=False):
    def step(x, h, c, w_x, w_h, b):
        z = (w_x @ x + w_h @ h + b).reshape(4, -1)[list(order)]
        new = keep(z[1]) * c + _sigmoid(z[0]) * new_by(z[2])
        return _sigmoid(z[3]) * out_by(c if old else new), new

    return step


def _lstm_raw(x, h, c, w_x, w_h, b):
    i, f, g, o = (w_x @ x + w_h @ h + b).reshape(4, -1)
    new = f * c + i * np.tanh(g)
    return o * np.tanh(new), new


ALTERNATIVES: dict[str, list[Any]] = {
    "22.mean_of_valid": [_mean_in_a_loop, _mean_in_torch, _mean_of_lists],
    "22.final_state": [_state_by_layer, _state_by_recursion],
    "22.pick_letter": [_letter_by_searching, _letter_in_a_loop],
    "22.lstm_step": [_lstm_of_torch, _lstm_by_rows],
}

MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "22.mean_of_valid": [
        ("filling counted", lambda states, lengths: np.mean(states, axis=1)),
        ("divided by the width", _mean_by_einsum_with_width),
        ("sum", lambda s, n: np.stack([a[:k].sum(axis=0) for a, k in zip(s, n, strict=True)])),
        ("filling added", lambda states, lengths: states.sum(1) / lengths.reshape(-1, 1)),
        ("last real state", lambda s, n: np.stack([a[k - 1] for a, k in zip(s, n, strict=True)])),
        (
            "last one left out",
            lambda s, n: np.stack([a[: max(k - 1, 1)].mean(0) for a, k in zip(s, n, strict=True)]),
        ),
        (
            "one too many",
            lambda s, n: np.stack(
                [a[: k + 1].sum(0) / a[: k + 1].shape[0] for a, k in zip(s, n, strict=True)]
            ),
        ),
        (
            "one mean for all",
            lambda s, n: np.concatenate([a[:k] for a, k in zip(s, n, strict=True)]).mean(axis=0),
        ),
    ],
    "22.final_state": [
        ("no memory", _state_of_last_input),
        ("no tanh", _state_straight),
        ("tanh at the end only", lambda *case: np.tanh(_state_straight(*case))),
        ("all states", _states_in_a_list),
        ("backwards", lambda x, *others: _states_in_a_list(x[::-1], *others)[-1]),
        ("matrix turned", _state_with_turned_matrix),
        ("no bias", _state_without_bias),
        ("bias once", _state_with_first_bias_only),
        ("one step too few", lambda x, *others: _states_in_a_list(x, *others)[-2]),
    ],
    "22.pick_letter": [
        ("most likely letter", lambda logits, temperature, u: logits.argmax()),
        ("temperature ignored", _letter_by(lambda temperature: 1)),
        ("multiplied", _letter_by(lambda temperature: temperature)),
        ("one too far", _letter_by(lambda temperature: 1 / temperature, shift=1)),
        ("one too early", _letter_by(lambda temperature: 1 / temperature, shift=-1)),
        ("sorted first", _letter_sorted),
        ("no softmax", lambda s, temperature, u: int((np.cumsum(s / temperature) <= u).sum())),
        ("powers not divided", _letter_with_powers),
        (
            "divided after the softmax",
            lambda s, temperature, u: np.searchsorted(
                np.cumsum(np.exp(s) / np.exp(s).sum() / temperature), u, side="right"
            ),
        ),
        ("from the other end", lambda s, temperature, u: _letter_in_a_loop(s, temperature, 1 - u)),
    ],
    "22.lstm_step": [
        ("order ifog", _lstm_mistaken(order=(0, 1, 3, 2))),
        ("i and f exchanged", _lstm_mistaken(order=(1, 0, 2, 3))),
        ("sigmoid for the candidate", _lstm_mistaken(new_by=_sigmoid)),
        ("candidate not bent", _lstm_mistaken(new_by=lambda z: z)),
        ("no tanh at the output", _lstm_mistaken(out_by=lambda z: z)),
        ("old memory shown", _lstm_mistaken(old=True)),
        ("forget turned round", _lstm_mistaken(keep=lambda z: _sigmoid(-z))),
        ("gates without sigmoid", _lstm_raw),
        (
            "no bias",
            lambda x, h, c, w_x, w_h, b: _lstm_by_rows(x, h, c, w_x, w_h, np.zeros(len(b))),
        ),
        ("h in place of c", lambda x, h, c, w_x, w_h, b: _lstm_by_rows(x, h, h, w_x, w_h, b)),
        ("tuple turned", lambda *case: _lstm_by_rows(*case)[::-1]),
        ("only h", lambda *case: _lstm_by_rows(*case)[0]),
    ],
}
