"""Callbacks that steer a training: early stopping, the best checkpoint, schedules."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from course_utils.training.checkpoint import save_checkpoint
from course_utils.training.problems import TrainingError
from course_utils.training.run import Callback, Record, Run

Better = Literal["smaller", "larger"]


class EarlyStopping(Callback):
    """End the training when a value has not improved for some epochs. Built in notebook 10.

    What it knows it reads from the run, so a resumed run goes on as if it had not been interrupted.

    Args:
        monitor: name of the value in the epoch's record.
        patience: epochs in a row without improvement after which to stop, 1 or more.
        minimum_change: smaller improvements do not count, 0 or more.
        better: whether smaller values are better, as of a loss, or larger ones, as of an accuracy.
        restore_best: at the end, give the model back the weights of its best epoch. To resume
            later, save in a callback, before that: the best epoch is seldom the last.

    Raises:
        ValueError: a patience below 1, or a minimum change below 0.
        TrainingError: in the training, if the record has no such value.
    """

    def __init__(
        self,
        *,
        monitor: str = "validation_loss",
        patience: int = 3,
        minimum_change: float = 0.0,
        better: Better = "smaller",
        restore_best: bool = True,
    ) -> None:
        if patience < 1 or minimum_change < 0:
            raise ValueError(
                "Expected a patience of 1 or more and a minimum change of 0 or more, got "
                f"{patience} and {minimum_change}."
            )
        self.monitor, self.patience, self.better = monitor, patience, better
        self.minimum_change, self.restore_best = minimum_change, restore_best
        self._name = f"best weights by {monitor}"

    def on_epoch_end(self, run: Run) -> None:
        """Keep the weights if this epoch is the best; stop if the best is too long ago."""
        best = _best(run.history, self.monitor, self.better, self.minimum_change)
        if best == len(run.history) and self.restore_best:
            weights = run.model.state_dict()
            run.kept[self._name] = {name: value.clone() for name, value in weights.items()}
        if len(run.history) - best >= self.patience:
            run.stop = True
            run.stopped_because = f"{self.monitor} has not improved for {self.patience} epochs"

    def on_end(self, run: Run) -> None:
        """Restore the best weights."""
        if self._name in run.kept:
            run.model.load_state_dict(run.kept[self._name])


class BestCheckpoint(Callback):
    """Save a checkpoint after every epoch that is the best so far. Built in notebook 10.

    Args:
        path: the file; its folder must exist.
        monitor: name of the value in the epoch's record.
        better: whether smaller values are better, as of a loss, or larger ones, as of an accuracy.

    Raises:
        TrainingError: in the training, if the record has no such value or the file cannot be
            written.
    """

    saves: ClassVar[bool] = True

    def __init__(
        self,
        path: str | Path,
        *,
        monitor: str = "validation_loss",
        better: Better = "smaller",
    ) -> None:
        self.path, self.monitor, self.better = Path(path), monitor, better

    def on_epoch_end(self, run: Run) -> None:
        """Save if this epoch is the best."""
        if _best(run.history, self.monitor, self.better) == len(run.history):
            save_checkpoint(self.path, run)


class Schedule(Callback):
    """Move a learning-rate scheduler of PyTorch on. Built in notebook 10.

    Args:
        scheduler: of the run's optimizer.
        per: move it after every "batch" or every "epoch", as its own arguments count.
        monitor: for ``ReduceLROnPlateau``, the value of the epoch's record that it watches.

    Raises:
        ValueError: `per` is neither, or ``ReduceLROnPlateau`` is to move with every batch.
        TrainingError: in the training, if the scheduler is of another optimizer.
    """

    def __init__(
        self,
        scheduler: LRScheduler,
        *,
        per: Literal["batch", "epoch"],
        monitor: str = "validation_loss",
    ) -> None:
        plateau = isinstance(scheduler, ReduceLROnPlateau)
        if per not in ("batch", "epoch") or (plateau and per == "batch"):
            allowed = "'epoch' (its value comes once an epoch)" if plateau else "'batch' or 'epoch'"
            raise ValueError(f"Expected per to be {allowed}, got {per!r}.")
        self.scheduler, self.per, self.monitor = scheduler, per, monitor

    def on_start(self, run: Run) -> None:
        """Make the scheduler a part of the run, so that checkpoints hold its state."""
        if self.scheduler.optimizer is not run.optimizer:
            raise TrainingError(
                "Expected a scheduler of the optimizer that fit was given, got one of another: "
                "make the scheduler with the same optimizer object."
            )
        if not any(known is self.scheduler for known in run.schedulers):
            run.schedulers.append(self.scheduler)

    def on_batch_end(self, run: Run) -> None:  # noqa: ARG002
        """Move on, if by the batch."""
        if self.per == "batch":
            self.scheduler.step()

    def on_epoch_end(self, run: Run) -> None:
        """Move on, if by the epoch."""
        if isinstance(self.scheduler, ReduceLROnPlateau):
            self.scheduler.step(_value(run.history[-1], self.monitor))
        elif self.per == "epoch":
            self.scheduler.step()


def _best(
    history: Sequence[Record], monitor: str, better: Better, minimum_change: float = 0.0
) -> int:
    """The epoch, from 1, whose value was the best; 0 if none was a number."""
    sign = 1 if better == "smaller" else -1
    best, lowest = 0, float("inf")
    for epoch, record in enumerate(history, 1):
        value = sign * _value(record, monitor)
        if value < lowest - minimum_change:  # never of NaN
            best, lowest = epoch, value
    return best


def _value(record: Record, monitor: str) -> float:
    if monitor not in record:
        raise TrainingError(
            f"Expected {monitor!r} in the epoch's record, got only {', '.join(record)}: monitor "
            "one of these, or give fit validation batches and metrics."
        )
    return record[monitor]
