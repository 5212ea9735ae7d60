"""Answers to the exercises of notebook 25, right and wrong, as a learner might write them."""

import bisect
import math
from typing import Any

import numpy as np
import torch
from scipy.stats import ks_2samp


def _difference_of_tensors(expected, got):
    expected, got = torch.from_numpy(expected), torch.from_numpy(got)
    if expected.size() != got.size() or not torch.isfinite(got - expected).all():
        return float("inf")
    return torch.dist(expected, got, p=math.inf)


def _difference_by_loop(expected, got):
    if np.shape(expected) != np.shape(got):
        return np.inf
    worst = 0.0
    for a, b in zip(expected.ravel(), got.ravel(), strict=True):
        if a != a or b != b:
            return np.inf
        worst = max(worst, a - b, b - a)
    return worst


def _code_by_table(kind, size, width, height):
    kind, *_ = kind.lower().partition(";")
    sides_fit = min(width, height) > 0 and max(width, height) < 513
    faults = [(413, size >= 32_769), (415, kind.strip() != "image/png"), (422, not sides_fit)]
    return np.int64(next((code for code, fault in faults if fault), 200))


def _code_by_ranges(kind, size, width, height):
    if size not in range(32_769):
        return 413
    if kind.upper().split(";", 1)[0].rstrip() != "IMAGE/PNG":
        return 415
    return 200 if {width, height} <= set(range(1, 513)) else 422


def _rank_by_counting(times, percent):
    enough = [t for t in times if 100 * sum(s <= t for s in times) >= percent * len(times)]
    return min(enough)


