"""Training: what the notebooks built in view, packed up once it was built.

Not about models, data or measures: they come in as arguments.
"""

from collections.abc import Callable, Iterable, Iterator

import torch
from torch import nn


def minibatches(
    *tensors: torch.Tensor, size: int, shuffle: bool = True
) -> Iterator[tuple[torch.Tensor, ...]]:
    """Cut tensors into minibatches for one epoch: every row exactly once. Built in notebook 04.

    The rows are taken from the tensors where they lie, on the CPU or a GPU: for data that fit in
    memory this is quicker than a ``DataLoader``.

    Args:
        *tensors: shapes (rows, …), with the same number of rows, on one device: features, targets.
        size: rows in a batch, 1 or more; the last batch has fewer if the rows don't divide evenly.
        shuffle: take the rows in a random order (PyTorch's generator), not as they stand.

    Yields:
        The next rows of every tensor, shapes (size, …).

    Raises:
        ValueError: no tensor, tensors of different length, or a size below 1.
    """
    rows = [len(tensor) for tensor in tensors]
    if len(set(rows)) != 1:
        raise ValueError(
            f"minibatches needs tensors with the same number of rows, got {rows}: "
            "does every sample have its target?"
        )
    if size < 1:
        raise ValueError(f"minibatches needs a size of 1 row or more, got {size}.")
    return _shuffled(tensors, size) if shuffle else _as_they_stand(tensors, size)


def _shuffled(tensors: tuple[torch.Tensor, ...], size: int) -> Iterator[tuple[torch.Tensor, ...]]:
    # Drawn on the CPU: the same seed gives the same batches on every device.
    order = torch.randperm(len(tensors[0])).to(tensors[0].device)
    for picked in order.split(size):
        yield tuple(tensor[picked] for tensor in tensors)


def _as_they_stand(
    tensors: tuple[torch.Tensor, ...], size: int
) -> Iterator[tuple[torch.Tensor, ...]]:
    yield from zip(*(tensor.split(size) for tensor in tensors), strict=True)


def train_epoch(
    model: nn.Module,
    loss_function: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
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
