"""Right answers and typical mistakes for notebook 17, as learners would write them."""

from typing import Any

import numpy as np
import torch
from torch import nn


def _what_is_heard(function):
    """The notebook's own wrapper: outputs of a fixed model, and how many hooks are left."""

    def trial(places, x):
        model = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2, bias=False)).double()
        numbers = ([[1, -1], [2, 0.5]], [0.5, -3], [[1, 2], [-1, 1]])
        for weight, values in zip(model.parameters(), numbers, strict=True):
            weight.data = torch.tensor(values).double()
        with torch.no_grad():
            outputs = function(model, places, torch.tensor(x).double())
        if not isinstance(outputs, list):
            return outputs
        return outputs, sum(len(layer._forward_hooks) for layer in model)

    return trial


def _pushed_of_pytorch(x, slopes, epsilon):
    return (torch.tensor(x) + epsilon * torch.tensor(slopes).sign()).clamp(0, 1)


def _pushed_one_by_one(x, slopes, epsilon):
    result = []
    for value, slope in zip(x.ravel().tolist(), slopes.ravel().tolist(), strict=True):
        step = epsilon if slope > 0 else -epsilon if slope < 0 else 0
        result.append(min(max(value + step, 0), 1))
    return np.array(result).reshape(x.shape)


def _drops_by_mask(score, image, size, stride, fill):
    height, width = image.shape
    y, x = np.mgrid[:height, :width]
    return [
        [
            score(image)
            - score(np.where((y >= t) & (y < t + size) & (x >= u) & (x < u + size), fill, image))
            for u in range(0, width - size + 1, stride)
        ]
        for t in range(0, height - size + 1, stride)
    ]


