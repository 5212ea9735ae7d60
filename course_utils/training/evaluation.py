"""How good a model is on batches of data; nothing here trains."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from course_utils.training.problems import TrainingError, batch_loss, no_batch
from course_utils.training.run import LossFunction

Batches = Iterable[Any]  # pairs of features and targets: tuples, or lists as DataLoader gives them
Metric = Callable[[torch.Tensor, torch.Tensor], Any]

#: Batches between two looks at the loss. Each look waits for the GPU; on the CPU it costs little.
_LOOK_EVERY = 50


def evaluate(
    model: nn.Module,
    loss_function: LossFunction,
    batches: Batches,
    *,
    metrics: Mapping[str, Metric] | None = None,
) -> dict[str, float]:
    """Measure a model in eval mode, without gradients. Built in notebook 10.

    The model returns to the mode in which it came, every layer of it, also after an error.

    Args:
        model: takes features, shape (batch, …), and returns outputs.
        loss_function: takes outputs and targets, returns the batch's mean loss.
        batches: pairs of features and targets.
        metrics: functions of targets and outputs, by name. Each is called once, on all samples
            together, so measures that are no means come out right too.

    Returns:
        "loss", the mean over samples, not over batches, and the value of every metric by its name.

    Raises:
        TrainingError: no batch, or a batch that does not fit model or loss function.
    """
    mean, seen = MeanLoss(), []
    with in_mode(model, training=False), torch.no_grad():
        for features, targets in batches:
            first = mean.batches == 0
            loss, outputs = batch_loss(model, loss_function, features, targets, check=first)
            mean.add(loss, len(targets))
            if metrics:
                seen.append((targets, outputs))
    if mean.samples == 0:
        raise TrainingError(no_batch("the batches to evaluate on"))
    result = {"loss": mean.value()}
    if metrics:
        targets, outputs = (torch.cat(parts) for parts in zip(*seen, strict=True))
        result |= {name: float(metric(targets, outputs)) for name, metric in metrics.items()}
    return result


class MeanLoss:
    """The mean loss per sample, of batches that may differ in size.

    Losses stay on their device and are read in groups: to read one, the CPU waits for the GPU.

    Attributes:
        batches: batches added.
        samples: samples added.
        broken: batch (from 1) and value of the first loss read that is NaN or infinite.
    """

    def __init__(self) -> None:
        self.batches = 0
        self.samples = 0
        self.broken: tuple[int, float] | None = None
        self._total = 0.0
        self._waiting: list[tuple[torch.Tensor, int]] = []

    def add(self, loss: torch.Tensor, samples: int) -> None:
        """Add the mean loss of a batch with so many samples."""
        self._waiting.append((loss.detach(), samples))
        self.batches += 1
        self.samples += samples
        if self.batches % _LOOK_EVERY == 1:  # the first batch, too: errors show at once
            self._read()

    def value(self) -> float:
        """The mean over all samples so far."""
        self._read()
        return self._total / self.samples

    def _read(self) -> None:
        first = self.batches - len(self._waiting) + 1
        sizes = [samples for _, samples in self._waiting]
        losses = torch.stack([loss for loss, _ in self._waiting]).tolist() if sizes else []
        for batch, (loss, samples) in enumerate(zip(losses, sizes, strict=True), first):
            self._total += loss * samples
            if self.broken is None and not math.isfinite(loss):
                self.broken = batch, loss
        self._waiting.clear()


@contextmanager
def in_mode(model: nn.Module, *, training: bool) -> Iterator[None]:
    """Set train or eval mode for a while; every layer then returns to its own mode before."""
    before = [(module, module.training) for module in model.modules()]
    model.train(training)
    try:
        yield
    finally:
        for module, was in before:
            module.training = was
