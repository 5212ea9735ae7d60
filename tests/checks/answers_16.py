"""Right answers and typical mistakes for notebook 16, as learners would write them."""

from typing import Any

import torch
from torch import nn
from torch.nn.functional import conv2d, relu

from course_utils.models import BasicBlock


def _with_layers(x, weight_1, weight_2):
    channels = x.shape[1]
    layers = [nn.Conv2d(channels, channels, 3, padding="same", bias=False) for _ in range(2)]
    for layer, weight in zip(layers, (weight_1, weight_2), strict=True):
        layer.weight = nn.Parameter(weight)
    return relu(layers[1](relu(layers[0](x))) + x)


def _with_clamps(x, weight_1, weight_2):
    h = conv2d(x, weight_1, stride=1, padding=(1, 1)).clamp(min=0)
    return torch.add(conv2d(h, weight_2, padding=1), x).clamp(min=0).numpy()


def _by_the_share(inputs, outputs, kernel, side):
    full = kernel * kernel * inputs * outputs * side * side
    return full, round(full * (1 / outputs + 1 / kernel**2))


def _by_torch(inputs, outputs, kernel, side):
    full = nn.Conv2d(inputs, outputs, kernel, bias=False)
    depthwise = nn.Conv2d(inputs, inputs, kernel, groups=inputs, bias=False)
    pointwise = nn.Conv2d(inputs, outputs, 1, bias=False)
    n = side * side
    return [n * full.weight.numel(), n * (depthwise.weight.numel() + pointwise.weight.numel())]


def _in_a_loop(inputs, ones, reduce3, threes, reduce5, fives, pooled):
    layers = [(inputs, ones, 1), (inputs, reduce3, 1), (reduce3, threes, 3)]
    layers += [(inputs, reduce5, 1), (reduce5, fives, 5), (inputs, pooled, 1)]
    return sum([ones, threes, fives, pooled]), sum(a * b * k * k for a, b, k in layers)


def _counted(blocks):
    total = 9408 + 128 + 513_000
    sizes = [(64, 64), (64, 128), (128, 256), (256, 512)]
    for (inputs, outputs), count in zip(sizes, blocks, strict=True):
        for k in range(count):
            into = inputs if k == 0 else outputs
            total += 9 * into * outputs + 9 * outputs * outputs + 4 * outputs
            total += (into + 2) * outputs if into != outputs else 0
    return total


def _really_made(blocks):
    layers = [nn.Conv2d(3, 64, 7, bias=False), nn.BatchNorm2d(64), nn.Linear(512, 1000)]
    inputs = 64
    for outputs, count in zip([64, 128, 256, 512], blocks, strict=True):
        layers += [BasicBlock(inputs, outputs, stride=1 if inputs == outputs else 2)]
        layers += [BasicBlock(outputs, outputs) for _ in range(count - 1)]
        inputs = outputs
    return sum(p.numel() for p in nn.ModuleList(layers).parameters())


ALTERNATIVES: dict[str, list[Any]] = {
    "16.residual_block": [_with_layers, _with_clamps],
    "16.multiplied": [_by_the_share, _by_torch],
    "16.inception_counts": [_in_a_loop],
    "16.resnet_parameters": [_counted, _really_made],
}


class _Block:
    """A residual block; each mistake changes one step."""

    def __call__(self, x, weight_1, weight_2):
        h = self.between(conv2d(x, weight_1, padding=1))
        return self.end(x, conv2d(h, weight_2, padding=1), h)

    def between(self, h):
        return relu(h)

    def end(self, x, f, h):
        return relu(f + x)


class _Plain(_Block):
    def end(self, x, f, h):
        return relu(f)


class _ReluFirst(_Block):
    def end(self, x, f, h):
        return relu(f) + x


class _ReluOnBothSides(_Block):
    def end(self, x, f, h):
        return relu(relu(f) + x)


class _ReluOnTheWayRound(_Block):
    def end(self, x, f, h):
        return relu(f + relu(x))


class _NoLastRelu(_Block):
    def end(self, x, f, h):
        return f + x


class _NoInnerRelu(_Block):
    def between(self, h):
        return h


class _AddsTheInner(_Block):
    def end(self, x, f, h):
        return relu(f + h)


class _TakesAway(_Block):
    def end(self, x, f, h):
        return relu(f - x)


class _Stacks(_Block):
    def end(self, x, f, h):
        return relu(torch.cat((x, f), 1))


def _no_padding(x, weight_1, weight_2):
    x = relu(conv2d(x, weight_1))
    return conv2d(x, weight_2)


def _inception_draft(
    *,
    stacked=lambda i, a, r3, b, r5, c, p: a + b + c + p,
    pool=lambda i, p: i * p,
    reductions=lambda i, r3, r5: i * r3 + i * r5,
    large=lambda i, r3, b, r5, c: r3 * b * 9 + r5 * c * 25,
    extra=lambda a, r3, b, r5, c, p: 0,
):
    def inception_counts(i, a, r3, b, r5, c, p):
        weights = i * a + reductions(i, r3, r5) + large(i, r3, b, r5, c) + pool(i, p)
        return stacked(i, a, r3, b, r5, c, p), weights + extra(a, r3, b, r5, c, p)

    return inception_counts


