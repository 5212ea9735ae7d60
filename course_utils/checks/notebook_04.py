"""The exercises of notebook 04, linear regression."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.checks.engine import Exercise, Mistake

Array = NDArray[np.float64]

_TABLE = np.array([[2.0, -1.0], [0.5, 4.0], [-3.0, 1.0]])
_WIDE = np.array([[1.0, 2.0, -0.5, 3.0], [1.0, -4.0, 0.0, 2.5]])
_TRAIN = np.array([[1.0, 100.0], [3.0, 500.0], [8.0, 300.0], [4.0, -200.0]])
_TEST = np.array([[2.0, 400.0], [9.0, 50.0], [-1.0, 75.0]])


def _add_bias(X: Array) -> Array:
    return np.column_stack([np.ones(len(X)), X])


def _mse_gradient(X: Array, y: Array, beta: Array) -> Array:
    return 2 / len(y) * X.T @ (X @ beta - y)


def _scaled(train: Array, test: Array, mu: Any, sigma: Any) -> tuple[Array, Array]:
    return (train - mu) / sigma, (test - mu) / sigma


def _standardise(train: Array, test: Array) -> tuple[Array, Array]:
    return _scaled(train, test, train.mean(axis=0), train.std(axis=0))


def _each_by_itself(train: Array, test: Array) -> tuple[Array, Array]:
    return _standardise(train, train)[0], _standardise(test, test)[0]


def _statistics_of_all(train: Array, test: Array) -> tuple[Array, Array]:
    everything = np.concatenate([train, test])
    return _scaled(train, test, everything.mean(axis=0), everything.std(axis=0))


def _cut(order: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    return [order[first : first + size] for first in range(0, len(order), size)]


def _minibatches(n: int, size: int, seed: int) -> list[Any]:
    return _cut(np.random.default_rng(seed).permutation(n), size)


EXERCISES = (
    Exercise(
        key="04.add_bias",
        answer=_add_bias,
        praise="`add_bias` is right: now the intercept is a weight like any other.",
        cases=((_TABLE,), (_WIDE,), (np.array([[5.0], [0.0], [-2.0], [7.0]]),)),
        mistakes=(
            Mistake(
                "at the end",
                lambda X: np.column_stack([X, np.ones(len(X))]),
                "the ones stand behind the other columns: got {got}. The first weight shall be "
                "the intercept, so where does its column belong?",
            ),
            Mistake(
                "a row of ones",
                lambda X: np.concatenate([np.ones((1, X.shape[1])), X]),
                "you added a row of ones, which is one more sample. Every sample needs one more "
                "feature: a column.",
            ),
            Mistake(
                "adds one",
                lambda X: X + 1,
                "you added 1 to every entry; the shape has not changed. We want one more column.",
            ),
            Mistake(
                "zeros",
                lambda X: np.column_stack([np.zeros(len(X)), X]),
                "the new column holds zeros. Zero times the intercept would always be zero; which "
                "input lets the intercept through as it is?",
            ),
            Mistake(
                "column replaced",
                lambda X: np.column_stack([np.ones(len(X)), X[:, 1:]]),
                "the first feature is gone: got {got}. The ones come in addition, so the result "
                "has one column more than the input.",
            ),
        ),
    ),
    Exercise(
        key="04.mse_gradient",
        answer=_mse_gradient,
        praise="`mse_gradient` is right, for any number of samples and weights.",
        cases=(
            (
                np.array([[1.0, 1], [1, 2], [1, 3], [1, 4]]),
                np.array([14.0, 33, 43, 62]),
                np.array([5.0, 10.0]),
            ),
            (_TABLE, np.array([1.0, -2.0, 0.5]), np.array([0.5, -1.5])),
            (_WIDE, np.array([2.0, -1.0]), np.array([0.5, -1.0, 2.0, 0.25])),
        ),
        mistakes=(
            Mistake(
                "sign",
                lambda X, y, beta: -_mse_gradient(X, y, beta),
                "every sign is turned round: {got}, expected {expected}. A residual is prediction "
                "minus truth, in this order.",
            ),
            Mistake(
                "no two",
                lambda X, y, beta: _mse_gradient(X, y, beta) / 2,
                "exactly half of what it should be: {got}, expected {expected}. What does the "
                "slope of a square bring to the front?",
            ),
            Mistake(
                "no mean",
                lambda X, y, beta: _mse_gradient(X, y, beta) * len(y),
                "too large by the number of samples: {got}, expected {expected}. The loss is a "
                "mean, so its slope is one too.",
            ),
            Mistake(
                "divided by weights",
                lambda X, y, beta: _mse_gradient(X, y, beta) * len(y) / X.shape[1],
                "you divide by the number of weights: {got}, expected {expected}. The mean is "
                "taken over the samples; which of the sizes of X counts those?",
            ),
            Mistake(
                "truth forgotten",
                lambda X, y, beta: _mse_gradient(X, np.zeros_like(y), beta),
                "the true values y have no effect on your result {got}, expected {expected}. What "
                "is multiplied with the columns: the predictions or the residuals?",
            ),
            Mistake(
                "residuals only",
                lambda X, y, beta: 2 / len(y) * (X @ beta - y),
                "these are the residuals, scaled: one number per sample, {got}. Each weight needs "
                "one slope. What gathers the samples, column by column?",
            ),
            Mistake(
                "added up",
                lambda X, y, beta: np.sum(_mse_gradient(X, y, beta)),
                "you add the slopes of all weights to one number, {got}. Keep them apart: one per "
                "weight.",
            ),
            Mistake(
                "mean residual",
                lambda X, y, beta: np.full(len(beta), 2 * np.mean(X @ beta - y)),
                "all your slopes are equal: {got}, expected {expected}. Each weight weighs the "
                "residuals with its own column of X.",
            ),
        ),
    ),
    Exercise(
        key="04.standardise",
        answer=_standardise,
        praise="`standardise` is right, and the test set has lent it nothing.",
        cases=((_TRAIN, _TEST), (_TEST + 2.0, _TRAIN)),
        mistakes=(
            Mistake(
                "test by itself",
                _each_by_itself,
                "the training part is right, but the test set is scaled with its own average and "
                "standard deviation. The model learnt in another scale: whose numbers are needed?",
            ),
            Mistake(
                "statistics of everything",
                _statistics_of_all,
                "the average and the standard deviation come from both sets together, so the test "
                "set has a hand in the training. From where may they come?",
            ),
            Mistake(
                "one average for all columns",
                lambda train, test: _scaled(train, test, train.mean(), train.std()),
                "all features share one average. Each column needs its own: which axis does the "
                "average run along?",
            ),
            Mistake(
                "along the wrong axis",
                lambda train, test: (
                    (train - train.mean(axis=1, keepdims=True)) / train.std(axis=1, keepdims=True),
                    (test - test.mean(axis=1, keepdims=True)) / test.std(axis=1, keepdims=True),
                ),
                "you average over the features of each sample. We want the average of each "
                "feature over the samples: the other axis.",
            ),
            Mistake(
                "not divided",
                lambda train, test: _scaled(train, test, train.mean(axis=0), 1.0),
                "the averages are gone, but the features are still of very different size. One "
                "operation is missing.",
            ),
            Mistake(
                "not centred",
                lambda train, test: _scaled(train, test, 0.0, train.std(axis=0)),
                "you divide, but the averages are still there. What comes off first?",
            ),
            Mistake(
                "variance",
                lambda train, test: _scaled(train, test, train.mean(axis=0), train.var(axis=0)),
                "you divide by the variance. Its root is what has the unit of the feature.",
            ),
            Mistake(
                "n minus one",
                lambda train, test: _scaled(
                    train, test, train.mean(axis=0), train.std(axis=0, ddof=1)
                ),
                "your standard deviation divides by n − 1, as pandas and PyTorch do by default. "
                "The exercise asks for NumPy's, the root of the mean squared distance.",
            ),
            Mistake(
                "smallest and largest",
                lambda train, test: _scaled(train, test, train.min(axis=0), np.ptp(train, axis=0)),
                "you scale every feature to the range from 0 to 1. That is another recipe; which "
                "two statistics does the formula with μ and σ use?",
            ),
            Mistake(
                "statistics of the test set",
                lambda train, test: _scaled(train, test, test.mean(axis=0), test.std(axis=0)),
                "the average and the standard deviation come from the test set. A model has not "
                "met those samples when it learns. From which of the two may they come?",
            ),
            Mistake(
                "test untouched",
                lambda train, test: (_standardise(train, test)[0], test),
                "the test set came back as it went in. The model expects test cars in the same "
                "scale as training cars.",
            ),
        ),
    ),
    Exercise(
        key="04.minibatches",
        answer=_minibatches,
        praise="`minibatches` is right: one epoch, every row exactly once.",
        cases=((10, 4, 0), (6, 2, 3), (5, 8, 1)),
        mistakes=(
            Mistake(
                "not shuffled",
                lambda n, size, seed: _cut(np.arange(n, dtype=np.int64), size),
                "your rows come in their old order: {got}. If the table is sorted, each batch then "
                "sees only one kind of sample. What has to happen before the cutting?",
            ),
            Mistake(
                "rest dropped",
                lambda n, size, seed: _minibatches(n, size, seed)[: n // size],
                "the last rows are lost where n cannot be divided by size: {got}. An epoch is "
                "over when every row was used.",
            ),
            Mistake(
                "batches overlap",
                lambda n, size, seed: [
                    np.random.default_rng(seed).permutation(n)[first : first + size]
                    for first in range(n)
                ],
                "your batches overlap: every row is used several times in one epoch. By how much "
                "must the start of the slice move?",
            ),
            Mistake(
                "one batch",
                lambda n, size, seed: _minibatches(n, size, seed)[:1],
                "only the first batch comes back: {got}. Does the `return` stand inside the loop?",
            ),
            Mistake(
                "number for size",
                lambda n, size, seed: np.array_split(
                    np.random.default_rng(seed).permutation(n), size
                ),
                "you make `size` batches. `size` is the number of rows in each batch, not the "
                "number of batches.",
            ),
            Mistake(
                "counts from one",
                lambda n, size, seed: _cut(np.random.default_rng(seed).permutation(n) + 1, size),
                "your row numbers run from 1 to n: {got}. The first row of an array is row 0.",
            ),
            Mistake(
                "not cut",
                lambda n, size, seed: np.random.default_rng(seed).permutation(n),
                "the rows are shuffled but still in one piece, {got}. Cut them into arrays of size "
                "numbers and return a list of those.",
            ),
            Mistake(
                "seed ignored",
                lambda n, size, seed: _minibatches(n, size, 0),
                "every seed gives the same order: {call} gave {got}. Hand the seed over to the "
                "generator.",
            ),
        ),
    ),
)
