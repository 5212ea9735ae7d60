"""Right answers and typical mistakes for notebook 24, as learners would write them."""

from itertools import pairwise
from typing import Any

import numpy as np
import torch


def _mae(predict, X, y):
    return np.mean(np.abs(predict(X) - y))


def _with_column(X, column, values):
    """All columns but one as they are."""
    return np.stack([values if j == column else X[:, j] for j in range(X.shape[1])], axis=1)


def _rise_in_torch(predict, X, y, column, orders):
    after = []
    for order in orders:
        changed = torch.tensor(X)
        changed[:, column] = changed[torch.tensor(order), column]
        after.append(torch.tensor(_mae(predict, changed.numpy(), y)))
    return torch.stack(after).mean() - _mae(predict, X, y)


def _rises(predict, X, y, column, orders):
    before = _mae(predict, X, y)
    return [_mae(predict, _with_column(X, column, X[o, column]), y) - before for o in orders]


def _squared(predict, X, y, column, orders):
    def mse(table):
        return ((predict(table) - y) ** 2).mean()

    return np.mean([mse(_with_column(X, column, X[o, column])) - mse(X) for o in orders])


def _moved(predict, X, y, column, orders):
    moves = [predict(_with_column(X, column, X[o, column])) - predict(X) for o in orders]
    return np.mean(np.abs(moves))


def _ice(predict, X, column, grid):
    """One row after the other: a table with a copy of it for each grid value."""
    found = []
    for row in X:
        copies = np.tile(row, (len(grid), 1))
        copies[:, column] = grid
        found.append(predict(copies))
    return np.array(found)


def _ice_at_once(predict, X, column, grid):
    many = np.repeat(X, len(grid), axis=0)
    many[:, column] = np.tile(grid, len(X))
    curves = predict(many).reshape(len(X), len(grid))
    return torch.tensor(curves - curves[:, [0]])


def _centred(predict, X, column, grid):
    return [[value - curve[0] for value in curve] for curve in _ice(predict, X, column, grid)]


def _ice_of_sums(predict, X, column, grid):
    table = [predict(_with_column(X, column, X[:, column] + value)) for value in grid]
    curves = np.array(table).T
    return curves - curves[:, [0]]


def _cosines(masks):
    ones = np.ones(masks.shape[1])
    return masks @ ones / (np.linalg.norm(masks, axis=1) * np.linalg.norm(ones))


def _weights_in_torch(masks, width):
    z = torch.tensor(masks, dtype=torch.double)
    cosine = torch.nn.functional.cosine_similarity(z, torch.ones_like(z), dim=1)
    return torch.exp(-(((1 - cosine) / width) ** 2))


def _weights_by_loop(masks, width):
    found = []
    for mask in masks.tolist():
        cosine = (sum(mask) / len(mask)) ** 0.5
        found.append(2.718281828459045 ** (-(((1 - cosine) / width) ** 2)))
    return found


def _value(predict, X, row, known):
    table = np.where(np.isin(np.arange(len(row)), known), row, X)
    return predict(table).mean()


def _bills(predict, X, row, orders):
    """One dictionary for each order: column to contribution."""
    bills = []
    for order in np.asarray(orders).tolist():
        values = [_value(predict, X, row, order[:k]) for k in range(len(order) + 1)]
        bills.append({j: values[k + 1] - values[k] for k, j in enumerate(order)})
    return bills


def _contributions(predict, X, row, orders):
    bills = _bills(predict, X, row, orders)
    return [sum(bill[j] for bill in bills) / len(bills) for j in range(len(row))]


def _running_mean(predict, X, row, orders):
    mean = torch.zeros(len(row), dtype=torch.double)
    for n, bill in enumerate(_bills(predict, X, row, orders), start=1):
        mean += (torch.tensor([bill[j] for j in range(len(row))]) - mean) / n
    return mean


def _told(predict, X, row, orders):
    bills = [list(bill.values()) for bill in _bills(predict, X, row, orders)]
    return np.mean(bills, axis=0)


