"""Schedules: how the learning rate goes over a training."""

from collections.abc import Callable


def triangle(steps: int, *, peak: float = 0.3) -> Callable[[int], float]:
    """Make a rate that climbs in a straight line and falls in one. Built in notebook 10.

    For ``torch.optim.lr_scheduler.LambdaLR``, moved on after every update.

    Args:
        steps: number of updates in the whole training.
        peak: part of the updates after which the rate is highest, between 0 and 1.

    Returns:
        A function of the number of updates made, 0 to `steps`, to the part of the highest rate.

    Raises:
        ValueError: no update, or a peak that is not between 0 and 1.
    """
    if steps < 1 or not 0 < peak < 1:
        raise ValueError(
            f"Expected 1 update or more and a peak between 0 and 1, got {steps} and {peak}."
        )
    return lambda t: min((t + 1) / (peak * steps), (steps - t) / (steps - peak * steps))
