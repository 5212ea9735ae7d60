"""The exercises of notebook 10, training in PyTorch."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from course_utils.checks.engine import Exercise, Mistake

Layers = list[tuple[Any, ...]]

_GARMENTS: Layers = [
    ("conv", 1, 6, 5),
    ("conv", 6, 16, 5),
    ("linear", 256, 120),
    ("linear", 120, 84),
    ("linear", 84, 10),
]


def _counted(weights: Callable[..., int], biases: Callable[..., int]) -> Callable[[Layers], int]:
    """Count with these rules; each gets the inputs, the outputs and, of windows, their width."""
    return lambda layers: sum(weights(*layer[1:]) + biases(*layer[1:]) for layer in layers)


def _weights(inputs: int, outputs: int, window: int = 1) -> int:
    return inputs * outputs * window**2


def _one_each(_inputs: int, outputs: int, _window: int = 1) -> int:
    return outputs


def _windows(
    begin: Callable[[int, int], int] = lambda index, _width: index,
    length: Callable[[int, int], int] = lambda values, width: values - width,
    pair: Callable[[list[float], int, int], Any] = lambda series, at, width: (
        series[at : at + width],
        series[at + width],
    ),
) -> Callable[[list[float], int], list[Any]]:
    """All samples; the options are the ways in which it goes wrong."""

    def samples(series: list[float], width: int) -> list[Any]:
        beyond = "beyond the end"  # what the notebook hands on for an IndexError
        places = [begin(index, width) for index in range(length(len(series), width))]
        return [pair(series, at, width) if at + width < len(series) else beyond for at in places]

    return samples


def _stopped(
    *,
    late: int = 0,
    ties: bool = False,
    from_zero: bool = False,
    against_previous: bool = False,
    kept: str = "best",
    in_all: bool = False,
    looks_ahead: bool = False,
) -> Callable[[Sequence[float], int], tuple[int, int]]:
    """Early stopping; the options are the ways in which it goes wrong."""

    def stop(losses: Sequence[float], patience: int) -> tuple[int, int]:
        if looks_ahead:
            best = losses.index(min(losses)) + 1
            return min(best + patience, len(losses)), best
        lowest, best, waited = math.inf, 0, 0
        for epoch, loss in enumerate(losses, 1):
            better = loss <= lowest if ties else loss < lowest
            waited = 0 if better and not in_all else waited + (not better)
            if better or against_previous:
                lowest = loss
            best = epoch if better else best
            if waited >= patience + late:
                return epoch - from_zero, {"best": best, "last": epoch}[kept] - from_zero
        return len(losses) - from_zero, {"best": best, "last": len(losses)}[kept] - from_zero

    return stop


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        key="10.count_parameters",
        answer=_counted(_weights, _one_each),
        praise="`count_parameters` is right: windows see every input, and each sum has one bias.",
        cases=(
            (_GARMENTS,),
            ([("conv", 3, 8, 3)],),
            ([("linear", 7, 2), ("conv", 2, 5, 1)],),
            ([],),
        ),
        mistakes=(
            Mistake(
                "no biases",
                _counted(_weights, lambda *_: 0),
                "{call} gave {got}, expected {expected}. The weights are all there; what is added "
                "to every weighted sum?",
            ),
            Mistake(
                "window not squared",
                _counted(
                    lambda inputs, outputs, window=1: inputs * outputs * window,
                    _one_each,
                ),
                "{call} gave {got}, expected {expected}. How many pixels does a window of 5 × 5 "
                "have?",
            ),
            Mistake(
                "one input only",
                _counted(
                    lambda inputs, outputs, window=0: outputs * (window**2 or inputs),
                    _one_each,
                ),
                "{call} gave {got}, expected {expected}. The second window looks at 6 numbers at "
                "each place, not at one: where do the inputs come in?",
            ),
            Mistake(
                "a bias for each input",
                _counted(_weights, lambda inputs, outputs, window=1: inputs * outputs),
                "{call} gave {got}, expected {expected}. A bias belongs to an output, whatever the "
                "number of inputs.",
            ),
            Mistake(
                "biases of inputs",
                _counted(_weights, lambda inputs, *_: inputs),
                "{call} gave {got}, expected {expected}. You added as many biases as there are "
                "inputs. Which side forms the sums?",
            ),
        ),
    ),
    Exercise(
        key="10.windows",
        answer=_windows(),
        praise="`Windows` is right: a DataLoader can take it from here.",
        cases=(
            ([1.0, 2.0, 3.0, 4.0, 5.0], 3),
            ([4.0, -1.0, 0.5, 7.0, 2.0, 9.0], 2),
            ([3.0, 1.0, 8.0], 1),
        ),
        mistakes=(
            Mistake(
                "one sample short",
                _windows(length=lambda values, width: values - width - 1),
                "the samples that you have are right, but the last one is missing. Its target is "
                "the last value of the series; where does its window begin?",
            ),
            Mistake(
                "one sample too many",
                _windows(length=lambda values, width: values - width + 1),
                "your `__len__` promises one sample more than there are. The last window of all "
                "has no value after it that could be its target.",
            ),
            Mistake(
                "as many as values",
                _windows(length=lambda values, _width: values),
                "your `__len__` promises a sample for every value. How many windows of that width "
                "still have a value after them?",
            ),
            Mistake(
                "ends at the width",
                _windows(pair=lambda series, at, width: (series[at:width], series[at + width])),
                "your first window is right, the others are too short: all of them end at the "
                "same place. Where does the window end that begins at `index`?",
            ),
            Mistake(
                "last of the window",
                _windows(
                    pair=lambda series, at, width: (
                        series[at : at + width],
                        series[at + width - 1],
                    )
                ),
                "your target is the last value inside the window, which the model can see. It "
                "should be the value after it.",
            ),
            Mistake(
                "target in the window",
                _windows(
                    pair=lambda series, at, width: (
                        series[at : at + width + 1],
                        series[at + width],
                    )
                ),
                "your window has one value too many, and it is the target itself. Where does a "
                "slice end?",
            ),
            Mistake(
                "target first",
                _windows(
                    pair=lambda series, at, width: (series[at + width], series[at : at + width])
                ),
                "both parts are right, but the target comes first. The order of a sample is "
                "(window, target), as a loop says: for features, targets in …",
            ),
            Mistake(
                "no overlap",
                _windows(
                    begin=lambda index, width: index * width,
                    length=lambda values, width: (values - 1) // width,
                ),
                "your windows follow each other without overlap. They should begin at every place "
                "of the series.",
            ),
        ),
    ),
    Exercise(
        key="10.stopping_epoch",
        answer=_stopped(),
        praise="`stopping_epoch` is right: patience counts from the best epoch, not from the last.",
        cases=(
            ([0.9, 0.7, 0.6, 0.65, 0.61, 0.5], 2),
            ([0.9, 0.8, 0.7, 0.6], 3),
            ([0.5, 0.6, 0.55, 0.52, 0.4, 0.45, 0.4, 0.41, 0.2], 3),
            ([1.0, 0.8, 0.9, 0.7, 0.75, 0.6, 0.6, 0.65], 2),
            ([0.3, 0.4, 0.5], 1),
            ([0.5, 0.7, 0.6, 0.65, 0.66, 0.3, 0.4], 2),
            ([0.5, 0.6, 0.7, 0.8, 0.9], 2),
        ),
        mistakes=(
            Mistake(
                "never stops",
                lambda losses, _patience: (len(losses), losses.index(min(losses)) + 1),
                "{call} gave {got}, expected {expected}. All epochs are done: nothing stops it "
                "when patience is at an end.",
            ),
            Mistake(
                "looks ahead",
                _stopped(looks_ahead=True),
                "{call} gave {got}, expected {expected}. You take the best of all losses, also of "
                "those that come after the end. Go through them epoch by epoch.",
            ),
            Mistake(
                "wrong order",
                lambda losses, patience: _stopped()(losses, patience)[::-1],
                "{call} gave {got}, expected {expected}. Both numbers are right, in the wrong "
                "order: first the epochs done, then the best one.",
            ),
            Mistake(
                "one epoch late",
                _stopped(late=1),
                "{call} gave {got}, expected {expected}. You wait one epoch too long: with "
                "patience 2 it ends at the second epoch in a row without improvement.",
            ),
            Mistake(
                "counted from zero",
                _stopped(from_zero=True),
                "{call} gave {got}, expected {expected}. Both are one too small: epochs are "
                "counted from 1 here.",
            ),
            Mistake(
                "against the epoch before",
                _stopped(against_previous=True),
                "{call} gave {got}, expected {expected}. You compare each loss with the one "
                "before it. A loss that falls a little after it rose is not yet a new best.",
            ),
            Mistake(
                "ties are improvements",
                _stopped(ties=True),
                "{call} gave {got}, expected {expected}. An equal loss is no improvement.",
            ),
            Mistake(
                "last weights kept",
                _stopped(kept="last"),
                "{call} gave {got}, expected {expected}. It ends at the right epoch, but you keep "
                "the last weights. Which ones were the best?",
            ),
            Mistake(
                "never starts anew",
                _stopped(in_all=True),
                "{call} gave {got}, expected {expected}. You count the bad epochs of the whole "
                "training. What happens to the count when there is a new best?",
            ),
        ),
    ),
)
