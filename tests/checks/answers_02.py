"""Right answers and typical mistakes for notebook 02, as learners would write them."""

from typing import Any

import numpy as np
import torch


def _central_in_steps(f, x, h):
    left, right = x - h, x + h
    return np.divide(np.subtract(f(right), f(left)), right - left)


def _central_as_mean(f, x, h):
    forward = (f(x + h) - f(x)) / h
    backward = (f(x) - f(x - h)) / h
    return (forward + backward) / 2


def _chain_with_autograd(x):
    x = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    ((x**2 + 1) ** 3).backward()
    return x.grad


def _gradient_with_autograd(w):
    w = torch.tensor(w, requires_grad=True)
    (w[0] ** 2 * w[1] + 3 * w[1]).backward()
    return w.grad


def _numerical_with_eye(f, w, h):
    return [(f(w + h * e) - f(w - h * e)) / (2 * h) for e in np.eye(len(w))]


def _numerical_put_back(f, w, h):
    w = np.array(w, dtype=np.float64)
    slopes = []
    for i, kept in enumerate(w.tolist()):
        w[i] = kept + h
        above = f(w)
        w[i] = kept - h
        below = f(w)
        w[i] = kept
        slopes.append((above - below) / (2 * h))
    return np.array(slopes)


def _numerical_in_torch(f, w, h):
    w = torch.tensor(w, dtype=torch.float64)
    slopes = torch.empty_like(w)
    for i in range(w.numel()):
        shift = torch.zeros_like(w)
        shift[i] = h
        slopes[i] = (f(w + shift) - f(w - shift)) / 2 / h
    return slopes


ALTERNATIVES: dict[str, list[Any]] = {
    "02.match": [{"D": "R", "C": "p ", "B": "q", "A": "s"}],
    "02.central_difference": [_central_in_steps, _central_as_mean],
    "02.chain_slope": [
        lambda x: 6 * x**5 + 12 * x**3 + 6 * x,
        lambda x: np.float64(6 * x) * np.power(x * x + 1, 2),
        _chain_with_autograd,
    ],
    "02.gradient": [
        lambda w: [2 * w[0] * w[1], 3 + w[0] * w[0]],
        lambda w: np.array([0.0, 3.0]) + w[0] * np.array([2 * w[1], w[0]]),
        _gradient_with_autograd,
    ],
    "02.numerical_gradient": [_numerical_with_eye, _numerical_put_back, _numerical_in_torch],
}


def _backward(f, x, h):
    slope = f(x) - f(x - h)
    return slope / h


def _with_a_step_of_its_own(f, x, h):
    h = 1e-6
    return (f(x + h) - f(x - h)) / (2 * h)


def _outer_slope_at_x(x):
    inner_slope = 2 * x
    outer_slope = 3 * x**2
    return inner_slope * outer_slope


def _slope_of_the_slope(x):
    u = 2 * x
    return 3 * u**2


def _power_kept(x):
    u = x**2 + 1
    return 3 * u**3 * (2 * x)


def _all_knobs(f, w, h):
    above = f(w + h)
    below = f(w - h)
    return (above - below) / (2 * h)


def _all_knobs_in_a_loop(f, w, h):
    slopes = np.zeros(len(w))
    for i in range(len(w)):
        slopes[i] = (f(w + h) - f(w - h)) / (2 * h)
    return slopes


def _one_copy(f, w, h):
    slopes = []
    shifted = np.array(w, dtype=float)
    for i in range(len(w)):
        shifted[i] = shifted[i] + h
        above = f(shifted)
        shifted[i] = shifted[i] - h - h
        below = f(shifted)
        slopes.append((above - below) / (2 * h))
    return np.array(slopes)


def _return_in_the_loop(f, w, h):
    for i in range(len(w)):
        above, below = w.astype(float), w.astype(float)
        above[i] += h
        below[i] -= h
        return (f(above) - f(below)) / (2 * h)
    return None


def _zeros_in_the_loop(f, w, h):
    for i in range(len(w)):
        slopes = np.zeros(len(w))
        shift = np.zeros(len(w))
        shift[i] = h
        slopes[i] = (f(w + shift) - f(w - shift)) / (2 * h)
    return slopes


