"""The exercises of notebook 18, transfer learning."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.checks.engine import Exercise, Mistake

Array = NDArray[Any]

_RANDOM = np.random.default_rng(0)
_PHOTOGRAPH = _RANDOM.integers(0, 256, (2, 4, 3), dtype=np.uint8)
_WIDE = _RANDOM.integers(0, 256, (3, 2, 3), dtype=np.uint8)
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

_SCALES = np.array([1.0, 30.0, 0.1])
_LABELS = np.arange(24) % 3
_CENTRES = np.array([[0.0, 1.0, -1.0], [1.5, 0.0, 0.5], [4.0, 3.0, 3.5]])
_ROWS = (_CENTRES[_LABELS] + _RANDOM.standard_exponential((24, 3))) * _SCALES + 2
_NEW_ROWS = (1.5 * _RANDOM.normal(0, 1, (30, 3)) + 1) * _SCALES + 3
_PAIR = np.array([0, 1, 1, 0, 1, 1, 0, 1])
_PAIR_ROWS = _RANDOM.normal(0, 1, (8, 2)) * [5, 0.2] + np.outer(_PAIR, [3.0, 0.2])
_PAIR_NEW = _RANDOM.normal(0, 1, (20, 2)) * [5, 0.3] + 0.2

_FILTERS = _RANDOM.normal(0, 1, (2, 3, 2, 2)).round(1)
_SMALL = _RANDOM.normal(0, 1, (1, 3, 3, 3)).round(1)


def _fed(
    photograph: Array, mean: tuple[float, ...], std: tuple[float, ...], *, white: float = 255
) -> Any:
    return ((photograph / white - np.array(mean)) / np.array(std)).transpose(2, 0, 1)


def _outcome(**changes: bool) -> dict[str, bool]:
    """What the exercise's one update should do, with the given differences."""
    wanted = {"weights": False, "statistics": False, "dropout": False, "head": True, "dice": True}
    wanted |= changes
    return {
        "backbone's weights change": wanted["weights"],
        "backbone's statistics change": wanted["statistics"],
        "backbone's dropout is on": wanted["dropout"],
        "head's weights change": wanted["head"],
        "head's dropout is on": wanted["dice"],
    }


def _distances(rows: Array, labels: Array, new_rows: Array) -> Array:
    means = np.stack([rows[labels == k].mean(axis=0) for k in range(labels.max() + 1)])
    return np.asarray(((new_rows[:, None] - means) ** 2).sum(axis=2))


def _standardised(rows: Array, new_rows: Array) -> tuple[Array, Array]:
    mean, std = rows.mean(axis=0), rows.std(axis=0)
    return (rows - mean) / std, (new_rows - mean) / std


def _nearest_mean(rows: Array, labels: Array, new_rows: Array) -> Any:
    rows, new_rows = _standardised(rows, new_rows)
    return _distances(rows, labels, new_rows).argmin(axis=1)


def _farthest_mean(rows: Array, labels: Array, new_rows: Array) -> Any:
    rows, new_rows = _standardised(rows, new_rows)
    return _distances(rows, labels, new_rows).argmax(axis=1)


def _distance_itself(rows: Array, labels: Array, new_rows: Array) -> Any:
    rows, new_rows = _standardised(rows, new_rows)
    return np.sqrt(_distances(rows, labels, new_rows))


def _each_by_itself(rows: Array, labels: Array, new_rows: Array) -> Any:
    own = _standardised(new_rows, new_rows)[0]
    return _distances(_standardised(rows, rows)[0], labels, own).argmin(axis=1)


def _nearest_row(rows: Array, labels: Array, new_rows: Array) -> Any:
    rows, new_rows = _standardised(rows, new_rows)
    return labels[((new_rows[:, None] - rows) ** 2).sum(axis=2).argmin(axis=1)]


def _largest_product(rows: Array, labels: Array, new_rows: Array) -> Any:
    rows, new_rows = _standardised(rows, new_rows)
    means = np.stack([rows[labels == k].mean(axis=0) for k in range(labels.max() + 1)])
    return (new_rows @ means.T).argmax(axis=1)


def _signed_sum(rows: Array, labels: Array, new_rows: Array) -> Any:
    rows, new_rows = _standardised(rows, new_rows)
    means = np.stack([rows[labels == k].mean(axis=0) for k in range(labels.max() + 1)])
    return (new_rows[:, None] - means).sum(axis=2).argmin(axis=1)


def _grey_filters(w: Array, mean: tuple[float, ...], std: tuple[float, ...]) -> Any:
    scaled, shift = _parts(w, mean, std)
    return scaled.sum(axis=1, keepdims=True), -(scaled * shift).sum(axis=(1, 2, 3))


