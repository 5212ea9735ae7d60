"""The search for a learning rate: a short trial that leaves no trace."""

import copy
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any

import torch
from torch import nn

from course_utils.training.evaluation import Batches, in_mode
from course_utils.training.problems import TrainingError, batch_loss, check_loader, no_batch
from course_utils.training.random_state import random_state, set_random_state
from course_utils.training.run import LossFunction

#: Weight of the past in the running mean of the losses: single batches are noisy.
_SMOOTHING = 0.9
#: The search ends when the running mean is so many times its lowest value.
_EXPLODED = 4.0


@dataclass(frozen=True)
class RateSearch:
    """What a learning-rate search saw. Built in notebook 09.

    Attributes:
        rates: learning rates tried, one for each batch, each a fixed factor above the one before.
        losses: mean loss of each batch, before the step with its rate.
        suggestion: a tenth of the rate at which the running mean of the losses was lowest.
    """

    rates: list[float]
    losses: list[float]
    suggestion: float


def find_learning_rate(
    model: nn.Module,
    loss_function: LossFunction,
    optimizer: torch.optim.Optimizer,
    batches: Batches,
    *,
    low: float = 1e-6,
    high: float = 10.0,
    steps: int = 100,
) -> RateSearch:
    """Train for some batches with a rate that grows until the loss explodes. Built in notebook 09.

    Model, optimizer, gradients, modes and random state are afterwards as they were, also after an
    error or the stop button. Source: L. N. Smith, Cyclical learning rates for training neural
    networks, arXiv:1506.01186, 2015.

    Args:
        model: takes features, shape (batch, …), and returns outputs.
        loss_function: takes outputs and targets, returns the batch's mean loss.
        optimizer: of any kind; its own rates do not matter.
        batches: pairs of features and targets that can be gone through again and again.
        low: first learning rate, above 0.
        high: last learning rate, above `low`.
        steps: number of rates, 2 or more.

    Raises:
        TrainingError: no batch, a batch that does not fit model or loss function, or a loss that
            is not finite from the start.
        ValueError: not 0 < low < high, or fewer than 2 steps.
    """
    if not 0 < low < high or steps < 2:
        raise ValueError(
            f"Expected 0 < low < high and 2 or more steps, got low {low:g}, high {high:g} and "
            f"{steps} steps."
        )
    check_loader(batches, epochs=2, name="batches")
    rates: list[float] = []
    losses: list[float] = []
    smooth: list[float] = []
    with _untouched(model, loss_function, optimizer, batches), in_mode(model, training=True):
        for step, (features, targets) in zip(range(steps), _endless(batches), strict=False):
            rate = low * (high / low) ** (step / (steps - 1))
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.zero_grad()
            loss, _ = batch_loss(model, loss_function, features, targets, check=step == 0)
            value = loss.item()
            past = smooth[-1] if smooth else value
            mean = _SMOOTHING * past + (1 - _SMOOTHING) * value
            if not math.isfinite(mean) or mean > _EXPLODED * min(smooth, default=mean):
                break
            rates.append(rate)
            losses.append(value)
            smooth.append(mean)
            loss.backward()
            optimizer.step()
    if not rates:
        raise TrainingError(
            f"Expected a finite loss at the start, got none at the rate {low:g}: look for NaN in "
            "features and weights."
        )
    return RateSearch(rates, losses, rates[smooth.index(min(smooth))] / 10)


def _endless(batches: Batches) -> Iterator[Any]:
    """Go through the batches again and again."""
    while True:
        batch = None
        for batch in batches:
            yield batch
        if batch is None:
            raise TrainingError(no_batch("batches"))


@contextmanager
def _untouched(
    model: nn.Module,
    loss_function: LossFunction,
    optimizer: torch.optim.Optimizer,
    batches: Batches,
) -> Iterator[None]:
    """Put everything back that a training changes, whatever happens meanwhile."""
    parts = [part for part in (model, loss_function) if isinstance(part, nn.Module)]
    modules = [module for part in parts for module in part.modules()]
    buffers = [(m, name, b) for m in modules for name, b in m._buffers.items() if b is not None]
    trained = [p for group in optimizer.param_groups for p in group["params"]]
    parameters = {id(p): p for p in chain(trained, *(part.parameters() for part in parts))}.values()
    values = [(t, t.detach().clone()) for t in chain(parameters, (b for _, _, b in buffers))]
    gradients = [(parameter, parameter.grad) for parameter in parameters]
    options = [(group, dict(group)) for group in optimizer.param_groups]
    state, generators, drawn = dict(optimizer.state), _generators(batches), random_state()
    # The trial works on copies of gradients and optimizer state: the originals come back as found.
    for parameter, _ in gradients:
        parameter.grad = None
    for key, found in state.items():
        optimizer.state[key] = copy.deepcopy(found)
    try:
        yield
    finally:
        with torch.no_grad():
            for tensor, value in values:
                tensor.copy_(value)
        for module, name, buffer in buffers:
            module._buffers[name] = buffer  # some layers put a new tensor in the old one's place
        for parameter, gradient in gradients:
            parameter.grad = gradient
        for group, before in options:
            group.update(before)
        optimizer.state.clear()
        optimizer.state.update(state)
        for generator, position in generators:
            generator.set_state(position)
        set_random_state(drawn)


def _generators(batches: Batches) -> list[tuple[torch.Generator, torch.Tensor]]:
    """The generators that a DataLoader draws its order from, with their states."""
    holders = (batches, getattr(batches, "sampler", None))
    found = [getattr(holder, "generator", None) for holder in holders]
    return [(g, g.get_state()) for g in found if isinstance(g, torch.Generator)]
