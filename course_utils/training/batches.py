"""Batches of data that fit in memory, as tensors.

Not about reading files while training: that is what a PyTorch ``Dataset`` is for.
"""

from collections.abc import Callable, Iterator

import torch


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
        ValueError: no tensor, tensors of different length or without rows, or a size below 1.
    """
    _check(tensors, size, who="minibatches")
    return _shuffled(tensors, size) if shuffle else _as_they_stand(tensors, size)


class BatchLoader:
    """Minibatches of tensors in memory, for any number of epochs. Built in notebook 10.

    ``len(loader)`` is the number of batches in an epoch. Every ``for`` loop over it is an epoch in
    a new order, drawn from PyTorch's generator.

    Args:
        *tensors: shapes (rows, …), with the same number of rows, on one device: features, targets.
        size: rows in a batch, 1 or more; the last batch has fewer if the rows don't divide evenly.
        shuffle: take the rows in a random order, not as they stand.
        transform: changes the features of a batch, the first tensor's rows, shape (size, …): from
            bytes to fractions, say, or at random as augmentation.

    Raises:
        ValueError: no tensor, tensors of different length or without rows, or a size below 1.

    Example:
        >>> loader = BatchLoader(torch.arange(5), size=2, shuffle=False)
        >>> [batch.tolist() for (batch,) in loader]
        [[0, 1], [2, 3], [4]]
    """

    def __init__(
        self,
        *tensors: torch.Tensor,
        size: int,
        shuffle: bool = True,
        transform: Callable[[torch.Tensor], torch.Tensor] | None = None,
    ) -> None:
        _check(tensors, size, who="BatchLoader")
        self.tensors = tensors
        self.size = size
        self.shuffle = shuffle
        self.transform = transform

    @property
    def samples(self) -> int:
        """Rows in an epoch."""
        return len(self.tensors[0])

    def __len__(self) -> int:
        return -(-self.samples // self.size)  # rounded up

    def __iter__(self) -> Iterator[tuple[torch.Tensor, ...]]:
        batches = minibatches(*self.tensors, size=self.size, shuffle=self.shuffle)
        if self.transform is None:
            return batches
        return self._transformed(batches, self.transform)

    @staticmethod
    def _transformed(
        batches: Iterator[tuple[torch.Tensor, ...]],
        transform: Callable[[torch.Tensor], torch.Tensor],
    ) -> Iterator[tuple[torch.Tensor, ...]]:
        for features, *others in batches:
            yield transform(features), *others


def _check(tensors: tuple[torch.Tensor, ...], size: int, *, who: str) -> None:
    """Raise ValueError unless the tensors can be cut into batches together."""
    rows = [len(tensor) for tensor in tensors]
    if len(set(rows)) != 1:
        raise ValueError(
            f"{who} needs tensors with the same number of rows, got {rows}: "
            "does every sample have its target?"
        )
    if rows[0] == 0:
        raise ValueError(f"{who} needs at least one row, got tensors without any.")
    if size < 1:
        raise ValueError(f"{who} needs a size of 1 row or more, got {size}.")


def _shuffled(tensors: tuple[torch.Tensor, ...], size: int) -> Iterator[tuple[torch.Tensor, ...]]:
    # Drawn on the CPU: the same seed gives the same batches on every device.
    order = torch.randperm(len(tensors[0])).to(tensors[0].device)
    for picked in order.split(size):
        # Whole rows are copied: of 60,000 garments, 64 take 23 µs, where tensor[picked], which goes
        # number by number, takes 78. Gathering some batches at once or storing bytes hardly gains;
        # shuffling all data once an epoch loses (108 µs): it leaves the processor's cache.
        yield tuple(tensor.index_select(0, picked) for tensor in tensors)


def _as_they_stand(
    tensors: tuple[torch.Tensor, ...], size: int
) -> Iterator[tuple[torch.Tensor, ...]]:
    yield from zip(*(tensor.split(size) for tensor in tensors), strict=True)
