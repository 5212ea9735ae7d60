"""Exercises of notebook 06: softmax, one-hot targets, cross-entropy, gradient."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.checks.engine import Exercise, Mistake

Array = NDArray[Any]

_ROW = np.array([3.83, -0.21, 0.74])
_TABLE = np.array([[1.0, 2.0, -1.0], [0.5, 0.5, 0.5], [-2.0, 1.5, 3.0], [2.0, 0.0, 1.0]])
_SQUARE = np.array([[0.0, 1.0, 2.0], [2.0, -1.0, 0.5], [1.0, 1.0, -3.0]])
_BLOCK = np.array([[[1.0, 0.0], [2.0, -1.0]], [[0.5, 3.0], [-1.0, -2.0]]])
_HUGE = np.array(
    [[1000.0, 999.0, 998.0], [0.0, 1.0, 2.0], [-1000.0, -1001.0, -998.0], [1000.0, 0.0, -900.0]]
)

_LABELS = np.array([1, 0, 2, 0])
_SQUARE_LABELS = np.array([2, 1, 2])
_TOP = np.array([[1000.0, 999.0, 998.0], [1.0, 2.0, 0.0]])
_FAR = np.array([[1000.0, 0.0, -1000.0], [2.0, 1.0, 0.0]])

_X = np.array([[1.0, 2.0], [0.0, -1.0], [3.0, 0.5], [-2.0, 1.0]])
_W = np.array([[0.2, -0.1], [0.5, 0.3], [-0.4, 0.1]])
_B = np.array([0.1, -0.2, 0.3])
_SQUARE_X = np.array([[1.0, 2.0, 0.5], [0.0, -1.0, 1.0], [-2.0, 1.0, 3.0]])
_SQUARE_W = np.array([[0.3, -0.2, 0.1], [0.0, 0.4, -0.5], [-0.1, 0.2, 0.6]])
_HUGE_W = np.array([[500.0, 0.0], [0.0, 400.0], [-300.0, 100.0]])


def _softmax(scores: Array, *, axis: int = -1) -> Array:
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return np.asarray(powers / powers.sum(axis=axis, keepdims=True))


def _powers(scores: Array, axis: int | None) -> Array:
    with np.errstate(all="ignore"):
        powers = np.exp(scores)
        return np.asarray(powers / powers.sum(axis=axis, keepdims=True))


def _one_maximum(scores: Array) -> Array:
    return _powers(scores - scores.max(), -1)


def _one_hot(y: Array, K: int) -> Array:
    return np.asarray((y[:, None] == np.arange(K)).astype(float))


def _all_rows(y: Array, K: int) -> Array:
    result = np.zeros((len(y), K))
    result[:, y] = 1
    return result


def _log_sums(logits: Array) -> Array:
    top = logits.max(axis=1)
    return np.asarray(top + np.log(np.exp(logits - top[:, None]).sum(axis=1)))


def _losses(logits: Array, labels: Array) -> Array:
    return np.asarray(_log_sums(logits) - logits[np.arange(len(labels)), labels])


def _loss_of(probabilities: Array, labels: Array, *, smallest: float = 0.0) -> Any:
    picked = np.clip(probabilities[np.arange(len(labels)), labels], smallest, 1)
    with np.errstate(all="ignore"):
        return -np.mean(np.log(picked))


def _log_sum_overflows(logits: Array, labels: Array) -> Any:
    with np.errstate(all="ignore"):
        sums = np.log(np.exp(logits).sum(axis=1))
        return np.mean(sums - logits[np.arange(len(labels)), labels])


def _one_top(logits: Array, labels: Array) -> Any:
    top = logits.max()
    with np.errstate(all="ignore"):
        sums = top + np.log(np.exp(logits - top).sum(axis=1))
        return np.mean(sums - logits[np.arange(len(labels)), labels])


def _gradient(inputs: Array, errors: Array) -> tuple[Array, Array]:
    return np.asarray(errors.T @ inputs / len(inputs)), np.asarray(errors.mean(axis=0))


def _errors(inputs: Array, y: Array, W: Array, b: Array) -> Array:
    return _softmax(inputs @ W.T + b) - _one_hot(y, len(b))


def _softmax_gradient(inputs: Array, y: Array, W: Array, b: Array) -> tuple[Array, Array]:
    return _gradient(inputs, _errors(inputs, y, W, b))


def _changed(
    inputs: Array, y: Array, W: Array, b: Array, *, by: tuple[float, float]
) -> tuple[Array, Array]:
    """The right gradient with its two parts multiplied by two factors."""
    weights, biases = _softmax_gradient(inputs, y, W, b)
    return by[0] * weights, by[1] * biases


_CLIPPED = (
    "{call} gave {got}, expected {expected}. A smallest probability, cut off or added, avoids "
    "infinity, but every mistake beyond it now counts the same. Can the loss be computed from the "
    "logits, without making the probability first?"
)

EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        key="06.softmax",
        answer=_softmax,
        praise="`softmax` is right, for any number of axes and for huge scores.",
        cases=((_ROW,), (_TABLE,), (_SQUARE,), (_BLOCK,), (_HUGE,)),
        tolerance=1e-9,
        mistakes=(
            Mistake(
                "no maximum",
                lambda scores: _powers(scores, -1),
                "right for small scores, but at 1000 your e to the score is infinite, and infinity "
                "divided by infinity is no number. Which number may you subtract from all scores "
                "of a row without changing the result?",
            ),
            Mistake(
                "no maximum, one sum",
                lambda scores: _powers(scores, None),
                "right for a single row of small scores. With several rows, all your numbers "
                "together add up to 1, where every row should; and at 1000 they overflow. Mend the "
                "sum first: along which axis do the classes lie?",
            ),
            Mistake(
                "no maximum, first axis",
                lambda scores: _powers(scores, 0),
                "the columns add up to 1, where the rows should: the classes lie along the last "
                "axis. (And at 1000 your powers overflow.)",
            ),
            Mistake(
                "one sum",
                lambda scores: (
                    np.exp(scores - scores.max(axis=-1, keepdims=True))
                    / np.exp(scores - scores.max(axis=-1, keepdims=True)).sum()
                ),
                "all your probabilities together add up to 1. Each row should: every image has its "
                "own hundred per cent to share out.",
            ),
            Mistake(
                "first axis",
                lambda scores: _softmax(scores, axis=0),
                "the columns add up to 1, where the rows should. The classes lie along the last "
                "axis, whatever the number of axes.",
            ),
            Mistake(
                "one maximum",
                _one_maximum,
                "no overflow any more, but {call} has a row of 0 divided by 0: you subtract the "
                "largest score of the whole table, and next to 1000 another row vanishes. Each row "
                "needs its own maximum.",
            ),
            Mistake(
                "one maximum, one sum",
                lambda scores: np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum(),
                "right for a single row. With several rows, all your probabilities together add up "
                "to 1, where every row should; and the row with 1000 makes all others vanish. Both "
                "the maximum and the sum belong to a row.",
            ),
            Mistake(
                "mean",
                lambda scores: _powers(scores - scores.mean(axis=-1, keepdims=True), -1),
                "right as long as the scores of a row lie close together. You subtract their mean; "
                "a score far above it still overflows. Which number leaves no positive exponent?",
            ),
            Mistake(
                "not divided",
                lambda scores: np.exp(scores - scores.max(axis=-1, keepdims=True)),
                "{call} gave {got}: positive, and nothing overflows. But the numbers do not add up "
                "to 1 yet.",
            ),
            Mistake(
                "logarithm",
                lambda scores: (
                    scores
                    - scores.max(axis=-1, keepdims=True)
                    - np.log(
                        np.exp(scores - scores.max(axis=-1, keepdims=True)).sum(
                            axis=-1, keepdims=True
                        )
                    )
                ),
                "{call} gave {got}: these are the logarithms of the probabilities, useful for the "
                "loss. Here the probabilities themselves are wanted.",
            ),
            Mistake(
                "sign",
                lambda scores: _softmax(-scores),
                "{call} gave {got}, expected {expected}. The lowest score gets the highest "
                "probability; look at the sign in the exponent.",
            ),
            Mistake(
                "no exponential",
                lambda scores: scores / scores.sum(axis=-1, keepdims=True),
                "{call} gave {got}, expected {expected}. You share out the scores themselves; they "
                "may be negative, so this makes no probabilities. What makes any number positive?",
            ),
        ),
    ),
    Exercise(
        key="06.one_hot",
        answer=_one_hot,
        praise="`one_hot` is right: every row has exactly one 1.",
        cases=(
            (np.array([3, 0, 2, 3]), 5),
            (np.array([1, 0, 0]), 3),
            (np.array([1]), 2),
        ),
        tolerance=1e-9,
        mistakes=(
            Mistake(
                "counted from 1",
                lambda y, K: np.eye(K)[y - 1],
                "{call} gave {got}, expected {expected}. Every 1 stands one place too far to the "
                "left, and class 0 went round to the last column. From which number do our classes "
                "count?",
            ),
            Mistake(
                "transposed",
                lambda y, K: _one_hot(y, K).T,
                "{call} gave {got}: a column for each sample. A row for each sample is wanted, "
                "shape (n, K).",
            ),
            Mistake(
                "all rows",
                _all_rows,
                "{call} gave {got}: several ones in a row. `[:, y]` means *all rows*, and then the "
                "columns in y. Which row belongs to which label?",
            ),
            Mistake(
                "classes from the data",
                lambda y, K: _one_hot(y, int(y.max()) + 1),
                "{call} gave {got}, with fewer columns than classes. The largest label that "
                "happens to be in `y` need not be the last class; use `K`.",
            ),
            Mistake(
                "the label itself",
                lambda y, K: _one_hot(y, K) * y[:, None],
                "{call} gave {got}: the place is right, but the number there should be 1, not the "
                "label.",
            ),
            Mistake(
                "zeros and ones swapped",
                lambda y, K: 1 - _one_hot(y, K),
                "{call} gave {got}: zeros and ones have changed places.",
            ),
            Mistake(
                "added up",
                lambda y, K: _one_hot(y, K).sum(axis=0),
                "{call} gave {got}: how often each class occurs. A row for every sample is wanted.",
            ),
        ),
    ),
    Exercise(
        key="06.cross_entropy",
        answer=lambda logits, labels: np.mean(_losses(logits, labels)),
        praise="`cross_entropy` is right, and nothing overflows.",
        cases=(
            (_TABLE, _LABELS),
            (_SQUARE, _SQUARE_LABELS),
            (_TOP, np.array([0, 2])),
            (_FAR, np.array([1, 1])),
        ),
        mistakes=(
            Mistake(
                "naive",
                lambda logits, labels: _loss_of(_powers(logits, 1), labels),
                "right for small logits, but {call} gave {got}, expected {expected}. e to the 1000 "
                "is infinite; subtract the maximum of each row first.",
            ),
            Mistake(
                "naive logarithm of the sum",
                _log_sum_overflows,
                "the right formula, but {call} gave {got}, expected {expected}: the sum overflows "
                "before its logarithm is taken. Take the maximum of each row out of the sum first.",
            ),
            Mistake(
                "logarithm of zero",
                lambda logits, labels: _loss_of(_softmax(logits), labels),
                "no overflow any more, but {call} gave {got}, expected {expected}: a probability "
                "was rounded to exactly 0, and its logarithm is infinite. Go from the logits "
                "straight to the loss.",
            ),
            *(
                Mistake(
                    f"clipped at {smallest}",
                    lambda logits, labels, smallest=smallest: _loss_of(
                        _softmax(logits), labels, smallest=smallest
                    ),
                    _CLIPPED,
                )
                for smallest in (1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)
            ),
            Mistake(
                "maximum not put back",
                lambda logits, labels: np.mean(_losses(logits, labels) - logits.max(axis=1)),
                "{call} gave {got}, expected {expected}. You took the maximum out of the sum, as "
                "you should. After the logarithm it has to come back in.",
            ),
            Mistake(
                "one maximum",
                _one_top,
                "{call} gave {got}, expected {expected}: you subtract the largest logit of the "
                "whole table, and next to 1000 another row vanishes. Each row needs its own "
                "maximum.",
            ),
            Mistake(
                "sum",
                lambda logits, labels: np.sum(_losses(logits, labels)),
                "{call} gave {got}, expected {expected}: you add the losses up. With the average, "
                "the loss does not depend on the size of the batch.",
            ),
            Mistake(
                "not averaged",
                _losses,
                "one loss for every row came back: {got}. They are right; make one number of them.",
            ),
            Mistake(
                "sign",
                lambda logits, labels: -np.mean(_losses(logits, labels)),
                "{call} gave {got}, expected {expected}. The logarithm of a probability is never "
                "positive, and a loss never negative. What is missing?",
            ),
            Mistake(
                "averaged over the classes too",
                lambda logits, labels: np.mean(_losses(logits, labels)) / logits.shape[1],
                "{call} gave {got}, expected {expected}: too small by the number of classes. With "
                "one-hot targets most entries are zeros, and `mean` counts them too. Add up over "
                "the classes, average over the rows.",
            ),
            Mistake(
                "every row with every label",
                lambda logits, labels: np.mean(_log_sums(logits)[:, None] - logits[:, labels]),
                "{call} gave {got}, expected {expected}. `[:, labels]` takes *all* labels for "
                "*each* row. Each row should get its own label: give the rows too.",
            ),
            Mistake(
                "wrong axis",
                lambda logits, labels: np.mean(
                    np.log(np.exp(logits - logits.max(axis=0)).sum(axis=0))[labels]
                    + logits.max(axis=0)[labels]
                    - logits[np.arange(len(labels)), labels]
                ),
                "{call} gave {got}, expected {expected}. Your softmax runs down the columns, from "
                "image to image. It should run along the classes of each image.",
            ),
            Mistake(
                "softmax twice",
                lambda logits, labels: np.mean(_losses(_softmax(logits), labels)),
                "{call} gave {got}, expected {expected}. A softmax has been applied to what was "
                "already a probability. Once is enough.",
            ),
            Mistake(
                "logarithm to base 2",
                lambda logits, labels: np.mean(_losses(logits, labels)) / np.log(2),
                "{call} gave {got}, expected {expected}: that is in bits. The course takes the "
                "natural logarithm.",
            ),
        ),
    ),
    Exercise(
        key="06.softmax_gradient",
        answer=_softmax_gradient,
        praise="`softmax_gradient` is right: prediction minus truth, times input.",
        cases=(
            (_X, _LABELS, _W, _B),
            (_SQUARE_X, np.array([2, 0, 1]), _SQUARE_W, _B),
            (_X, np.array([0, 1, 1, 2]), _HUGE_W, _B),
        ),
        mistakes=(
            Mistake(
                "sign",
                lambda X, y, W, b: _changed(X, y, W, b, by=(-1, -1)),
                "every sign is turned round: {got}, expected {expected}. A probability above its "
                "target makes the loss grow with that score; which of the two comes first?",
            ),
            Mistake(
                "sum",
                lambda X, y, W, b: _changed(X, y, W, b, by=(len(y), len(y))),
                "{got}, expected {expected}: the sums over the images are right. The loss is an "
                "average, though.",
            ),
            Mistake(
                "sum in db",
                lambda X, y, W, b: _changed(X, y, W, b, by=(1, len(y))),
                "`dW` is right, `db` is too large by the number of images: the loss is an average "
                "for the biases too.",
            ),
            Mistake(
                "sum in dW",
                lambda X, y, W, b: _changed(X, y, W, b, by=(len(y), 1)),
                "`db` is right, `dW` is too large by the number of images: the matrix product adds "
                "up, it does not average.",
            ),
            Mistake(
                "squared error's 2",
                lambda X, y, W, b: _changed(X, y, W, b, by=(2, 2)),
                "twice what is expected: {got}. The 2 of linear regression came from "
                "differentiating a square; where is a square here?",
            ),
            Mistake(
                "transposed",
                lambda X, y, W, b: (
                    _softmax_gradient(X, y, W, b)[0].T,
                    _softmax_gradient(X, y, W, b)[1],
                ),
                "`dW` came back with rows and columns exchanged. It must have the shape of `W`, "
                "(K, D), so that it can be subtracted from it.",
            ),
            Mistake(
                "no softmax",
                lambda X, y, W, b: _gradient(X, X @ W.T + b - _one_hot(y, len(b))),
                "{got}, expected {expected}. You compare the scores themselves with the targets, "
                "as in linear regression. What turns scores into probabilities?",
            ),
            Mistake(
                "no target",
                lambda X, y, W, b: _gradient(X, _softmax(X @ W.T + b)),
                "{got}, expected {expected}. The labels have not been used yet: where does the "
                "truth come in?",
            ),
            Mistake(
                "no maximum",
                lambda X, y, W, b: _gradient(X, _powers(X @ W.T + b, 1) - _one_hot(y, len(b))),
                "right for small scores, but with weights of 500 it gave {got}: the powers "
                "overflow. Subtract the maximum of each row first.",
            ),
            Mistake(
                "wrong axis",
                lambda X, y, W, b: _gradient(
                    X, _softmax(X @ W.T + b, axis=0) - _one_hot(y, len(b))
                ),
                "{got}, expected {expected}. Your softmax runs down the columns, from image to "
                "image. It should run along the classes of each image.",
            ),
            Mistake(
                "order",
                lambda X, y, W, b: _softmax_gradient(X, y, W, b)[::-1],
                "both parts are right, but they come in the order `db, dW`. The exercise asks for "
                "`dW, db`.",
            ),
            Mistake(
                "db for every image",
                lambda X, y, W, b: (_softmax_gradient(X, y, W, b)[0], _errors(X, y, W, b)),
                "`dW` is right. For `db` you have a row for every image; average the rows.",
            ),
        ),
    ),
)
