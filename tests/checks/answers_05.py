"""Right answers and typical mistakes for notebook 05, as learners would write them."""

from typing import Any

import numpy as np
import torch
from sklearn.metrics import confusion_matrix


def _quiet(function):
    def silent(*arguments):
        with np.errstate(all="ignore"):
            return function(*arguments)

    return silent


def _two_branches(z):
    z = np.asarray(z, dtype=float)
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + small), small / (1 + small))


def _loss_in_torch(z, y):
    loss = torch.nn.BCEWithLogitsLoss()
    return loss(torch.as_tensor(z), torch.as_tensor(y))


def _loss_in_a_loop(z, y):
    total = 0.0
    for one_z, one_y in zip(z, y, strict=True):
        total += max(one_z, 0) - one_y * one_z + np.log1p(np.exp(-abs(one_z)))
    return total / len(z)


def _gradient_by_autograd(inputs, y, beta):
    b = torch.tensor(beta, requires_grad=True)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(
        torch.from_numpy(inputs) @ b, torch.from_numpy(y)
    )
    loss.backward()
    return b.grad


def _gradient_in_a_loop(inputs, y, beta):
    total = np.zeros(len(beta))
    for row, truth in zip(inputs, y, strict=True):
        total += (1 / (1 + np.exp(-row @ beta)) - truth) * row
    return total / len(y)


def _tally(y, predicted, classes):
    counts = [[0] * classes for _ in range(classes)]
    for truth, said in zip(y, predicted, strict=True):
        counts[int(truth)][int(said)] += 1
    return counts


def _in_one_row(y, predicted, classes):
    return np.bincount(classes * y + predicted, minlength=classes**2)


def _search(y, p, candidates, miss, alarm):
    best, lowest = None, float("inf")
    for tau in candidates:
        total = 0
        for truth, score in zip(y, p, strict=True):
            if truth == 1 and score < tau:
                total += miss
            elif truth == 0 and score >= tau:
                total += alarm
        if total < lowest:
            best, lowest = tau, total
    return best


ALTERNATIVES: dict[str, list[Any]] = {
    "05.sigmoid": [
        _quiet(lambda z: 1 / (1 + np.exp(-z))),
        _two_branches,
        lambda z: torch.sigmoid(torch.as_tensor(z, dtype=torch.float64)),
        lambda z: (np.tanh(np.asarray(z) / 2) + 1) / 2,
    ],
    "05.binary_cross_entropy": [_loss_in_torch, _loss_in_a_loop],
    "05.logistic_gradient": [
        _gradient_by_autograd,
        _gradient_in_a_loop,
        lambda inputs, y, beta: np.mean(
            (1 / (1 + np.exp(-inputs @ beta)) - y)[:, None] * inputs, axis=0
        ),
    ],
    "05.confusion": [
        _tally,
        lambda y, predicted, classes: _in_one_row(y, predicted, classes).reshape(classes, classes),
        lambda y, predicted, classes: np.eye(classes)[y].T @ np.eye(classes)[predicted],
        lambda y, predicted, classes: confusion_matrix(y, predicted, labels=range(classes)),
    ],
    "05.best_threshold": [
        _search,
        lambda y, p, candidates, miss, alarm: min(
            candidates,
            key=lambda tau: np.sum(np.where(y == 1, miss * (p < tau), alarm * (p >= tau))),
        ),
    ],
}


def _probabilities(z):
    with np.errstate(all="ignore"):
        return 1 / (1 + np.exp(-z))


def _textbook_loss(z, y):
    p = _probabilities(z)
    return np.mean(-(y * np.log(p)) - (1 - y) * np.log(1 - p))


def _cut_off_at(epsilon):
    def cut_off(z, y):
        p = np.minimum(np.maximum(_probabilities(z), epsilon), 1 - epsilon)
        return np.mean(-y * np.log(p) - (1 - y) * np.log(1 - p))

    return cut_off


def _a_little_added(epsilon):
    def added(z, y):
        p = _probabilities(z)
        return -np.mean(y * np.log(p + epsilon) + (1 - y) * np.log(1 - p + epsilon))

    return added


def _loss_of_probabilities_in_torch(z, y):
    z, y = torch.as_tensor(z), torch.as_tensor(y)
    return torch.nn.functional.binary_cross_entropy(torch.sigmoid(z), y)


def _logits_cut_at(limit):
    return lambda z: 1 / (1 + np.exp(-np.minimum(np.maximum(z, -limit), limit)))


def _probabilities_cut_at(epsilon):
    return lambda z: np.minimum(np.maximum(_probabilities(z), epsilon), 1 - epsilon)


def _only_what_occurs(y, predicted, classes):
    return confusion_matrix(y, predicted)


def _added_at_once(y, predicted, classes):
    counts = np.zeros((classes, classes))
    counts[y, predicted] += 1
    return counts


def _per_sample(z, y):
    return np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))


def _mse_of_probabilities(inputs, y, beta):
    p = _probabilities(inputs @ beta)
    return inputs.T @ (2 * (p - y) * p * (1 - p)) / len(y)


def _sorted_by(y, p, candidates, miss, alarm, pick):
    prices = {}
    for tau in candidates:
        prices[tau] = miss * sum((y == 1) & (p < tau)) + alarm * sum((y == 0) & (p >= tau))
    return pick(prices)


MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "05.sigmoid": [
        ("infinity over infinity", _quiet(lambda z: np.exp(z) / (np.exp(z) + 1))),
        ("sign", _quiet(lambda z: 1 / (1 + np.exp(z)))),
        ("brackets", _quiet(lambda z: 1 / 1 + np.exp(-z))),
        ("tanh", lambda z: 2 / (1 + np.exp(-2 * np.clip(z, -300, 300))) - 1),
        ("slope", _quiet(lambda z: _probabilities(z) * _probabilities(-z))),
        *(
            (f"logits cut at {limit}", _logits_cut_at(limit))
            for limit in (5, 6, 8, 10, 15, 16, 20, 25, 30)
        ),
        *(
            (f"probabilities cut at {epsilon}", _probabilities_cut_at(epsilon))
            for epsilon in (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)
        ),
    ],
    "05.binary_cross_entropy": [
        ("naive", _quiet(_textbook_loss)),
        *(
            (f"clipped at {epsilon}", _cut_off_at(epsilon))
            for epsilon in (1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)
        ),
        *(
            (f"clipped at {epsilon}", _quiet(_a_little_added(epsilon)))
            for epsilon in (1e-7, 1e-8, 1e-9, 1e-10, 1e-12)
        ),
        *(
            (f"{epsilon} added", _quiet(_a_little_added(epsilon)))
            for epsilon in (1e-5, 1e-6, 1e-15)
        ),
        ("overflow", _quiet(lambda z, y: np.mean(np.log1p(np.exp(z)) - z * y))),
        ("logarithm cut at −100", _loss_of_probabilities_in_torch),
        ("sum", lambda z, y: _per_sample(z, y).sum()),
        ("not averaged", _per_sample),
        ("sign", lambda z, y: np.mean(y * z - np.logaddexp(0, z))),
        ("classes swapped", lambda z, y: np.mean(np.logaddexp(0, z) - (1 - y) * z)),
        ("positive class only", lambda z, y: np.sum(np.logaddexp(0, -z)[y == 1]) / len(z)),
        (
            "logits as probabilities",
            _quiet(lambda z, y: np.mean(-y * np.log(z) - (1 - y) * np.log(1 - z))),
        ),
    ],
    "05.logistic_gradient": [
        ("sign", lambda inputs, y, beta: inputs.T @ (y - _probabilities(inputs @ beta)) / len(y)),
        ("sum", lambda inputs, y, beta: inputs.T @ (_probabilities(inputs @ beta) - y)),
        ("no sigmoid", lambda inputs, y, beta: (inputs @ beta - y) @ inputs / len(inputs)),
        (
            "squared error's 2",
            lambda inputs, y, beta: 2 / len(y) * inputs.T @ (_probabilities(inputs @ beta) - y),
        ),
        ("slope left in, with the 2", _mse_of_probabilities),
        ("slope left in", lambda inputs, y, beta: _mse_of_probabilities(inputs, y, beta) / 2),
        ("without inputs", lambda inputs, y, beta: (_probabilities(inputs @ beta) - y).mean()),
    ],
    "05.confusion": [
        ("rows and columns", lambda y, predicted, classes: _tally(predicted, y, classes)),
        (
            "last class first",
            lambda y, predicted, classes: _tally(classes - 1 - y, classes - 1 - predicted, classes),
        ),
        ("only classes that occur", _only_what_occurs),
        ("ones only", _added_at_once),
        ("shares", lambda *a: np.array(_tally(*a)) / len(a[0])),
        (
            "shares of each row",
            lambda *a: _quiet(lambda counts: counts / counts.sum(1)[:, None])(np.array(_tally(*a))),
        ),
        ("flat", _in_one_row),
        ("accuracy", lambda y, predicted, classes: sum(y == predicted) / len(y)),
    ],
    "05.best_threshold": [
        ("prices swapped", lambda y, p, c, miss, alarm: _search(y, p, c, alarm, miss)),
        (
            "prices ignored",
            lambda y, p, c, miss, alarm: c[np.argmax([np.mean((p >= t) == y) for t in c])],
        ),
        (
            "highest price",
            lambda *a: _sorted_by(*a, lambda prices: max(prices, key=prices.get)),
        ),
        ("the price itself", lambda *a: _sorted_by(*a, lambda prices: min(prices.values()))),
        (
            "shares instead of counts",
            lambda y, p, c, miss, alarm: c[
                np.argmin(
                    [miss * np.mean(p[y == 1] < t) + alarm * np.mean(p[y == 0] >= t) for t in c]
                )
            ],
        ),
        (
            "the place",
            lambda y, p, c, miss, alarm: np.argmin(
                [miss * sum((y == 1) & (p < t)) + alarm * sum((y == 0) & (p >= t)) for t in c]
            ),
        ),
        (
            "strictly greater",
            lambda y, p, c, miss, alarm: _search(y, np.asarray(p) - 1e-9, c, miss, alarm),
        ),
        (
            "last of several",
            lambda y, p, c, miss, alarm: _search(y, p, c[::-1], miss, alarm),
        ),
        ("always one half", lambda y, p, c, miss, alarm: 0.5),
        ("theory", lambda y, p, c, miss, alarm: 1 / (1 + miss / alarm)),
    ],
}
