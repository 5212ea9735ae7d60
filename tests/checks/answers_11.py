"""Right answers and typical mistakes for notebook 11, as learners would write them."""

from typing import Any

import numpy as np
import torch
from torch import nn


def _dropout_of_pytorch(a, keep, p, training):
    kept = torch.tensor(a)[torch.tensor(keep) == 1]
    if not training:
        return torch.tensor(a)
    result = torch.zeros(a.shape, dtype=torch.float64)
    result[torch.tensor(keep) == 1] = kept / (1 - p)
    return result


def _dropout_one_by_one(a, keep, p, training):
    result = []
    for value, kept in zip(np.ravel(a).tolist(), np.ravel(keep).tolist(), strict=True):
        if training:
            result.append(value / (1 - p) if kept else 0.0)
        else:
            result.append(value)
    return np.array(result).reshape(a.shape)


def _modes_in_one_line(a, keep, p, training):
    return np.where(keep == 1, a / (1 - p), 0) if training else 1 * a


def _shrink_of_pytorch(w, rate, strength):
    return nn.functional.softshrink(torch.tensor(w), rate * strength)


def _shrink_one_by_one(w, rate, strength):
    cut = rate * strength
    moved = [v - cut if v > cut else v + cut if v < -cut else 0 for v in w.ravel()]
    return np.array(moved).reshape(w.shape).tolist()


def _shrink_by_clipping(w, rate, strength):
    return w - np.clip(w, -rate * strength, rate * strength)


def _batch_norm_of_pytorch(x, weight, bias, running_mean, running_var, training):
    mean, var = torch.tensor(running_mean), torch.tensor(running_var)
    out = nn.functional.batch_norm(
        torch.tensor(x), mean, var, torch.tensor(weight), torch.tensor(bias), training=training
    )
    return out, mean, var


def _batch_norm_by_sums(x, weight, bias, running_mean, running_var, training):
    B = len(x)
    if not training:
        root = (running_var + 1e-5) ** 0.5
        return (x - running_mean) * (weight / root) + bias, running_mean, running_var
    mu = sum(x) / B
    sigma2 = sum((row - mu) ** 2 for row in x) / B
    y = weight * (x - mu) * (sigma2 + 1e-5) ** -0.5 + bias
    return [
        y,
        running_mean + 0.1 * (mu - running_mean),
        running_var + 0.1 * (sigma2 * B / (B - 1) - running_var),
    ]


def _group_norm_of_pytorch(x, groups):
    return nn.functional.group_norm(torch.tensor(x), groups)


def _group_norm_in_loops(x, groups):
    result, each = np.zeros_like(x), x.shape[1] // groups
    for n in range(len(x)):
        for g in range(groups):
            part = x[n, g * each : (g + 1) * each]
            centred = part - part.mean()
            result[n, g * each : (g + 1) * each] = centred / (np.mean(centred**2) + 1e-5) ** 0.5
    return result


ALTERNATIVES: dict[str, list[Any]] = {
    "11.dropout": [_dropout_of_pytorch, _dropout_one_by_one, _modes_in_one_line],
    "11.shrink": [_shrink_of_pytorch, _shrink_one_by_one, _shrink_by_clipping],
    "11.batch_norm": [_batch_norm_of_pytorch, _batch_norm_by_sums],
    "11.group_norm": [_group_norm_of_pytorch, _group_norm_in_loops],
}


def _never_divided(a, keep, p, training):
    if training:
        a = a * keep
    return a


def _divided_by_p(a, keep, p, training):
    if training:
        return a * keep / p
    return a


def _times_one_minus_p(a, keep, p, training):
    if training:
        a = keep * a * (1 - p)
    return a


def _mode_ignored(a, keep, p, training):
    return np.where(keep > 0, a, 0) / (1 - p)


def _division_after_if(a, keep, p, training):
    if training:
        a = a * keep
    return a / (1 - p)


def _paper_of_2014(a, keep, p, training):
    if training:
        return a * keep
    return (1 - p) * a


def _corrected_in_both(a, keep, p, training):
    return np.where(training, a * keep / (1 - p), a * (1 - p))


def _dropped_the_kept(a, keep, p, training):
    return np.where(keep == 1, 0, a / (1 - p)) if training else a


def _if_the_wrong_way(a, keep, p, training):
    if training:
        return a
    return a * keep / (1 - p)


def _plain_gradient_step(w, rate, strength):
    return w - rate * (strength * np.sign(w))


def _decay(w, rate, strength):
    return w - rate * strength * w


def _absolute_value(w, rate, strength):
    return np.clip(np.abs(w) - rate * strength, 0, None)


def _relu_of_it(w, rate, strength):
    return np.where(w > rate * strength, w - rate * strength, 0)


def _minus(w, rate, strength):
    return torch.tensor(w) - rate * strength


