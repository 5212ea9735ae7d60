"""How good predictions are: measures that notebook 05 built in view.

Targets come first, as in scikit-learn. Tensors on any device, arrays and lists are taken.
"""

from typing import Any

import torch

Classes = torch.Tensor | Any


def accuracy(targets: Classes, predicted: Classes) -> float:
    """Return the fraction of samples whose class is predicted right. Built in notebook 05.

    Args:
        targets: true classes, whole numbers, shape (samples,).
        predicted: predicted classes, shape (samples,); of logits, ``logits.argmax(1)``.

    Raises:
        ValueError: the shapes are not the same (samples,), or there is no sample.
    """
    truth, said = _paired(targets, predicted)
    return (truth == said).sum().item() / len(truth)


def confusion_matrix(targets: Classes, predicted: Classes, *, classes: int) -> torch.Tensor:
    """Count how often each true class (row) was called each class (column).

    Built in notebook 05, for two classes in the text and for any number in an exercise.

    Args:
        targets: true classes, whole numbers from 0 to ``classes - 1``, shape (samples,).
        predicted: predicted classes, likewise.
        classes: number of classes.

    Returns:
        Counts, whole numbers, shape (classes, classes), on the CPU.

    Raises:
        ValueError: the shapes are not the same (samples,), there is no sample, or a class is
            outside 0 to ``classes - 1``.
    """
    truth, said = (values.long().cpu() for values in _paired(targets, predicted))
    low, high = int(min(truth.min(), said.min())), int(max(truth.max(), said.max()))
    if low < 0 or high >= classes:
        raise ValueError(
            f"confusion_matrix with {classes} classes counts the classes 0 to {classes - 1}, but "
            f"got values from {low} to {high}."
        )
    return torch.bincount(truth * classes + said, minlength=classes**2).reshape(classes, classes)


def _paired(targets: Classes, predicted: Classes) -> tuple[torch.Tensor, torch.Tensor]:
    """Both as tensors on one device, of one shape (samples,)."""
    truth = torch.as_tensor(targets)
    said = torch.as_tensor(predicted, device=truth.device)
    if truth.shape != said.shape or truth.ndim != 1 or len(truth) == 0:
        raise ValueError(
            "Targets and predicted classes should both have the shape (samples,), got "
            f"{tuple(truth.shape)} and {tuple(said.shape)}: logits become classes by argmax(1)."
        )
    return truth, said
