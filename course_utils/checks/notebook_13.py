"""The exercises of notebook 13, convolution."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from course_utils.checks.engine import Exercise, Mistake

Array = NDArray[np.float64]
Layers = Sequence[tuple[int, int]]

_IMAGE = np.random.default_rng(0).integers(-4, 10, (5, 7)).astype(float)
_TALL = np.random.default_rng(1).integers(0, 6, (8, 6)).astype(float)
_KERNEL = np.array([[1.0, 2.0, -1.0], [0.0, 3.0, 1.0], [-2.0, 0.0, 4.0]])
_SMALL_KERNEL = np.array([[1.0, -3.0], [2.0, 5.0]])


def _output_size(width: int, kernel: int, stride: int, padding: int) -> Any:
    return (width - kernel + 2 * padding) // stride + 1


def _conv2d(
    x: Array,
    w: Array,
    stride: int,
    padding: int,
    *,
    sides: tuple[int, int] = (1, 1),
    mode: Literal["constant", "edge", "reflect"] = "constant",
    column_stride: int | None = None,
    read_stride: int | None = None,
    missing: int = 0,
    matrix_product: bool = False,
) -> Any:
    """Convolution of one channel; the options are the ways in which it goes wrong."""
    x = np.pad(x, (sides[0] * padding, sides[1] * padding), mode=mode)
    side = len(w)
    step = stride if read_stride is None else read_stride
    rows = range(len(range(0, x.shape[0] - side + 1 - missing, stride)))
    across = stride if column_stride is None else column_stride
    columns = range(len(range(0, x.shape[1] - side + 1 - missing, across)))
    across = across if read_stride is None else read_stride
    result = np.zeros((len(rows), len(columns)))
    for r in rows:
        for c in columns:
            top, left = r * step, c * across
            window = x[top : top + side, left : left + side]
            result[r, c] = (w @ window if matrix_product else w * window).sum()
    return result


def _slip(**options: Any) -> Any:
    return lambda *given: _conv2d(*given, **options)


def _cost(c_in: int, c_out: int, kernel: int, height: int, width: int) -> Any:
    weights = c_out * c_in * kernel**2
    return weights + c_out, height * width * weights


def _receptive_field(layers: Layers) -> Any:
    side, jump = 1, 1
    for kernel, stride in layers:
        side += (kernel - 1) * jump
        jump *= stride
    return side


def _stride_too_early(layers: Layers) -> int:
    side, jump = 1, 1
    for kernel, stride in layers:
        jump *= stride
        side += (kernel - 1) * jump
    return side


def _strides_added(layers: Layers) -> int:
    side, jump = 1, 1
    for kernel, stride in layers:
        side += (kernel - 1) * jump
        jump += stride
    return side


def _last_stride_only(layers: Layers) -> int:
    side, jump = 1, 1
    for kernel, stride in layers:
        side += (kernel - 1) * jump
        jump = stride
    return side


def _from_the_wrong_end(layers: Layers) -> int:
    side = 1
    for kernel, stride in layers:
        side = (side - 1) * stride + kernel
    return side


def _whole_kernels(layers: Layers) -> int:
    side, jump = 1, 1
    for kernel, stride in layers:
        side += kernel * jump
        jump *= stride
    return side


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        key="13.output_size",
        answer=_output_size,
        praise="`output_size` is right, also where the windows leave pixels over.",
        cases=(
            (28, 5, 1, 0),
            (28, 5, 2, 0),
            (7, 3, 2, 1),
            (10, 3, 3, 0),
            (32, 3, 1, 1),
            (224, 7, 2, 3),
            (11, 4, 3, 2),
        ),
        mistakes=(
            Mistake(
                "no floor",
                lambda width, kernel, stride, padding: (width - kernel + 2 * padding) / stride + 1,
                "{call} gave {got}. No part of a window can stand anywhere: what happens to the "
                "rest of the division?",
            ),
            Mistake(
                "rounded up",
                lambda width, kernel, stride, padding: (
                    math.ceil((width - kernel + 2 * padding) / stride) + 1
                ),
                "{call} gave {got}, expected {expected}. You round up: the last window would hang "
                "over the edge.",
            ),
            Mistake(
                "rounded to the nearest",
                lambda width, kernel, stride, padding: (
                    round((width - kernel + 2 * padding) / stride) + 1
                ),
                "{call} gave {got}, expected {expected}. `round` goes to the nearest whole number, "
                "sometimes up; a window that does not quite fit does not count.",
            ),
            Mistake(
                "padding once",
                lambda width, kernel, stride, padding: (width - kernel + padding) // stride + 1,
                "without padding it is right. But {call} gave {got}, expected {expected}: on how "
                "many sides of the row is there padding?",
            ),
            Mistake(
                "padding forgotten",
                lambda width, kernel, stride, padding: (width - kernel) // stride + 1,
                "without padding it is right. But {call} gave {got}, expected {expected}. The "
                "padding makes the row longer.",
            ),
            Mistake(
                "padding taken away",
                lambda width, kernel, stride, padding: (width - kernel - 2 * padding) // stride + 1,
                "without padding it is right. But {call} gave {got}, expected {expected}. Does "
                "padding leave the window more room, or less?",
            ),
            Mistake(
                "first window forgotten",
                lambda width, kernel, stride, padding: (width - kernel + 2 * padding) // stride,
                "{call} gave {got}, expected {expected}. You count how often the window moves on. "
                "It has also stood where it began.",
            ),
            Mistake(
                "1 inside the division",
                lambda width, kernel, stride, padding: (width - kernel + 2 * padding + 1) // stride,
                "with stride 1 it is right. But {call} gave {got}, expected {expected}. The first "
                "window is a whole one: add it after the division.",
            ),
            Mistake(
                "stride ignored",
                lambda width, kernel, stride, padding: width - kernel + 2 * padding + 1,
                "with stride 1 it is right. But {call} gave {got}, expected {expected}: how far "
                "does the window move each time?",
            ),
            Mistake(
                "kernel forgotten",
                lambda width, kernel, stride, padding: (width + 2 * padding) // stride + 1,
                "{call} gave {got}, expected {expected}. The first window takes up some cells "
                "itself; only those to its right are left to move on over.",
            ),
        ),
    ),
    Exercise(
        key="13.conv2d",
        answer=_conv2d,
        praise="`conv2d` is right, for every stride and padding tried.",
        cases=(
            (_IMAGE, _KERNEL, 1, 0),
            (_IMAGE, _KERNEL, 1, 1),
            (_IMAGE, _KERNEL, 2, 0),
            (_TALL, _KERNEL, 2, 1),
            (_TALL, _SMALL_KERNEL, 3, 2),
            (_TALL, np.array([[-2.0]]), 2, 0),
        ),
        mistakes=(
            Mistake(
                "kernel turned",
                lambda x, w, stride, padding: _conv2d(x, w[::-1, ::-1], stride, padding),
                "you turn the kernel by 180°: that is the convolution of mathematics. Here, as in "
                "PyTorch, the kernel stays as it is.",
            ),
            Mistake(
                "kernel transposed",
                lambda x, w, stride, padding: _conv2d(x, w.T, stride, padding),
                "the rows of your kernel lie on the columns of the image. Which index of `w` goes "
                "down, which one across?",
            ),
            Mistake(
                "padding forgotten",
                lambda x, w, stride, padding: _conv2d(x, w, stride, 0),
                "without padding it is right. But for padding 1 the shape of your result is that "
                "without padding.",
            ),
            Mistake(
                "padding before only",
                _slip(sides=(1, 0)),
                "without padding it is right. Yours pads above and on the left only. There are "
                "four sides.",
            ),
            Mistake(
                "padding after only",
                _slip(sides=(0, 1)),
                "without padding it is right. Yours pads below and on the right only. There are "
                "four sides.",
            ),
            Mistake(
                "edge repeated",
                _slip(mode="edge"),
                "without padding it is right. Yours repeats the pixels of the edge; here the "
                "padding is zeros.",
            ),
            Mistake(
                "reflected",
                _slip(mode="reflect"),
                "without padding it is right. Yours reflects the image at its edge; here the "
                "padding is zeros.",
            ),
            Mistake(
                "stride ignored",
                lambda x, w, stride, padding: _conv2d(x, w, 1, padding),
                "with stride 1 it is right. With stride 2 yours has a number for every place; "
                "only every second one, down and across, is wanted.",
            ),
            Mistake(
                "stride in the shape only",
                _slip(read_stride=1),
                "with stride 1 it is right. With stride 2 the shape is right, but your windows "
                "still move on by one pixel. Where does the window of output (r, c) begin?",
            ),
            Mistake(
                "stride downwards only",
                _slip(column_stride=1),
                "with stride 1 it is right. Your window moves on by `stride` downwards, but by "
                "one pixel across.",
            ),
            Mistake(
                "last window missing",
                _slip(missing=1),
                "your last row and column are missing: `range` stops before its end. How many "
                "places has a window of K in H rows?",
            ),
            Mistake(
                "matrix product",
                _slip(matrix_product=True),
                "`@` is the product of matrices. Here each pixel meets one weight, the one that "
                "lies on it.",
            ),
            Mistake(
                "mean",
                lambda x, w, stride, padding: _conv2d(x, w, stride, padding) / w.size,
                "you take the mean over the window. The layer takes the sum; whoever wants a mean "
                "puts it into the weights.",
            ),
            Mistake(
                "rows and columns exchanged",
                lambda x, w, stride, padding: _conv2d(x, w, stride, padding).T,
                "the numbers are right, but rows and columns of the result are exchanged.",
            ),
        ),
    ),
    Exercise(
        key="13.cost",
        answer=_cost,
        praise="`cost` is right: parameters and multiplications.",
        cases=((3, 16, 5, 20, 30), (1, 6, 3, 28, 24), (64, 128, 1, 7, 5)),
        mistakes=(
            Mistake(
                "biases forgotten",
                lambda i, o, k, h, w: (o * i * k**2, h * w * o * i * k**2),
                "the multiplications are right. But {call} gave {got}: each filter has one more "
                "number that is learnt.",
            ),
            Mistake(
                "one bias for all",
                lambda i, o, k, h, w: (o * i * k**2 + 1, h * w * o * i * k**2),
                "the multiplications are right. But {call} gave {got}: how many biases are there, "
                "one for the layer or one for each filter?",
            ),
            Mistake(
                "a bias for each kernel",
                lambda i, o, k, h, w: (o * i * (k**2 + 1), h * w * o * i * k**2),
                "the multiplications are right. But {call} gave {got}: you give a bias to each "
                "kernel. The kernels of a filter go into one sum, with one bias.",
            ),
            Mistake(
                "input channels forgotten",
                lambda i, o, k, h, w: (o * (k**2 + 1), h * w * o * k**2),
                "{call} gave {got}, expected {expected}. Your filter has one kernel. How many "
                "channels does it look at?",
            ),
            Mistake(
                "input channels forgotten in the multiplications",
                lambda i, o, k, h, w: (o * (i * k**2 + 1), h * w * o * k**2),
                "the parameters are right. But {call} gave {got}: to make one number, how many "
                "pixels, of all channels, are multiplied?",
            ),
            Mistake(
                "one filter",
                lambda i, o, k, h, w: (i * k**2 + 1, h * w * i * k**2),
                "{call} gave {got}. That is the bill of one filter. How many are there?",
            ),
            Mistake(
                "one filter in the multiplications",
                lambda i, o, k, h, w: (o * (i * k**2 + 1), h * w * i * k**2),
                "the parameters are right. But {call} gave {got}: your multiplications are those "
                "of one feature map.",
            ),
            Mistake(
                "side instead of area",
                lambda i, o, k, h, w: (o * (i * k + 1), h * w * o * i * k),
                "{call} gave {got}, expected {expected}. A kernel has rows and columns.",
            ),
            Mistake(
                "one place",
                lambda i, o, k, h, w: (o * (i * k**2 + 1), o * i * k**2),
                "the parameters are right. But {call} gave {got}: you count the multiplications "
                "for one place of the window. At how many places does it stand?",
            ),
            Mistake(
                "biases multiplied",
                lambda i, o, k, h, w: (o * (i * k**2 + 1), h * w * o * (i * k**2 + 1)),
                "the parameters are right. But {call} gave {got}: a bias is added, not multiplied.",
            ),
            Mistake(
                "parameters at every place",
                lambda i, o, k, h, w: (h * w * o * (i * k**2 + 1), h * w * o * i * k**2),
                "the multiplications are right. But {call} gave {got}: are there new weights at "
                "every place, or the same ones everywhere?",
            ),
            Mistake(
                "additions counted",
                lambda i, o, k, h, w: (o * (i * k**2 + 1), 2 * h * w * o * i * k**2),
                "the parameters are right. But {call} gave {got}: twice too many. Only the "
                "multiplications count here, not the additions.",
            ),
            Mistake(
                "output made smaller",
                lambda i, o, k, h, w: (
                    o * (i * k**2 + 1),
                    (h - k + 1) * (w - k + 1) * o * i * k**2,
                ),
                "the parameters are right. But {call} gave {got}: `height` and `width` are "
                "already those of the maps that the layer makes.",
            ),
            Mistake(
                "exchanged",
                lambda i, o, k, h, w: _cost(i, o, k, h, w)[::-1],
                "both numbers are right. Parameters come first.",
            ),
        ),
    ),
    Exercise(
        key="13.receptive_field",
        answer=_receptive_field,
        praise="`receptive_field` is right for every stack tried.",
        cases=(
            ([(3, 1)],),
            ([(3, 1), (3, 1)],),
            ([(4, 2), (3, 1), (2, 2), (3, 1)],),
            ([(7, 2), (3, 2), (3, 1), (3, 1)],),
            ([(3, 2), (5, 3), (2, 2), (3, 1)],),
        ),
        mistakes=(
            Mistake(
                "kernels added",
                lambda layers: sum(kernel for kernel, _ in layers),
                "one layer is right. But {call} gave {got}, expected {expected}: the windows of "
                "neighbours overlap. How many new pixels does the second layer bring?",
            ),
            Mistake(
                "kernels multiplied",
                lambda layers: math.prod(kernel for kernel, _ in layers),
                "one layer is right. But {call} gave {got}, expected {expected}: the windows of "
                "neighbours overlap, so they don't multiply.",
            ),
            Mistake(
                "strides ignored",
                lambda layers: 1 + sum(kernel - 1 for kernel, _ in layers),
                "with stride 1 it is right. But {call} gave {got}, expected {expected}: after a "
                "stride of 2, neighbours lie 2 pixels apart.",
            ),
            Mistake(
                "stride too early",
                _stride_too_early,
                "with stride 1 it is right. But {call} gave {got}, expected {expected}. How far "
                "apart are the inputs of a layer: does its own stride already count?",
            ),
            Mistake(
                "strides added",
                _strides_added,
                "one layer is right. But {call} gave {got}, expected {expected}. Two strides of 2 "
                "one after the other: how far apart are neighbours then, and after strides of 1?",
            ),
            Mistake(
                "last stride only",
                _last_stride_only,
                "{call} gave {got}, expected {expected}. You look at the stride of the layer just "
                "before. Those before it count as well: how do they work together?",
            ),
            Mistake(
                "own stride",
                lambda layers: 1 + sum((kernel - 1) * stride for kernel, stride in layers),
                "with stride 1 it is right. But {call} gave {got}, expected {expected}: you "
                "multiply by the layer's own stride. How far apart its inputs lie, the strides "
                "before it decide.",
            ),
            Mistake(
                "whole kernels",
                _whole_kernels,
                "{call} gave {got}, expected {expected}. Of the window's K cells, one is the "
                "place itself: how many are new?",
            ),
            Mistake(
                "started at 0",
                lambda layers: _receptive_field(layers) - 1,
                "always one too few: {call} gave {got}. With no layer at all, how many pixels "
                "does a pixel see?",
            ),
            Mistake(
                "from the wrong end",
                _from_the_wrong_end,
                "with stride 1 it is right, and the step itself would be right if you began at "
                "the last layer. {call} gave {got}, expected {expected}.",
            ),
            Mistake(
                "jump given back",
                lambda layers: math.prod(stride for _, stride in layers),
                "{call} gave {got}, expected {expected}. That is the jump after the last layer: "
                "how far apart neighbours are, not how far each one sees.",
            ),
        ),
    ),
)
