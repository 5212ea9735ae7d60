"""Right answers and typical mistakes for notebook 03, as learners would write them."""

from typing import Any

import numpy as np
import torch


def _subtract_scaled(x, slope, rate):
    return np.subtract(x, np.multiply(rate, slope))


def _path_with_while(slope, start, rate, steps):
    path, x = [start], start
    while len(path) <= steps:
        x -= slope(x) * rate
        path.append(x)
    return path


def _path_in_torch(slope, start, rate, steps):
    path = torch.empty(steps + 1, dtype=torch.float64)
    path[0] = start
    for t in range(steps):
        path[t + 1] = path[t] - rate * slope(path[t])
    return path


def _with_grad_function(f, start, rate, steps):
    w = start.clone()
    for _ in range(steps):
        w.requires_grad_(True)
        (gradient,) = torch.autograd.grad(f(w), w)
        w = (w - rate * gradient).detach()
    return w


def _with_optimizer(f, start, rate, steps):
    w = start.clone().requires_grad_()
    optimizer = torch.optim.SGD([w], lr=rate)
    for _ in range(steps):
        optimizer.zero_grad()
        f(w).backward()
        optimizer.step()
    return w


ALTERNATIVES: dict[str, list[Any]] = {
    "03.step": [_subtract_scaled, lambda x, slope, rate: -rate * slope + x],
    "03.descend": [_path_with_while, _path_in_torch],
    "03.runs": [{"D": "Right", "C": "oscillates ", "B": "too small", "A": "diverges"}],
    "03.largest_rate": [lambda a: np.float32(2) / np.float32(a), lambda a: torch.tensor(2 / a)],
    "03.descend_torch": [_with_grad_function, _with_optimizer],
}


def _no_start(slope, start, rate, steps):
    x, path = start, []
    for _ in range(steps):
        x = x - rate * slope(x)
        path.append(x)
    return path


def _range_too_short(slope, start, rate, steps):
    path = [start]
    for _ in range(1, steps):
        path.append(path[-1] - rate * slope(path[-1]))
    return path


def _range_too_long(slope, start, rate, steps):
    path = [start]
    for _ in range(steps + 1):
        path.append(path[-1] - rate * slope(path[-1]))
    return path


def _returns_at_once(slope, start, rate, steps):
    path = [start]
    for _ in range(steps):
        path.append(path[-1] - rate * slope(path[-1]))
        return path
    return path


def _rate_forgotten(slope, start, rate, steps):
    path = [start]
    for _ in range(steps):
        path.append(path[-1] - slope(path[-1]))
    return path


def _last_only(slope, start, rate, steps):
    x = start
    for _ in range(steps):
        x = x - rate * slope(x)
    return x


def _plus(slope, start, rate, steps):
    path = [start]
    for _ in range(steps):
        path.append(path[-1] + rate * slope(path[-1]))
    return path


def _slope_once(slope, start, rate, steps):
    path, s = [start], slope(start)
    for _ in range(steps):
        path.append(path[-1] - rate * s)
    return path


def _never_zeroed(f, start, rate, steps):
    w = start.clone().requires_grad_()
    for _ in range(steps):
        f(w).backward()
        with torch.no_grad():
            w -= rate * w.grad
    return w


def _climbs(f, start, rate, steps):
    w = start.clone().requires_grad_()
    for _ in range(steps):
        w.grad = None
        f(w).backward()
        with torch.no_grad():
            w += rate * w.grad
    return w


def _step_not_kept(f, start, rate, steps):
    w = start.clone().requires_grad_()
    for _ in range(steps):
        w.grad = None
        f(w).backward()
        with torch.no_grad():
            w - rate * w.grad
    return w


def _stops_early(f, start, rate, steps):
    return _with_grad_function(f, start, rate, steps - 1)


MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "03.step": [
        ("uphill", lambda x, slope, rate: x + slope * rate),
        ("no rate", lambda x, slope, rate: x - slope),
        ("only the move", lambda x, slope, rate: -(slope * rate)),
        ("multiplied by x", lambda x, slope, rate: x * (1 - rate * slope)),
        ("sign of the slope lost", lambda x, slope, rate: x - np.abs(rate * slope)),
    ],
    "03.descend": [
        ("start missing", _no_start),
        ("one step short", _range_too_short),
        ("one step too many", _range_too_long),
        ("return inside the loop", _returns_at_once),
        ("no rate", _rate_forgotten),
        ("only the end", _last_only),
        ("uphill", _plus),
        ("frozen slope", _slope_once),
    ],
    "03.runs": [
        (
            "right and too small",
            {"A": "diverges", "B": "right", "C": "oscillates", "D": "too small"},
        ),
        (
            "oscillates and diverges",
            {"A": "oscillates", "B": "too small", "C": "diverges", "D": "right"},
        ),
        (
            "oscillates and right",
            {"A": "diverges", "B": "too small", "C": "right", "D": "oscillates"},
        ),
    ],
    "03.largest_rate": [
        ("one over", lambda curvature: curvature**-1),
        ("upside down", lambda curvature: 0.5 * curvature),
        ("constant", lambda curvature: 2),
    ],
    "03.descend_torch": [
        ("gradients pile up", _never_zeroed),
        ("uphill", _climbs),
        ("not moved", _step_not_kept),
        ("one step short", _stops_early),
    ],
}
