"""The training loop: one plain loop over epochs, one over batches."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from operator import length_hint

import torch
from torch import nn

from course_utils.training.batches import BatchLoader
from course_utils.training.evaluation import Batches, MeanLoss, Metric, evaluate, in_mode
from course_utils.training.problems import (
    TrainingError,
    batch_loss,
    check_loader,
    no_batch,
    not_finite,
)
from course_utils.training.run import Callback, LossFunction, Run


def fit(
    model: nn.Module,
    loss_function: LossFunction,
    optimizer: torch.optim.Optimizer,
    batches: Batches,
    *,
    epochs: int,
    validation: Batches | None = None,
    metrics: Mapping[str, Metric] | None = None,
    callbacks: Sequence[Callback] = (),
    run: Run | None = None,
) -> Run:
    """Train a model, and say after every epoch how it went. Built in notebook 10.

    The stop button (Ctrl-C) ends the training: the history of the whole epochs comes back. The
    model returns to the mode, train or eval, in which it came.

    Args:
        model: takes features, shape (batch, …), and returns outputs.
        loss_function: takes outputs and targets, returns the batch's mean loss.
        optimizer: moves the parameters of `model`.
        batches: pairs of features and targets, for every epoch anew: a `BatchLoader`, a PyTorch
            ``DataLoader``, a list.
        epochs: the number of epochs at which to end, those of a resumed `run` included.
        validation: pairs to evaluate the model on after every epoch.
        metrics: functions of targets and outputs, by name, computed on `validation`.
        callbacks: called in this order; those that save, after the others.
        run: a run to go on with, as after `load_checkpoint`; a new one if not given.

    Returns:
        The run with its history; ``stopped_because`` says why it ended.

    Raises:
        TrainingError: no batch, a batch that does not fit model or loss function, a loss that is
            NaN or infinite, a `run` of another model or optimizer.
        ValueError: `metrics` without `validation`, or `epochs` below 0.
    """
    run = Run(model, optimizer, loss_function) if run is None else run
    _prepare(run, model, optimizer, batches, epochs, validation, metrics)
    callbacks = sorted(callbacks, key=lambda callback: callback.saves)
    with in_mode(model, training=True), ExitStack() as at_the_end:
        for callback in callbacks:
            at_the_end.callback(callback.on_end, run)  # whatever happens from here on
        try:
            for callback in callbacks:
                callback.on_start(run)
            while run.epoch < epochs and not run.stop:
                loss = _train(run, batches, callbacks)
                if loss is None:
                    break  # a callback stopped it: half an epoch is no record
                record = {"epoch": run.epoch + 1, "loss": loss}
                if validation is not None:
                    result = evaluate(model, loss_function, validation, metrics=metrics)
                    record |= {f"validation_{name}": value for name, value in result.items()}
                run.history.append(record)
                run.epoch += 1
                for callback in callbacks:
                    callback.on_epoch_end(run)
            why = "a callback stopped it" if run.stop else f"all {epochs} epochs done"
            run.stopped_because = run.stopped_because or why
        except KeyboardInterrupt:
            run.stop, run.stopped_because = True, f"stopped by hand after {run.epoch} whole epochs"
    return run


def _train(run: Run, batches: Batches, callbacks: Sequence[Callback]) -> float | None:
    """Train for one epoch; return the mean loss per sample, None if a callback stopped the run."""
    mean, features = MeanLoss(), torch.empty(0)
    for features, targets in batches:
        run.optimizer.zero_grad()
        first = mean.batches == 0
        loss, _ = batch_loss(run.model, run.loss_function, features, targets, check=first)
        loss.backward()
        run.optimizer.step()
        run.step += 1
        mean.add(loss, len(targets))
        if mean.broken:
            break
        for callback in callbacks:
            callback.on_batch_end(run)
        if run.stop:
            return None
    if mean.samples == 0:
        raise TrainingError(no_batch("batches"))
    value = mean.value()
    if mean.broken:
        batch, loss_then = mean.broken
        data = batches.tensors[0] if isinstance(batches, BatchLoader) else features
        rate = run.optimizer.param_groups[0]["lr"]
        raise not_finite(loss_then, epoch=run.epoch + 1, batch=batch, rate=rate, features=data)
    return value


def _prepare(
    run: Run,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    batches: Batches,
    epochs: int,
    validation: Batches | None,
    metrics: Mapping[str, Metric] | None,
) -> None:
    """Check what can be checked before the training, and set the run to its start."""
    if run.model is not model or run.optimizer is not optimizer:
        raise TrainingError(
            "Expected a run of the same model and optimizer, got one of others: make it with "
            "Run(model, optimizer, loss_function)."
        )
    if epochs < 0:
        raise ValueError(f"Expected 0 or more epochs, got {epochs}.")
    if metrics and validation is None:
        raise ValueError("Metrics are computed on validation batches, got none: give validation=….")
    check_loader(batches, epochs=epochs - run.epoch, name="batches")
    if validation is not None:
        check_loader(validation, epochs=epochs - run.epoch, name="validation")
    run.epochs, run.stop, run.stopped_because = epochs, False, ""
    run.batches = length_hint(batches)  # 0 of a generator or an IterableDataset


def train_epoch(
    model: nn.Module,
    loss_function: LossFunction,
    optimizer: torch.optim.Optimizer,
    batches: Iterable[tuple[torch.Tensor, ...]],
) -> float:
    """Train on every batch once. Built in notebook 07.

    Args:
        model: takes features, shape (batch, …), and returns outputs.
        loss_function: takes outputs and targets, returns the batch's mean loss.
        optimizer: moves the parameters of `model`.
        batches: pairs of features and targets, as `minibatches` gives them.

    Returns:
        The mean loss per sample while it went on: each batch weighs as much as it has samples.

    Raises:
        ValueError: there is no batch.
    """
    total, samples = torch.tensor(0.0), 0
    for features, targets in batches:
        optimizer.zero_grad()
        loss = loss_function(model(features), targets)
        loss.backward()
        optimizer.step()
        total = total + loss.detach() * len(targets)  # no .item(): it would wait for a GPU
        samples += len(targets)
    if samples == 0:
        raise ValueError("train_epoch got no batch: minibatches are used up after one epoch.")
    return (total / samples).item()
