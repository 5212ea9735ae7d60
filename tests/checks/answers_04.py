"""Right answers and typical mistakes for notebook 04, as learners would write them."""

from typing import Any

import numpy as np
import pandas as pd
import torch


def _ones_by_list(X):
    return [[1, *row] for row in X.tolist()]


def _ones_in_torch(X):
    return torch.cat([torch.ones(len(X), 1, dtype=torch.float64), torch.from_numpy(X)], dim=1)


def _gradient_loop(X, y, beta):
    n, p = X.shape
    slopes = [0.0] * p
    for i in range(n):
        error = sum(X[i, j] * beta[j] for j in range(p)) - y[i]
        for j in range(p):
            slopes[j] += 2 * error * X[i, j] / n
    return slopes


def _gradient_autograd(X, y, beta):
    b = torch.tensor(beta, requires_grad=True)
    ((torch.from_numpy(X) @ b - torch.from_numpy(y)) ** 2).mean().backward()
    return b.grad


def _standardise_columns(train, test):
    new_train, new_test = np.empty_like(train), np.empty_like(test)
    for j in range(train.shape[1]):
        mean = sum(train[:, j]) / len(train)
        spread = (sum((train[:, j] - mean) ** 2) / len(train)) ** 0.5
        new_train[:, j] = (train[:, j] - mean) / spread
        new_test[:, j] = (test[:, j] - mean) / spread
    return new_train, new_test


def _standardise_torch(train, test):
    a, b = torch.from_numpy(train), torch.from_numpy(test)
    mu, sigma = a.mean(dim=0), a.std(dim=0, correction=0)
    return [(a - mu) / sigma, (b - mu) / sigma]


def _batches_while(n, size, seed):
    order = list(np.random.default_rng(seed).permutation(n))
    batches = []
    while order:
        batches.append(order[:size])
        order = order[size:]
    return batches


def _batches_torch(n, size, seed):
    return torch.from_numpy(np.random.default_rng(seed).permutation(n)).split(size)


ALTERNATIVES: dict[str, list[Any]] = {
    "04.add_bias": [_ones_by_list, _ones_in_torch, lambda X: np.insert(X, 0, 1, axis=1)],
    "04.mse_gradient": [
        _gradient_loop,
        _gradient_autograd,
        lambda X, y, beta: 2 * np.mean((X @ beta - y)[:, None] * X, axis=0),
    ],
    "04.standardise": [_standardise_columns, _standardise_torch],
    "04.minibatches": [_batches_while, _batches_torch],
}


def _own_statistics(train, test):
    return (
        (train - np.mean(train, 0)) / np.std(train, 0),
        (test - np.mean(test, 0)) / np.std(test, 0),
    )


def _all_statistics(train, test):
    both = np.vstack([train, test])
    mu, sigma = np.mean(both, 0), np.std(both, 0)
    return (train - mu) / sigma, (test - mu) / sigma


def _one_mean(train, test):
    mu, sigma = np.mean(train), np.std(train)
    return (train - mu) / sigma, (test - mu) / sigma


def _over_features(train, test):
    return tuple(((a.T - a.mean(1)) / a.std(1)).T for a in (train, test))


def _only_centred(train, test):
    return train - train.mean(0), test - train.mean(0)


def _only_divided(train, test):
    return train / train.std(0), test / train.std(0)


def _by_variance(train, test):
    mu, variance = train.mean(0), train.std(0) ** 2
    return (train - mu) / variance, (test - mu) / variance


def _by_pandas(train, test):
    table = pd.DataFrame(train)
    return tuple(((pd.DataFrame(a) - table.mean()) / table.std()).to_numpy() for a in (train, test))


def _to_unit_range(train, test):
    low, high = train.min(0), train.max(0)
    return (train - low) / (high - low), (test - low) / (high - low)


def _train_only(train, test):
    return (train - train.mean(0)) / train.std(0), test


def _that_order(n, size, seed):
    order = np.random.default_rng(seed).permutation(n)
    return [order[a : a + size] for a in range(0, n, size)]


def _in_order(n, size, seed):
    return [list(range(n))[a : a + size] for a in range(0, n, size)]


def _whole_batches_only(n, size, seed):
    order = np.random.default_rng(seed).permutation(n)
    return [order[k * size : (k + 1) * size] for k in range(n // size)]


def _overlapping(n, size, seed):
    order = np.random.default_rng(seed).permutation(n)
    return [order[k : k + size] for k in range(n)]


def _returns_first(n, size, seed):
    order, batches = np.random.default_rng(seed).permutation(n), []
    for first in range(0, n, size):
        batches.append(order[first : first + size])
        return batches
    return batches


def _that_many(n, size, seed):
    return np.array_split(np.random.default_rng(seed).permutation(n), size)


def _always_zero(n, size, seed):
    order = np.random.default_rng(0).permutation(n)
    return [order[a : a + size] for a in range(0, n, size)]


MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "04.add_bias": [
        ("at the end", lambda X: np.hstack([X, np.ones((X.shape[0], 1))])),
        ("a row of ones", lambda X: np.vstack([np.ones(X.shape[1]), X])),
        ("adds one", lambda X: 1 + X),
        ("zeros", lambda X: np.hstack([np.zeros((len(X), 1)), X])),
        ("column replaced", lambda X: np.hstack([np.ones((len(X), 1)), X[:, 1:]])),
    ],
    "04.mse_gradient": [
        ("sign", lambda X, y, beta: 2 / len(y) * X.T @ (y - X @ beta)),
        ("no two", lambda X, y, beta: X.T @ (X @ beta - y) / len(X)),
        ("no mean", lambda X, y, beta: 2 * X.T @ (X @ beta - y)),
        ("divided by weights", lambda X, y, beta: 2 / len(beta) * X.T @ (X @ beta - y)),
        ("truth forgotten", lambda X, y, beta: 2 / len(y) * X.T @ (X @ beta)),
        ("residuals only", lambda X, y, beta: 2 * (X @ beta - y) / y.size),
        ("added up", lambda X, y, beta: sum(_gradient_loop(X, y, beta))),
        ("mean residual", lambda X, y, beta: np.ones(len(beta)) * 2 * (X @ beta - y).mean()),
    ],
    "04.standardise": [
        ("test by itself", _own_statistics),
        ("statistics of everything", _all_statistics),
        ("one average for all columns", _one_mean),
        ("along the wrong axis", _over_features),
        ("not divided", _only_centred),
        ("not centred", _only_divided),
        ("variance", _by_variance),
        ("n minus one", _by_pandas),
        ("smallest and largest", _to_unit_range),
        ("statistics of the test set", lambda train, test: _standardise_columns(test, train)[::-1]),
        ("test untouched", _train_only),
    ],
    "04.minibatches": [
        ("not shuffled", _in_order),
        ("rest dropped", _whole_batches_only),
        ("batches overlap", _overlapping),
        ("one batch", _returns_first),
        ("number for size", _that_many),
        ("counts from one", lambda n, size, seed: [b + 1 for b in _that_order(n, size, seed)]),
        ("not cut", lambda n, size, seed: list(np.random.default_rng(seed).permutation(n))),
        ("seed ignored", _always_zero),
    ],
}
