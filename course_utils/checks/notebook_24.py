"""The exercises of notebook 24, explaining decisions."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.checks.engine import Exercise, Mistake

Array = NDArray[Any]
Predict = Callable[[Array], Array]

_X = np.random.default_rng(4).normal(0, 2, (7, 3)).round(1)
_Y = np.random.default_rng(5).normal(1, 2, 7).round(1)
_ORDERS = np.array([np.random.default_rng(seed).permutation(7) for seed in (1, 2, 3)])
_GRID = np.array([-1.0, 0.5, 2.0, 4.0])
_MASKS = np.array([[1, 1, 1, 1, 1], [1, 0, 1, 0, 0], [0, 0, 0, 0, 1], [1, 1, 0, 1, 1]])
_MORE_MASKS = np.array([[0, 1, 1], [1, 0, 0]])
_ROW = np.array([1.5, -2.0, 3.0])
_TOLD = np.array([[2, 0, 1], [1, 2, 0], [2, 1, 0], [0, 2, 1]])


def mixed(X: Array) -> Array:
    """A model in which features interact."""
    return np.asarray(X[:, 0] * X[:, 1] + 2 * X[:, 2] + 0.5 * X[:, 2] * X[:, 0] ** 2)


def bent(X: Array) -> Array:
    """Another one, for the second case."""
    return np.asarray(np.sin(X[:, 1]) + X[:, 0] * X[:, 2])


def _shuffled(X: Array, column: int, order: Array) -> Array:
    changed = X.copy()
    changed[:, column] = X[order, column]
    return changed


def _rises(
    predict: Predict, X: Array, y: Array, column: int, orders: Array, power: int = 1
) -> Array:
    plain = _error(predict(X), y, power)
    errors = [_error(predict(_shuffled(X, column, order)), y, power) for order in orders]
    return np.array(errors) - plain


def _error(answers: Array, y: Array, power: int) -> float:
    return float((np.abs(answers - y) ** power).mean())


def _absolute_rise(predict: Predict, X: Array, y: Array, column: int, orders: Array) -> Any:
    return _rises(predict, X, y, column, orders).mean()


def _whole_rows(predict: Predict, X: Array, y: Array, _column: int, orders: Array) -> Any:
    plain = _error(predict(X), y, 1)
    return np.mean([_error(predict(X[order]), y, 1) for order in orders]) - plain


def _change_of_answers(predict: Predict, X: Array, _y: Array, column: int, orders: Array) -> Any:
    changed = [predict(_shuffled(X, column, order)) for order in orders]
    return np.abs(np.array(changed) - predict(X)).mean()


def _curves(predict: Predict, X: Array, column: int, grid: Array) -> Array:
    curves = np.empty((len(X), len(grid)))
    for place, value in enumerate(grid):
        changed = X.copy()
        changed[:, column] = value
        curves[:, place] = predict(changed)
    return curves


def _centred_curves(predict: Predict, X: Array, column: int, grid: Array) -> Array:
    curves = _curves(predict, X, column, grid)
    return curves - curves[:, :1]


def _less_the_first_row(predict: Predict, X: Array, column: int, grid: Array) -> Array:
    curves = _curves(predict, X, column, grid)
    return curves - curves[:1]


def _added(predict: Predict, X: Array, column: int, grid: Array) -> Array:
    curves = np.empty((len(X), len(grid)))
    for place, value in enumerate(grid):
        changed = X.copy()
        changed[:, column] += value
        curves[:, place] = predict(changed)
    return curves - curves[:, :1]


def _kernel(distance: Array, width: float) -> Array:
    return np.asarray(np.exp(-(distance**2) / width**2))


def _angle(masks: Array) -> Array:
    return np.asarray(1 - np.sqrt(masks.mean(axis=1)))


def _angle_weights(masks: Array, width: float) -> Array:
    return _kernel(_angle(masks), width)


def _steps(predict: Predict, X: Array, row: Array, order: Sequence[int]) -> Array:
    """The mean prediction before, and after each column is set."""
    filled, means = X.copy(), [predict(X).mean()]
    for j in order:
        filled[:, j] = row[j]
        means.append(predict(filled).mean())
    return np.array(means)


def _by_column(predict: Predict, X: Array, row: Array, orders: Array) -> Array:
    """Break-downs of all orders, sorted by column, shape (orders, columns)."""
    found = np.empty(np.shape(orders))
    for place, order in enumerate(orders):
        found[place, order] = np.diff(_steps(predict, X, row, order))
    return found


def _sampled_contributions(predict: Predict, X: Array, row: Array, orders: Array) -> Array:
    return np.asarray(_by_column(predict, X, row, orders).mean(axis=0))


def _in_order(predict: Predict, X: Array, row: Array, orders: Array) -> Array:
    steps = [np.diff(_steps(predict, X, row, order)) for order in orders]
    return np.asarray(np.mean(steps, axis=0))


def _each_alone(predict: Predict, X: Array, row: Array, orders: Array) -> Array:
    first = [np.diff(_steps(predict, X, row, [j]))[0] for j in range(len(row))]
    return np.array(first) + 0.0 * len(orders)


def _from_the_mean_row(predict: Predict, X: Array, row: Array, orders: Array) -> Array:
    return _sampled_contributions(predict, X.mean(axis=0, keepdims=True), row, orders)


def _since_the_start(predict: Predict, X: Array, row: Array, orders: Array) -> Array:
    total = np.zeros(len(row))
    for order in orders:
        means = _steps(predict, X, row, order)
        total[order] += means[1:] - means[0]
    return total / len(orders)


def _never_reset(predict: Predict, X: Array, row: Array, orders: Array) -> Array:
    filled, total = X.copy(), np.zeros(len(row))
    for order in orders:
        for j in order:
            before = predict(filled).mean()
            filled[:, j] = row[j]
            total[j] += predict(filled).mean() - before
    return total / len(orders)


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        key="24.absolute_rise",
        answer=_absolute_rise,
        praise="`absolute_rise` is right. For a twin it gives one half: nothing is squared.",
        cases=((mixed, _X, _Y, 0, _ORDERS), (bent, _X[:, ::-1].copy(), _Y, 1, _ORDERS[:2])),
        mistakes=(
            Mistake(
                "squared",
                lambda predict, X, y, column, orders: _rises(
                    predict, X, y, column, orders, power=2
                ).mean(),
                "this is the rise of the squared error. The absolute one is asked for.",
            ),
            Mistake(
                "not compared",
                lambda predict, X, y, column, orders: (
                    _rises(predict, X, y, column, orders).mean() + _error(predict(X), y, 1)
                ),
                "this is the error after shuffling. How much is it *more* than before?",
            ),
            Mistake(
                "turned round",
                lambda predict, X, y, column, orders: -_rises(predict, X, y, column, orders).mean(),
                "the sign is turned round: the error after shuffling, minus the one before.",
            ),
            Mistake(
                "sum",
                lambda predict, X, y, column, orders: _rises(predict, X, y, column, orders).sum(),
                "this is the sum over the orders. More orders should make it more precise, not "
                "larger.",
            ),
            Mistake(
                "one order",
                lambda predict, X, y, column, orders: _rises(predict, X, y, column, orders[:1])[0],
                "you use the first order only. One shuffle is luck: take the mean over all.",
            ),
            Mistake(
                "whole rows",
                _whole_rows,
                "you shuffle whole rows. Only one column may change its order; the other columns "
                "stay where they are.",
            ),
            Mistake(
                "answers, not errors",
                _change_of_answers,
                "this is how far the predictions move. Compare both predictions with y: how much "
                "does the error rise?",
            ),
            Mistake(
                "no mean",
                lambda predict, X, y, column, orders: _rises(predict, X, y, column, orders),
                "these are the rises of the single orders. Their mean is asked for, one number.",
            ),
        ),
    ),
    Exercise(
        key="24.centred_curves",
        answer=_centred_curves,
        praise="`centred_curves` is right: all curves start at 0.",
        cases=((mixed, _X, 0, _GRID), (bent, _X[:4], 1, _GRID[::-1].copy())),
        mistakes=(
            Mistake(
                "not centred",
                _curves,
                "these are the what-if curves themselves. Subtract from each one its own value at "
                "the first grid value.",
            ),
            Mistake(
                "less the first row",
                _less_the_first_row,
                "you subtract the first row's curve from all others. Each curve should lose its "
                "own first value: a column of the array, not a row.",
            ),
            Mistake(
                "less its mean",
                lambda predict, X, column, grid: (
                    _curves(predict, X, column, grid)
                    - _curves(predict, X, column, grid).mean(axis=1, keepdims=True)
                ),
                "you subtract the mean of each curve. Then they cross somewhere in the middle; "
                "they should start together.",
            ),
            Mistake(
                "less the prediction",
                lambda predict, X, column, grid: (
                    _curves(predict, X, column, grid) - predict(X)[:, None]
                ),
                "you subtract the prediction for the row as it is. The value at the first grid "
                "value is asked for.",
            ),
            Mistake(
                "transposed",
                lambda predict, X, column, grid: _centred_curves(predict, X, column, grid).T,
                "rows and columns are exchanged: one row for each row of X, one column for each "
                "grid value.",
            ),
            Mistake(
                "mean curve",
                lambda predict, X, column, grid: _centred_curves(predict, X, column, grid).mean(
                    axis=0
                ),
                "this is one curve, the mean: centred partial dependence. Keep a curve for each "
                "row.",
            ),
            Mistake(
                "added",
                _added,
                "you add the grid value to the column. It should replace what stands there.",
            ),
            Mistake(
                "steps",
                lambda predict, X, column, grid: (
                    np.diff(_curves(predict, X, column, grid), axis=1, prepend=0)
                    * (np.arange(len(grid)) > 0)
                ),
                "these are the steps from one grid value to the next. Compare each value with the "
                "first one.",
            ),
        ),
    ),
    Exercise(
        key="24.angle_weights",
        answer=_angle_weights,
        praise="`angle_weights` is right: the whole picture gets the weight 1.",
        cases=((_MASKS, 0.25), (_MORE_MASKS, 0.6)),
        mistakes=(
            Mistake(
                "share off",
                lambda masks, width: _kernel(1 - masks.mean(axis=1), width),
                "your distance is the share of zeros, as in the notebook. Here it is 1 minus a "
                "cosine: what are the lengths of both vectors?",
            ),
            Mistake(
                "only cosine",
                lambda masks, width: _kernel(np.sqrt(masks.mean(axis=1)), width),
                "you put the cosine itself into the formula. The distance is 1 minus the cosine, "
                "so that the whole picture is at distance 0.",
            ),
            Mistake(
                "distance not squared",
                lambda masks, width: np.exp(-_angle(masks) / width**2),
                "the distance is not squared.",
            ),
            Mistake(
                "width not squared",
                lambda masks, width: np.exp(-(_angle(masks) ** 2) / width),
                "the width is not squared.",
            ),
            Mistake(
                "sign",
                lambda masks, width: np.exp(_angle(masks) ** 2 / width**2),
                "your weights grow with the distance: look at the sign in the exponent.",
            ),
            Mistake(
                "distance only",
                lambda masks, width: _angle(masks) + 0 * width,
                "these are the distances. Put them into the formula for the weights.",
            ),
            Mistake(
                "wrong axis",
                lambda masks, width: _kernel(1 - np.sqrt(masks.mean(axis=0)), width),
                "you have one weight for each superpixel. A mask is a row: one weight for each.",
            ),
            Mistake(
                "half in the exponent",
                lambda masks, width: np.exp(-(_angle(masks) ** 2) / (2 * width**2)),
                "the exponent is half as large as it should be: no 2, as the normal distribution "
                "has it, and no root belongs here.",
            ),
        ),
    ),
    Exercise(
        key="24.sampled_contributions",
        answer=_sampled_contributions,
        praise="`sampled_contributions` is right: mean prediction plus all contributions is the "
        "prediction.",
        cases=((mixed, _X, _ROW, _TOLD), (bent, _X[:5], -_ROW, _TOLD[:3])),
        mistakes=(
            Mistake(
                "in the order told",
                _in_order,
                "the changes are right, but stand in the order in which the columns were told. "
                "Which column does each one belong to?",
            ),
            Mistake(
                "one order",
                lambda predict, X, row, orders: _by_column(predict, X, row, orders[:1])[0],
                "you use the first order only. Take the mean over all of them.",
            ),
            Mistake(
                "sum",
                lambda predict, X, row, orders: _by_column(predict, X, row, orders).sum(axis=0),
                "this is the sum over the orders, not the mean.",
            ),
            Mistake(
                "each alone",
                _each_alone,
                "you set one column at a time and put it back. A column that is known stays known "
                "until the order is through.",
            ),
            Mistake(
                "mean row",
                _from_the_mean_row,
                "you ask about the mean row. Ask about all rows, and take the mean of the "
                "predictions: that is not the same for a model that is no straight line.",
            ),
            Mistake(
                "since the start",
                _since_the_start,
                "you measure each change from the very beginning. Measure it from the step before, "
                "or the first columns are counted again and again.",
            ),
            Mistake(
                "never reset",
                _never_reset,
                "after the first order all columns stay known. Each order begins with the rows of "
                "X as they were.",
            ),
            Mistake(
                "sign",
                lambda predict, X, row, orders: -_sampled_contributions(predict, X, row, orders),
                "the sign is turned round: after, minus before.",
            ),
            Mistake(
                "all orders",
                lambda predict, X, row, orders: _by_column(predict, X, row, orders),
                "these are the contributions of the single orders. Take their mean: one number "
                "for each column.",
            ),
        ),
    ),
)