def _numerical_with_the_notebooks_slope(f, w, h):
    def slope(f, x, h=1e-5):
        return (f(x + h) - f(x - h)) / (2 * h)

    return np.array([slope(lambda x, e=e: f(w + x * e), 0.0) for e in np.eye(len(w))])


def _forward_for_each(f, w, h):
    return np.array([(f(w + h * e) - f(w)) / h for e in np.eye(len(w))])


def _halves_forgotten(f, w, h):
    return np.array([(f(w + h * e) - f(w - h * e)) / h for e in np.eye(len(w))])


def _copies_of_the_same_kind(f, w, h):
    slopes = []
    for i in range(len(w)):
        above, below = w.copy(), w.copy()
        above[i] = above[i] + h
        below[i] = below[i] - h
        slopes.append((f(above) - f(below)) / (2 * h))
    return np.array(slopes)


def _zeros_like_w(f, w, h):
    slopes = np.zeros_like(w)
    for i in range(len(w)):
        shift = np.zeros(len(w))
        shift[i] = h
        slopes[i] = (f(w + shift) - f(w - shift)) / (2 * h)
    return slopes


MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "02.match": [
        ("sign", {"A": "q", "B": "s", "C": "p", "D": "r"}),
        ("look-alike", {"A": "p", "B": "q", "C": "s", "D": "r"}),
        ("bump and wave", {"A": "s", "B": "q", "C": "r", "D": "p"}),
        ("height for slope", {"A": "r", "B": "q", "C": "p", "D": "s"}),
    ],
    "02.central_difference": [
        ("forward", lambda f, x, h: (-f(x) + f(x + h)) / h),
        ("backward", _backward),
        ("divided by h", lambda f, x, h: (f(x + h) - f(x - h)) / h),
        ("step of its own", _with_a_step_of_its_own),
        ("not divided by h", lambda f, x, h: 0.5 * (f(x + h) - f(x - h))),
        ("times h", lambda f, x, h: (f(x + h) - f(x - h)) / 2 * h),
        ("no brackets above", lambda f, x, h: f(x + h) - f(x - h) / (2 * h)),
        ("sign", lambda f, x, h: (f(x - h) - f(x + h)) / (2 * h)),
    ],
    "02.chain_slope": [
        ("outer only", lambda x: 3 * (x * x + 1) ** 2),
        ("inner only", lambda x: x + x),
        ("outer slope at x", _outer_slope_at_x),
        ("factor lost", lambda x: 2 * x * (x**2 + 1) ** 2),
        ("inner slope without x", lambda x: 6 * (x**2 + 1) ** 2),
        ("sum", lambda x: 2 * x + 3 * (x**2 + 1) ** 2),
        ("slope of the slope", _slope_of_the_slope),
        ("power kept", _power_kept),
    ],
    "02.gradient": [
        ("order", lambda w: np.array([3 + w[0] ** 2, 2 * w[0] * w[1]])),
        ("factor dropped", lambda w: [2 * w[0], 3]),
        ("w₂ lost", lambda w: [2 * w[0], w[0] ** 2 + 3]),
        ("3 lost", lambda w: np.array([2 * w[0] * w[1], w[0] * w[0]])),
        ("constant kept", lambda w: np.array([w[1] * (2 * w[0] + 3), w[0] ** 2 + 3])),
        ("added up", lambda w: sum([2 * w[0] * w[1], w[0] ** 2 + 3])),
        ("value", lambda w: w[1] * (w[0] ** 2 + 3)),
    ],
    "02.numerical_gradient": [
        ("all at once", _all_knobs),
        ("all at once in a loop", _all_knobs_in_a_loop),
        ("return in the loop", _return_in_the_loop),
        ("zeros in the loop", _zeros_in_the_loop),
        ("step of its own", _numerical_with_the_notebooks_slope),
        ("never put back", _one_copy),
        ("forward", _forward_for_each),
        ("divided by h", _halves_forgotten),
        ("whole numbers", _copies_of_the_same_kind),
        ("whole result", _zeros_like_w),
    ],
}
