"""The exercises of notebook 14, LeNet-5."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.checks.engine import Exercise, Mistake

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

_AROUND = [[(k + step) % 6 for step in range(3)] for k in range(6)]
_AROUND += [[(k + step) % 6 for step in range(4)] for k in range(6)]
_AROUND += [[(k + step) % 6 for step in (0, 1, 3, 4)] for k in range(3)]
_C3 = [*_AROUND, list(range(6))]

_MIXED_UP = np.array([[90, 2, 0, 8], [1, 97, 0, 1], [3, 12, 80, 10], [9, 0, 1, 60]])
_RARE_CLASS = np.array([[5, 0, 3], [1, 70, 6], [0, 4, 40]])

_IMAGE = np.arange(1.0, 21.0).reshape(4, 5)
_TALL = np.array([[3.0, 1.0], [4.0, 1.5], [9.0, 2.0]])

_P_HAT = np.array(
    [
        [0.90, 0.05, 0.05],
        [0.30, 0.36, 0.34],
        [0.15, 0.50, 0.35],
        [0.02, 0.97, 0.01],
        [0.45, 0.10, 0.45 + 1e-3],
        [0.01, 0.00, 0.99],
        [0.52, 0.46, 0.02],
    ]
)
_LABELS = np.array([0, 0, 1, 1, 0, 1, 2])


def _count_partial(table: list[list[int]], window: int) -> Any:
    return sum(len(seen) * window**2 + 1 for seen in table)


def _full(table: list[list[int]], window: int) -> Any:
    maps = len({seen for row in table for seen in row})
    return len(table) * (maps * window**2 + 1)


def _wrong_only(matrix: Counts) -> Counts:
    return matrix * (1 - np.eye(len(matrix), dtype=matrix.dtype))


def _largest(matrix: Any) -> Any:
    # An array: a pair may come as tuple, list, array or tensor.
    return np.array(divmod(int(matrix.argmax()), len(matrix)))


def _most_confused(matrix: Counts) -> Any:
    return _largest(_wrong_only(matrix))


def _shift_image(image: Array, down: int, right: int) -> Any:
    rows, columns = image.shape
    wide = np.pad(image, ((rows, rows), (columns, columns)))
    return wide[rows - down : 2 * rows - down, columns - right : 2 * columns - right]


def _rolled(image: Array, down: int, right: int) -> Array:
    return np.roll(image, (down, right), axis=(0, 1))


def _edge_repeated(image: Array, down: int, right: int) -> Any:
    rows, columns = image.shape
    from_row = np.clip(np.arange(rows) - down, 0, rows - 1)
    from_column = np.clip(np.arange(columns) - right, 0, columns - 1)
    return image[from_row][:, from_column]


def _first_lines_cleared(image: Array, down: int, right: int) -> Any:
    result = _rolled(image, down, right)
    result[:down] = 0
    result[:, :right] = 0
    return result


def _zero_clears_all(image: Array, down: int, right: int) -> Any:
    result = _rolled(image, down, right)
    result[slice(None, down) if down > 0 else slice(down, None)] = 0
    result[:, slice(None, right) if right > 0 else slice(right, None)] = 0
    return result


def _one_more_cleared(image: Array, down: int, right: int) -> Any:
    further = [step + (step > 0) - (step < 0) for step in (down, right)]
    return np.where(_shift_image(np.ones_like(image), *further) > 0, _rolled(image, down, right), 0)


def _accepted(p_hat: Array, rejected: int) -> Any:
    return p_hat.max(axis=1).argsort()[rejected:]


def _error(p_hat: Array, labels: Counts, rows: NDArray[np.int64]) -> Any:
    wrong = p_hat[rows].argmax(axis=1) != labels[rows]
    return wrong.mean() if len(rows) else float("nan")


def _error_of_accepted(p_hat: Array, labels: Counts, rejected: int) -> Any:
    return _error(p_hat, labels, _accepted(p_hat, rejected))


def _by_the_label(p_hat: Array, labels: Counts, rejected: int) -> Any:
    of_label = p_hat[np.arange(len(labels)), labels]
    return _error(p_hat, labels, of_label.argsort()[rejected:])


def _by_the_lead(p_hat: Array, labels: Counts, rejected: int) -> Any:
    second, first = np.sort(p_hat, axis=1)[:, -2:].T
    return _error(p_hat, labels, (first - second).argsort()[rejected:])


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        key="14.count_partial",
        answer=_count_partial,
        praise="`count_partial` is right: 1,516 for C3 of 1998, 900 fewer than the full layer.",
        cases=(([[0, 2], [1], [0, 1, 2]], 3), ([[3], [3, 1]], 1), (_C3, 5)),
        mistakes=(
            Mistake(
                "no bias",
                lambda table, window: _count_partial(table, window) - len(table),
                "the weights are right: {call} gave {got}, expected {expected}. What is added to "
                "the weighted sum of each map?",
            ),
            Mistake(
                "a bias for each window",
                lambda table, window: sum(len(seen) * (window**2 + 1) for seen in table),
                "{call} gave {got}, expected {expected}. You count a bias for each window. The "
                "windows of one map are added up first; how many biases does the sum need?",
            ),
            Mistake(
                "one bias in all",
                lambda table, window: _count_partial(table, window) - len(table) + 1,
                "{call} gave {got}, expected {expected}. The weights are right, but you count a "
                "single bias. Do all maps share it?",
            ),
            Mistake(
                "one window for each map",
                lambda table, window: len(table) * (window**2 + 1),
                "{call} gave {got}, expected {expected}. You count one window for each map that "
                "comes out. It has a window for each map that it sees.",
            ),
            Mistake(
                "every map sees all",
                _full,
                "{call} gave {got}, expected {expected}. That is the full layer. Which maps does "
                "each row of the table name?",
            ),
            Mistake(
                "window not squared",
                lambda table, window: sum(len(seen) * window + 1 for seen in table),
                "{call} gave {got}, expected {expected}. A window has rows and columns: how many "
                "pixels are that?",
            ),
            Mistake(
                "numbers of maps added",
                lambda table, window: sum(sum(seen) * window**2 + 1 for seen in table),
                "{call} gave {got}, expected {expected}. You add up the maps' numbers, 0 to 5; "
                "needed is how many maps are in the list.",
            ),
        ),
    ),
    Exercise(
        key="14.most_confused",
        answer=_most_confused,
        praise="`most_confused` is right: the true class first, then what the model says.",
        cases=((_MIXED_UP,), (_RARE_CLASS,), (_RARE_CLASS.T.copy(),)),
        mistakes=(
            Mistake(
                "the right ones",
                _largest,
                "{call} gave {got}: that is a place on the diagonal, where the model is right. "
                "Take those out first.",
            ),
            Mistake(
                "swapped",
                lambda matrix: _most_confused(matrix)[::-1],
                "the right place, with row and column exchanged: {call} gave {got}. The true class "
                "is the row, and comes first.",
            ),
            Mistake(
                "a count",
                lambda matrix: _wrong_only(matrix).max(),
                "you return how often it happens, {got}. Asked is the pair of classes that it "
                "happens to.",
            ),
            Mistake(
                "the place counted through",
                lambda matrix: _wrong_only(matrix).argmax(),
                "{got} is the right place, but counted through all entries, row by row. Which row "
                "and which column is that?",
            ),
            Mistake(
                "both directions added",
                lambda matrix: _largest(np.triu(_wrong_only(matrix + matrix.T))),
                "{call} gave {got}, expected {expected}. You add both directions up. "
                "A 4 read as 9 and a 9 read as 4 are two different errors.",
            ),
            Mistake(
                "shares of the row",
                lambda matrix: _most_confused(matrix / matrix.sum(axis=1, keepdims=True)),
                "{call} gave {got}, expected {expected}. You compare shares of the true class. "
                "A useful question too; here it is the number of samples.",
            ),
            Mistake(
                "from one",
                lambda matrix: _most_confused(matrix) + 1,
                "{call} gave {got}, expected {expected}. Classes are counted from 0.",
            ),
        ),
    ),
    Exercise(
        key="14.shift_image",
        answer=_shift_image,
        praise="`shift_image` is right in all directions, and what leaves is gone.",
        cases=(
            (_IMAGE, 1, 2),
            (_IMAGE, -2, 1),
            (_IMAGE, 0, -3),
            (_TALL, 2, 0),
            (_TALL, 0, 0),
            (_TALL, -1, -1),
        ),
        mistakes=(
            Mistake(
                "comes round",
                _rolled,
                "the image moves the right way. But what leaves on one side comes in on the other: "
                "{call} gave {got}. There should be zeros.",
            ),
            Mistake(
                "axes swapped",
                lambda image, down, right: _shift_image(image, right, down),
                "{call} gave {got}, expected {expected}. You move it down by `right` and to the "
                "right by `down`. Which axis holds the rows?",
            ),
            Mistake(
                "the other way",
                lambda image, down, right: _shift_image(image, -down, -right),
                "{call} gave {got}, expected {expected}. It moves up and to the left. Where does "
                "the first row go?",
            ),
            Mistake(
                "edge repeated",
                _edge_repeated,
                "the image moves the right way. But the edge is repeated where it came from: "
                "{call} gave {got}. There should be zeros.",
            ),
            Mistake(
                "always the first lines",
                _first_lines_cleared,
                "down and to the right it is right. Up and to the left other lines have to be "
                "zero: the last ones. {call} gave {got}, expected {expected}.",
            ),
            Mistake(
                "zero clears all",
                _zero_clears_all,
                "{call} gave {got}, expected {expected}. When a move is 0, nothing has to be "
                "cleared, but a slice from 0 on is everything.",
            ),
            Mistake(
                "one line too many",
                _one_more_cleared,
                "{call} gave {got}, expected {expected}. One row or column too many is zero: how "
                "many lines came in?",
            ),
        ),
    ),
    Exercise(
        key="14.error_of_accepted",
        answer=_error_of_accepted,
        praise="`error_of_accepted` is right. Now ask it how many images a person has to read.",
        cases=(
            (_P_HAT, _LABELS, 2),
            (_P_HAT, _LABELS, 0),
            (_P_HAT, _LABELS, 3),
            (_P_HAT, _LABELS, 4),
            (_P_HAT[::-1].copy(), _LABELS[::-1].copy(), 5),
        ),
        mistakes=(
            Mistake(
                "surest rejected",
                lambda p, y, k: _error(p, y, (-p.max(axis=1)).argsort()[k:]),
                "you send those to the person of which the network is surest: {got}, expected "
                "{expected}. `argsort` puts the smallest first.",
            ),
            Mistake(
                "divided by all",
                lambda p, y, k: _error_of_accepted(p, y, k) * (1 - k / len(y)),
                "the errors are counted right, but divided by all samples: {got}, expected "
                "{expected}. A share of whom is asked?",
            ),
            Mistake(
                "share right",
                lambda p, y, k: 1 - _error_of_accepted(p, y, k),
                "{got} is the share that is right. Asked is the share that is wrong.",
            ),
            Mistake(
                "a count",
                lambda p, y, k: _error_of_accepted(p, y, k) * (len(y) - k),
                "{got} is the number of errors. Asked is their share of the accepted samples.",
            ),
            Mistake(
                "sorted by the label's probability",
                _by_the_label,
                "you sort by the probability of the true class. When a cheque comes in, nobody "
                "knows it. What does the network know?",
            ),
            Mistake(
                "nothing rejected",
                lambda p, y, k: _error_of_accepted(p, y, 0),
                "{got} is the share of errors among all samples, whatever `rejected` says.",
            ),
            Mistake(
                "error of the rejected",
                lambda p, y, k: _error(p, y, p.max(axis=1).argsort()[:k]),
                "{got}, expected {expected}: you look at the samples that the person gets. Asked "
                "is the error among the others.",
            ),
            Mistake(
                "not sorted",
                lambda p, y, k: _error(p, y, np.arange(k, len(y))),
                "{got}, expected {expected}: you leave out the first `rejected` samples as they "
                "come. They have to be the ones of which the network is least sure.",
            ),
            Mistake(
                "labels not sorted",
                lambda p, y, k: (p[_accepted(p, k)].argmax(axis=1) != y[k:]).mean(),
                "{got}, expected {expected}: you sort the probabilities and leave the labels in "
                "their old order. Which label belongs to which row then?",
            ),
            Mistake(
                "sorted by the lead over the second",
                _by_the_lead,
                "{got}, expected {expected}: you sort by the lead of the first class over the "
                "second. That is a measure too; here it is the largest probability alone.",
            ),
            Mistake(
                "nobody left at 0",
                lambda p, y, k: _error(p, y, (-p.max(axis=1)).argsort()[:-k]),
                "right, unless nobody is rejected: {got}. The slice `[:-0]` is empty. Sort the "
                "other way round, or count how many are accepted.",
            ),
        ),
    ),
)