def _only_small_ones(w, rate, strength):
    w = w.copy()
    w[np.abs(w) <= rate * strength] = 0
    return w


def _strength_alone(w, rate, strength):
    return w - np.clip(w, -strength, strength)


def _growing(w, rate, strength):
    step = rate * strength
    return np.where(w > 0, w + step, np.where(w < 0, w - step, w))


class _Draft:
    """Batch norm as a learner writes it, line by line; each subclass changes one line."""

    def statistics(self, x, running_mean, running_var, training):
        return (np.mean(x, 0), np.var(x, 0)) if training else (running_mean, running_var)

    def root(self, var):
        return np.sqrt(var + 1e-5)

    def moved(self, x, running_mean, running_var, training):
        if not training:
            return running_mean, running_var
        B = x.shape[0]
        var = np.sum((x - np.mean(x, 0)) ** 2, 0) / (B - 1)
        return self.mix(running_mean, np.mean(x, 0)), self.mix(running_var, var)

    def mix(self, old, new):
        return old * 0.9 + new * 0.1

    def finish(self, x_hat, weight, bias):
        return x_hat * weight + bias

    def __call__(self, x, weight, bias, running_mean, running_var, training):
        mean, var = self.statistics(x, running_mean, running_var, training)
        y = self.finish((x - mean) / self.root(var), weight, bias)
        return y, *self.moved(x, running_mean, running_var, training)


class _StoresBiased(_Draft):
    def moved(self, x, running_mean, running_var, training):
        if not training:
            return running_mean, running_var
        return self.mix(running_mean, x.mean(0)), self.mix(running_var, x.var(0))


class _UsesUnbiased(_Draft):
    def statistics(self, x, running_mean, running_var, training):
        t = torch.tensor(x)  # PyTorch's var is the unbiased one
        if training:
            return t.mean(0).numpy(), t.var(0).numpy()
        return running_mean, running_var


class _BothWrongWayRound(_UsesUnbiased, _StoresBiased):
    pass


class _OverFeatures(_Draft):
    def statistics(self, x, running_mean, running_var, training):
        if training:
            return x.mean(1)[:, None], x.var(1)[:, None]
        return running_mean, running_var


class _KerasMomentum(_Draft):
    def mix(self, old, new):
        return 0.1 * old + 0.9 * new


class _AlwaysTheBatch(_Draft):
    def statistics(self, x, running_mean, running_var, training):
        return x.mean(0), x.var(0)


class _AlwaysRunning(_Draft):
    def statistics(self, x, running_mean, running_var, training):
        return running_mean, running_var


class _MovesInUse(_Draft):
    def moved(self, x, running_mean, running_var, training):
        return super().moved(x, running_mean, running_var, True)


class _Forgetful(_Draft):
    def moved(self, x, running_mean, running_var, training):
        return running_mean, running_var


class _EpsilonOutside(_Draft):
    def root(self, var):
        return np.sqrt(var) + 1e-5


class _DividesByVariance(_Draft):
    def root(self, var):
        return var + 1e-5


class _NoScale(_Draft):
    def finish(self, x_hat, weight, bias):
        return x_hat


class _StoresSpread(_Draft):
    def moved(self, x, running_mean, running_var, training):
        if not training:
            return running_mean, running_var
        return self.mix(running_mean, x.mean(0)), self.mix(running_var, x.std(0, ddof=1))


def _rows_normalised(rows, root):
    return (rows - rows.mean(-1, keepdims=True)) / root(rows)