def _parts(w: Array, mean: tuple[float, ...], std: tuple[float, ...]) -> tuple[Array, Array]:
    """Weights divided by each channel's standard deviation, and the means in their shape."""
    shift, scale = (np.array(three)[None, :, None, None] for three in (mean, std))
    return w / scale, shift


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        key="18.fed",
        answer=_fed,
        praise="`fed` is right: what a network expects from torchvision's donors.",
        cases=(
            (_PHOTOGRAPH, _MEAN, _STD),
            (_WIDE, (0.1, 0.5, 0.3), (0.5, 0.25, 0.125)),
        ),
        mistakes=(
            Mistake(
                "not scaled",
                lambda photograph, mean, std: _fed(photograph, mean, std, white=1),
                "the shape is right, the numbers are far too large: `mean` and `std` are meant for "
                "a white of 1, and in a photograph of bytes white is 255.",
            ),
            Mistake(
                "channels last",
                lambda photograph, mean, std: _fed(photograph, mean, std).transpose(1, 2, 0),
                "the values are right, but the channels still stand last. A network wants "
                "(3, H, W).",
            ),
            Mistake(
                "reshaped",
                lambda photograph, mean, std: (
                    (photograph / 255 - np.array(mean)) / np.array(std)
                ).reshape(3, *photograph.shape[:2]),
                "the shape is right, but the pixels are mixed up: `reshape` cuts the same row of "
                "numbers into other pieces. An axis has to move.",
            ),
            Mistake(
                "width first",
                lambda photograph, mean, std: _fed(photograph, mean, std).transpose(0, 2, 1),
                "you have (3, W, H): the picture lies on its side. Which order of axes is (3, H, "
                "W)?",
            ),
            Mistake(
                "multiplied by std",
                lambda photograph, mean, std: (
                    (photograph / 255 - np.array(mean)) * np.array(std)
                ).transpose(2, 0, 1),
                "you multiply by `std`, so that small deviations get smaller still. They should "
                "have about the size 1 afterwards.",
            ),
            Mistake(
                "divided first",
                lambda photograph, mean, std: (
                    photograph / 255 / np.array(std) - np.array(mean)
                ).transpose(2, 0, 1),
                "you divide by `std` before the mean is taken off. The order counts: minus mean, "
                "then divided.",
            ),
            Mistake(
                "its own mean and std",
                lambda photograph, mean, std: (
                    (photograph - photograph.mean(axis=(0, 1))) / photograph.std(axis=(0, 1))
                ).transpose(2, 0, 1),
                "you take mean and standard deviation of this one photograph. The network learnt "
                "with the numbers that are given, the same for all.",
            ),
        ),
    ),
    Exercise(
        key="18.ready_for_head",
        answer=_outcome,
        praise="`ready_for_head` is right: the head learns, the backbone stands still.",
        mistakes=(
            Mistake(
                "only requires_grad",
                lambda: _outcome(statistics=True, dropout=True),
                "the backbone's weights stand still, but its batch norm keeps collecting "
                "statistics and its dropout rolls its dice. That is a matter of the mode, the "
                "second switch.",
            ),
            Mistake(
                "only eval",
                lambda: _outcome(weights=True),
                "the backbone is in the right mode, but its weights still get gradients and move. "
                "`eval()` has nothing to do with gradients, and setting a module's `requires_grad` "
                "reaches no parameter: call its `requires_grad_`.",
            ),
            Mistake(
                "the whole model in eval mode",
                lambda: _outcome(dice=False),
                "the backbone stands still, but the head is in eval mode too: its dropout is off "
                "while it learns. Only a part of the model should be in eval mode.",
            ),
            Mistake(
                "only the whole model in eval mode",
                lambda: _outcome(weights=True, dice=False),
                "`model.eval()` changes the mode of both parts, and it stops no gradient: the "
                "backbone's weights move, and the head's dropout is off.",
            ),
            Mistake(
                "everything frozen",
                lambda: _outcome(head=False),
                "the backbone is right. But the head does not learn: its weights get no gradient "
                "either. Which part should `requires_grad_` be called on?",
            ),
            Mistake(
                "everything frozen, everything in eval mode",
                lambda: _outcome(head=False, dice=False),
                "now nothing moves at all, not even the head. Both switches are meant for the "
                "backbone alone.",
            ),
            Mistake(
                "the wrong part",
                lambda: _outcome(
                    weights=True, statistics=True, dropout=True, head=False, dice=False
                ),
                "you have frozen the head, and the backbone learns. Which one is `model[0]`?",
            ),
            Mistake(
                "nothing done",
                lambda: _outcome(weights=True, statistics=True, dropout=True),
                "everything still moves: the backbone's weights, its statistics and its dropout. "
                "There are two switches to set.",
            ),
        ),
    ),
    Exercise(
        key="18.nearest_mean",
        answer=_nearest_mean,
        praise="`nearest_mean` is right: no training, only means and distances.",
        cases=((_ROWS, _LABELS, _NEW_ROWS), (_PAIR_ROWS, _PAIR, _PAIR_NEW)),
        mistakes=(
            Mistake(
                "not standardised",
                lambda rows, labels, new_rows: _distances(rows, labels, new_rows).argmin(axis=1),
                "right if all features had the same size. They don't, so the largest one decides "
                "alone: standardise first.",
            ),
            Mistake(
                "each by itself",
                _each_by_itself,
                "you standardise the new rows with their own mean and standard deviation. So the "
                "same numbers mean something else for new rows than for `rows`.",
            ),
            Mistake(
                "farthest",
                _farthest_mean,
                "you take the class whose mean is farthest away.",
            ),
            Mistake(
                "distances",
                _distance_itself,
                "you return the distances. Which class is each row's?",
            ),
            Mistake(
                "squared distances",
                lambda rows, labels, new_rows: _distance_itself(rows, labels, new_rows) ** 2,
                "you return the squared distances. Which class is each row's?",
            ),
            Mistake(
                "nearest row",
                _nearest_row,
                "you look for the nearest single row. Each class should be asked through its mean.",
            ),
            Mistake(
                "largest product",
                _largest_product,
                "you compare directions: the largest product with a mean. A mean that lies far out "
                "gets large products without being near. Distances are asked for.",
            ),
            Mistake(
                "signed differences",
                _signed_sum,
                "you add differences with their signs, so that plus and minus cancel. A distance "
                "squares them first.",
            ),
        ),
    ),
    Exercise(
        key="18.grey_filters",
        answer=_grey_filters,
        praise="`grey_filters` is right: one channel in, the same numbers out.",
        cases=((_FILTERS, _MEAN, _STD), (_SMALL, (0.5, -0.25, 1.0), (0.5, 2.0, 0.25))),
        mistakes=(
            Mistake(
                "std forgotten",
                lambda w, mean, std: _grey_filters(w, mean, (1.0, 1.0, 1.0)),
                "you sum the weights as if all channels had the standard deviation 1. Each channel "
                "is divided by its own first.",
            ),
            Mistake(
                "std forgotten in the bias",
                lambda w, mean, std: (
                    _grey_filters(w, mean, std)[0],
                    _grey_filters(w, mean, (1.0, 1.0, 1.0))[1],
                ),
                "the weights are right. In the bias, the means must be divided by the standard "
                "deviations too.",
            ),
            Mistake(
                "sign of the bias",
                lambda w, mean, std: (
                    _grey_filters(w, mean, std)[0],
                    -_grey_filters(w, mean, std)[1],
                ),
                "the weights are right, and the biases have the wrong sign: the means are "
                "subtracted.",
            ),
            Mistake(
                "no bias",
                lambda w, mean, std: (_grey_filters(w, mean, std)[0], np.zeros(len(w))),
                "the weights are right. But the means that the donor subtracts must appear "
                "somewhere: what does a kernel make of a constant?",
            ),
            Mistake(
                "mean of the channels",
                lambda w, mean, std: (
                    _grey_filters(w, mean, std)[0] / 3,
                    _grey_filters(w, mean, std)[1],
                ),
                "you take the mean over the channels. A convolution adds them up.",
            ),
            Mistake(
                "mean of everything",
                lambda w, mean, std: tuple(part / 3 for part in _grey_filters(w, mean, std)),
                "weights and biases are a third of what they should be. A convolution adds the "
                "channels up, it does not average them.",
            ),
            Mistake(
                "multiplied by std",
                lambda w, mean, std: _grey_filters(w, mean, tuple(1 / s for s in std)),
                "you multiply by the standard deviations. The donor divides by them.",
            ),
            Mistake(
                "kernel averaged",
                lambda w, mean, std: (
                    _grey_filters(w, mean, std)[0],
                    _grey_filters(w, mean, std)[1] / (w.shape[2] * w.shape[3]),
                ),
                "the weights are right. In the bias you take the mean over the kernel's places; a "
                "constant image is met by all of them, and they add up.",
            ),
            Mistake(
                "channel axis gone",
                lambda w, mean, std: (
                    _grey_filters(w, mean, std)[0][:, 0],
                    _grey_filters(w, mean, std)[1],
                ),
                "the values are right, but the weights have lost an axis: a layer for one channel "
                "has weights (D, 1, K, K).",
            ),
        ),
    ),
)