def _resnet_draft(
    *,
    behind=lambda outputs: 2 * outputs,
    first=9408,
    last=513_000,
    way_round=lambda inputs, outputs: (inputs + 2) * outputs if inputs != outputs else 0,
    weights=9,
    per_block=2,
    entering=lambda inputs, outputs: inputs,
):
    def resnet_parameters(blocks):
        total = first + (behind(64) if first else 0) + last
        inputs = 64
        for outputs, count in zip((64, 128, 256, 512), blocks, strict=True):
            for k in range(per_block * count):
                into = entering(inputs, outputs) if k == 0 else outputs
                total += weights * into * outputs + behind(outputs)
            total += way_round(inputs, outputs)
            inputs = outputs
        return total

    return resnet_parameters


def _shortcut_with(per_channel):
    def way_round(inputs, outputs):
        return inputs * outputs + per_channel * outputs if inputs != outputs else 0

    return way_round


MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "16.residual_block": [
        ("no skip", _Plain()),
        ("ReLU before the sum", _ReluFirst()),
        ("ReLU on both sides of the sum", _ReluOnBothSides()),
        ("ReLU on the way round", _ReluOnTheWayRound()),
        ("last ReLU forgotten", _NoLastRelu()),
        ("inner ReLU forgotten", _NoInnerRelu()),
        ("weights swapped", lambda x, w1, w2: _Block()(x, w2, w1)),
        ("the same weight twice", lambda x, w1, w2: _Block()(x, w1, w1)),
        ("inner signal added", _AddsTheInner()),
        ("minus", _TakesAway()),
        ("without padding", _no_padding),
        ("stacked", _Stacks()),
    ],
    "16.multiplied": [
        ("side not squared", lambda c, d, k, s: (s * k * k * c * d, s * (k * k * c + c * d))),
        ("places forgotten", lambda c, d, k, s: (k * k * c * d, k * k * c + c * d)),
        ("kernel not squared", lambda c, d, k, s: (s * s * k * c * d, s * s * (k * c + c * d))),
        (
            "depthwise with all outputs",
            lambda c, d, k, s: (s * s * k * k * c * d, s * s * d * (k * k + c)),
        ),
        ("depthwise only", lambda c, d, k, s: (s * s * k * k * c * d, s * s * k * k * c)),
        ("pointwise only", lambda c, d, k, s: (s * s * k * k * c * d, s * s * c * d)),
        ("product", lambda c, d, k, s: (s * s * k * k * c * d, s * s * k * k * c * c * d)),
        ("swapped", lambda c, d, k, s: (s * s * c * (k * k + d), s * s * c * k * k * d)),
        ("share", lambda c, d, k, s: (k * k + d) / (k * k * d)),
    ],
    "16.inception_counts": [
        (
            "reductions stacked too",
            _inception_draft(stacked=lambda i, a, r3, b, r5, c, p: a + r3 + b + r5 + c + p),
        ),
        (
            "input stacked too",
            _inception_draft(stacked=lambda i, a, r3, b, r5, c, p: i + a + b + c + p),
        ),
        (
            "pooling keeps all channels",
            _inception_draft(
                stacked=lambda i, a, r3, b, r5, c, p: a + b + c + i, pool=lambda i, p: 0
            ),
        ),
        ("1×1 after pooling forgotten", _inception_draft(pool=lambda i, p: 0)),
        ("pooling with weights", _inception_draft(pool=lambda i, p: 9 * i * p)),
        ("reductions without weights", _inception_draft(reductions=lambda i, r3, r5: 0)),
        (
            "no reduction",
            _inception_draft(
                reductions=lambda i, r3, r5: 0,
                large=lambda i, r3, b, r5, c: i * b * 9 + i * c * 25,
            ),
        ),
        (
            "large kernels see everything",
            _inception_draft(large=lambda i, r3, b, r5, c: i * (b * 3**2 + c * 5**2)),
        ),
        (
            "kernels not squared",
            _inception_draft(large=lambda i, r3, b, r5, c: 3 * r3 * b + 5 * r5 * c),
        ),
        (
            "with biases",
            _inception_draft(extra=lambda *channels: sum(channels)),
        ),
    ],
    "16.resnet_parameters": [
        ("no batch norm", _resnet_draft(behind=lambda c: 0, way_round=_shortcut_with(0))),
        ("half a batch norm", _resnet_draft(behind=lambda c: c, way_round=_shortcut_with(1))),
        ("running statistics", _resnet_draft(behind=lambda c: 4 * c, way_round=_shortcut_with(4))),
        (
            "biases in the convolutions",
            _resnet_draft(behind=lambda c: 3 * c, way_round=_shortcut_with(3)),
        ),
        ("no bias at the end", _resnet_draft(last=512 * 1000)),
        ("no projection", _resnet_draft(way_round=lambda inputs, outputs: 0)),
        ("projection without batch norm", _resnet_draft(way_round=_shortcut_with(0))),
        (
            "projection in the first stage",
            _resnet_draft(way_round=lambda inputs, outputs: inputs * outputs + 2 * outputs),
        ),
        ("first blocks like the others", _resnet_draft(entering=lambda inputs, outputs: outputs)),
        ("one convolution per block", _resnet_draft(per_block=1)),
        ("no first convolution", _resnet_draft(first=0)),
        ("no linear layer", _resnet_draft(last=0)),
        ("kernels not squared", _resnet_draft(weights=3)),
    ],
}
