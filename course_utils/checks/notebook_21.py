"""The exercises of notebook 21, autoencoders."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.checks.engine import Exercise, Mistake

Array = NDArray[np.float64]

_CLEAN = np.array([[0.0, 0.5, 1.0], [0.2, 0.9, 0.4]])
_RESTORED = np.array([[0.1, 0.5, 0.7], [0.0, 1.0, 0.45]])
_BYTES = np.array([[10.0, 200.0], [30.0, 255.0], [0.0, 90.0]])
_NEAR_BYTES = np.array([[12.0, 190.0], [30.0, 250.0], [7.0, 91.0]])
_NORMAL = np.array([0.3, 0.1, 0.9, 0.2, 0.5, 0.4, 0.8, 0.7, 0.6, 1.0])
_TWENTY = np.roll(np.arange(1, 21) / 20, 7)
_NEW = np.array([0.7, 0.71, 0.05, 2.0, 0.95, 0.35, 1.0, 0.15])


def _decibels(clean: Array, restored: Array, peak: float) -> Any:
    return 10 * np.log10(peak**2 / np.mean((clean - restored) ** 2))


def _decibels_of(clean: Array, restored: Array, peak: float, how: str) -> Any:
    """The ways in which the formula goes wrong."""
    squares = (clean - restored) ** 2
    ratio = peak**2 / np.mean(squares)
    ways = {
        "peak of 1": 10 * np.log10(1 / np.mean(squares)),
        "peak not squared": 10 * np.log10(peak / np.mean(squares)),
        "natural": 10 * np.log(ratio),
        "binary": 10 * np.log2(ratio),
        "bel": np.log10(ratio),
        "twenty": 20 * np.log10(ratio),
        "root": 10 * np.log10(peak / np.sqrt(np.mean(squares))),
        "upside down": -10 * np.log10(ratio),
        "sum": 10 * np.log10(peak**2 / np.sum(squares)),
        "absolute": 10 * np.log10(peak**2 / np.mean(np.abs(clean - restored))),
        "mean of each": np.mean(10 * np.log10(peak**2 / np.mean(squares, axis=1))),
        "brightest": 10 * np.log10(clean.max() ** 2 / np.mean(squares)),
    }
    return ways[how]


def _way(how: str) -> Any:
    return lambda clean, restored, peak: _decibels_of(clean, restored, peak, how)


def _zoomed(x: Array, rows: int, columns: int) -> Any:
    return np.repeat(np.repeat(x, rows, axis=0), columns, axis=1)


def _nails(x: Array, rows: int, columns: int) -> Any:
    grown = np.zeros((x.shape[0] * rows, x.shape[1] * columns))
    grown[::rows, ::columns] = x
    return grown


def _alarms(
    normal: Array,
    new: Array,
    false_alarms: float,
    *,
    inclusive: bool = False,
    shift: int = 0,
    share: float | None = None,
) -> Any:
    """1 where the alarm rings; the options are the ways in which it goes wrong."""
    above = int(len(normal) * (false_alarms if share is None else share) + 1e-9)
    threshold = np.sort(normal)[np.clip(len(normal) - 1 - above + shift, 0, len(normal) - 1)]
    return (new >= threshold if inclusive else new > threshold).astype(int)


def _stamped(
    x: Array, kernel: Array, stride: int, padding: int, *, cut: bool = True, add: bool = True
) -> Any:
    """Stamps in a row; the options are the ways in which it goes wrong."""
    row = np.zeros((len(x) - 1) * stride + len(kernel))
    for i, value in enumerate(x):
        place = slice(i * stride, i * stride + len(kernel))
        row[place] = value * kernel + (row[place] if add else 0)
    return row[padding : len(row) - padding] if cut else row


def _stamped_and_padded(x: Array, kernel: Array, stride: int, padding: int) -> Any:
    return np.pad(_stamped(x, kernel, stride, 0), padding)


def _stamped_left(x: Array, kernel: Array, stride: int, padding: int) -> Any:
    return _stamped(x, kernel, stride, 0)[2 * padding :]


def _stamped_right(x: Array, kernel: Array, stride: int, padding: int) -> Any:
    row = _stamped(x, kernel, stride, 0)
    return row[: len(row) - 2 * padding]


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        key="21.decibels",
        answer=_decibels,
        praise="`decibels` is right, for any peak.",
        cases=((_CLEAN, _RESTORED, 1), (_BYTES, _NEAR_BYTES, 255), (_CLEAN, _RESTORED, 2)),
        mistakes=(
            Mistake(
                "peak left out",
                _way("peak of 1"),
                "right for a peak of 1. But for a peak of 255 your number is the one for a peak of "
                "1. Where does `peak` belong in the formula?",
            ),
            Mistake(
                "peak not squared",
                _way("peak not squared"),
                "right for a peak of 1. For others you divide the peak itself by the mean squared "
                "error: a length by a square. What is the largest possible *squared* error?",
            ),
            Mistake(
                "brightest pixel",
                _way("brightest"),
                "you take the brightest pixel of the clean image. `peak` says how bright a pixel "
                "could be, whether one is so bright or not.",
            ),
            Mistake(
                "natural logarithm",
                _way("natural"),
                "{call} gave {got}, expected {expected}. Your logarithm has the base e; decibels "
                "count powers of ten.",
            ),
            Mistake(
                "binary logarithm",
                _way("binary"),
                "{call} gave {got}, expected {expected}. Your logarithm has the base 2; decibels "
                "count powers of ten.",
            ),
            Mistake(
                "bel instead of decibel",
                _way("bel"),
                "{call} gave {got}, expected {expected}. That is in bels; a decibel is a tenth of "
                "a bel.",
            ),
            Mistake(
                "twenty times the squares",
                _way("twenty"),
                "{call} gave {got}, expected {expected}. The 20 belongs to a ratio of lengths, "
                "peak by root mean squared error. You have a ratio of squares.",
            ),
            Mistake(
                "root of the error",
                _way("root"),
                "{call} gave {got}, expected {expected}, half of it. Your ratio is one of lengths. "
                "With the factor 10 it has to be one of squares.",
            ),
            Mistake(
                "upside down",
                _way("upside down"),
                "the size is right, the sign is not: a better image should get more decibels, "
                "yours gets fewer. Which of the two numbers of the ratio is on top?",
            ),
            Mistake(
                "sum of the squares",
                _way("sum"),
                "{call} gave {got}, expected {expected}. You add the squared errors up, so a "
                "larger image would be a worse one. Take their mean.",
            ),
            Mistake(
                "absolute errors",
                _way("absolute"),
                "{call} gave {got}, expected {expected}. You average the absolute errors; the "
                "formula asks for the squared ones.",
            ),
            Mistake(
                "mean of logarithms",
                _way("mean of each"),
                "{call} gave {got}, expected {expected}. You compute decibels row by row and "
                "average them. Average all squared errors first, then take one logarithm.",
            ),
        ),
    ),
    Exercise(
        key="21.zoomed",
        answer=_zoomed,
        praise="`zoomed` is right, also where height and width grow differently.",
        cases=(
            (np.array([[1.0, 2.0], [3.0, 4.0]]), 2, 3),
            (np.array([[5.0, 1.0, 2.0]]), 3, 1),
            (np.arange(6.0).reshape(3, 2), 2, 2),
        ),
        mistakes=(
            Mistake(
                "tiles",
                lambda x, rows, columns: np.tile(x, (rows, columns)),
                "you lay copies of the whole map side by side, as tiles. Each *number* is to be "
                "repeated, beside itself.",
            ),
            Mistake(
                "rows and columns changed places",
                lambda x, rows, columns: _zoomed(x, columns, rows),
                "rows and columns have changed places: `rows` says how often a number is repeated "
                "downwards.",
            ),
            Mistake(
                "only downwards",
                lambda x, rows, _: np.repeat(x, rows, axis=0),
                "you repeat downwards, and forget to repeat to the right.",
            ),
            Mistake(
                "only to the right",
                lambda x, _, columns: np.repeat(x, columns, axis=1),
                "you repeat to the right, and forget to repeat downwards.",
            ),
            Mistake(
                "always twice",
                lambda x, _rows, _columns: _zoomed(x, 2, 2),
                "right for 2 and 2 only: use the numbers that are handed in.",
            ),
            Mistake(
                "bed of nails",
                _nails,
                "that is a bed of nails: each number stands once, among zeros. Repeat it instead.",
            ),
            Mistake(
                "one long row",
                lambda x, rows, columns: np.repeat(x, rows * columns),
                "all numbers stand in one long row: without `axis`, `np.repeat` flattens. Do one "
                "axis at a time.",
            ),
        ),
    ),
    Exercise(
        key="21.alarms",
        answer=_alarms,
        praise="`alarms` is right, and it never asked what odd images look like.",
        cases=(
            (_NORMAL, _NEW, 0.3),
            (_TWENTY, _NEW, 0.05),
            (_NORMAL[:7], _NEW, 0.5),
            (_NORMAL, np.array([0.2, 0.1, 0.15]), 0.0),
        ),
        mistakes=(
            Mistake(
                "the new ones set the threshold",
                lambda _, new, false_alarms: _alarms(new, new, false_alarms),
                "{call} gave {got}, expected {expected}. Your threshold comes from the new images: "
                "then a fixed share always rings, whatever comes along. Use the normal ones.",
            ),
            Mistake(
                "share of silence",
                lambda normal, new, share: _alarms(normal, new, 0, share=1 - share),
                "{call} gave {got}, expected {expected}. With your threshold the share of normal "
                "images that stay *silent* is `false_alarms`. It should be the share that ring.",
            ),
            Mistake(
                "rings at the threshold",
                lambda *given: _alarms(*given, inclusive=True),
                "{call} gave {got}, expected {expected}. An error that is exactly the threshold "
                "does not lie above it.",
            ),
            Mistake(
                "small errors ring",
                lambda *given: 1 - _alarms(*given),
                "{call} gave {got}, expected {expected}. Yours rings where the error is small. "
                "What is drawn badly is odd.",
            ),
            Mistake(
                "one too low",
                lambda *given: _alarms(*given, shift=-1),
                "{call} gave {got}, expected {expected}. Your threshold is one place too low in "
                "the sorted row: one normal image too many lies above it. Python counts from 0.",
            ),
            Mistake(
                "one too high",
                lambda *given: _alarms(*given, shift=1),
                "{call} gave {got}, expected {expected}. Your threshold is one place too high in "
                "the sorted row: one more normal image might lie above it.",
            ),
            Mistake(
                "always five percent",
                lambda normal, new, _: _alarms(normal, new, 0.05),
                "right for a share of 0.05 only: use the share that is handed in.",
            ),
            Mistake(
                "the largest normal error",
                lambda normal, new, _: (new > normal.max()).astype(int),
                "{call} gave {got}, expected {expected}. Your threshold is the largest normal "
                "error, so no normal image may ring. How many may, here?",
            ),
            Mistake(
                "quantile",
                lambda normal, new, share: (new > np.quantile(normal, 1 - share)).astype(int),
                "{call} gave {got}, expected {expected}. `np.quantile` may put the threshold "
                "between two of the normal errors. Here it is to be one of them.",
            ),
            Mistake(
                "not sorted",
                lambda normal, new, share: (
                    new > normal[len(normal) - 1 - int(len(normal) * share + 1e-9)]
                ).astype(int),
                "{call} gave {got}, expected {expected}. You take an error by its place in "
                "`normal`. Sort the errors first.",
            ),
            Mistake(
                "a count",
                lambda *given: int(_alarms(*given).sum()),
                "you return how many alarms ring. Return a 1 or a 0 for each new image.",
            ),
        ),
    ),
    Exercise(
        key="21.stamped",
        answer=_stamped,
        praise="`stamped` is right: compare it with `nn.ConvTranspose1d`.",
        cases=(
            (np.array([1.0, 2.0, -1.0]), np.array([1.0, 3.0, 2.0]), 2, 0),
            (np.array([2.0, 0.5, 1.0, 4.0]), np.array([1.0, -1.0, 2.0, 5.0]), 2, 1),
            (np.array([3.0, 1.0]), np.array([1.0, 2.0]), 3, 0),
            (np.array([1.0, 2.0, 3.0]), np.array([2.0, 7.0, 1.0]), 1, 1),
        ),
        mistakes=(
            Mistake(
                "overwritten",
                lambda *given: _stamped(*given, add=False),
                "{call} gave {got}, expected {expected}. Where two stamps meet, your second one "
                "wipes the first one out. They are to be added up.",
            ),
            Mistake(
                "kernel turned round",
                lambda x, kernel, stride, padding: _stamped(x, kernel[::-1], stride, padding),
                "{call} gave {got}, expected {expected}. Your stamp is the wrong way round: set it "
                "down as it is.",
            ),
            Mistake(
                "padding left on",
                lambda *given: _stamped(*given, cut=False),
                "right without padding. With padding, so many numbers are cut off at both ends.",
            ),
            Mistake(
                "padding added",
                _stamped_and_padded,
                "right without padding. But padding makes your row longer; in a transposed "
                "convolution it is cut off.",
            ),
            Mistake(
                "cut at the left only",
                _stamped_left,
                "the length is right, but you cut everything off at the beginning. The padding "
                "goes at both ends.",
            ),
            Mistake(
                "cut at the right only",
                _stamped_right,
                "the length is right, but you cut everything off at the end. The padding goes at "
                "both ends.",
            ),
            Mistake(
                "stride of 1",
                lambda x, kernel, _, padding: _stamped(x, kernel, 1, padding),
                "right for a stride of 1 only. The stamps are `stride` numbers apart.",
            ),
        ),
    ),
)
