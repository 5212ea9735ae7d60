"""Right answers and typical mistakes for notebook 26, as learners would write them."""

from math import ceil, sqrt
from typing import Any

import numpy as np
import torch


def _speed_up_in_steps(alone, together, processes):
    speed = alone * (1 / together)
    return [speed, speed / processes]


def _recipe_by_division(samples, size, processes, parts, known_batch, known_rate):
    batch = np.prod([size, processes, parts])
    rate_for_one = known_rate / known_batch
    return batch, int(samples / batch), rate_for_one * batch


def _recipe(effective=None, updates=None, rate=None):
    def answer(samples, size, processes, parts, known_batch, known_rate):
        batch = size * processes * parts if effective is None else effective(size, processes, parts)
        count = samples // batch if updates is None else updates(samples, batch)
        factor = batch / known_batch
        return batch, count, known_rate * (factor if rate is None else rate(factor))

    return answer


def _rate_for_each_process(samples, size, processes, parts, known_batch, known_rate):
    batch = size * processes * parts
    return batch, samples // batch, known_rate * processes


def _rate_without_the_known_batch(samples, size, processes, parts, known_batch, known_rate):
    batch = size * processes * parts
    return batch, samples // batch, known_rate * batch


def _update_after_each_part(samples, size, processes, parts, known_batch, known_rate):
    batch = size * processes * parts
    return batch, samples // (size * processes), known_rate * batch / known_batch


def _mean_in_loops(gradients, counts):
    total = [0.0] * gradients.shape[1]
    for row, count in zip(gradients.tolist(), counts.tolist(), strict=True):
        total = [t + count * g for t, g in zip(total, row, strict=True)]
    mean = [t / sum(counts.tolist()) for t in total]
    return [list(mean) for _ in range(len(gradients))]


def _mean_in_torch(gradients, counts):
    g, c = torch.as_tensor(gradients), torch.as_tensor(counts).double()
    return (c / c.sum() @ g).expand(len(g), -1)


def _mean_by_repeating(gradients, counts):
    """As if each sample had its own row."""
    samples = np.repeat(gradients, counts, axis=0)
    return np.ones((len(counts), 1)) * samples.mean(axis=0)


def _everywhere(rule):
    def answer(gradients, counts):
        return np.stack([rule(gradients, counts)] * len(counts))

    return answer


def _accumulated_by_splitting(gradient, X, y, most):
    ends = np.arange(most, len(X), most)
    pieces = zip(np.split(X, ends), np.split(y, ends), strict=True)
    return sum(len(a) / len(X) * gradient(a, b) for a, b in pieces)


def _accumulated_row_by_row(gradient, X, y, most):
    return np.mean([gradient(X[k : k + 1], y[k : k + 1]) for k in range(len(X))], axis=0)


def _accumulated_while(gradient, X, y, most):
    total, begin = 0, 0
    while begin < len(X):
        end = min(begin + most, len(X))
        total = total + (end - begin) * gradient(X[begin:end], y[begin:end])
        begin = end
    return total / len(X)


def _pieces(gradient, X, y, most):
    return [gradient(X[b : b + most], y[b : b + most]) for b in range(0, len(X), most)]


def _full_pieces(gradient, X, y, most):
    rows = len(X) // most * most
    return _pieces(gradient, X[:rows], y[:rows], most)


def _weighted_total(gradient, X, y, most):
    total = np.zeros(X.shape[1])
    for b in range(0, len(X), most):
        rows = X[b : b + most]
        total += gradient(rows, y[b : b + most]) * len(rows)
    return total


ALTERNATIVES: dict[str, list[Any]] = {
    "26.speed_up": [
        _speed_up_in_steps,
        lambda alone, together, n: (np.float64(alone) / together, alone / (n * together)),
    ],
    "26.scaled_recipe": [_recipe_by_division, _recipe()],
    "26.all_reduce_mean": [_mean_in_loops, _mean_in_torch, _mean_by_repeating],
    "26.accumulated": [_accumulated_by_splitting, _accumulated_row_by_row, _accumulated_while],
}

MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "26.speed_up": [
        ("upside down", lambda a, t, n: (t / a, (t / a) / n)),
        ("percent", lambda a, t, n: (a / t, a / t / n * 100)),
        ("speed-up only", lambda a, t, n: a / t),
        ("tuple turned", lambda a, t, n: (a / (t * n), a / t)),
        ("seconds saved", lambda a, t, n: (a - t, (a - t) / n)),
        ("multiplied by the processes", lambda a, t, n: (a / t, n * a / t)),
    ],
    "26.scaled_recipe": [
        ("parts forgotten", _recipe(effective=lambda size, n, parts: size * n)),
        ("processes forgotten", _recipe(effective=lambda size, n, parts: size * parts)),
        ("divided by parts", _recipe(effective=lambda size, n, parts: n * size // parts)),
        ("rate as it was", _recipe(rate=lambda factor: 1)),
        ("rate the other way", _recipe(rate=lambda factor: 1 / factor)),
        ("rate by the root", _recipe(rate=sqrt)),
        ("rate times the processes", _rate_for_each_process),
        ("rate times the batch", _rate_without_the_known_batch),
        ("an update for each part", _update_after_each_part),
        ("updates rounded up", _recipe(updates=lambda samples, batch: ceil(samples / batch))),
        ("updates not whole", _recipe(updates=lambda samples, batch: samples / batch)),
    ],
    "26.all_reduce_mean": [
        ("plain mean", _everywhere(lambda g, c: g.sum(axis=0) / len(g))),
        ("sum", _everywhere(lambda g, c: np.einsum("np->p", g))),
        ("not divided", _everywhere(lambda g, c: np.einsum("np,n->p", g, c))),
        (
            "divided by the processes",
            _everywhere(lambda g, c: (g * c[:, None]).mean(axis=0)),
        ),
        ("one row", lambda g, c: np.average(g, axis=0, weights=c)),
        ("own part weighted only", lambda g, c: g * (c / c.sum()).reshape(-1, 1)),
        (
            "few samples count more",
            _everywhere(lambda g, c: np.average(g, axis=0, weights=1 / c)),
        ),
    ],
    "26.accumulated": [
        ("plain mean of the parts", lambda *case: sum(_pieces(*case)) / len(_pieces(*case))),
        ("not divided", lambda *case: sum(_pieces(*case))),
        ("sum over the rows", _weighted_total),
        ("last part dropped", lambda *case: np.mean(_full_pieces(*case), axis=0)),
        (
            "last part dropped, but counted",
            lambda g, X, y, most: most * sum(_full_pieces(g, X, y, most)) / len(X),
        ),
        ("first part only", lambda *case: _pieces(*case)[0]),
        ("last part only", lambda *case: _pieces(*case)[-1]),
        (
            "every part weighs most",
            lambda g, X, y, most: sum(most * part for part in _pieces(g, X, y, most)) / len(X),
        ),
    ],
}
