"""Right answers and typical mistakes for notebook 06, as learners would write them."""

from typing import Any

import numpy as np
import torch


def _quiet(function):
    def silent(*arguments):
        with np.errstate(all="ignore"):
            return function(*arguments)

    return silent


def _row_by_row(scores):
    flat = scores.reshape(-1, scores.shape[-1])
    rows = []
    for row in flat:
        powers = [np.exp(s - max(row)) for s in row]
        rows.append([power / sum(powers) for power in powers])
    return np.array(rows).reshape(scores.shape)


def _one_hot_in_a_loop(y, K):
    rows = [[0] * K for _ in y]
    for row, label in zip(rows, y, strict=True):
        row[label] = 1
    return rows


def _fill_in(y, K):
    result = np.zeros((len(y), K))
    result[np.arange(len(y)), y] = 1
    return result


def _loss_in_a_loop(logits, labels):
    total = 0.0
    for row, label in zip(logits, labels, strict=True):
        total += np.log(sum(np.exp(s - max(row)) for s in row)) + max(row) - row[label]
    return total / len(labels)


def _loss_in_torch(logits, labels):
    return torch.nn.functional.cross_entropy(torch.from_numpy(logits), torch.from_numpy(labels))


def _gradient_in_a_loop(X, y, W, b):
    of_weights, of_biases = np.zeros(W.shape), np.zeros(b.shape)
    for x, label in zip(X, y, strict=True):
        p = _row_by_row(W @ x + b)
        p[label] -= 1
        of_weights += p[:, None] * x / len(y)
        of_biases += p / len(y)
    return [of_weights, of_biases]


def _gradient_by_autograd(X, y, W, b):
    weights, biases = (torch.tensor(values, requires_grad=True) for values in (W, b))
    scores = torch.tensor(X) @ weights.T + biases
    torch.nn.functional.cross_entropy(scores, torch.tensor(y)).backward()
    return weights.grad, biases.grad


ALTERNATIVES: dict[str, list[Any]] = {
    "06.softmax": [
        _row_by_row,
        lambda scores: torch.softmax(torch.from_numpy(scores), dim=-1),
        lambda scores: np.exp(scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True)),
    ],
    "06.one_hot": [
        _one_hot_in_a_loop,
        _fill_in,
        lambda y, K: np.eye(K)[y],
        lambda y, K: torch.nn.functional.one_hot(torch.from_numpy(y), K),
    ],
    "06.cross_entropy": [
        _loss_in_a_loop,
        _loss_in_torch,
        lambda logits, labels: np.mean(
            np.logaddexp.reduce(logits, axis=1)
            - np.take_along_axis(logits, labels[:, None], axis=1)[:, 0]
        ),
    ],
    "06.softmax_gradient": [_gradient_in_a_loop, _gradient_by_autograd],
}


def _naive(scores, **axis):
    return np.exp(scores) / np.sum(np.exp(scores), keepdims=True, **axis)


def _log_softmax(scores):
    return torch.log_softmax(torch.from_numpy(scores), dim=-1).numpy()


def _shifted(scores):
    return np.exp(scores - np.max(scores, axis=-1)[..., None])


def _picked(table, labels):
    return np.array([row[label] for row, label in zip(table, labels, strict=True)])


def _cut_off_at(epsilon):
    def cut_off(logits, labels):
        return -np.mean(np.log(np.maximum(_picked(_row_by_row(logits), labels), epsilon)))

    return cut_off


def _errors(X, y, W, b, probabilities=_row_by_row):
    return probabilities(X @ W.T + b) - np.eye(len(b))[y]


def _with(change):
    """The right gradient, changed before it is returned."""

    def changed(X, y, W, b):
        return change(*_gradient_in_a_loop(X, y, W, b), len(y))

    return changed


def _average(error, X):
    return np.einsum("nk,nd->kd", error, X) / len(X), np.mean(error, axis=0)


MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "06.softmax": [
        ("no maximum", _quiet(lambda scores: _naive(scores, axis=-1))),
        ("no maximum, one sum", _quiet(lambda scores: np.exp(scores) / np.exp(scores).sum())),
        ("no maximum, first axis", _quiet(lambda scores: np.exp(scores) / sum(np.exp(scores)))),
        ("one sum", lambda scores: _shifted(scores) / np.sum(_shifted(scores))),
        ("first axis", lambda scores: torch.softmax(torch.from_numpy(scores), dim=0)),
        ("one maximum", _quiet(lambda scores: _naive(scores - np.max(scores), axis=-1))),
        ("one maximum, one sum", lambda scores: _naive(scores - np.max(scores))),
        ("mean", _quiet(lambda scores: _naive(scores - np.mean(scores, -1)[..., None], axis=-1))),
        ("not divided", _shifted),
        ("logarithm", _log_softmax),
        ("sign", lambda scores: np.exp(_log_softmax(-scores))),
        ("no exponential", lambda scores: scores / np.sum(scores, axis=-1)[..., None]),
    ],
    "06.one_hot": [
        ("counted from 1", lambda y, K: _fill_in(np.array(y) - 1, K)),
        ("transposed", lambda y, K: [[int(label == k) for label in y] for k in range(K)]),
        ("all rows", lambda y, K: [[int(k in y) for k in range(K)] for _ in y]),
        ("classes from the data", lambda y, K: np.eye(max(y) + 1)[y]),
        ("the label itself", lambda y, K: np.where(np.eye(K)[y] == 1, y[:, None], 0)),
        ("zeros and ones swapped", lambda y, K: (y[:, None] != np.arange(K)).astype(int)),
        ("added up", lambda y, K: np.bincount(y, minlength=K)),
    ],
    "06.cross_entropy": [
        (
            "naive",
            _quiet(lambda z, y: np.mean(-np.log(_picked(_naive(z, axis=1), y)))),
        ),
        (
            "naive logarithm of the sum",
            _quiet(lambda z, y: np.mean(np.log(np.exp(z).sum(axis=1)) - _picked(z, y))),
        ),
        ("logarithm of zero", _quiet(lambda z, y: -np.mean(np.log(_picked(_row_by_row(z), y))))),
        *(
            (f"clipped at {epsilon}", _cut_off_at(epsilon))
            for epsilon in (1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)
        ),
        (
            "maximum not put back",
            lambda z, y: np.mean(np.log(np.exp(z - z.max(axis=1)[:, None]).sum(1)) - _picked(z, y)),
        ),
        (
            "one maximum",
            _quiet(
                lambda z, y: np.mean(
                    np.log(np.exp(z - np.max(z)).sum(axis=1)) + np.max(z) - _picked(z, y)
                )
            ),
        ),
        ("sum", lambda z, y: -np.sum(_picked(_log_softmax(z), y))),
        ("not averaged", lambda z, y: -_picked(_log_softmax(z), y)),
        ("sign", lambda z, y: np.mean(_picked(_log_softmax(z), y))),
        ("averaged over the classes too", lambda z, y: -np.mean(np.eye(3)[y] * _log_softmax(z))),
        ("every row with every label", lambda z, y: -np.mean(_log_softmax(z)[:, y])),
        ("wrong axis", lambda z, y: -np.mean(_picked(_log_softmax(z.T.copy()).T, y))),
        ("softmax twice", lambda z, y: _loss_in_torch(_row_by_row(z), y)),
        ("logarithm to base 2", lambda z, y: _loss_in_a_loop(z, y) * np.log2(np.e)),
    ],
    "06.softmax_gradient": [
        ("sign", lambda X, y, W, b: _average(-_errors(X, y, W, b), X)),
        ("sum", _with(lambda dW, db, n: (n * dW, n * db))),
        (
            "sum in db",
            lambda X, y, W, b: (_average(_errors(X, y, W, b), X)[0], sum(_errors(X, y, W, b))),
        ),
        (
            "sum in dW",
            lambda X, y, W, b: (_errors(X, y, W, b).T @ X, np.mean(_errors(X, y, W, b), 0)),
        ),
        ("squared error's 2", _with(lambda dW, db, n: (2 * dW, 2 * db))),
        (
            "transposed",
            lambda X, y, W, b: (
                X.T @ _errors(X, y, W, b) / len(y),
                _errors(X, y, W, b).mean(axis=0),
            ),
        ),
        ("no softmax", lambda X, y, W, b: _average(_errors(X, y, W, b, lambda S: S), X)),
        ("no target", lambda X, y, W, b: _average(_row_by_row(X @ W.T + b), X)),
        (
            "no maximum",
            _quiet(
                lambda X, y, W, b: _average(_errors(X, y, W, b, lambda S: _naive(S, axis=1)), X)
            ),
        ),
        (
            "wrong axis",
            lambda X, y, W, b: _average(_errors(X, y, W, b, lambda S: _row_by_row(S.T).T), X),
        ),
        ("order", _with(lambda dW, db, n: (db, dW))),
        (
            "db for every image",
            lambda X, y, W, b: (_average(_errors(X, y, W, b), X)[0], _errors(X, y, W, b)),
        ),
    ],
}
