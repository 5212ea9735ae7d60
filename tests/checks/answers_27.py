"""Answers to the exercises of notebook 27, right and wrong, as a learner might write them."""

from itertools import pairwise
from typing import Any

import numpy as np
import torch


def _shared_by_numpy(modules, train, held):
    modules = np.array(modules)
    return np.intersect1d(modules[train], modules[held])


def _shared_by_loop(modules, train, held):
    found = []
    for m in range(max(modules) + 1):
        found += [m] * (m in [modules[i] for i in train] and m in [modules[i] for i in held])
    return found


def _band_by_search(miss, alarm, look):
    """The look against both others, solved as linear inequalities."""
    if miss * alarm - look * alarm - look * miss <= 0:
        return 0.0, 0.0
    return np.float64(look) / miss, (alarm - look) / alarm


def _band_by_fractions(miss, alarm, look):
    ends = [look / miss, (alarm - look) / alarm]
    return tuple(ends) if ends[1] - ends[0] > 0 else (0,) * 2


def _gap_by_loop(p, labels, edges):
    total, last = 0.0, edges[-1]
    for low, high in pairwise(edges):
        members = [
            (q, hit)
            for q, hit in zip(p, labels, strict=True)
            if low <= q < high or (high == last and q == last)
        ]
        if members:
            total += abs(sum(q for q, _ in members) - sum(hit for _, hit in members))
    return total / len(p)


def _gap_by_torch(p, labels, edges):
    place = torch.bucketize(
        torch.tensor(p), torch.tensor(edges[1:-1], dtype=torch.double), right=True
    )
    size = len(edges) - 1
    surplus = torch.zeros(size).double().index_add(0, place, torch.tensor(p - labels).double())
    return surplus.abs().sum() / len(p)


def _jackknife_by_sums(values, modules):
    """Sums and counts of the modules, taken away from the totals."""
    _, place = np.unique(modules, return_inverse=True)
    sums, sizes = np.bincount(place, values), np.bincount(place)
    means = (values.sum() - sums) / (len(values) - sizes)
    return np.sqrt((len(means) - 1) * means.var())


def _jackknife_by_loop(values, modules):
    means = []
    for one in sorted(set(modules.tolist())):
        rest = [v for v, m in zip(values.tolist(), modules.tolist(), strict=True) if m != one]
        means.append(sum(rest) / len(rest))
    count, middle = len(means), sum(means) / len(means)
    return ((count - 1) / count * sum((m - middle) ** 2 for m in means)) ** 0.5


def _left_out(values, modules, inside=False):
    table = torch.tensor(modules)[None] == torch.tensor(np.unique(modules))[:, None]
    table = (table if inside else ~table).double()
    return (table @ torch.tensor(values) / table.sum(1)).numpy()


def _spread(means, factor, middle=None):
    return (factor * ((means - (means.mean() if middle is None else middle)) ** 2).sum()) ** 0.5


def _binned(p, labels, edges, combine, side="right"):
    inner = np.array(edges[1:-1])
    place = np.digitize(p, inner, right=side == "left")
    found = []
    for k in range(len(edges) - 1):
        rows = place == k
        if rows.any():
            found.append((rows.sum(), p[rows].mean(), labels[rows].mean(), k))
    return combine(found)


ALTERNATIVES: dict[str, list[Any]] = {
    "27.shared_modules": [_shared_by_numpy, _shared_by_loop],
    "27.human_band": [_band_by_search, _band_by_fractions],
    "27.calibration_gap": [_gap_by_loop, _gap_by_torch],
    "27.jackknife": [_jackknife_by_sums, _jackknife_by_loop],
}


MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "27.shared_modules": [
        ("positions", lambda modules, train, held: [i for i in sorted(train) if i in held]),
        ("either side", lambda modules, train, held: np.union1d(
            np.array(modules)[train], np.array(modules)[held]
        )),
        ("only one side", lambda modules, train, held: np.setxor1d(
            np.array(modules)[train], np.array(modules)[held]
        )),
        ("once for each cell", lambda modules, train, held: sorted(
            modules[i] for i in held if any(modules[i] == modules[k] for k in train)
        )),
        ("not sorted", lambda modules, train, held: list({
            modules[i]: None for i in held if modules[i] in [modules[k] for k in train]
        })),
        ("how many", lambda modules, train, held: len(_shared_by_loop(modules, train, held))),
        ("yes or no", lambda modules, train, held: _shared_by_loop(modules, train, held) != []),
    ],
    "27.human_band": [
        ("prices exchanged", lambda miss, alarm, look: (
            (look / alarm, 1 - look / miss) if look / alarm + look / miss < 1 else (0.0, 0.0)
        )),
        ("no one minus", lambda miss, alarm, look: (
            (look / miss, look / alarm) if miss > alarm else (0.0, 0.0)
        )),
        ("always a band", lambda miss, alarm, look: (look / miss, (alarm - look) / alarm)),
        ("empty band", lambda miss, alarm, look: (
            (0.0, 0.0) if look / miss > 1 - look / alarm else (look / miss, 1 - look / alarm)
        )),
        ("threshold twice", lambda miss, alarm, look: (
            1 / (1 + miss / alarm), 1 / (1 + miss / alarm)
        )),
        ("upper end first", lambda miss, alarm, look: tuple(
            reversed(_band_by_fractions(miss, alarm, look))
        )),
        ("one zero", lambda miss, alarm, look: (
            0 if look / miss >= 1 - look / alarm else (look / miss, 1 - look / alarm)
        )),
    ],
    "27.calibration_gap": [
        ("bins count alike", lambda p, labels, edges: _binned(
            p, labels, edges, lambda bins: sum(abs(q - s) for _, q, s, _ in bins) / len(bins)
        )),
        ("no absolute value", lambda p, labels, edges: p.mean() - labels.mean()),
        ("squared", lambda p, labels, edges: _binned(
            p, labels, edges, lambda bins: sum(n * (q - s) ** 2 for n, q, s, _ in bins) / len(p)
        )),
        ("largest gap", lambda p, labels, edges: _binned(
            p, labels, edges, lambda bins: max(abs(s - q) for _, q, s, _ in bins)
        )),
        ("sum", lambda p, labels, edges: _gap_by_loop(p, labels, edges) * len(p)),
        ("empty bins count", lambda p, labels, edges: _binned(
            p, labels, edges, lambda bins: sum(abs(q - s) for _, q, s, _ in bins)
        ) / (len(edges) - 1)),
        ("the last end is lost", lambda p, labels, edges: sum(
            abs((p - labels)[(low <= p) & (p < high)].sum()) for low, high in pairwise(edges)
        ) / len(p)),
        ("the last end alone", lambda p, labels, edges: sum(
            abs((p - labels)[np.digitize(p, edges) == k].sum()) for k in range(1, len(edges) + 1)
        ) / len(p)),
        ("right ends included", lambda p, labels, edges: _binned(
            p, labels, edges, lambda bins: sum(n * abs(q - s) for n, q, s, _ in bins) / len(p),
            side="left",
        )),
        ("cell by cell", lambda p, labels, edges: np.mean(np.maximum(p - labels, labels - p))),
        ("middles of bins", lambda p, labels, edges: _binned(
            p, labels, edges, lambda bins: sum(
                n * abs((edges[k] + edges[k + 1]) / 2 - s) for n, _, s, k in bins
            ) / len(p)
        )),
    ],
    "27.jackknife": [
        ("cells left out", lambda values, modules: _spread(
            (values.sum() - values) / (len(values) - 1), (len(values) - 1) / len(values)
        )),
        ("modules alone", lambda values, modules: _spread(
            _left_out(values, modules, inside=True),
            (len(set(modules)) - 1) / len(set(modules)),
        )),
        ("means of means", lambda values, modules: (
            _left_out(values, modules, inside=True).std(ddof=1) / len(set(modules)) ** 0.5
        )),
        ("no factor", lambda values, modules: np.std(_left_out(values, modules))),
        ("sample deviation", lambda values, modules: np.std(_left_out(values, modules), ddof=1)),
        ("modules without cells", lambda values, modules: _spread(
            np.array([values[modules != m].mean() for m in range(max(modules) + 1)]),
            max(modules) / (max(modules) + 1),
        )),
        ("G cells", lambda values, modules: _spread(
            _left_out(values, modules), (len(modules) - 1) / len(modules)
        )),
        ("bare sum", lambda values, modules: _spread(_left_out(values, modules), 1)),
        ("no root", lambda values, modules: _jackknife_by_loop(values, modules) ** 2),
        ("around the mean of all", lambda values, modules: _spread(
            _left_out(values, modules), (len(set(modules)) - 1) / len(set(modules)), values.mean()
        )),
    ],
}  # fmt: skip
