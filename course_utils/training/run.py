"""A training run: the one object with all of its state, and what looks at it from outside."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import nn
from torch.optim.lr_scheduler import LRScheduler

LossFunction = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
Record = dict[str, float]


@dataclass(eq=False, repr=False)
class Run:
    """All state of a training run; callbacks get it. Built in notebook 10.

    Attributes:
        model: the network that is trained.
        optimizer: moves the model's parameters.
        loss_function: takes outputs and targets, returns the batch's mean loss.
        epochs: the number of epochs at which `fit` ends.
        epoch: epochs done.
        step: batches done, over all epochs.
        history: a record for every epoch done: "epoch", "loss" (mean per sample while it went on),
            and with validation "validation_loss" and "validation_…" for every metric.
        stop: set it, in a callback, to end the training after the present batch.
        stopped_because: why it ended, a few words; empty while it goes on.
        batches: batches in an epoch; 0 if the loader cannot tell.
        schedulers: learning-rate schedulers whose state belongs into a checkpoint; `Schedule` adds
            its own.
        kept: what callbacks remember, by name: numbers, tensors, lists and dicts of them.
    """

    model: nn.Module
    optimizer: torch.optim.Optimizer
    loss_function: LossFunction
    epochs: int = 0
    epoch: int = 0
    step: int = 0
    history: list[Record] = field(default_factory=list)
    stop: bool = False
    stopped_because: str = ""
    batches: int = 0
    schedulers: list[LRScheduler] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        # The default would print the model and every record.
        last = self.history[-1] if self.history else {}
        values = [f"{name} {value:.4g}" for name, value in last.items() if name != "epoch"]
        parts = [f"epoch {self.epoch} of {self.epochs}", *values, self.stopped_because]
        return f"Run({', '.join(part for part in parts if part)})"


class Callback:
    """Something that happens during `fit`: override what you need. Built in notebook 10.

    What a callback remembers from epoch to epoch goes into the run (`kept`), so that a checkpoint
    holds it. To end the training, set ``run.stop`` and ``run.stopped_because``.
    """

    #: Callbacks that save are called after the others, so that what those change is saved too.
    saves: ClassVar[bool] = False

    def on_start(self, run: Run) -> None:
        """Called once, before the first batch."""

    def on_batch_end(self, run: Run) -> None:
        """Called after every step of the optimizer."""

    def on_epoch_end(self, run: Run) -> None:
        """Called after every whole epoch, with its record in the history."""

    def on_end(self, run: Run) -> None:
        """Called once at the end, also after the stop button or an error: close files here."""
