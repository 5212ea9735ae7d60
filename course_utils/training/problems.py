"""What goes wrong in a training, said in one sentence: expected, got, what to do.

Not about repairing: nothing here changes data or model.
"""

from collections.abc import Iterable, Iterator
from operator import length_hint
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from course_utils.training.run import LossFunction

_CLASS_LOSSES: tuple[Any, ...] = (
    nn.CrossEntropyLoss,
    nn.NLLLoss,
    functional.cross_entropy,
    functional.nll_loss,
)
_NUMBER_LOSSES: tuple[Any, ...] = (
    nn.MSELoss,
    nn.L1Loss,
    nn.SmoothL1Loss,
    nn.HuberLoss,
    nn.BCELoss,
    nn.BCEWithLogitsLoss,
    functional.mse_loss,
    functional.l1_loss,
    functional.smooth_l1_loss,
    functional.huber_loss,
    functional.binary_cross_entropy,
    functional.binary_cross_entropy_with_logits,
)


class TrainingError(RuntimeError):
    """A training that cannot go on, with what to do in its message."""


def batch_loss(
    model: nn.Module,
    loss_function: LossFunction,
    features: torch.Tensor,
    targets: torch.Tensor,
    *,
    check: bool,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the loss of one batch and the model's outputs.

    Args:
        model: takes the features.
        loss_function: takes outputs and targets.
        features: shape (batch, …).
        targets: shape (batch, …).
        check: look at devices, kinds, shapes and classes first. On a GPU this waits for it: do it
            for the first batch of an epoch.

    Raises:
        TrainingError: the batch does not fit the model's device or the loss function.
    """
    if check:
        _check_device(model, features, targets)
    outputs = model(features)
    if check and (problem := _mismatch(loss_function, outputs, targets)):
        raise TrainingError(problem)
    try:
        loss = loss_function(outputs, targets)
    except (IndexError, RuntimeError, TypeError, ValueError) as error:
        problem = _mismatch(loss_function, outputs, targets) or (
            f"The loss function cannot compare outputs ({_described(outputs)}) with targets "
            f"({_described(targets)}): {str(error).splitlines()[0] if str(error) else error!r}"
        )
        raise TrainingError(problem) from error
    if check and loss.numel() != 1:
        raise TrainingError(
            "Expected the loss function to return one number for a batch, its mean loss, got the "
            f'shape {tuple(loss.shape)}: use reduction="mean".'
        )
    return loss, outputs


def check_loader(batches: Iterable[Any], *, epochs: int, name: str) -> None:
    """Raise TrainingError for batches that are seen to be too few before the training starts.

    Args:
        batches: what `fit` is to go through.
        epochs: how often.
        name: of the argument, for the message.
    """
    if isinstance(batches, Iterator) and epochs > 1:
        raise TrainingError(
            f"Expected {name} for every epoch anew, got a {type(batches).__name__}, which is used "
            "up after one: use BatchLoader(features, targets, size=…)."
        )
    if length_hint(batches, 1) == 0:
        raise TrainingError(no_batch(name))


def no_batch(name: str) -> str:
    """The sentence for batches that turned out empty."""
    return (
        f"Expected at least one batch from {name}, got none: is the data set empty, or are the "
        "batches used up? Those of minibatches(…) last for one epoch, a BatchLoader for any number."
    )


def not_finite(
    value: float, *, epoch: int, batch: int, rate: float, features: torch.Tensor
) -> TrainingError:
    """The error for a loss that is no number, with its likely cause.

    Args:
        value: the loss.
        epoch: in which it happened, from 1.
        batch: likewise.
        rate: the learning rate.
        features: the data, or what is at hand of them.
    """
    cause = f"the learning rate {rate:g} may be too high, try a tenth, with a fresh model"
    if not features.isfinite().all():
        cause = "the features contain NaN or infinite values, so clean them first"
    return TrainingError(
        f"Expected a finite loss, got {value} in epoch {epoch}, batch {batch}: {cause}."
    )


def _check_device(model: nn.Module, features: torch.Tensor, targets: torch.Tensor) -> None:
    parameter = next(model.parameters(), features)
    for name, tensor in (("features", features), ("targets", targets)):
        if tensor.device != parameter.device:
            raise TrainingError(
                f"Expected the {name} where the model is, on {parameter.device}, got them on "
                f"{tensor.device}: move them with {name}.to({str(parameter.device)!r}) before the "
                f"training, or the model with model.to({str(tensor.device)!r})."
            )


def _is_one_of(loss_function: LossFunction, losses: tuple[Any, ...]) -> bool:
    return any(loss_function is loss or type(loss_function) is loss for loss in losses)


def _mismatch(loss_function: LossFunction, outputs: Any, targets: torch.Tensor) -> str:
    """What is wrong between outputs and targets for this loss function; empty if nothing is."""
    if not isinstance(outputs, torch.Tensor):
        return ""
    if _is_one_of(loss_function, _NUMBER_LOSSES):
        return _number_mismatch(outputs, targets)
    if _is_one_of(loss_function, _CLASS_LOSSES):
        ignored = getattr(loss_function, "ignore_index", -100)  # PyTorch's own default
        return _class_mismatch(outputs, targets, ignored)
    return ""


def _number_mismatch(outputs: torch.Tensor, targets: torch.Tensor) -> str:
    if not targets.is_floating_point():
        return (
            f"This loss function compares numbers and expected targets of {outputs.dtype}, got "
            f"{targets.dtype}: use targets.float(), or cross-entropy if they are class numbers."
        )
    if outputs.shape != targets.shape:
        return (
            f"Expected outputs and targets of one shape, got {tuple(outputs.shape)} and "
            f"{tuple(targets.shape)}, of which PyTorch would compare each with each: reshape the "
            "targets, for example with targets.unsqueeze(1)."
        )
    return ""


def _class_mismatch(outputs: torch.Tensor, targets: torch.Tensor, ignored: int) -> str:
    if outputs.ndim < 2 or (targets.is_floating_point() and targets.shape == outputs.shape):
        return ""  # one sample without a batch; probabilities as targets
    if targets.dtype not in (torch.int64, torch.uint8):
        return (
            "Cross-entropy expected class numbers as targets, torch.int64, got "
            f"{targets.dtype}: use targets.long(), or a loss for numbers such as nn.MSELoss()."
        )
    shape = (outputs.shape[0], *outputs.shape[2:])
    if targets.shape != shape:
        return (
            f"Cross-entropy expected one class number for each output, shape {tuple(shape)}, got "
            f"the shape {tuple(targets.shape)} for outputs of {tuple(outputs.shape)}: reshape the "
            "targets, for example with targets.squeeze(1)."
        )
    classes, found = outputs.shape[1], targets[targets != ignored]
    if found.numel() == 0 or (found.min() >= 0 and found.max() < classes):
        return ""
    wrong = found.min() if found.min() < 0 else found.max()
    return (
        f"The model has {classes} outputs, so class numbers from 0 to {classes - 1} were expected, "
        f"got {int(wrong)} among the targets: count classes from 0, or give the model more outputs."
    )


def _described(values: Any) -> str:
    if isinstance(values, torch.Tensor):
        return f"shape {tuple(values.shape)}, {values.dtype}"
    return type(values).__name__
