"""Right answers and typical mistakes for notebook 15, as learners would write them."""

from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import conv2d

# --- block_parameters -------------------------------------------------------------------------


def _really_built(inputs, outputs, layers, kernel):
    sizes = [inputs] + [outputs] * layers
    convs = [nn.Conv2d(a, b, kernel) for a, b in pairwise(sizes)]
    return sum(p.numel() for conv in convs for p in conv.parameters())


def _by_formula(inputs, outputs, layers, kernel):
    first = inputs * outputs * kernel * kernel + outputs
    others = outputs * outputs * kernel * kernel + outputs
    return np.int64(first + (layers - 1) * others)


# --- shapes_of --------------------------------------------------------------------------------


def _by_torch(layers, maps, side):
    image, shapes = torch.empty(1, maps, side, side, device="meta"), []
    for layer in layers:
        if layer[0] == "conv":
            kernel = torch.empty(layer[1], image.shape[1], layer[2], layer[2], device="meta")
            image = conv2d(image, kernel, stride=layer[3], padding=layer[4])
        else:
            image = nn.MaxPool2d(layer[1], layer[2])(image)
        shapes.append([image.shape[1], image.shape[2]])
    return shapes


def _by_counting_places(layers, maps, side):
    shapes = ()
    for layer in layers:
        is_conv = layer[0] == "conv"
        maps = layer[1] if is_conv else maps
        kernel, stride = layer[2:4] if is_conv else layer[1:3]
        width = side + (2 * layer[4] if is_conv else 0)
        side = len(range(0, width - kernel + 1, stride))
        shapes += ((maps, side),)
    return shapes


def _shape_loop(layers, maps, side, new_side, pool=True, keep=lambda maps, side: (maps, side)):
    result = []
    for layer in layers:
        if layer[0] == "conv":
            maps = layer[1]
            side = new_side(side, layer[2], layer[3], layer[4])
        elif pool:
            side = new_side(side, layer[1], layer[2], 0)
        result.append(keep(maps, side))
    return result


