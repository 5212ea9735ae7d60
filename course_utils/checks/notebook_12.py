"""The exercises of notebook 12, debugging clinic: an answer names the cause and mends the code."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from course_utils.checks.engine import Exercise, Mistake

Rows = NDArray[np.int64]
Split = tuple[str, Any, Any]

_NOT_RESET, _TWICE, _AXIS = "gradients not reset", "softmax twice", "wrong axis"
_BROADCAST, _SHIFTED = "shapes broadcast", "labels shifted"
_SEEN = "test samples in the training set"


def _random(*shape: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


_X, _Y = _random(6, 3, seed=0), _random(6, seed=1)
_LOGITS, _LABELS = 2 * _random(5, 3, seed=2), torch.tensor([2, 0, 1, 1, 2])
# As many images as classes: a result of the wrong shape would slip through here unseen.
_SQUARE, _SQUARE_LABELS = 2 * _random(4, 4, seed=3), torch.tensor([3, 0, 0, 1])
_PREDICTED, _TARGETS = _random(5, 1, seed=4), 3 * _random(5, seed=5)


def _descend(X: Tensor, y: Tensor, rate: float, steps: int, *, how: str = "right") -> Tensor:
    """Gradient descent on the mean squared error, right or with one of several slips."""
    w, kept = torch.zeros(X.shape[1], dtype=X.dtype), torch.zeros(X.shape[1], dtype=X.dtype)
    for step in range(steps):
        gradient = 2 / len(y) * X.T @ (X @ w - y)
        kept = kept + gradient
        if how == "right":
            w = w - rate * gradient
        elif how == "unrepaired":
            w = w - rate * kept
        elif how == "averaged":
            w = w - rate * kept / (step + 1)
        elif how == "every other step":
            w = w - rate * kept
            kept = kept * (step % 2 == 0)
        elif step == 0:  # "first step only"
            w = w - rate * gradient
    return w


def _trained(how: str, cause: str = _NOT_RESET) -> Callable[..., tuple[str, Tensor]]:
    return lambda X, y, rate, steps: (cause, _descend(X, y, rate, steps, how=how))


def _surprise(log_p: Tensor, labels: Tensor) -> Tensor:
    return -log_p[torch.arange(len(labels)), labels]


def _right_loss(logits: Tensor, labels: Tensor) -> Tensor:
    return _surprise(logits.log_softmax(1), labels).mean()


def _picked(p: Tensor, labels: Tensor) -> Tensor:
    return p[torch.arange(len(labels)), labels]


def _squares(predicted: Tensor, targets: Tensor) -> Tensor:
    return (predicted[:, 0] - targets) ** 2


def _split(garments: Rows, chosen: Any) -> Split:
    in_test = np.isin(garments, chosen)
    return _SEEN, np.flatnonzero(~in_test), np.flatnonzero(in_test)


def _right_split(garments: Rows, count: int) -> Split:
    return _split(garments, np.unique(garments)[-count:])


def _one_photo_each(garments: Rows, count: int) -> Split:
    """One photo of each chosen garment is tested; its other photos stay in the training."""
    chosen = np.unique(garments)[-count:]
    test = np.sort([np.flatnonzero(garments == garment)[0] for garment in chosen])
    return _SEEN, np.setdiff1d(np.arange(len(garments)), test), test


def _by_rows(garments: Rows, count: int) -> Split:
    rows = np.arange(len(garments))
    return _SEEN, rows[:-count], rows[-count:]


def _values_instead(garments: Rows, count: int) -> Split:
    _, train, test = _right_split(garments, count)
    return _SEEN, garments[train], garments[test]


def _swapped(garments: Rows, count: int) -> Split:
    cause, train, test = _right_split(garments, count)
    return cause, test, train


def _named(answer: Callable[..., tuple[Any, ...]], cause: str) -> Callable[..., tuple[Any, ...]]:
    """The same repair under another name of the cause."""
    return lambda *arguments: (cause, *answer(*arguments)[1:])


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        key="12.repaired_5",
        answer=_trained("right"),
        praise="Patient 5 is well: the cause is right, and every step follows its own gradient.",
        cases=((_X, _Y, 0.1, 1), (_X, _Y, 0.1, 2), (_X, _Y, 0.05, 7)),
        mistakes=(
            Mistake(
                "not repaired",
                _trained("unrepaired"),
                "the cause is right, but the weights are still the patient's own. After 1 step "
                "they agree with the healthy ones, after 2 no more: what has `w.grad` kept?",
            ),
            Mistake(
                "emptied before the update",
                lambda X, y, rate, steps: (_NOT_RESET, torch.zeros(X.shape[1], dtype=X.dtype)),
                "the cause is right, but now the weights are 0 at the end. Either the gradient is "
                "emptied between `backward` and the update, or the weights are emptied instead.",
            ),
            Mistake(
                "averaged",
                _trained("averaged"),
                "the cause is right. You divide the pile by the number of steps: that makes it "
                "smaller, but old gradients are still in it.",
            ),
            Mistake(
                "new weights in each step",
                _trained("first step only"),
                "the cause is right, but however many steps there are, the weights are those after "
                "one. Are they made anew, or cut off, inside the loop?",
            ),
            Mistake(
                "every other step",
                _trained("every other step"),
                "the cause is right, but the gradient is emptied in every other step only.",
            ),
            Mistake(
                "blames the rate",
                _trained("right", "rate too large"),
                "the weights are right, the cause is not. A smaller rate makes the symptom smaller "
                "too, but what did your repair change? Not the rate.",
            ),
        ),
    ),
    Exercise(
        key="12.repaired_7",
        answer=lambda logits, labels: (_TWICE, _right_loss(logits, labels)),
        praise="Patient 7 is well: the cause is right, and its loss can reach 0.",
        cases=((_LOGITS, _LABELS), (_SQUARE, _SQUARE_LABELS)),
        mistakes=(
            Mistake(
                "not repaired",
                lambda logits, labels: (
                    _TWICE,
                    _surprise(logits.softmax(1).log_softmax(1), labels).mean(),
                ),
                "the cause is right, but the loss is still the patient's own. Which of the two is "
                "the one too many: yours, or that inside `cross_entropy`?",
            ),
            Mistake(
                "no logarithm",
                lambda logits, labels: (_TWICE, -_picked(logits.softmax(1), labels).mean()),
                "the cause is right. Your loss is minus the mean probability of the right "
                "class; it should be made of logarithms of probabilities.",
            ),
            Mistake(
                "no softmax at all",
                lambda logits, labels: (_TWICE, -_picked(logits, labels).mean()),
                "the cause is right, but now both are gone: you average the logits of the right "
                "classes. One softmax is needed.",
            ),
            Mistake(
                "over the batch",
                lambda logits, labels: (_TWICE, _surprise(logits.log_softmax(0), labels).mean()),
                "the cause is right and one softmax is left, but over the wrong axis: now the "
                "images of the batch compete, not the classes of an image.",
            ),
            Mistake(
                "sum",
                lambda logits, labels: (_TWICE, _right_loss(logits, labels) * len(labels)),
                "the cause is right. The loss is added up over the batch, so it would grow with "
                "its size: take the mean.",
            ),
            Mistake(
                "one loss for each image",
                lambda logits, labels: (_TWICE, _surprise(logits.log_softmax(1), labels)),
                "the cause is right. That is a loss for each image; one number is wanted, their "
                "mean.",
            ),
            Mistake(
                "blames the axis",
                lambda logits, labels: (_AXIS, _right_loss(logits, labels)),
                "the loss is right, the cause is not. The axis of the patient's softmax is the "
                "right one: its rows add up to 1.",
            ),
        ),
    ),
    Exercise(
        key="12.repaired_8",
        answer=lambda logits, labels: (_AXIS, _right_loss(logits, labels)),
        praise="Patient 8 is well: the cause is right, and every image is judged by itself.",
        cases=((_LOGITS, _LABELS), (_SQUARE, _SQUARE_LABELS)),
        mistakes=(
            Mistake(
                "not repaired",
                lambda logits, labels: (_AXIS, _surprise(logits.log_softmax(0), labels).mean()),
                "the cause is right, but in your loss the probabilities still add up to 1 down a "
                "column: the images of the batch compete. Who should compete with whom?",
            ),
            Mistake(
                "over everything",
                lambda logits, labels: (
                    _AXIS,
                    _surprise(logits - logits.flatten().logsumexp(0), labels).mean(),
                ),
                "the cause is right. Your probabilities add up to 1 over the whole table, all "
                "images and classes together. They should in each row.",
            ),
            Mistake(
                "mean over all entries",
                lambda logits, labels: (_AXIS, -logits.log_softmax(1).mean()),
                "the cause is right. You average the logarithms of all classes; only that of each "
                "image's own label counts.",
            ),
            Mistake(
                "no logarithm",
                lambda logits, labels: (_AXIS, -_picked(logits.softmax(1), labels).mean()),
                "the cause is right and the axis too. Your loss is made of probabilities; it "
                "should be made of their logarithms.",
            ),
            Mistake(
                "every label for every image",
                lambda logits, labels: (_AXIS, -logits.log_softmax(1)[:, labels].mean()),
                "the cause is right and the axis too. But `[:, labels]` takes, for each image, the "
                "labels of the whole batch; each image needs its own one only.",
            ),
            Mistake(
                "sum",
                lambda logits, labels: (_AXIS, _right_loss(logits, labels) * len(labels)),
                "the cause is right and the axis too. The loss is added up over the batch; the "
                "patient's was a mean.",
            ),
            Mistake(
                "sign",
                lambda logits, labels: (_AXIS, -_right_loss(logits, labels)),
                "the cause is right. The loss has the wrong sign: the logarithm of a probability "
                "is negative, a loss is not.",
            ),
            Mistake(
                "blames the second softmax",
                lambda logits, labels: (_TWICE, _right_loss(logits, labels)),
                "the loss is right, the cause is not. There is one softmax only, and its place is "
                "right. What is it taken over?",
            ),
        ),
    ),
    Exercise(
        key="12.repaired_9",
        answer=lambda predicted, targets: (_BROADCAST, _squares(predicted, targets).mean()),
        praise="Patient 9 is well: the cause is right, each prediction meets its own target.",
        cases=((_PREDICTED, _TARGETS), (_PREDICTED[:2], _TARGETS[3:]), (_X[:3, :1], _Y[:3])),
        mistakes=(
            Mistake(
                "not repaired",
                lambda predicted, targets: (_BROADCAST, ((predicted - targets) ** 2).mean()),
                "the cause is right, but the loss is still the patient's own: the mean over "
                "n × n differences. Bring both to one shape before the subtraction.",
            ),
            Mistake(
                "mean before the square",
                lambda predicted, targets: (
                    _BROADCAST,
                    (predicted[:, 0] - targets).mean() ** 2,
                ),
                "the cause is right. You square the mean difference: differences of opposite sign "
                "cancel. First square each, then take the mean.",
            ),
            Mistake(
                "sum",
                lambda predicted, targets: (_BROADCAST, _squares(predicted, targets).sum()),
                "the cause is right and so is each square. They are added up; the patient's loss "
                "is a mean.",
            ),
            Mistake(
                "one for each image",
                lambda predicted, targets: (_BROADCAST, _squares(predicted, targets)),
                "the cause is right, and each square too. One number is wanted, their mean.",
            ),
            Mistake(
                "root",
                lambda predicted, targets: (
                    _BROADCAST,
                    _squares(predicted, targets).mean().sqrt(),
                ),
                "the cause is right and so is the pairing. You return the root of the mean; the "
                "patient's loss had no root.",
            ),
            Mistake(
                "absolute differences",
                lambda predicted, targets: (
                    _BROADCAST,
                    _squares(predicted, targets).sqrt().mean(),
                ),
                "the cause is right. That is the mean absolute difference; the patient's loss is "
                "the mean of the squares.",
            ),
            Mistake(
                "blames the axis",
                lambda predicted, targets: (_AXIS, _squares(predicted, targets).mean()),
                "the loss is right, the cause is not. No axis was chosen wrongly: a row and a "
                "column met, and PyTorch made a table of them. What is that called?",
            ),
        ),
    ),
    Exercise(
        key="12.repaired_11",
        answer=lambda y_file: (_SHIFTED, y_file - 1),
        praise="Patient 11 is well: the cause is right, and both files count alike now.",
        cases=(
            (torch.tensor([1, 10, 4, 9, 2, 10]),),
            (torch.tensor([7, 3, 3, 10]),),
            (torch.tensor([5]),),
        ),
        tolerance=1e-9,
        mistakes=(
            Mistake(
                "not repaired",
                lambda y_file: (_SHIFTED, y_file % 10),
                "the cause is right, but {call} still gave {got}: 10 has become 0, and 1 to 9 are "
                "where they were. What should the file's 1 become?",
            ),
            Mistake(
                "as in the file",
                lambda y_file: (_SHIFTED, y_file),
                "the cause is right, but the labels are those of the file. 10 would stop PyTorch, "
                "and a T-shirt is still 1. Which number has it among the fresh labels?",
            ),
            Mistake(
                "remainder first",
                lambda y_file: (_SHIFTED, y_file % 10 - 1),
                "nearly: 1 to 9 are right now. But {call} gave {got}: what becomes of 10, if the "
                "remainder is taken first?",
            ),
            Mistake(
                "other direction",
                lambda y_file: (_SHIFTED, (y_file + 1) % 10),
                "the cause is right. {call} gave {got}: the labels are moved in the other "
                "direction. What should the file's 1 become?",
            ),
            Mistake(
                "smallest label of the batch",
                lambda y_file: (_SHIFTED, y_file - y_file.min()),
                "right as long as the batch contains a 1. But {call} gave {got}: what you take "
                "away must not depend on who else is in the batch.",
            ),
            Mistake(
                "ranks in the batch",
                lambda y_file: (_SHIFTED, torch.unique(y_file, return_inverse=True)[1]),
                "right as long as the batch contains all classes. But {call} gave {got}: you "
                "number the classes that happen to be there.",
            ),
            Mistake(
                "9 and 10 together",
                lambda y_file: (_SHIFTED, y_file.clamp(max=9)),
                "the cause is right. {call} gave {got}: two classes have become one, and the "
                "others still are where they were.",
            ),
            Mistake(
                "blames a permutation",
                lambda y_file: ("labels permuted", y_file - 1),
                "the labels are right, the cause is not. Permuted labels give accuracy near "
                "chance; this was far below, and one diagonal of the table was full.",
            ),
        ),
    ),
    Exercise(
        key="12.repaired_13",
        answer=_right_split,
        praise="Patient 13 is well: the cause is right, no garment stands on both sides.",
        cases=(
            (np.array([7, 3, 7, 5, 3]), 1),
            (np.array([12, 4, 4, 9, 12, 1, 9, 9, 4]), 2),
            (np.array([2, 8, 5, 8, 2, 5, 2, 11]), 3),
        ),
        mistakes=(
            Mistake(
                "rows, not garments",
                _by_rows,
                "the cause is right, but you cut by rows: the last photos are the test, and other "
                "photos of the same garments are in the training.",
            ),
            Mistake(
                "one photo of each",
                _one_photo_each,
                "the cause is right. {call}: one photo of each chosen garment is in the test; "
                "where are its other photos?",
            ),
            Mistake(
                "photos counted, not garments",
                lambda garments, count: _split(garments, np.sort(garments)[-count:]),
                "the cause is right, and no garment is on both sides. But there are too few in the "
                "test: `count` garments are wanted, and one garment may have many photos.",
            ),
            Mistake(
                "smallest numbers",
                lambda garments, count: _split(garments, np.unique(garments)[:count]),
                "the cause is right, and no garment is on both sides. But you have tested those "
                "with the smallest numbers; the largest were wanted.",
            ),
            Mistake(
                "largest number taken as a limit",
                lambda garments, count: _split(
                    garments, garments[garments > garments.max() - count]
                ),
                "the cause is right. You take all numbers above a limit; but the numbers have gaps "
                "and {call} should test as many different garments as `count` says.",
            ),
            Mistake(
                "garments instead of rows",
                _values_instead,
                "the cause is right, and so is the choice. You return the garments' numbers; "
                "wanted are the rows at which they stand.",
            ),
            Mistake(
                "swapped",
                _swapped,
                "the cause is right and both lists are, but they have changed places: first the "
                "training, then the test.",
            ),
            Mistake(
                "blames the choice",
                _named(_right_split, "chosen on the test set"),
                "the split is right, the cause is not. Patient 13 chose nothing: it had one model. "
                "What was wrong with its test photos?",
            ),
        ),
    ),
)
