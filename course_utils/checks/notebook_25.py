"""The exercises of notebook 25: parity, requests, percentiles, drift."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.checks.engine import Exercise, Mistake

Array = NDArray[Any]

RIGHT = np.array([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2]])
LARGE = np.array([[90.0, 10.0], [0.5, 0.5]])
NAN = np.array([[0.1, math.nan, 0.2], [0.5, 0.3, 0.2]])


def _largest_difference(expected: Array, got: Array) -> float:
    if expected.shape != got.shape:
        return math.inf
    worst = float(np.abs(expected - got).max())
    return math.inf if math.isnan(worst) else worst


def _checked(measure: Callable[[Array, Array], Any]) -> Callable[[Array, Array], Any]:
    """A mistaken measure that treats shapes and NaN rightly."""

    def judged(expected: Array, got: Array) -> Any:
        whole = expected.shape == got.shape and not np.isnan(expected - got).any()
        return measure(expected, got) if whole else math.inf

    return judged


def _broadcast(expected: Array, got: Array) -> float:
    try:
        worst = float(np.abs(expected - got).max())
    except ValueError:
        return math.inf
    return math.inf if math.isnan(worst) else worst


def _nan_comes_back(expected: Array, got: Array) -> float:
    return math.inf if expected.shape != got.shape else float(np.abs(expected - got).max())


def _nan_is_skipped(expected: Array, got: Array) -> float:
    return math.inf if expected.shape != got.shape else float(np.nanmax(np.abs(expected - got)))


def _guard(
    *,
    order: Sequence[int] = (413, 415, 422),
    large: Callable[[int], bool] = lambda size: size > 32_768,
    png: Callable[[str], bool] = lambda kind: kind.split(";")[0].strip().lower() == "image/png",
    fits: Callable[[int, int], bool] = lambda width, height: (
        1 <= width <= 512 and 1 <= height <= 512
    ),
    good: int = 200,
) -> Callable[[str, int, int, int], int]:
    """The guard at the door, right unless a part of it is exchanged."""

    def status_code(kind: str, size: int, width: int, height: int) -> int:
        faults = {413: large(size), 415: not png(kind), 422: not fits(width, height)}
        return next((code for code in order if faults[code]), good)

    return status_code


def _nearest_rank(times: Sequence[float], percent: int) -> float:
    return sorted(times)[math.ceil(percent * len(times) / 100) - 1]


def _residue(times: Sequence[float], percent: int) -> float:
    rank = math.ceil(percent / 100 * len(times))
    return sorted(times)[min(rank, len(times)) - 1]


def _one_late(times: Sequence[float], percent: int) -> float:
    return sorted(times)[min(percent * len(times) // 100, len(times) - 1)]


def _rounded(times: Sequence[float], percent: int) -> float:
    return sorted(times)[max(round(percent * len(times) / 100) - 1, 0)]


def _curves(window: Sequence[float], reference: Sequence[float], at: Sequence[float]) -> Array:
    """Cumulative share of the window minus that of the reference, at the given values."""
    return np.array(
        [np.mean([w <= x for w in window]) - np.mean([r <= x for r in reference]) for x in at]
    )


def _largest(gaps: Array) -> float:
    return float(gaps[np.abs(gaps).argmax()])


def _signed_gap(window: Sequence[float], reference: Sequence[float]) -> float:
    return _largest(_curves(window, reference, [*window, *reference]))


def _only_at_the_window(window: Sequence[float], reference: Sequence[float]) -> float:
    return _largest(_curves(window, reference, window))


def _only_at_the_reference(window: Sequence[float], reference: Sequence[float]) -> float:
    return _largest(_curves(window, reference, reference))


def _shares_of_values(window: Sequence[float], reference: Sequence[float]) -> float:
    pooled = [*window, *reference]
    gaps = [np.mean(np.equal(window, x)) - np.mean(np.equal(reference, x)) for x in pooled]
    return _largest(np.array(gaps))


HUNDRED = [float(7 * k % 101) for k in range(1, 101)]

EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        key="25.largest_difference",
        answer=_largest_difference,
        praise="`largest_difference` is right, and neither a shape nor a NaN slips through.",
        cases=(
            (RIGHT, RIGHT.copy()),
            (RIGHT, np.array([[0.1, 0.66, 0.24], [0.6, 0.15, 0.25]])),
            (LARGE, np.array([[90.3, 9.9], [0.5, 0.4]])),
            (RIGHT, NAN),
            (NAN, RIGHT),
            (RIGHT, RIGHT[:, :1]),
            (RIGHT, RIGHT[:1]),
            (RIGHT, RIGHT.T),
            (np.array([0.5]), np.array([0.25])),
        ),
        mistakes=(
            Mistake(
                "no absolute value",
                _checked(lambda expected, got: float((expected - got).max())),
                "{call} gave {got}, expected {expected}. A number that is too large makes "
                "expected − got negative, and the maximum passes over it.",
            ),
            Mistake(
                "no absolute value, other way round",
                _checked(lambda expected, got: float((got - expected).max())),
                "{call} gave {got}, expected {expected}. A number that is too small makes "
                "got − expected negative, and the maximum passes over it.",
            ),
            Mistake(
                "mean",
                _checked(lambda expected, got: float(np.abs(expected - got).mean())),
                "{call} gave {got}: that is the mean difference. One answer that is badly wrong "
                "disappears among thousands of right ones; which single one is worst?",
            ),
            Mistake(
                "relative",
                _checked(lambda expected, got: float((np.abs(expected - got) / expected).max())),
                "{call} gave {got}, expected {expected}. You divided by the expected values; "
                "asked is the difference itself.",
            ),
            Mistake(
                "broadcast",
                _broadcast,
                "{call} gave {got}, expected {expected}. The shapes differ, but NumPy stretched "
                "one to fit the other. Look at the shapes before subtracting.",
            ),
            Mistake(
                "NaN comes back",
                _nan_comes_back,
                "{call} gave {got}, expected {expected}. Your largest difference is a NaN, and "
                "`nan > tolerance` is False: the check would pass.",
            ),
            Mistake(
                "NaN is skipped",
                _nan_is_skipped,
                "{call} gave {got}, expected {expected}. The NaN was left out of the maximum; "
                "an answer that is not a number is as wrong as can be.",
            ),
            Mistake(
                "false or true",
                lambda expected, got: _largest_difference(expected, got) < 1e-5,
                "{call} gave {got}: a yes or no. Return how large the difference is; whether "
                "that is too much, the caller decides.",
            ),
        ),
    ),
    Exercise(
        key="25.status_code",
        answer=_guard(),
        praise="`status_code` is right: each fault gets its code, in the order of the list.",
        cases=(
            ("image/png", 900, 28, 28),
            ("image/png", 32_768, 512, 512),
            ("image/png", 32_769, 28, 28),
            ("image/jpeg", 900, 28, 28),
            ("IMAGE/PNG", 900, 28, 28),
            ("image/png; q=1", 900, 28, 28),
            ("text/plain; name=image/png", 900, 28, 28),
            ("image/pngx", 900, 28, 28),
            ("image/png", 900, 513, 28),
            ("image/png", 900, 28, 4000),
            ("image/png", 900, 0, 28),
            ("image/png", 900, 28, 0),
            ("image/png", 900, 1, 1),
            ("text/plain", 50_000, 28, 28),
            ("text/plain", 900, 4000, 28),
            ("image/png", 50_000, 4000, 28),
            ("", 900, 28, 28),
        ),
        mistakes=(
            Mistake(
                "limit itself refused",
                _guard(large=lambda size: size >= 32_768),
                "{call} gave {got}, expected {expected}. Refused are bodies of *more* than "
                "32,768 bytes; exactly so many are allowed.",
            ),
            Mistake(
                "kind before size",
                _guard(order=(415, 413, 422)),
                "{call} gave {got}, expected {expected}. Two faults at once: the list names the "
                "size first.",
            ),
            Mistake(
                "sides first",
                _guard(order=(422, 413, 415)),
                "{call} gave {got}, expected {expected}. Several faults at once: to know the "
                "sides one has to open the body; size and kind come first.",
            ),
            Mistake(
                "capitals matter",
                _guard(png=lambda kind: kind.split(";")[0].strip() == "image/png"),
                "{call} gave {got}, expected {expected}. Content types are the same in capitals "
                "and in small letters.",
            ),
            Mistake(
                "semicolon matters",
                _guard(png=lambda kind: kind.lower() == "image/png"),
                "{call} gave {got}, expected {expected}. What follows a semicolon is an addition "
                "to the type, not the type.",
            ),
            Mistake(
                "somewhere in the kind",
                _guard(png=lambda kind: "image/png" in kind.lower()),
                "{call} gave {got}, expected {expected}. The words image/png stand there, but "
                "not as the type. What comes before the semicolon?",
            ),
            Mistake(
                "begins with it",
                _guard(png=lambda kind: kind.lower().startswith("image/png")),
                "{call} gave {got}, expected {expected}. A type that only begins with image/png "
                "is another type. Compare all that stands before the semicolon.",
            ),
            Mistake(
                "exact comparison",
                _guard(png=lambda kind: kind == "image/png"),
                "{call} gave {got}, expected {expected}. Neither capitals nor what follows a "
                "semicolon shall matter.",
            ),
            Mistake(
                "width only",
                _guard(fits=lambda width, height: 1 <= width <= 512),
                "{call} gave {got}, expected {expected}. An image has two sides; you looked at "
                "one of them.",
            ),
            Mistake(
                "no lower end",
                _guard(fits=lambda width, height: width <= 512 and height <= 512),
                "{call} gave {got}, expected {expected}. Too large is refused, but what about "
                "an image without any pixel?",
            ),
            Mistake(
                "one good side is enough",
                _guard(fits=lambda width, height: 1 <= width <= 512 or 1 <= height <= 512),
                "{call} gave {got}, expected {expected}. Both sides have to be from 1 to 512, "
                "not one of them.",
            ),
            Mistake(
                "largest side refused",
                _guard(fits=lambda width, height: 1 <= width < 512 and 1 <= height < 512),
                "{call} gave {got}, expected {expected}. From 1 to 512 includes 512.",
            ),
        ),
    ),
    Exercise(
        key="25.nearest_rank",
        answer=_nearest_rank,
        praise="`nearest_rank` is right: every answer is a time that was measured.",
        cases=(
            ([3.0, 1.0, 2.0, 9.0], 50),
            ([3.0, 1.0, 2.0, 9.0], 51),
            ([3.0, 1.0, 2.0, 9.0], 100),
            ([12.0], 1),
            ([5.0, 8.0, 2.0], 50),
            ([float(k * k % 23) + k / 100 for k in range(20)], 95),
            (HUNDRED, 7),
            (HUNDRED, 99),
            ([4.0, 4.0, 4.0, 30.0, 1.0], 61),
        ),
        mistakes=(
            Mistake(
                "interpolated",
                lambda times, percent: float(np.percentile(times, percent)),
                "{call} gave {got}, expected {expected}. That is np.percentile, which goes "
                "between two measured times. Take the smallest measured one that is enough.",
            ),
            Mistake(
                "not sorted",
                lambda times, percent: times[math.ceil(percent * len(times) / 100) - 1],
                "{call} gave {got}, expected {expected}. The place in the list is right, but "
                "the times stand in the order of the calls.",
            ),
            Mistake(
                "one late",
                _one_late,
                "{call} gave {got}, expected {expected}. One place too late: Python counts from 0.",
            ),
            Mistake(
                "from the top",
                lambda times, percent: sorted(times, reverse=True)[
                    math.ceil(percent * len(times) / 100) - 1
                ],
                "{call} gave {got}, expected {expected}. You counted from the slowest call; "
                "that is how many took at least as long.",
            ),
            Mistake(
                "rounded",
                _rounded,
                "{call} gave {got}, expected {expected}. Too few times are at most as long as "
                "that: *at least* so many percent means rounding the place up.",
            ),
            Mistake(
                "rounding error",
                _residue,
                "{call} gave {got}, expected {expected}. In floating point, 7 / 100 times 100 is "
                "a little more than 7, and rounding up makes it 8. Multiply first, then divide.",
            ),
            Mistake(
                "slowest",
                lambda times, percent: max(times),
                "{call} gave {got}, expected {expected}. That is the slowest call, whatever the "
                "percentage.",
            ),
            Mistake(
                "mean",
                lambda times, percent: float(np.mean(times)),
                "{call} gave {got}, expected {expected}. That is the mean, whatever the "
                "percentage.",
            ),
            Mistake(
                "rank",
                lambda times, percent: math.ceil(percent * len(times) / 100),
                "{call} gave {got}, expected {expected}. That is the place in the sorted list. "
                "Which time stands there?",
            ),
        ),
    ),
    Exercise(
        key="25.signed_gap",
        answer=_signed_gap,
        praise="`signed_gap` is right: how far, and which way.",
        cases=(
            ([1.0, 2.0], [2.0, 3.0]),
            ([4.0, 9.0, 7.0], [1.0, 8.0, 2.0, 3.0]),
            ([0.5, 0.1, 0.9, 0.3], [0.6, 0.65, 0.7, 0.2, 0.95]),
            ([5.0, 5.0, 5.0, 1.0], [5.0, 5.0, 2.0, 3.0, 4.0]),
            ([-3.0, -1.0, 0.0, 2.0, 6.0], [-2.0, -1.5, 1.0, 1.5]),
            ([10.0], [1.0, 2.0, 3.0]),
        ),
        mistakes=(
            Mistake(
                "no sign",
                lambda window, reference: abs(_signed_gap(window, reference)),
                "{call} gave {got}, expected {expected}. The size is right; the sign is gone. "
                "Find the place by the absolute value, then return the gap itself.",
            ),
            Mistake(
                "sign exchanged",
                lambda window, reference: -_signed_gap(window, reference),
                "{call} gave {got}, expected {expected}. The size is right, the sign is turned "
                "round: window minus reference.",
            ),
            Mistake(
                "upwards only",
                lambda window, reference: float(
                    _curves(window, reference, [*window, *reference]).max()
                ),
                "{call} gave {got}, expected {expected}. You took the largest gap upwards; "
                "there is a larger one downwards.",
            ),
            Mistake(
                "only at the window's values",
                _only_at_the_window,
                "{call} gave {got}, expected {expected}. Both curves step, the window's at its "
                "values and the reference's at its own. You looked at the window's only.",
            ),
            Mistake(
                "only at the reference's values",
                _only_at_the_reference,
                "{call} gave {got}, expected {expected}. Both curves step, the window's at its "
                "values and the reference's at its own. You looked at the reference's only.",
            ),
            Mistake(
                "shares of single values",
                _shares_of_values,
                "{call} gave {got}, expected {expected}. You compared how often a single value "
                "occurs. The curves add up: the share of all values that are *at most* x.",
            ),
            Mistake(
                "means",
                lambda window, reference: float(np.mean(window) - np.mean(reference)),
                "{call} gave {got}, expected {expected}. That is the difference of the means; "
                "asked is a difference of shares.",
            ),
            Mistake(
                "place",
                lambda window, reference: float(
                    [*window, *reference][
                        np.abs(_curves(window, reference, [*window, *reference])).argmax()
                    ]
                ),
                "{call} gave {got}, expected {expected}. That is the value x where the gap is "
                "largest. How large is the gap there?",
            ),
        ),
    ),
)