def _from_the_image(layers, maps, side):
    result = []
    for layer in layers:
        if layer[0] == "conv":
            maps, (k, s, p) = layer[1], layer[2:]
        else:
            k, s, p = layer[1], layer[2], 0
        result.append((maps, (side - k + 2 * p) // s + 1))
    return result


def _right_side(w, k, s, p):
    return (w - k + 2 * p) // s + 1


# --- vgg --------------------------------------------------------------------------------------


def _built(
    configuration,
    classes,
    *,
    after=lambda maps: [nn.BatchNorm2d(maps), nn.ReLU()],
    follow_maps=True,
    sides=True,
    first_dense=None,
    head=None,
    flatten=True,
    pool=nn.MaxPool2d,
    averaged=None,
    **conv_options,
):
    layers, maps, side = [], 3, 224
    for entry in configuration:
        if entry == "M":
            layers += [pool(2, 2)]
            side = side // 2 if sides else side
        else:
            options = {"padding": 1} | conv_options
            layers += [nn.Conv2d(maps if follow_maps else 3, entry, 3, **options), *after(entry)]
            maps = entry
    if averaged:
        layers.append(nn.AdaptiveAvgPool2d((averaged, averaged)))
        side = averaged
    layers += [nn.Flatten()] if flatten else []
    seen = maps * side * side if first_dense is None else first_dense(maps, side)
    if head is None:
        head = lambda seen, classes: [  # noqa: E731
            nn.Linear(seen, 4096),
            nn.ReLU(),
            nn.Linear(4096, 4096),
            nn.ReLU(),
            nn.Linear(4096, classes),
        ]
    return nn.Sequential(*layers, *head(seen, classes))


def _planned(**options):
    """What the notebook's `plan_of` would list of the network that is built so."""

    def plan(configuration, classes):
        with torch.device("meta"):
            network = _built(configuration, classes, **options)
            image, rows = torch.empty(1, 3, 224, 224), []
        for layer in network:
            if isinstance(layer, nn.Dropout):
                continue
            try:
                image = layer(image)
            except RuntimeError:
                return [*rows, (type(layer).__name__, "does not fit")]
            count = sum(p.numel() for p in layer.parameters())
            rows.append((type(layer).__name__, *image.shape[1:], count))
        return rows

    return plan


def _one_hidden(seen, classes):
    return [nn.Linear(seen, 4096), nn.ReLU(), nn.Linear(4096, classes)]


def _without_relu(seen, classes):
    return [nn.Linear(seen, 4096), nn.Linear(4096, 4096), nn.Linear(4096, classes)]


def _relu_last(seen, classes):
    return [*_full(seen, classes), nn.ReLU()]


def _softmax_last(seen, classes):
    return [*_full(seen, classes), nn.Softmax(dim=1)]


def _thousand(seen, _classes):
    return _full(seen, 1000)


def _full(seen, classes):
    dense = [nn.Linear(seen, 4096), nn.ReLU(), nn.Dropout(0.3), nn.Linear(4096, 4096)]
    return [*dense, nn.ReLU(), nn.Linear(4096, classes)]


# --- compose ----------------------------------------------------------------------------------


def _by_bright_pixel(first, second):
    a, b = (torch.tensor(np.asarray(k))[None, None] for k in (first, second))
    side = len(first) + len(second) - 1
    pixel = torch.zeros(1, 1, 2 * side - 1, 2 * side - 1, dtype=a.dtype)
    pixel[..., side - 1, side - 1] = 1
    return conv2d(conv2d(pixel, a), b).flip(-1, -2)[0, 0]


def _by_four_loops(first, second):
    m, n = len(first), len(second)
    result = [[0.0] * (m + n - 1) for _ in range(m + n - 1)]
    for i in range(m):
        for j in range(m):
            for k in range(n):
                for l in range(n):  # noqa: E741
                    result[i + k][j + l] += first[i][j] * second[k][l]
    return result


def _copies(first, second, place=lambda k, l: (k, l), weigh=True):  # noqa: E741
    n, m = len(second), len(first)
    result = np.zeros((n + m - 1, n + m - 1))
    for k in range(n):
        for l in range(n):  # noqa: E741
            i, j = place(k, l)
            result[i : i + m, j : j + m] += first * second[k, l] if weigh else first
    return result


def _added(first, second):
    big, small = (first, second) if len(first) >= len(second) else (second, first)
    side = len(big) + len(small) - 1
    pad = lambda kernel: np.pad(kernel, (side - len(kernel)) // 2)  # noqa: E731
    return pad(big) + pad(small)


ALTERNATIVES: dict[str, list[Any]] = {
    "15.block_parameters": [_really_built, _by_formula],
    "15.shapes_of": [_by_torch, _by_counting_places],
    "15.vgg": [_planned(head=_full), _planned(padding="same")],
    "15.compose": [_by_bright_pixel, _by_four_loops],
}

MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "15.block_parameters": [
        ("no biases", lambda i, o, n, k: i * o * k**2 + (n - 1) * o * o * k**2),
        ("kernel not squared", lambda i, o, n, k: o * (i * k + 1) + (n - 1) * o * (o * k + 1)),
        ("every layer from the inputs", lambda i, o, n, k: n * (i * o * k * k + o)),
        ("every layer from the outputs", lambda i, o, n, k: n * (o * o * k * k + o)),
        ("one layer", lambda i, o, n, k: _really_built(i, o, 1, k)),
        ("one layer too many", lambda i, o, n, k: _really_built(i, o, n + 1, k)),
        ("biases once", lambda i, o, n, k: i * o * k * k + (n - 1) * o * o * k * k + o),
        (
            "a bias for each kernel",
            lambda i, o, n, k: i * o * (k * k + 1) + (n - 1) * o * o * (k * k + 1),
        ),
    ],
    "15.shapes_of": [
        (
            "rounded up",
            lambda layers, maps, side: _shape_loop(
                layers, maps, side, lambda w, k, s, p: int(np.ceil((w - k + 2 * p) / s)) + 1
            ),
        ),
        (
            "not rounded",
            lambda layers, maps, side: _shape_loop(
                layers, maps, side, lambda w, k, s, p: (w - k + 2 * p) / s + 1
            ),
        ),
        (
            "padding once",
            lambda layers, maps, side: _shape_loop(
                layers, maps, side, lambda w, k, s, p: (w - k + p) // s + 1
            ),
        ),
        (
            "no plus one",
            lambda layers, maps, side: _shape_loop(
                layers, maps, side, lambda w, k, s, p: (w - k + 2 * p) // s
            ),
        ),
        (
            "pooling keeps the side",
            lambda layers, maps, side: _shape_loop(layers, maps, side, _right_side, pool=False),
        ),
        (
            "sides never change",
            lambda layers, maps, side: _shape_loop(layers, maps, side, lambda w, k, s, p: w),
        ),
        ("always from the input", _from_the_image),
        (
            "side first",
            lambda layers, maps, side: _shape_loop(
                layers, maps, side, _right_side, keep=lambda m, w: (w, m)
            ),
        ),
        (
            "input listed",
            lambda layers, maps, side: [(maps, side), *_by_counting_places(layers, maps, side)],
        ),
        ("only the last", lambda layers, maps, side: _by_torch(layers, maps, side)[-1]),
        (
            "no stride",
            lambda layers, maps, side: _shape_loop(
                layers, maps, side, lambda w, k, s, p: w - k + 2 * p + 1
            ),
        ),
    ],
    "15.vgg": [
        ("inputs not carried along", _planned(follow_maps=False)),
        ("first dense layer", _planned(sides=False)),
        ("first dense layer", _planned(first_dense=lambda maps, _side: maps)),
        ("no flatten", _planned(flatten=False)),
        ("no batch norm", _planned(after=lambda _maps: [nn.ReLU()])),
        ("ReLU before the norm", _planned(after=lambda maps: [nn.ReLU(), nn.BatchNorm2d(maps)])),
        ("no ReLU after convolutions", _planned(after=lambda maps: [nn.BatchNorm2d(maps)])),
        ("no bias", _planned(bias=False)),
        ("classes fixed", _planned(head=_thousand)),
        ("ReLU at the end", _planned(head=_relu_last)),
        ("softmax at the end", _planned(head=_softmax_last)),
        ("average pooling", _planned(pool=nn.AvgPool2d)),
        ("averaged before the dense layers", _planned(averaged=1)),
        ("torchvision's average to 7 × 7", _planned(averaged=7)),
        ("one dense layer of 4096", _planned(head=_one_hidden)),
        ("no ReLU between dense layers", _planned(head=_without_relu)),
        ("no padding", _planned(padding=0)),
    ],
    "15.compose": [
        (
            "second turned",
            lambda first, second: _copies(first, second[::-1, ::-1]),
        ),
        (
            "rows and columns swapped",
            lambda first, second: _copies(first, second, lambda k, l: (l, k)),  # noqa: E741
        ),
        ("not moved", lambda first, second: _copies(first, second, lambda k, l: (0, 0))),  # noqa: E741
        ("not weighted", lambda first, second: _copies(first, second, weigh=False)),
        ("added in the middle", _added),
        ("result turned", lambda first, second: np.flip(_copies(first, second))),
    ],
}
