"""Callbacks that show a training as it goes on: a progress bar, curves for TensorBoard."""

from typing import Any, Protocol, TextIO

from tqdm import tqdm

from course_utils.training.run import Callback, Run


class ProgressBar(Callback):
    """A bar that grows with every batch, and the last epoch's record. Built in notebook 10.

    Args:
        file: where to write; by default standard error.
        leave: keep the bar on the screen at the end.
    """

    def __init__(self, *, file: TextIO | None = None, leave: bool = False) -> None:
        self._file = file
        self._leave = leave
        self._bar: tqdm[Any] | None = None

    def on_start(self, run: Run) -> None:
        """Show an empty bar."""
        total = run.batches * (run.epochs - run.epoch) or None
        self._bar = tqdm(total=total, unit="batch", file=self._file, leave=self._leave)

    def on_batch_end(self, run: Run) -> None:  # noqa: ARG002
        """Move on by a batch."""
        if self._bar is not None:
            self._bar.update()

    def on_epoch_end(self, run: Run) -> None:
        """Show the epoch and its record."""
        if self._bar is not None:
            values = {name: v for name, v in run.history[-1].items() if name != "epoch"}
            self._bar.set_description(f"epoch {run.epoch} of {run.epochs}", refresh=False)
            self._bar.set_postfix(values, refresh=True)

    def on_end(self, run: Run) -> None:  # noqa: ARG002
        """Close the bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class Writer(Protocol):
    """What `TensorBoardLogger` needs of ``torch.utils.tensorboard.SummaryWriter``."""

    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None:
        """Write one point of a curve."""

    def close(self) -> None:
        """Finish the file."""


class TensorBoardLogger(Callback):
    """Write every epoch's record for TensorBoard, and close the file at the end.

    Built in notebook 10.

    Args:
        writer: a ``torch.utils.tensorboard.SummaryWriter(folder)``.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def on_epoch_end(self, run: Run) -> None:
        """Write the record and the learning rate."""
        rate = run.optimizer.param_groups[0]["lr"]
        for name, value in {**run.history[-1], "learning_rate": rate}.items():
            if name != "epoch":
                self._writer.add_scalar(name, value, run.epoch)

    def on_end(self, run: Run) -> None:  # noqa: ARG002
        """Close the file."""
        self._writer.close()