def _groups_of(x, groups):
    N, C, H, W = x.shape
    rows = x.reshape(N, C // groups, groups * H * W)
    return _rows_normalised(rows, lambda r: np.sqrt(r.var(-1, keepdims=True) + 1e-5)).reshape(
        x.shape
    )


def _channel_by_channel(x, groups):
    return nn.functional.instance_norm(torch.tensor(x))


def _image_by_image(x, groups):
    return nn.functional.layer_norm(torch.tensor(x), x.shape[1:])


def _channel_over_batch(x, groups):
    return nn.functional.batch_norm(torch.tensor(x), None, None, training=True)


def _group_over_batch(x, groups):
    each, result = x.shape[1] // groups, x.copy()
    for g in range(0, x.shape[1], each):
        part = x[:, g : g + each]
        result[:, g : g + each] = (part - part.mean()) / np.sqrt(part.var() + 1e-5)
    return result


def _every_second_channel(x, groups):
    result = x.copy()
    for n in range(len(x)):
        for g in range(groups):
            part = x[n, g::groups]
            result[n, g::groups] = (part - part.mean()) / np.sqrt(part.var() + 1e-5)
    return result


def _with_root(root):
    def group_norm(x, groups):
        return _rows_normalised(x.reshape(len(x), groups, -1), root).reshape(x.shape)

    return group_norm


def _brackets_forgotten(a, keep, p, training):
    if training:
        a = keep * a / 1 - p
    return a


def _share_of_this_mask(a, keep, p, training):
    if training:
        return a * keep * keep.size / keep.sum()
    return a


def _modes_the_other_way(x, weight, bias, running_mean, running_var, training):
    if training:
        mean, var = running_mean, running_var
    else:
        mean, var = x.mean(0), x.var(0)
        running_mean = 0.9 * running_mean + 0.1 * mean
        running_var = 0.9 * running_var + 0.1 * x.var(0, ddof=1)
    return weight * (x - mean) / np.sqrt(var + 1e-5) + bias, running_mean, running_var


def _moved_then_used(x, weight, bias, running_mean, running_var, training):
    if training:
        running_mean = running_mean + 0.1 * (x.mean(0) - running_mean)
        running_var = running_var + 0.1 * (x.var(0, ddof=1) - running_var)
    x_hat = (x - running_mean) / np.sqrt(running_var + 1e-5)
    return weight * x_hat + bias, running_mean, running_var


def _last_batch_only(x, weight, bias, running_mean, running_var, training):
    mean, var = running_mean, running_var
    if training:
        mean, var = x.mean(0), x.var(0)
        running_mean, running_var = mean, x.var(0, ddof=1)
    return weight * (x - mean) / np.sqrt(var + 1e-5) + bias, running_mean, running_var


def _batch_norm_without_epsilon(x, weight, bias, running_mean, running_var, training):
    mean, std = running_mean, running_var**0.5
    if training:
        mean, std = x.mean(0), x.std(0)
        running_mean = 0.9 * running_mean + 0.1 * mean
        running_var = 0.9 * running_var + 0.1 * x.var(0, ddof=1)
    return weight * (x - mean) / std + bias, running_mean, running_var


def _one_row_per_group(x, groups):
    rows = x.reshape(groups, -1)
    mean, var = rows.mean(1, keepdims=True), rows.var(1, keepdims=True)
    return ((rows - mean) / np.sqrt(var + 1e-5)).reshape(x.shape)


def _group_norm_without_epsilon(x, groups):
    rows = x.reshape(len(x), groups, -1)
    return ((rows - rows.mean(2, keepdims=True)) / rows.std(2, keepdims=True)).reshape(x.shape)


MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "11.dropout": [
        ("brackets forgotten", _brackets_forgotten),
        ("divided by the share of this mask", _share_of_this_mask),
        ("not divided", _never_divided),
        ("divided by p", _divided_by_p),
        ("made smaller", _times_one_minus_p),
        ("drops in use", _mode_ignored),
        ("divided in use", _division_after_if),
        ("scaled in use", _paper_of_2014),
        ("made larger twice", _corrected_in_both),
        ("mask turned round", _dropped_the_kept),
        ("modes swapped", _if_the_wrong_way),
    ],
    "11.shrink": [
        ("past zero", _plain_gradient_step),
        ("L2", _decay),
        ("sign lost", _absolute_value),
        ("always down", _relu_of_it),
        ("subtracted from all", _minus),
        ("hard threshold", _only_small_ones),
        ("without the rate", _strength_alone),
        ("away from zero", _growing),
    ],
    "11.batch_norm": [
        ("modes swapped", _modes_the_other_way),
        ("moved first", _moved_then_used),
        ("replaced", _last_batch_only),
        ("no ε", _batch_norm_without_epsilon),
        ("biased variance stored", _StoresBiased()),
        ("unbiased variance used", _UsesUnbiased()),
        ("variances swapped", _BothWrongWayRound()),
        ("wrong axis", _OverFeatures()),
        ("momentum turned round", _KerasMomentum()),
        ("batch statistics in use", _AlwaysTheBatch()),
        ("running statistics in training", _AlwaysRunning()),
        ("moved in use", _MovesInUse()),
        ("never moved", _Forgetful()),
        ("ε outside the root", _EpsilonOutside()),
        ("no root", _DividesByVariance()),
        ("no weight, no bias", _NoScale()),
        ("standard deviation stored", _StoresSpread()),
    ],
    "11.group_norm": [
        ("images in one row", _one_row_per_group),
        ("no ε", _group_norm_without_epsilon),
        ("groups of that size", _groups_of),
        ("instance norm", _channel_by_channel),
        ("layer norm", _image_by_image),
        ("batch norm", _channel_over_batch),
        ("across images", _group_over_batch),
        ("channels taken in turn", _every_second_channel),
        (
            "unbiased variance",
            _with_root(lambda r: (r.var(-1, ddof=1, keepdims=True) + 1e-5) ** 0.5),
        ),
        ("ε outside the root", _with_root(lambda r: r.std(-1, keepdims=True) + 1e-5)),
        ("no root", _with_root(lambda r: r.var(-1, keepdims=True) + 1e-5)),
    ],
}
