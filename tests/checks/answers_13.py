"""Right answers and typical mistakes for notebook 13, as learners would write them."""

import math
from typing import Any

import numpy as np
import torch
from torch import nn


def _size_by_counting(width, kernel, stride, padding):
    return len(range(-padding, width + padding - kernel + 1, stride))


def _size_by_walking(width, kernel, stride, padding):
    count, right_end = 0, kernel
    while right_end <= width + 2 * padding:
        count, right_end = count + 1, right_end + stride
    return count


def _size_of_pytorch(width, kernel, stride, padding):
    row = torch.zeros(1, 1, width)
    return nn.functional.conv1d(row, torch.zeros(1, 1, kernel), None, stride, padding).shape[-1]


def _conv_of_pytorch(x, w, stride, padding):
    batch, kernels = torch.tensor(x)[None, None], torch.tensor(w)[None, None]
    return nn.functional.conv2d(batch, kernels, stride=stride, padding=padding)[0, 0]


def _conv_by_views(x, w, stride, padding):
    x = np.pad(x, padding)
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape)
    return np.einsum("rcij,ij->rc", windows[::stride, ::stride], w)


def _conv_pixel_by_pixel(x, w, stride, padding):
    H, W, K = *x.shape, len(w)
    out = []
    for r in range(-padding, H + padding - K + 1, stride):
        out.append([])
        for c in range(-padding, W + padding - K + 1, stride):
            total = 0.0
            for i in range(K):
                for j in range(K):
                    if 0 <= r + i < H and 0 <= c + j < W:
                        total += w[i][j] * x[r + i][c + j]
            out[-1].append(total)
    return out


def _cost_of_pytorch(c_in, c_out, kernel, height, width):
    layer = nn.Conv2d(c_in, c_out, kernel)
    return sum(p.numel() for p in layer.parameters()), layer.weight.numel() * height * width


def _cost_as_list(c_in, c_out, kernel, height, width):
    parameters = 0
    for _ in range(c_out):
        parameters += c_in * kernel * kernel + 1
    return [parameters, np.int64(height * width) * (parameters - c_out)]


def _field_from_the_end(layers):
    side = 1
    for kernel, stride in reversed(layers):
        side = (side - 1) * stride + kernel
    return side


def _field_as_sum(layers):
    strides = [stride for _, stride in layers]
    return 1 + sum((k - 1) * math.prod(strides[:depth]) for depth, (k, _) in enumerate(layers))


def _field_by_gradient(layers):
    row = torch.zeros(1, 1, 200, dtype=torch.float64, requires_grad=True)
    a = row
    for kernel, stride in layers:
        a = nn.functional.conv1d(a, torch.ones(1, 1, kernel, dtype=torch.float64), stride=stride)
    a[0, 0, 0].backward()
    return (row.grad != 0).sum()


ALTERNATIVES: dict[str, list[Any]] = {
    "13.output_size": [_size_by_counting, _size_by_walking, _size_of_pytorch],
    "13.conv2d": [_conv_of_pytorch, _conv_by_views, _conv_pixel_by_pixel],
    "13.cost": [_cost_of_pytorch, _cost_as_list],
    "13.receptive_field": [_field_from_the_end, _field_as_sum, _field_by_gradient],
}


def _size_as_fraction(width, kernel, stride, padding):
    return 1 + (width + padding + padding - kernel) / stride


def _size_ceil(width, kernel, stride, padding):
    return 1 - (kernel - width - 2 * padding) // stride


def _size_round(width, kernel, stride, padding):
    return int(np.round((width - kernel + 2 * padding) / stride)) + 1


def _size_one_side(width, kernel, stride, padding):
    return int((width + padding - kernel) / stride + 1)


def _size_bare(width, kernel, stride, padding):
    return len(range(0, width - kernel + 1, stride))


def _size_minus(width, kernel, stride, padding):
    return math.floor((width - (kernel + 2 * padding)) / stride) + 1


def _size_moves(width, kernel, stride, padding):
    return int((width - kernel + 2 * padding) / stride)


def _size_brackets(width, kernel, stride, padding):
    return ((width - kernel + 2 * padding) + 1) // stride


def _size_every_pixel(width, kernel, stride, padding):
    return len(range(width + 2 * padding - kernel + 1))


def _size_without_kernel(width, kernel, stride, padding):
    return 1 + int((width + 2 * padding) / stride)


