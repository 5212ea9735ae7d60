"""Right answers and typical mistakes for notebook 10, as learners would write them."""

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset


def _really_built(layers):
    total = 0
    for kind, *sizes in layers:
        layer = nn.Conv2d(*sizes) if kind == "conv" else nn.Linear(*sizes)
        total += sum(parameter.numel() for parameter in layer.parameters())
    return total


def _by_kind(layers):
    convs = [(i * w * w + 1) * o for kind, i, o, w in (x for x in layers if x[0] == "conv")]
    return np.sum(convs, dtype=int) + sum((x[1] + 1) * x[2] for x in layers if x[0] == "linear")


class _Windows(Dataset):
    """As a learner's class would be, on a tensor."""

    def __init__(self, series, width):
        self.pairs = list(torch.tensor(series).unfold(0, width + 1, 1))

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, index):
        return self.pairs[index][:-1], self.pairs[index][-1]


def _all_of(dataset):
    return [dataset[index] for index in range(len(dataset))]


def _by_counting(losses, patience):
    best, waited = 1, 0
    for epoch in range(2, len(losses) + 1):
        if losses[epoch - 1] < losses[best - 1]:
            best, waited = epoch, 0
        else:
            waited += 1
        if waited == patience:
            return [epoch, best]
    return [len(losses), best]


def _by_search(losses, patience):
    for done in range(1, len(losses) + 1):
        seen = losses[:done]
        best = int(np.argmin(seen)) + 1
        if done - best >= patience:
            return done, best
    return done, best


ALTERNATIVES: dict[str, list[Any]] = {
    "10.count_parameters": [_really_built, _by_kind],
    "10.windows": [
        lambda series, width: _all_of(_Windows(series, width)),
        lambda series, width: list(
            zip(
                np.lib.stride_tricks.sliding_window_view(series[:-1], width),
                np.array(series[width:]),
                strict=True,
            )
        ),
    ],
    "10.stopping_epoch": [_by_counting, _by_search],
}


def _count(layers, bias, weigh=lambda i, o, w: i * o * w * w):
    total = 0
    for layer in layers:
        inputs, outputs = layer[1], layer[2]
        window = layer[3] if layer[0] == "conv" else 1
        total += weigh(inputs, outputs, window) + bias(inputs, outputs)
    return total


def _only_one_input(layers):
    total = 0
    for layer in layers:
        if layer[0] == "conv":
            total += layer[2] * (layer[3] * layer[3] + 1)
        else:
            total += layer[2] * (layer[1] + 1)
    return total


def _pairs(series, width, places, window_end=0, target_at=0, turned=False):
    found = []
    for i in places:
        pair = (series[i : i + width + window_end], series[i + width + target_at])
        found.append(pair[::-1] if turned else pair)
    return found


def _early_stopping(losses, patience, improved, limit=0, reset=True, previous=False):
    reference, best, bad = float("inf"), 0, 0
    for epoch in range(1, len(losses) + 1):
        loss = losses[epoch - 1]
        if improved(loss, reference):
            reference, best = loss, epoch
            if reset:
                bad = 0
        else:
            bad += 1
            if previous:
                reference = loss
        if bad >= patience + limit:
            return epoch, best
    return len(losses), best


def _less(a, b):
    return a < b


MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "10.count_parameters": [
        ("no biases", lambda layers: _count(layers, lambda i, o: 0)),
        (
            "window not squared",
            lambda layers: _count(layers, lambda i, o: o, lambda i, o, w: i * o * w),
        ),
        ("one input only", _only_one_input),
        ("a bias for each input", lambda layers: _count(layers, lambda i, o: i * o)),
        ("biases of inputs", lambda layers: _count(layers, lambda i, o: i)),
    ],
    "10.windows": [
        ("one sample short", lambda s, w: _pairs(s, w, range(len(s) - w - 1))),
        (
            "one sample too many",
            lambda s, w: [
                (s[i : i + w], s[i + w]) if i < len(s) - w else "beyond the end"
                for i in range(len(s) - w + 1)
            ],
        ),
        (
            "as many as values",
            lambda s, w: _pairs(s, w, range(len(s) - w)) + w * ["beyond the end"],
        ),
        ("ends at the width", lambda s, w: [(s[i:w], s[i + w]) for i in range(len(s) - w)]),
        ("last of the window", lambda s, w: _pairs(s, w, range(len(s) - w), target_at=-1)),
        ("target in the window", lambda s, w: _pairs(s, w, range(len(s) - w), window_end=1)),
        ("target first", lambda s, w: _pairs(s, w, range(len(s) - w), turned=True)),
        ("no overlap", lambda s, w: _pairs(s, w, range(0, len(s) - w, w))),
    ],
    "10.stopping_epoch": [
        ("never stops", lambda v, p: (len(v), 1 + int(np.argmin(v)))),
        ("looks ahead", lambda v, p: (min(len(v), np.argmin(v) + 1 + p), np.argmin(v) + 1)),
        ("wrong order", lambda v, p: _by_search(v, p)[::-1]),
        ("one epoch late", lambda v, p: _early_stopping(v, p, _less, limit=1)),
        (
            "counted from zero",
            lambda v, p: tuple(number - 1 for number in _early_stopping(v, p, _less)),
        ),
        ("against the epoch before", lambda v, p: _early_stopping(v, p, _less, previous=True)),
        ("ties are improvements", lambda v, p: _early_stopping(v, p, lambda a, b: a <= b)),
        ("last weights kept", lambda v, p: 2 * _early_stopping(v, p, _less)[:1]),
        ("never starts anew", lambda v, p: _early_stopping(v, p, _less, reset=False)),
    ],
}