def _kept_known(predict, X, row, orders):
    known, total = [], np.zeros(len(row))
    for order in orders:
        for j in order:
            before = _value(predict, X, row, known)
            known.append(j)
            total[j] += _value(predict, X, row, known) - before
    return total / len(orders)


def _since_the_start(predict, X, row, orders):
    start, total = predict(X).mean(), np.zeros(len(row))
    for order in np.asarray(orders).tolist():
        for k, j in enumerate(order):
            total[j] += _value(predict, X, row, order[: k + 1]) - start
    return total / len(orders)


def _alone(predict, X, row, orders):
    start = predict(X).mean()
    return np.array([_value(predict, X, row, [j]) - start for j in range(len(row))])


ALTERNATIVES: dict[str, list[Any]] = {
    "24.absolute_rise": [_rise_in_torch, lambda *given: sum(_rises(*given)) / len(given[4])],
    "24.centred_curves": [_ice_at_once, _centred],
    "24.angle_weights": [_weights_in_torch, _weights_by_loop],
    "24.sampled_contributions": [_contributions, _running_mean],
}

MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "24.absolute_rise": [
        ("squared", _squared),
        ("not compared", lambda predict, X, y, column, orders: np.mean(
            [_mae(predict, _with_column(X, column, X[o, column]), y) for o in orders]
        )),
        ("turned round", lambda *given: -np.mean(_rises(*given))),
        ("sum", lambda *given: sum(_rises(*given))),
        ("one order", lambda *given: _rises(*given)[0]),
        ("whole rows", lambda predict, X, y, column, orders: np.mean(
            [_mae(predict, X[o], y) - _mae(predict, X, y) for o in orders]
        )),
        ("answers, not errors", _moved),
        ("no mean", lambda *given: np.array(_rises(*given))),
    ],
    "24.centred_curves": [
        ("not centred", _ice),
        ("less the first row", lambda *given: _ice(*given) - _ice(*given)[0]),
        ("less its mean", lambda *given: np.array([c - c.mean() for c in _ice(*given)])),
        ("less the prediction", lambda predict, X, column, grid: np.array(
            [c - p for c, p in zip(_ice(predict, X, column, grid), predict(X), strict=True)]
        )),
        ("transposed", lambda *given: np.array(_centred(*given)).T),
        ("mean curve", lambda *given: np.array(_centred(*given)).mean(axis=0)),
        ("added", _ice_of_sums),
        ("steps", lambda *given: np.array(
            [[0.0, *(b - a for a, b in pairwise(c))] for c in _ice(*given)]
        )),
    ],
    "24.angle_weights": [
        ("share off", lambda masks, width: np.exp(-(((masks == 0).mean(axis=1) / width) ** 2))),
        ("only cosine", lambda masks, width: np.exp(-((_cosines(masks) / width) ** 2))),
        ("distance not squared", lambda masks, width: np.exp((_cosines(masks) - 1) / width**2)),
        ("width not squared", lambda masks, width: np.exp(-((1 - _cosines(masks)) ** 2) / width)),
        ("sign", lambda masks, width: np.exp(((1 - _cosines(masks)) / width) ** 2)),
        ("distance only", lambda masks, width: 1 - _cosines(masks)),
        ("wrong axis", lambda masks, width: np.exp(-((1 - _cosines(masks.T)) ** 2) / width**2)),
        ("half in the exponent", lambda masks, width: np.exp(
            -0.5 * ((1 - _cosines(masks)) / width) ** 2
        )),
    ],
    "24.sampled_contributions": [
        ("in the order told", _told),
        ("one order", lambda predict, X, row, orders: _contributions(
            predict, X, row, orders[:1]
        )),
        ("sum", lambda *given: np.array(_contributions(*given)) * len(given[3])),
        ("each alone", _alone),
        ("mean row", lambda predict, X, row, orders: _contributions(
            predict, X.mean(axis=0)[None], row, orders
        )),
        ("since the start", _since_the_start),
        ("never reset", _kept_known),
        ("sign", lambda *given: [-part for part in _contributions(*given)]),
        ("all orders", lambda *given: np.array(
            [[bill[j] for j in range(len(bill))] for bill in _bills(*given)]
        )),
    ],
}  # fmt: skip