def _rank_by_negative_division(times, percent):
    return torch.tensor(times).sort().values[-(-percent * len(times) // 100) - 1].item()


def _gap_by_scipy(window, reference):
    found = ks_2samp(window, reference)
    return found.statistic * found.statistic_sign


def _gap_by_counting(window, reference):
    window, reference = sorted(window), sorted(reference)
    best = 0.0
    for x in {*window, *reference}:
        ours = bisect.bisect_right(window, x) / len(window)
        gap = ours - bisect.bisect_right(reference, x) / len(reference)
        best = max(best, gap, key=abs)
    return best


def _gap_just_below(window, reference):
    """The curves just before each value take the same gaps as at the values."""
    places = np.sort(np.concatenate([window, reference]))
    ours = np.searchsorted(np.sort(window), places, side="left") / len(window)
    theirs = np.searchsorted(np.sort(reference), places, side="left") / len(reference)
    return max(ours - theirs, key=abs)


def _same_shape(measure):
    def judged(expected, got):
        if expected.shape != got.shape or np.isnan(expected).any() or np.isnan(got).any():
            return np.inf
        return measure(torch.tensor(expected), torch.tensor(got))

    return judged


def _code(kind_is_png, order=("size", "kind", "sides"), limit=32_768, sides=None):
    sides = sides or (lambda w, h: 0 < w < 513 and 0 < h < 513)

    def code(kind, size, width, height):
        for step in order:
            if step == "size" and size > limit:
                return 413
            if step == "kind" and not kind_is_png(kind):
                return 415
            if step == "sides" and not sides(width, height):
                return 422
        return 200

    return code


def _png(kind):
    return kind.partition(";")[0].strip().casefold() == "image/png"


def _gaps_at(window, reference, places):
    window, reference = np.sort(window), np.sort(reference)
    return (np.searchsorted(window, places, "right") / len(window)
            - np.searchsorted(reference, places, "right") / len(reference))  # fmt: skip


ALTERNATIVES: dict[str, list[Any]] = {
    "25.largest_difference": [_difference_of_tensors, _difference_by_loop],
    "25.status_code": [_code_by_table, _code_by_ranges],
    "25.nearest_rank": [_rank_by_counting, _rank_by_negative_division],
    "25.signed_gap": [_gap_by_scipy, _gap_by_counting, _gap_just_below],
}


MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "25.largest_difference": [
        ("no absolute value", _same_shape(lambda a, b: torch.max(a - b))),
        ("no absolute value, other way round", _same_shape(lambda a, b: torch.max(b - a))),
        ("mean", _same_shape(lambda a, b: torch.nn.functional.l1_loss(a, b))),
        ("relative", _same_shape(lambda a, b: (torch.abs(a - b) / torch.abs(a)).max())),
        ("broadcast", lambda a, b: (
            np.inf if a.shape[-1] != b.shape[-1] and b.shape[-1] != 1
            else np.nan_to_num(np.max(np.abs(b - a)), nan=np.inf)
        )),
        ("NaN comes back", lambda a, b: (
            np.max(np.abs(b - a)) if a.shape == b.shape else np.inf
        )),
        ("NaN is skipped", lambda a, b: (
            np.nanmax(np.abs(b - a)) if a.shape == b.shape else np.inf
        )),
        ("false or true", lambda a, b: bool(_difference_by_loop(a, b) < 0.001)),
    ],
    "25.status_code": [
        ("limit itself refused", _code(_png, limit=32_767)),
        ("kind before size", _code(_png, order=("kind", "size", "sides"))),
        ("sides first", _code(_png, order=("sides", "size", "kind"))),
        ("capitals matter", _code(lambda kind: kind.partition(";")[0] == "image/png")),
        ("semicolon matters", _code(lambda kind: kind.casefold() == "image/png")),
        ("somewhere in the kind", _code(lambda kind: kind.lower().find("image/png") >= 0)),
        ("begins with it", _code(lambda kind: kind.casefold()[:9] == "image/png")),
        ("exact comparison", _code(lambda kind: kind == "image/png")),
        ("width only", _code(_png, sides=lambda w, h: w in range(1, 513))),
        ("no lower end", _code(_png, sides=lambda w, h: max(w, h) <= 512)),
        ("one good side is enough", _code(
            _png, sides=lambda w, h: w in range(1, 513) or h in range(1, 513)
        )),
        ("largest side refused", _code(
            _png, sides=lambda w, h: w in range(1, 512) and h in range(1, 512)
        )),
    ],
    "25.nearest_rank": [
        ("interpolated", lambda times, percent: np.quantile(times, percent / 100)),
        ("not sorted", lambda times, percent: times[-(-percent * len(times) // 100) - 1]),
        ("one late", lambda times, percent: np.sort(times)[
            min(int(percent * len(times) / 100), len(times) - 1)
        ]),
        ("from the top", lambda times, percent: np.sort(times)[::-1][
            -(-percent * len(times) // 100) - 1
        ]),
        ("rounded", lambda times, percent: sorted(times)[
            max(0, int(np.rint(percent * len(times) / 100)) - 1)
        ]),
        ("rounding error", lambda times, percent: np.sort(times)[
            int(np.ceil(len(times) * (percent / 100))) - 1
        ]),
        ("slowest", lambda times, percent: sorted(times)[-1]),
        ("mean", lambda times, percent: sum(times) / len(times)),
        ("rank", lambda times, percent: -(-percent * len(times) // 100)),
    ],
    "25.signed_gap": [
        ("no sign", lambda window, reference: ks_2samp(window, reference).statistic),
        ("sign exchanged", lambda window, reference: _gap_by_counting(reference, window)),
        ("upwards only", lambda window, reference: max(
            _gaps_at(window, reference, [*window, *reference])
        )),
        ("only at the window's values", lambda window, reference: max(
            _gaps_at(window, reference, np.array(window)), key=abs
        )),
        ("only at the reference's values", lambda window, reference: max(
            _gaps_at(window, reference, np.array(reference)), key=abs
        )),
        ("shares of single values", lambda window, reference: max(
            (window.count(x) / len(window) - reference.count(x) / len(reference)
             for x in [*window, *reference]),
            key=abs,
        )),
        ("means", lambda window, reference: (
            sum(window) / len(window) - sum(reference) / len(reference)
        )),
        ("place", lambda window, reference: ks_2samp(window, reference).statistic_location),
    ],
}  # fmt: skip
