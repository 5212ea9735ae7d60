"""Right answers and typical mistakes for notebook 09, as learners would write them."""

import math
from typing import Any

import numpy as np
import torch


def _by_division(noise):
    return np.asarray(noise) / math.sqrt(len(noise[0]) / 2)


def _kaiming(noise):
    spread = torch.nn.init.calculate_gain("relu") / math.sqrt(torch.tensor(noise).size(1))
    return torch.tensor(noise) * spread


def _lambda_lr(t, total, warm_up, highest):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=highest)
    rule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda k: (
            (k + 1) / warm_up
            if k < warm_up
            else math.cos(math.pi / 2 * (k - warm_up) / (total - warm_up)) ** 2
        ),
    )
    for _ in range(t):
        optimizer.step()
        rule.step()
    return optimizer.param_groups[0]["lr"]


def _adamw_of_pytorch(theta, gradient, m, s, t, rate, decay):
    parameter = torch.tensor(theta, requires_grad=True)
    optimizer = torch.optim.AdamW([parameter], lr=rate, weight_decay=decay)
    optimizer.state[parameter] = {
        "step": torch.tensor(float(t - 1)),
        "exp_avg": torch.tensor(m),
        "exp_avg_sq": torch.tensor(s),
    }
    parameter.grad = torch.tensor(gradient)
    optimizer.step()
    state = optimizer.state[parameter]
    return parameter.detach(), state["exp_avg"], state["exp_avg_sq"]


def _adamw_folded(theta, gradient, m, s, t, rate, decay):
    """The corrections folded into one factor, as the paper suggests; ε is scaled to fit."""
    m = m + 0.1 * (gradient - m)
    s = s + 0.001 * (gradient * gradient - s)
    root = math.sqrt(1 - 0.999**t)
    step = rate * root / (1 - 0.9**t) * m / (np.sqrt(s) + 1e-8 * root)
    return [theta - rate * decay * theta - step, m, s]


ALTERNATIVES: dict[str, list[Any]] = {
    "09.he_initialise": [_by_division, _kaiming],
    "09.warm_cosine": [
        _lambda_lr,
        lambda t, total, warm_up, highest: (
            highest / warm_up * (t + 1)
            if t + 1 <= warm_up
            else highest / 2 + highest / 2 * np.cos((t - warm_up) * np.pi / (total - warm_up))
        ),
    ],
    "09.adamw_step": [_adamw_of_pytorch, _adamw_folded],
}


def _schedule(part, climb=lambda t, w: (t + 1) / w):
    def rate(t, total, warm_up, highest):
        if t < warm_up:
            return highest * climb(t, warm_up)
        return highest * (1 + math.cos(math.pi * part(t, total, warm_up))) / 2

    return rate


def _own_part(t, total, warm_up):
    return (t - warm_up) / (total - warm_up)


def _straight_down(t, total, warm_up, highest):
    if t < warm_up:
        return highest * (t + 1) / warm_up
    return highest * (total - t) / (total - warm_up)


def _part_only(t, total, warm_up, highest):
    if t < warm_up:
        return (t + 1) / warm_up
    return (1 + math.cos(math.pi * _own_part(t, total, warm_up))) / 2


def _twice(t, total, warm_up, highest):
    if t < warm_up:
        return highest * (t + 1) / warm_up
    return highest * (1 + np.cos(np.pi * _own_part(t, total, warm_up)))


def _means(gradient, m, s):
    return 0.9 * m + (1 - 0.9) * gradient, 0.999 * s + (1 - 0.999) * gradient * gradient


def _adam_like(step, shrink=lambda theta, rate, decay: theta - rate * decay * theta):
    """AdamW with its own last line: step(m, s, t) is what the rate is multiplied with."""

    def update(theta, gradient, m, s, t, rate, decay):
        m, s = _means(gradient, m, s)
        return shrink(theta, rate, decay) - rate * step(m, s, t), m, s

    return update


def _right_step(m, s, t):
    return m / (1 - 0.9**t) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8)


def _overwritten_by_the_corrected(theta, gradient, m, s, t, rate, decay):
    m, s = _means(gradient, m, s)
    m, s = m / (1 - 0.9**t), s / (1 - 0.999**t)
    return theta * (1 - rate * decay) - rate * m / (np.sqrt(s) + 1e-8), m, s


def _old_means_returned(theta, gradient, m, s, t, rate, decay):
    return _adam_like(_right_step)(theta, gradient, m, s, t, rate, decay)[0], m, s


def _s_before_m(theta, gradient, m, s, t, rate, decay):
    theta, m, s = _adam_like(_right_step)(theta, gradient, m, s, t, rate, decay)
    return theta, s, m


def _decay_in_the_gradient(theta, gradient, m, s, t, rate, decay):
    return _adam_like(_right_step)(theta, gradient + decay * theta, m, s, t, rate, 0)


def _decay_last(theta, gradient, m, s, t, rate, decay):
    theta, m, s = _adam_like(_right_step)(theta, gradient, m, s, t, rate, 0)
    return theta - rate * decay * theta, m, s


MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "09.he_initialise": [
        ("fan-out", lambda noise: np.sqrt(2 / len(noise)) * noise),
        ("variance as spread", lambda noise: 2 / noise.shape[1] * noise),
        ("1/n", lambda noise: noise / np.sqrt(noise.shape[1])),
        ("fan-in and fan-out", lambda n: n * np.sqrt(2 / (n.shape[0] + n.shape[1]))),
        ("all weights", lambda n: n * np.sqrt(2 / (n.shape[0] * n.shape[1]))),
        ("factor outside the root", lambda noise: 2 * noise / np.sqrt(noise.shape[1])),
    ],
    "09.warm_cosine": [
        ("warm-up from zero", _schedule(_own_part, lambda t, w: t / w)),
        ("cosine from the beginning", _schedule(lambda t, total, w: t / total)),
        ("too slow", _schedule(lambda t, total, w: (t - w) / total)),
        ("one update short", _schedule(lambda t, total, w: (t - w) / (total - w - 1))),
        ("highest forgotten", _part_only),
        ("no half", _twice),
        ("whole wave", _schedule(lambda t, total, w: 2 * _own_part(t, total, w))),
        ("straight", _straight_down),
        (
            "no warm-up",
            lambda t, total, warm_up, highest: 0.5 * highest * (1 + np.cos(np.pi * t / total)),
        ),
    ],
    "09.adamw_step": [
        ("no bias correction", _adam_like(lambda m, s, t: m / (np.sqrt(s) + 1e-8))),
        ("corrected means returned", _overwritten_by_the_corrected),
        ("means not kept", _old_means_returned),
        ("means swapped", _s_before_m),
        ("L2", _decay_in_the_gradient),
        (
            "decay without rate",
            _adam_like(_right_step, lambda theta, rate, decay: theta - decay * theta),
        ),
        ("no decay", _adam_like(_right_step, lambda theta, rate, decay: theta)),
        ("shrunk after the step", _decay_last),
        (
            "ε inside the root",
            _adam_like(lambda m, s, t: m / (1 - 0.9**t) / np.sqrt(s / (1 - 0.999**t) + 1e-8)),
        ),
        (
            "no root",
            _adam_like(lambda m, s, t: m / (1 - 0.9**t) / (s / (1 - 0.999**t) + 1e-8)),
        ),
        ("uphill", _adam_like(lambda m, s, t: -_right_step(m, s, t))),
    ],
}
