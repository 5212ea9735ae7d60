"""The exercises of notebook 27: leaks, doors, calibration, an error over modules."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.checks.engine import Exercise, Mistake

Array = NDArray[Any]
Band = tuple[float, float]


def _shared_modules(modules: Sequence[int], train: Sequence[int], held: Sequence[int]) -> list[int]:
    return sorted({modules[i] for i in train} & {modules[i] for i in held})


def _human_band(miss: float, alarm: float, look: float) -> Band:
    low, high = look / miss, 1 - look / alarm
    return (low, high) if low < high else (0.0, 0.0)


def _places(p: Array, edges: Sequence[float]) -> Array:
    found: Array = np.clip(np.searchsorted(edges, p, side="right") - 1, 0, len(edges) - 2)
    return found


def _gaps(p: Array, labels: Array, place: Array) -> list[tuple[int, float]]:
    """For each bin that is not empty: its number of cells, and the signed gap."""
    return [
        (int((place == k).sum()), float(p[place == k].mean() - labels[place == k].mean()))
        for k in np.unique(place)
    ]


def _calibration_gap(p: Array, labels: Array, edges: Sequence[float]) -> float:
    return sum(n * abs(gap) for n, gap in _gaps(p, labels, _places(p, edges))) / len(p)


def _unweighted(p: Array, labels: Array, edges: Sequence[float]) -> float:
    return float(np.mean([abs(gap) for _, gap in _gaps(p, labels, _places(p, edges))]))


def _signed(p: Array, labels: Array, edges: Sequence[float]) -> float:
    return sum(n * gap for n, gap in _gaps(p, labels, _places(p, edges))) / len(p)


def _squared(p: Array, labels: Array, edges: Sequence[float]) -> float:
    return sum(n * gap**2 for n, gap in _gaps(p, labels, _places(p, edges))) / len(p)


def _largest(p: Array, labels: Array, edges: Sequence[float]) -> float:
    return max(abs(gap) for _, gap in _gaps(p, labels, _places(p, edges)))


def _summed(p: Array, labels: Array, edges: Sequence[float]) -> float:
    return sum(n * abs(gap) for n, gap in _gaps(p, labels, _places(p, edges)))


def _all_bins(p: Array, labels: Array, edges: Sequence[float]) -> float:
    gaps = [abs(gap) for _, gap in _gaps(p, labels, _places(p, edges))]
    return sum(gaps) / (len(edges) - 1)


def _last_end_lost(p: Array, labels: Array, edges: Sequence[float]) -> float:
    inside = p < edges[-1]
    found = _gaps(p[inside], labels[inside], _places(p[inside], edges))
    return sum(n * abs(gap) for n, gap in found) / len(p)


def _last_end_alone(p: Array, labels: Array, edges: Sequence[float]) -> float:
    place = np.searchsorted(edges, p, side="right")
    return sum(n * abs(gap) for n, gap in _gaps(p, labels, place)) / len(p)


def _right_ends(p: Array, labels: Array, edges: Sequence[float]) -> float:
    place = np.clip(np.searchsorted(edges, p, side="left") - 1, 0, len(edges) - 2)
    return sum(n * abs(gap) for n, gap in _gaps(p, labels, place)) / len(p)


def _cell_by_cell(p: Array, labels: Array, _edges: Sequence[float]) -> float:
    return float(np.abs(p - labels).mean())


def _bin_middles(p: Array, labels: Array, edges: Sequence[float]) -> float:
    place = _places(p, edges)
    middles = (np.asarray(edges)[1:] + np.asarray(edges)[:-1]) / 2
    gaps = [
        (place == k).sum() * abs(middles[k] - labels[place == k].mean()) for k in np.unique(place)
    ]
    return float(np.sum(gaps) / len(p))


def _without(values: Array, groups: Array) -> Array:
    """The mean of all other samples, for each group."""
    return np.array([values[groups != one].mean() for one in np.unique(groups)])


def _own(values: Array, groups: Array) -> Array:
    return np.array([values[groups == one].mean() for one in np.unique(groups)])


def _error(means: Array, centre: float | None = None, cells: int | None = None) -> float:
    """The jackknife's standard error from the means without each group."""
    away = means - (means.mean() if centre is None else centre)
    count = len(means) if cells is None else cells
    return float(np.sqrt((count - 1) / count * (away**2).sum()))


def _jackknife(values: Array, modules: Array) -> float:
    return _error(_without(values, modules))


def _means_of_means(values: Array, modules: Array) -> float:
    own = _own(values, modules)
    return _error(_without(own, np.arange(len(own))))


FIVE = [3, 3, 1, 7, 1, 3, 5, 7, 0]
P = np.array([0.05, 0.15, 0.2, 0.25, 0.5, 0.55, 0.9, 1.0, 1.0, 0.0])
HIT = np.array([0, 1, 0, 0, 1, 0, 1, 1, 0, 0])
FIFTHS = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
CHANGE = np.array([1.0, 0, 1, -1, 0, 0, 1, 1, 0, -1, 0, 1])
UNEVEN = np.array([4, 4, 4, 4, 4, 9, 9, 9, 2, 2, 7, 7])

EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        key="27.shared_modules",
        answer=_shared_modules,
        praise="`shared_modules` is right. An empty list is what you want to see behind a split.",
        cases=(
            (FIVE, [0, 2, 6, 8], [1, 3, 4, 5, 7]),
            (FIVE, [0, 1, 5], [2, 4, 8]),
            (FIVE, [8, 7, 5, 2], [4, 3, 1, 0]),
            ([10, 9, 10, 9, 2], [0, 1, 4], [2, 3]),
        ),
        mistakes=(
            Mistake(
                "positions",
                lambda modules, train, held: sorted(set(train) & set(held)),
                "{call} gave {got}, expected {expected}. You compared positions: no cell is on "
                "both sides. Of which modules are these cells?",
            ),
            Mistake(
                "either side",
                lambda modules, train, held: sorted(
                    {modules[i] for i in train} | {modules[i] for i in held}
                ),
                "{call} gave {got}, expected {expected}: those are the modules on one side or the "
                "other. Asked are those on both.",
            ),
            Mistake(
                "only one side",
                lambda modules, train, held: sorted(
                    {modules[i] for i in train} ^ {modules[i] for i in held}
                ),
                "{call} gave {got}, expected {expected}: those are the modules that do not leak.",
            ),
            Mistake(
                "once for each cell",
                lambda modules, train, held: sorted(
                    modules[i] for i in held if modules[i] in {modules[k] for k in train}
                ),
                "{call} gave {got}, expected {expected}. Each module once, however many of its "
                "cells are held out.",
            ),
            Mistake(
                "not sorted",
                lambda modules, train, held: list(
                    dict.fromkeys(
                        modules[i] for i in held if modules[i] in {modules[k] for k in train}
                    )
                ),
                "{call} gave {got}, expected {expected}. The modules are right; put them in order.",
            ),
            Mistake(
                "how many",
                lambda modules, train, held: len(_shared_modules(modules, train, held)),
                "{call} gave {got}: their number. Which modules are they?",
            ),
            Mistake(
                "yes or no",
                lambda modules, train, held: bool(_shared_modules(modules, train, held)),
                "{call} gave {got}: whether there is a leak. Which modules leak?",
            ),
        ),
    ),
    Exercise(
        key="27.human_band",
        answer=_human_band,
        praise="`human_band` is right, and it knows when the third door stays shut.",
        cases=(
            (8.0, 4.0, 1.0),
            (20.0, 4.0, 1.0),
            (2.0, 5.0, 0.5),
            (8.0, 4.0, 3.0),
            (6.0, 3.0, 2.5),
            (4.0, 4.0, 2.0),
        ),
        mistakes=(
            Mistake(
                "prices exchanged",
                lambda miss, alarm, look: _human_band(alarm, miss, look),
                "{call} gave {got}, expected {expected}. Which price meets you at small p, when "
                "you pass? Miss and alarm have changed places.",
            ),
            Mistake(
                "no one minus",
                lambda miss, alarm, look: (
                    (look / miss, look / alarm) if look / miss < look / alarm else (0.0, 0.0)
                ),
                "{call} gave {got}, expected {expected}. A false alarm is paid for with "
                "probability 1 − p. Solve alarm · (1 − p) = look for p.",
            ),
            Mistake(
                "always a band",
                lambda miss, alarm, look: (look / miss, 1 - look / alarm),
                "{call} gave {got}, expected {expected}. Is the lower end below the upper one? A "
                "look can be too dear for every p.",
            ),
            Mistake(
                "empty band",
                lambda miss, alarm, look: (
                    (look / miss, 1 - look / alarm)
                    if look / miss <= 1 - look / alarm
                    else (0.0, 0.0)
                ),
                "{call} gave {got}, expected {expected}. At a single p all three cost the same: "
                "there looking is not cheaper than the others.",
            ),
            Mistake(
                "threshold twice",
                lambda miss, alarm, look: (alarm / (miss + alarm),) * 2,
                "{call} gave {got}, expected {expected}. That is where passing and rejecting cost "
                "the same. Compare each of them with the look.",
            ),
            Mistake(
                "upper end first",
                lambda miss, alarm, look: _human_band(miss, alarm, look)[::-1],
                "{call} gave {got}, expected {expected}. The lower end comes first.",
            ),
            Mistake(
                "one zero",
                lambda miss, alarm, look: (
                    _human_band(miss, alarm, look) if look / miss < 1 - look / alarm else 0.0
                ),
                "{call} gave {got}, expected {expected}. A pair in any case: 0 twice.",
            ),
        ),
    ),
    Exercise(
        key="27.calibration_gap",
        answer=_calibration_gap,
        praise="`calibration_gap` is right: a reliability curve in one number.",
        cases=(
            (P, HIT, FIFTHS),
            (P, HIT, [0.0, 0.5, 1.0]),
            (P, HIT, [0.0, 0.1, 0.3, 1.0]),
            (np.array([0.1, 0.3, 0.2]), np.array([1, 0, 0]), [0.0, 1.0]),
            (np.array([0.7, 0.6, 0.9, 0.1]), np.array([0, 1, 0, 0]), [0.0, 0.5, 0.8, 1.0]),
        ),
        mistakes=(
            Mistake(
                "bins count alike",
                _unweighted,
                "{call} gave {got}, expected {expected}. A bin with one cell counts like a bin "
                "with many. Weigh each gap by its number of cells.",
            ),
            Mistake(
                "no absolute value",
                _signed,
                "{call} gave {got}, expected {expected}. Too sure here and too modest there cancel "
                "each other: take the absolute difference in each bin.",
            ),
            Mistake(
                "squared",
                _squared,
                "{call} gave {got}, expected {expected}. You squared the gaps; asked is their "
                "absolute value.",
            ),
            Mistake(
                "largest gap",
                _largest,
                "{call} gave {got}: the largest gap, a single bin may rule it. Asked is the mean.",
            ),
            Mistake(
                "sum",
                _summed,
                "{call} gave {got}, expected {expected}. That grows with the number of cells: "
                "divide by it.",
            ),
            Mistake(
                "empty bins count",
                _all_bins,
                "{call} gave {got}, expected {expected}. You divided by the number of bins, "
                "empty ones too. Weigh each gap by its cells, and divide by all cells.",
            ),
            Mistake(
                "the last end is lost",
                _last_end_lost,
                "{call} gave {got}, expected {expected}. Where do cells with p at the very last "
                "edge go? The last bin includes its right end.",
            ),
            Mistake(
                "the last end alone",
                _last_end_alone,
                "{call} gave {got}, expected {expected}. The p at the very last edge have got a "
                "bin of their own; they belong to the last bin.",
            ),
            Mistake(
                "right ends included",
                _right_ends,
                "{call} gave {got}, expected {expected}. A p that lies on an inner edge belongs to "
                "the bin that begins there.",
            ),
            Mistake(
                "cell by cell",
                _cell_by_cell,
                "{call} gave {got}, expected {expected}. You compared each p with its own label, "
                "0 or 1. First take means inside a bin, then compare.",
            ),
            Mistake(
                "middles of bins",
                _bin_middles,
                "{call} gave {got}, expected {expected}. You took the middle of the bin; take the "
                "mean of the p that are in it.",
            ),
        ),
    ),
    Exercise(
        key="27.jackknife",
        answer=_jackknife,
        praise="`jackknife` is right: an error over modules, without a single drawing.",
        cases=(
            (CHANGE, UNEVEN),
            (CHANGE, UNEVEN[::-1].copy()),
            (CHANGE[:5], np.array([3, 1, 3, 2, 1])),
            (np.array([80.0, 95, 61, 70]), np.array([0, 0, 0, 1])),
        ),
        mistakes=(
            Mistake(
                "cells left out",
                lambda values, _modules: _error(_without(values, np.arange(len(values)))),
                "{call} gave {got}, expected {expected}. You left out one cell at a time. Leave "
                "out a whole module: its cells are not independent.",
            ),
            Mistake(
                "modules alone",
                lambda values, modules: _error(_own(values, modules)),
                "{call} gave {got}, expected {expected}. You took the mean of each module. Take "
                "the mean of all cells that are *not* in it.",
            ),
            Mistake(
                "means of means",
                _means_of_means,
                "{call} gave {got}, expected {expected}. You averaged the means of the modules, "
                "so that a small module counts like a large one. Average the cells.",
            ),
            Mistake(
                "no factor",
                lambda values, modules: float(_without(values, modules).std()),
                "{call} gave {got}, expected {expected}. You have the standard deviation of the "
                "means, which is far too small, as they share most of their cells: under the root "
                "belongs (G − 1) / G times the *sum* of the squares.",
            ),
            Mistake(
                "sample deviation",
                lambda values, modules: float(_without(values, modules).std(ddof=1)),
                "{call} gave {got}, expected {expected}. You divided the sum of the squares by "
                "G − 1. These means share most of their cells: multiply by (G − 1) / G.",
            ),
            Mistake(
                "modules without cells",
                lambda values, modules: _error(
                    np.array([values[modules != m].mean() for m in range(modules.max() + 1)])
                ),
                "{call} gave {got}, expected {expected}. Some of your modules have no cells: go "
                "through the numbers that occur, `np.unique(modules)`.",
            ),
            Mistake(
                "G cells",
                lambda values, modules: _error(_without(values, modules), cells=len(values)),
                "{call} gave {got}, expected {expected}. G is the number of modules, not of cells.",
            ),
            Mistake(
                "bare sum",
                lambda values, modules: _error(_without(values, modules), cells=10**12),
                "{call} gave {got}, expected {expected}. Under the root the factor (G − 1) / G is "
                "missing.",
            ),
            Mistake(
                "no root",
                lambda values, modules: _jackknife(values, modules) ** 2,
                "{call} gave {got}, expected {expected}. That is the square: take the root.",
            ),
            Mistake(
                "around the mean of all",
                lambda values, modules: _error(_without(values, modules), float(values.mean())),
                "{call} gave {got}, expected {expected}. Measure the distances from the mean of "
                "the G means, not from the mean of all cells.",
            ),
        ),
    ),
)