class _Draft:
    """`conv2d` as a learner writes it, line by line; each subclass changes one line."""

    def padded(self, x, padding):
        big = np.zeros((x.shape[0] + 2 * padding, x.shape[1] + 2 * padding))
        big[padding : padding + x.shape[0], padding : padding + x.shape[1]] = x
        return big

    def shape(self, x, K, stride):
        return (x.shape[0] - K) // stride + 1, (x.shape[1] - K) // stride + 1

    def corner(self, r, c, stride):
        return stride * r, stride * c

    def number(self, w, window):
        return np.sum(w * window)

    def __call__(self, x, w, stride, padding):
        x, K = self.padded(x, padding), w.shape[0]
        y = np.empty(self.shape(x, K, stride))
        for r in range(y.shape[0]):
            for c in range(y.shape[1]):
                top, left = self.corner(r, c, stride)
                y[r, c] = self.number(w, x[top : top + K, left : left + K])
        return y


class _Turned(_Draft):
    def number(self, w, window):
        return np.sum(np.rot90(w, 2) * window)


class _Transposed(_Draft):
    def number(self, w, window):
        return sum(w[j, i] * window[i, j] for i in range(len(w)) for j in range(len(w)))


class _NoPadding(_Draft):
    def padded(self, x, padding):
        return x


class _PadsBefore(_Draft):
    def padded(self, x, padding):
        return np.pad(x, ((padding, 0), (padding, 0)))


class _PadsAfter(_Draft):
    def padded(self, x, padding):
        return super().padded(x, padding)[padding:, padding:]


class _Repeats(_Draft):
    def padded(self, x, padding):
        return np.pad(x, padding, "edge")


class _Reflects(_Draft):
    def padded(self, x, padding):
        return np.pad(x, padding, "reflect")


class _EveryPlace(_Draft):
    def shape(self, x, K, stride):
        return x.shape[0] - K + 1, x.shape[1] - K + 1

    def corner(self, r, c, stride):
        return r, c


class _CornerWithoutStride(_Draft):
    def corner(self, r, c, stride):
        return r, c


class _StrideForRows(_Draft):
    def shape(self, x, K, stride):
        return (x.shape[0] - K) // stride + 1, x.shape[1] - K + 1

    def corner(self, r, c, stride):
        return r * stride, c


class _RangeTooShort(_Draft):
    def __call__(self, x, w, stride, padding):
        x, K = self.padded(x, padding), len(w)
        rows = np.arange(0, x.shape[0] - K, stride)
        columns = np.arange(0, x.shape[1] - K, stride)
        y = [[self.number(w, x[r : r + K, c : c + K]) for c in columns] for r in rows]
        return np.array(y).reshape(len(rows), len(columns))


class _AtSign(_Draft):
    def number(self, w, window):
        return np.sum(np.dot(w, window))


class _Mean(_Draft):
    def number(self, w, window):
        return np.mean(w * window)


class _ColumnsFirst(_Draft):
    def __call__(self, x, w, stride, padding):
        x, K = self.padded(x, padding), len(w)
        rows, columns = self.shape(x, K, stride)
        return [
            [
                self.number(w, x[r * stride : r * stride + K, c * stride : c * stride + K])
                for r in range(rows)
            ]
            for c in range(columns)
        ]


def _flops(c_in, c_out, kernel, height, width):
    layer = nn.Conv2d(c_in, c_out, kernel)
    multiplications = layer.weight.numel() * height * width
    return sum(p.numel() for p in layer.parameters()), multiplications + multiplications


def _without_padding(c_in, c_out, kernel, height, width):
    layer = nn.Conv2d(c_in, c_out, kernel, device="meta")
    map_ = layer(torch.empty(1, c_in, height, width, device="meta"))[0, 0]
    return c_out + layer.weight.numel(), layer.weight.numel() * map_.numel()


def _stride_of_the_layer(layers):
    side = 1
    for kernel, stride in layers:
        side += stride * kernel - stride
    return side


def _weights_only(c_in, c_out, kernel, height, width):
    weights = nn.Conv2d(c_in, c_out, kernel, bias=False).weight.numel()
    return weights, weights * height * width


def _bias_once(c_in, c_out, kernel, height, width):
    return c_in * c_out * kernel * kernel + 1, c_in * c_out * kernel * kernel * height * width


def _bias_everywhere(c_in, c_out, kernel, height, width):
    biases = c_in * c_out
    return kernel**2 * c_in * c_out + biases, kernel**2 * c_in * c_out * height * width


def _grey_only(c_in, c_out, kernel, height, width):
    return kernel * kernel * c_out + c_out, kernel * kernel * c_out * height * width


def _grey_multiplications(c_in, c_out, kernel, height, width):
    return (c_in * kernel**2 + 1) * c_out, height * width * kernel**2 * c_out


def _single_filter(c_in, c_out, kernel, height, width):
    return 1 + c_in * kernel**2, c_in * kernel**2 * height * width


def _single_map(c_in, c_out, kernel, height, width):
    return (c_in * kernel**2 + 1) * c_out, c_in * kernel**2 * height * width