def _drops_put_back(score, image, size, stride, fill):
    image, whole = image.copy(), score(image)
    rows, columns = ((n - size) // stride + 1 for n in image.shape)
    drops = torch.zeros(rows, columns, dtype=torch.float64)
    for i in range(rows):
        for j in range(columns):
            part = slice(i * stride, i * stride + size), slice(j * stride, j * stride + size)
            before = image[part].copy()
            image[part] = fill
            drops[i, j] = whole - score(image)
            image[part] = before
    return drops


def _heard_by_hand(model, places, x):
    outputs = []
    for layer in model:
        x = layer(x)
        outputs.append(x)
    return [outputs[place] for place in places]


def _heard_in_lists(model, places, x):
    heard = [[] for _ in model]
    handles = [
        layer.register_forward_hook(lambda m, i, o, box=box: box.append(o))
        for layer, box in zip(model, heard, strict=True)
    ]
    with torch.no_grad():
        model(x)
    [handle.remove() for handle in handles]
    return [heard[place][0] for place in places]


def _epsilon_of_pytorch(w, b, x):
    w, x = torch.tensor(w), torch.tensor(x)
    return ((w * x).sum() + b).abs() / w.abs().sum()


def _epsilon_by_one_step(w, b, x):
    score = float(np.dot(w, x)) + b
    change = float(np.dot(w, x + np.sign(w)) - np.dot(w, x))
    return score / change if score > 0 else -score / change


ALTERNATIVES: dict[str, list[Any]] = {
    "17.pushed": [_pushed_of_pytorch, _pushed_one_by_one],
    "17.cover_drops": [_drops_by_mask, _drops_put_back],
    "17.overhear": [_what_is_heard(_heard_by_hand), _what_is_heard(_heard_in_lists)],
    "17.smallest_epsilon": [_epsilon_of_pytorch, _epsilon_by_one_step],
}


def _down(x, slopes, epsilon):
    return (x - np.sign(slopes) * epsilon).clip(0, 1)


def _no_clip(x, slopes, epsilon):
    return np.where(slopes > 0, x + epsilon, np.where(slopes < 0, x - epsilon, x))


def _by_slope(x, slopes, epsilon):
    return np.minimum(np.maximum(x + epsilon * slopes, 0), 1)


def _by_largest(x, slopes, epsilon):
    return (x + epsilon * slopes / abs(slopes).max()).clip(0, 1)


def _never_still(x, slopes, epsilon):
    moved = np.where(slopes < 0, x - epsilon, x + epsilon)
    return moved.clip(0, 1)


def _clip_inside(x, slopes, epsilon):
    return x + (epsilon * np.sign(slopes)).clip(0, 1)


def _delta_only(x, slopes, epsilon):
    return np.sign(slopes) * epsilon


def _loops(score, image, size, stride, fill, *, rows=None, columns=None, fresh=True):
    """Occlusion in loops over the given places; whole minus covered."""
    rows = range(0, image.shape[0] - size + 1, stride) if rows is None else rows
    columns = range(0, image.shape[1] - size + 1, stride) if columns is None else columns
    copy, table = image.copy(), []
    for i in rows:
        line = []
        for j in columns:
            if fresh:
                copy = image.copy()
            copy[i : i + size, j : j + size] = fill
            line.append(score(image) - score(copy))
        table.append(line)
    return np.array(table)


def _covered_minus_whole(score, image, size, stride, fill):
    return score(image) * 0 - _loops(score, image, size, stride, fill)


def _no_sign(score, image, size, stride, fill):
    return abs(_loops(score, image, size, stride, fill))


def _piled(score, image, size, stride, fill):
    return _loops(score, image, size, stride, fill, fresh=False)


def _scores(score, image, size, stride, fill):
    return score(image) - _loops(score, image, size, stride, fill)


def _one_short(score, image, size, stride, fill):
    height, width = image.shape
    rows, columns = range(0, height - size, stride), range(0, width - size, stride)
    return _loops(score, image, size, stride, fill, rows=rows, columns=columns)


def _over_the_edge(score, image, size, stride, fill):
    rows, columns = (range(0, n, stride) for n in image.shape)
    return _loops(score, image, size, stride, fill, rows=rows, columns=columns)


def _black(score, image, size, stride, fill):
    return _loops(score, image, size, stride, 0)


def _columns_outside(score, image, size, stride, fill):
    table = []
    for j in range(0, image.shape[1] - size + 1, stride):
        line = []
        for i in range(0, image.shape[0] - size + 1, stride):
            copy = image.copy()
            copy[i : i + size, j : j + size] = fill
            line.append(score(image) - score(copy))
        table.append(line)
    return np.array(table)


def _hooked(model, places, x, *, remove=True, late=False, inputs=False, by_place=True):
    """Hooks as learners write them; the options are the ways in which it goes wrong."""
    heard, handles = {}, []
    for place in places:
        if late:

            def hook(module, given, output):
                heard[place] = output  # noqa: B023 - that is the mistake

        else:

            def hook(module, given, output, place=place):
                heard[place] = given[0] if inputs else output

        handles.append(model[place].register_forward_hook(hook))
    model(x)
    if remove:
        for handle in handles:
            handle.remove()
    return [heard[place] for place in places] if by_place else list(heard.values())


def _never_removed(model, places, x):
    return _hooked(model, places, x, remove=False)


def _late_name(model, places, x):
    return _hooked(model, places, x, late=True, by_place=False)


def _values_of_dict(model, places, x):
    return _hooked(model, places, x, by_place=False)


def _given(model, places, x):
    return _hooked(model, places, x, inputs=True)


def _values_never_removed(model, places, x):
    return _hooked(model, places, x, by_place=False, remove=False)


def _given_in_tuples(model, places, x):
    heard = {}
    handles = [
        model[place].register_forward_hook(lambda m, i, o, place=place: heard.update({place: i}))
        for place in places
    ]
    model(x)
    for handle in handles:
        handle.remove()
    return [heard[place] for place in places]


def _given_never_removed(model, places, x):
    return _hooked(model, places, x, inputs=True, remove=False)


def _distance(w, b, x):
    return abs(np.dot(w, x) + b) / np.linalg.norm(w)


def _plain_sum(w, b, x):
    return abs((np.dot(w, x) + b) / sum(w))


def _no_abs(w, b, x):
    return (sum(w * x) + b) / sum(abs(w))


def _no_bias(w, b, x):
    return abs(sum(w * x)) / sum(abs(w))


def _one_pixel(w, b, x):
    return abs(sum(w * x) + b) / max(abs(w))


def _mean_weight(w, b, x):
    return abs(sum(w * x) + b) / np.mean(abs(w))


def _upside_down(w, b, x):
    return sum(abs(w)) / abs(sum(w * x) + b)


MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "17.pushed": [
        ("not clipped", _no_clip),
        ("downhill", _down),
        ("the slope itself", _by_slope),
        ("largest slope one", _by_largest),
        ("zero goes up", _never_still),
        ("only the change clipped", _clip_inside),
        ("only the change returned", _delta_only),
    ],
    "17.cover_drops": [
        ("sign turned round", _covered_minus_whole),
        ("only sizes", _no_sign),
        ("squares pile up", _piled),
        ("score kept", _scores),
        ("last place missing", _one_short),
        ("beyond the edge", _over_the_edge),
        ("always black", _black),
        ("columns first", _columns_outside),
    ],
    "17.overhear": [
        ("hooks left", _what_is_heard(_never_removed)),
        ("one entry", _what_is_heard(_late_name)),
        ("in the order of the layers", _what_is_heard(_values_of_dict)),
        ("inputs heard", _what_is_heard(_given)),
        ("in the order of the layers, hooks left", _what_is_heard(_values_never_removed)),
        ("inputs heard, hooks left", _what_is_heard(_given_never_removed)),
        ("inputs heard as they come", _what_is_heard(_given_in_tuples)),
    ],
    "17.smallest_epsilon": [
        ("Euclid's length", _distance),
        ("signs cancel", _plain_sum),
        ("from one side only", _no_abs),
        ("bias forgotten", _no_bias),
        ("largest weight", _one_pixel),
        ("mean of the weights", _mean_weight),
        ("turned upside down", _upside_down),
    ],
}
