"""Right answers and typical mistakes for notebook 21, as learners would write them."""

import math
from typing import Any

import numpy as np
import torch
from skimage.metrics import peak_signal_noise_ratio
from torch import nn


def _decibels_of_skimage(clean, restored, peak):
    return peak_signal_noise_ratio(clean, restored, data_range=peak)


def _decibels_by_loop(clean, restored, peak):
    squares = [(a - b) ** 2 for a, b in zip(clean.ravel(), restored.ravel(), strict=True)]
    return 20 * math.log10(peak) - 10 * math.log10(sum(squares) / len(squares))


def _decibels_of_root(clean, restored, peak):
    return 20 * torch.log10(peak / torch.tensor(clean - restored).square().mean().sqrt())


def _mse(clean, restored):
    return ((clean - restored) ** 2).mean()


def _no_peak(clean, restored, peak):
    return -10 * np.log10(_mse(clean, restored))


def _plain_peak(clean, restored, peak):
    return 10 * (math.log10(peak) - math.log10(_mse(clean, restored)))


def _own_peak(clean, restored, peak):
    return 20 * np.log10(np.max(clean)) - 10 * np.log10(_mse(clean, restored))


def _zoomed_by_index(x, rows, columns):
    height, width = x.shape
    return x[np.arange(height * rows) // rows][:, np.arange(width * columns) // columns]


def _zoomed_by_kron(x, rows, columns):
    return np.kron(x, np.ones((rows, columns)))


def _zoomed_by_torch(x, rows, columns):
    return nn.Upsample(scale_factor=(rows, columns))(torch.tensor(x)[None, None])[0, 0]


def _alarms_by_counting(normal, new, false_alarms):
    """The lowest normal error that few enough others exceed, by trying all."""
    may = len(normal) * false_alarms + 1e-9
    threshold = min(t for t in normal if sum(other > t for other in normal) <= may)
    return [int(error > threshold) for error in new]


def _alarms_by_ranks(normal, new, false_alarms):
    above = math.floor(len(normal) * false_alarms + 1e-9)
    threshold = sorted(normal, reverse=True)[above]
    return torch.tensor(new).gt(threshold).int()


def _at(normal, false_alarms, move=0):
    falling = sorted(normal, reverse=True)
    place = math.floor(len(normal) * false_alarms + 1e-9) - move
    return falling[min(max(place, 0), len(falling) - 1)]


def _rings(new, threshold):
    return np.where(new > threshold, 1, 0)


def _of_the_new(normal, new, false_alarms):
    return _rings(new, _at(new, false_alarms))


def _silent_share(normal, new, false_alarms):
    return _rings(new, _at(normal, 1 - false_alarms))


def _at_a_quantile(normal, new, false_alarms):
    return _rings(new, np.percentile(normal, 100 - 100 * false_alarms))


def _as_they_come(normal, new, false_alarms):
    return _rings(new, normal[::-1][math.floor(len(normal) * false_alarms + 1e-9)])


def _at_it_too(normal, new, false_alarms):
    return np.where(new >= _at(normal, false_alarms), 1, 0)


def _small_ones(normal, new, false_alarms):
    return np.where(new <= _at(normal, false_alarms), 1, 0)


def _stamped_by_torch(x, kernel, stride, padding):
    x, kernel = torch.tensor(x)[None, None], torch.tensor(kernel)[None, None]
    return nn.functional.conv_transpose1d(x, kernel, stride=stride, padding=padding)[0, 0]


def _stamped_by_spreading(x, kernel, stride, padding):
    """Zeros between the numbers, then NumPy's convolution."""
    spread = np.zeros((len(x) - 1) * stride + 1)
    spread[::stride] = x
    row = np.convolve(spread, kernel)
    return row[padding : row.size - padding].tolist()


def _row(x, kernel, stride):
    row = [0.0] * ((len(x) - 1) * stride + len(kernel))
    for i in range(len(x)):
        for j in range(len(kernel)):
            row[i * stride + j] += x[i] * kernel[j]
    return row


def _stamped_wiping(x, kernel, stride, padding):
    row = np.zeros((len(x) - 1) * stride + len(kernel))
    for i in range(len(x)):
        row[i * stride : i * stride + len(kernel)] = x[i] * kernel
    return row[padding : len(row) - padding]


def _stamped_flipped(x, kernel, stride, padding):
    return _stamped_by_torch(x, kernel[::-1].copy(), stride, padding)


def _stamped_longer(x, kernel, stride, padding):
    return [0.0] * padding + _row(x, kernel, stride) + [0.0] * padding


ALTERNATIVES: dict[str, list[Any]] = {
    "21.decibels": [_decibels_of_skimage, _decibels_by_loop, _decibels_of_root],
    "21.zoomed": [_zoomed_by_index, _zoomed_by_kron, _zoomed_by_torch],
    "21.alarms": [_alarms_by_counting, _alarms_by_ranks],
    "21.stamped": [_stamped_by_torch, _stamped_by_spreading],
}

MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "21.decibels": [
        ("peak left out", _no_peak),
        ("peak not squared", _plain_peak),
        ("brightest pixel", _own_peak),
        ("natural logarithm", lambda c, r, peak: 10 * math.log(peak * peak / _mse(c, r))),
        ("binary logarithm", lambda c, r, peak: 10 * math.log2(peak * peak / _mse(c, r))),
        ("bel instead of decibel", lambda c, r, peak: math.log10(peak * peak / _mse(c, r))),
        ("twenty times the squares", lambda c, r, p: 20 * math.log10(p * p / _mse(c, r))),
        ("root of the error", lambda c, r, p: 10 * math.log10(p / math.sqrt(_mse(c, r)))),
        ("upside down", lambda c, r, peak: 10 * math.log10(_mse(c, r) / peak**2)),
        ("sum of the squares", lambda c, r, p: 10 * np.log10(p**2 / ((c - r) ** 2).sum())),
        ("absolute errors", lambda c, r, p: 10 * np.log10(p**2 / abs(c - r).mean())),
        (
            "mean of logarithms",
            lambda c, r, p: np.mean([10 * np.log10(p**2 / _mse(*rows)) for rows in zip(c, r)]),  # noqa: B905
        ),
    ],
    "21.zoomed": [
        ("tiles", lambda x, rows, columns: np.vstack([np.hstack([x] * columns)] * rows)),
        ("rows and columns changed places", lambda x, r, c: x.repeat(c, 0).repeat(r, 1)),
        ("only downwards", lambda x, rows, columns: x.repeat(rows, axis=0)),
        ("only to the right", lambda x, rows, columns: x.repeat(columns, axis=1)),
        ("always twice", lambda x, rows, columns: np.kron(x, np.ones((2, 2)))),
        ("bed of nails", lambda x, r, c: np.kron(x, np.eye(1, r * c).reshape(r, c))),
        ("one long row", lambda x, rows, columns: x.repeat(rows).repeat(columns)),
    ],
    "21.alarms": [
        ("the new ones set the threshold", _of_the_new),
        ("share of silence", _silent_share),
        ("rings at the threshold", _at_it_too),
        ("small errors ring", _small_ones),
        ("one too low", lambda n, new, share: _rings(new, _at(n, share, move=-1))),
        ("one too high", lambda n, new, share: _rings(new, _at(n, share, move=1))),
        ("always five percent", lambda n, new, share: _rings(new, _at(n, 0.05))),
        ("the largest normal error", lambda n, new, share: _rings(new, max(n))),
        ("quantile", _at_a_quantile),
        ("not sorted", _as_they_come),
        ("a count", lambda n, new, share: sum(e > _at(n, share) for e in new)),
    ],
    "21.stamped": [
        ("overwritten", _stamped_wiping),
        ("kernel turned round", _stamped_flipped),
        ("padding left on", lambda x, kernel, stride, padding: _row(x, kernel, stride)),
        ("padding added", _stamped_longer),
        ("cut at the left only", lambda x, k, stride, padding: _row(x, k, stride)[2 * padding :]),
        (
            "cut at the right only",
            lambda x, k, s, padding: _row(x, k, s)[: len(_row(x, k, s)) - 2 * padding],
        ),
        ("stride of 1", lambda x, k, s, p: np.convolve(x, k)[p : len(x) + len(k) - 1 - p]),
    ],
}