def _side_only(c_in, c_out, kernel, height, width):
    return c_out * kernel * c_in + c_out, c_out * kernel * c_in * height * width


def _window_standing_still(c_in, c_out, kernel, height, width):
    weights = c_out * c_in * kernel**2
    return weights + c_out, weights


def _parameters_times_places(c_in, c_out, kernel, height, width):
    parameters = c_out * (c_in * kernel**2 + 1)
    return parameters, parameters * height * width


def _weights_not_shared(c_in, c_out, kernel, height, width):
    weights, outputs = c_in * kernel**2, c_out * height * width
    return (weights + 1) * outputs, weights * outputs


def _wrong_order(c_in, c_out, kernel, height, width):
    weights = c_out * c_in * kernel**2
    return weights * height * width, weights + c_out


def _sum_of_kernels(layers):
    side = 0
    for kernel, _stride in layers:
        side += kernel
    return side


def _product_of_kernels(layers):
    side = 1
    for kernel, _stride in layers:
        side = side * kernel
    return side


def _always_stride_1(layers):
    return sum(kernel for kernel, _ in layers) - len(layers) + 1


def _own_stride(layers):
    jumps = np.cumprod([stride for _, stride in layers])
    return 1 + sum((k - 1) * j for (k, _), j in zip(layers, jumps, strict=True))


def _jump_as_sum(layers):
    R, jumps = 1, [1]
    for kernel, stride in layers:
        R = R + (kernel - 1) * sum(jumps)
        jumps.append(stride)
    return R


def _stride_before(layers):
    R, before = 1, 1
    for kernel, stride in layers:
        R, before = R + (kernel - 1) * before, stride
    return R


def _no_minus(layers):
    strides = [1]
    R = 1
    for kernel, stride in layers:
        R += kernel * math.prod(strides)
        strides.append(stride)
    return R


def _zero_at_the_start(layers):
    R, jump = 0, 1
    for kernel, stride in layers:
        R, jump = R + jump * (kernel - 1), jump * stride
    return R


def _backward_formula_forward(layers):
    R = 1
    for kernel, stride in layers:
        R = stride * R + (kernel - stride)
    return R


def _returns_jump(layers):
    R, jump = 1, 1
    for kernel, stride in layers:
        R, jump = R + jump * (kernel - 1), jump * stride
    return jump


MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "13.output_size": [
        ("no floor", _size_as_fraction),
        ("rounded up", _size_ceil),
        ("rounded to the nearest", _size_round),
        ("padding once", _size_one_side),
        ("padding forgotten", _size_bare),
        ("padding taken away", _size_minus),
        ("first window forgotten", _size_moves),
        ("1 inside the division", _size_brackets),
        ("stride ignored", _size_every_pixel),
        ("kernel forgotten", _size_without_kernel),
    ],
    "13.conv2d": [
        ("kernel turned", _Turned()),
        ("kernel transposed", _Transposed()),
        ("padding forgotten", _NoPadding()),
        ("padding before only", _PadsBefore()),
        ("padding after only", _PadsAfter()),
        ("edge repeated", _Repeats()),
        ("reflected", _Reflects()),
        ("stride ignored", _EveryPlace()),
        ("stride in the shape only", _CornerWithoutStride()),
        ("stride downwards only", _StrideForRows()),
        ("last window missing", _RangeTooShort()),
        ("matrix product", _AtSign()),
        ("mean", _Mean()),
        ("rows and columns exchanged", _ColumnsFirst()),
    ],
    "13.cost": [
        ("additions counted", _flops),
        ("output made smaller", _without_padding),
        ("biases forgotten", _weights_only),
        ("one bias for all", _bias_once),
        ("a bias for each kernel", _bias_everywhere),
        ("input channels forgotten", _grey_only),
        ("input channels forgotten in the multiplications", _grey_multiplications),
        ("one filter", _single_filter),
        ("one filter in the multiplications", _single_map),
        ("side instead of area", _side_only),
        ("one place", _window_standing_still),
        ("biases multiplied", _parameters_times_places),
        ("parameters at every place", _weights_not_shared),
        ("exchanged", _wrong_order),
    ],
    "13.receptive_field": [
        ("kernels added", _sum_of_kernels),
        ("kernels multiplied", _product_of_kernels),
        ("strides ignored", _always_stride_1),
        ("own stride", _stride_of_the_layer),
        ("stride too early", _own_stride),
        ("strides added", _jump_as_sum),
        ("last stride only", _stride_before),
        ("whole kernels", _no_minus),
        ("started at 0", _zero_at_the_start),
        ("from the wrong end", _backward_formula_forward),
        ("jump given back", _returns_jump),
    ],
}
