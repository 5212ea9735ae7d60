"""The exercises of notebook 15, AlexNet and VGG."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.checks.engine import Exercise, Mistake

Array = NDArray[np.float64]
Layer = tuple[Any, ...]
Row = tuple[Any, ...]

_ALEXNET: list[Layer] = [
    ("conv", 64, 11, 4, 2),
    ("pool", 3, 2),
    ("conv", 192, 5, 1, 2),
    ("pool", 3, 2),
    ("conv", 384, 3, 1, 1),
    ("conv", 256, 3, 1, 1),
    ("conv", 256, 3, 1, 1),
    ("pool", 3, 2),
]


def _block(
    weights: Callable[[int, int, int], int] = lambda inputs, outputs, kernel: (
        inputs * outputs * kernel**2
    ),
    biases: Callable[[int, int], int] = lambda _inputs, outputs: outputs,
    sizes: Callable[[int, int, int], list[int]] = lambda inputs, outputs, layers: [
        inputs,
        *[outputs] * layers,
    ],
) -> Callable[[int, int, int, int], int]:
    """Count a block's parameters; the options are the ways in which it goes wrong."""

    def count(inputs: int, outputs: int, layers: int, kernel: int) -> int:
        pairs = pairwise(sizes(inputs, outputs, layers))
        return sum(weights(i, o, kernel) + biases(i, o) for i, o in pairs)

    return count


def _shapes(
    *,
    round_up: bool = False,
    one_padding: bool = False,
    plus: int = 1,
    pool_keeps: bool = False,
    only_maps: bool = False,
    from_the_start: bool = False,
    side_first: bool = False,
    with_input: bool = False,
    only_last: bool = False,
    no_stride: bool = False,
) -> Callable[[Sequence[Layer], int, int], Any]:
    """Trace the shapes; the options are the ways in which it goes wrong."""

    def trace(layers: Sequence[Layer], maps: int, side: int) -> Any:
        shapes, start = [(maps, side)], side
        for layer in layers:
            if layer[0] == "conv":
                _, maps, kernel, stride, padding = layer
            else:
                (_, kernel, stride), padding = layer, 0
            room = (start if from_the_start else side) - kernel
            room += padding if one_padding else 2 * padding
            stride = 1 if no_stride else stride
            if not (pool_keeps and layer[0] == "pool") and not only_maps:
                side = (-(-room // stride) if round_up else room // stride) + plus
            shapes.append((maps, side))
        shapes = shapes if with_input else shapes[1:]
        if side_first:
            return [shape[::-1] for shape in shapes]
        return shapes[-1] if only_last else shapes

    return trace


def _not_rounded(layers: Sequence[Layer], maps: int, side: float) -> list[tuple[int, float]]:
    shapes = []
    for layer in layers:
        if layer[0] == "conv":
            _, maps, kernel, stride, padding = layer
        else:
            (_, kernel, stride), padding = layer, 0
        side = (side - kernel + 2 * padding) / stride + 1
        shapes.append((maps, side))
    return shapes


def _plan(
    *,
    after_conv: Sequence[str] = ("BatchNorm2d", "ReLU"),
    padding: int = 1,
    bias: bool = True,
    inputs_fixed: bool = False,
    side_fixed: bool = False,
    flatten: bool = True,
    fixed_classes: int | None = None,
    relu_at_the_end: bool = False,
    hidden: int = 2,
    relu_in_head: bool = True,
    pool: str = "MaxPool2d",
    averaged: int | None = None,
    softmax: bool = False,
) -> Callable[[Sequence[int | str], int], list[Row]]:
    """List a VGG's layers: kind, shape of the output, parameters; the options go wrong.

    The list ends at the first layer that its input does not fit, as the notebook's does.
    """

    def plan(configuration: Sequence[int | str], classes: int) -> list[Row]:
        rows: list[Row] = []
        maps, side, counted = 3, 224, 224
        for entry in configuration:
            if isinstance(entry, str):
                side //= 2
                counted = counted if side_fixed else counted // 2
                rows.append((pool, maps, side, side, 0))
                continue
            if inputs_fixed and maps != 3:
                return [*rows, ("Conv2d", "does not fit")]
            side += 2 * padding - 2
            rows.append(("Conv2d", entry, side, side, entry * (maps * 9 + bias)))
            maps = entry
            norm = {"BatchNorm2d": 2 * maps}
            rows += [(kind, maps, side, side, norm.get(kind, 0)) for kind in after_conv]
        if averaged:
            side = counted = averaged
            rows.append(("AdaptiveAvgPool2d", maps, side, side, 0))
        if flatten:
            rows.append(("Flatten", maps * side**2, 0))
        seen = maps * counted**2
        if not flatten or seen != maps * side**2:
            return [*rows, ("Linear", "does not fit")]
        sizes = [seen, *[4096] * hidden, fixed_classes or classes]
        for wide, narrow in pairwise(sizes):
            rows.append(("Linear", narrow, narrow * (wide + 1)))
            if relu_in_head:
                rows.append(("ReLU", narrow, 0))
        rows = rows if relu_at_the_end or not relu_in_head else rows[:-1]
        return [*rows, ("Softmax", sizes[-1], 0)] if softmax else rows

    return plan


def _composed(
    *,
    turn: Callable[[Array], Array] = lambda kernel: kernel,
    transposed: bool = False,
    shifted: bool = True,
    weighted: bool = True,
) -> Callable[[Array, Array], Array]:
    """Lay down copies of the first kernel; the options are the ways in which it goes wrong."""

    def compose(first: Array, second: Array) -> Array:
        side = len(first) + len(second) - 1
        kernel = np.zeros((side, side))
        for (row, column), weight in np.ndenumerate(turn(second)):
            top, left = (column, row) if transposed else (row, column)
            top, left = (top, left) if shifted else (0, 0)
            copy = first * weight if weighted else first
            kernel[top : top + len(first), left : left + len(first)] += copy
        return kernel

    return compose


def _in_a_frame(first: Array, second: Array) -> Array:
    side = len(first) + len(second) - 1
    kernel = np.zeros((side, side))
    low = (len(second) - 1) // 2
    kernel[low : low + len(first), low : low + len(first)] += first
    low = (len(first) - 1) // 2
    kernel[low : low + len(second), low : low + len(second)] += second
    return kernel


_FIRST = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, -1.0], [3.0, 0.0, 1.0]])
_SECOND = np.array([[1.0, 0.0, 0.0], [2.0, 1.0, 0.0], [0.0, -1.0, 4.0]])
_FIVE = np.arange(25.0).reshape(5, 5) % 7 - 2

EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        key="15.block_parameters",
        answer=_block(),
        praise="`block_parameters` is right: after the first layer, every layer sees `outputs`.",
        cases=((8, 16, 3, 3), (128, 256, 3, 3), (3, 64, 1, 11), (5, 2, 2, 3), (16, 16, 4, 1)),
        mistakes=(
            Mistake(
                "no biases",
                _block(biases=lambda *_: 0),
                "{call} gave {got}, expected {expected}. The weights are all there. What else does "
                "every output map have?",
            ),
            Mistake(
                "kernel not squared",
                _block(weights=lambda inputs, outputs, kernel: inputs * outputs * kernel),
                "{call} gave {got}, expected {expected}. How many pixels does a kernel of side 3 "
                "cover?",
            ),
            Mistake(
                "every layer from the inputs",
                lambda inputs, outputs, layers, kernel: layers * outputs * (inputs * kernel**2 + 1),
                "{call} gave {got}, expected {expected}. You multiply the first layer by the "
                "number of layers. How many maps come into the second one?",
            ),
            Mistake(
                "every layer from the outputs",
                lambda _inputs, outputs, layers, kernel: (
                    layers * outputs * (outputs * kernel**2 + 1)
                ),
                "{call} gave {got}, expected {expected}. Your first layer sees as many maps as it "
                "makes. Where do the inputs come in?",
            ),
            Mistake(
                "one layer",
                lambda inputs, outputs, _layers, kernel: outputs * (inputs * kernel**2 + 1),
                "{call} gave {got}, expected {expected}. That is the first layer alone.",
            ),
            Mistake(
                "one layer too many",
                _block(
                    sizes=lambda inputs, outputs, layers: [inputs, *[outputs] * (layers + 1)],
                ),
                "{call} gave {got}, expected {expected}. You count one layer too many: the first "
                "one is one of the `layers`.",
            ),
            Mistake(
                "biases once",
                lambda inputs, outputs, layers, kernel: (
                    _block(biases=lambda *_: 0)(inputs, outputs, layers, kernel) + outputs
                ),
                "{call} gave {got}, expected {expected}. You add the biases once. Does only one "
                "of the layers have them?",
            ),
            Mistake(
                "a bias for each kernel",
                _block(biases=lambda inputs, outputs: inputs * outputs),
                "{call} gave {got}, expected {expected}. An output map has one bias, however many "
                "maps it sees.",
            ),
        ),
    ),
    Exercise(
        key="15.shapes_of",
        answer=_shapes(),
        praise="`shapes_of` is right: 224 × 224 becomes 6 × 6 without one multiplication.",
        cases=(
            (_ALEXNET, 3, 224),
            ([("conv", 8, 3, 2, 1), ("pool", 2, 2), ("conv", 5, 4, 3, 0)], 1, 31),
            ([("pool", 3, 3), ("pool", 2, 1)], 7, 20),
        ),
        mistakes=(
            Mistake(
                "rounded up",
                _shapes(round_up=True),
                "you round up where the kernel does not fit any more. A place that reaches over "
                "the edge does not count.",
            ),
            Mistake(
                "not rounded",
                _not_rounded,
                "your sides are not whole numbers. How often does the kernel fit, if 52.25 steps "
                "would fill the room?",
            ),
            Mistake(
                "padding once",
                _shapes(one_padding=True),
                "your sides are off where there is padding. At how many ends of a row is it added?",
            ),
            Mistake(
                "no plus one",
                _shapes(plus=0),
                "your sides are too small from the first layer on. You count the steps; "
                "where does the kernel stand before the first step?",
            ),
            Mistake(
                "pooling keeps the side",
                _shapes(pool_keeps=True),
                "the convolutions are right, but your pooling layers leave the side as it was.",
            ),
            Mistake(
                "sides never change",
                _shapes(only_maps=True),
                "the maps are right, but the side never changes.",
            ),
            Mistake(
                "always from the input",
                _shapes(from_the_start=True),
                "the first layer is right. Each further one gets the side that the layer before "
                "it made, not that of the image.",
            ),
            Mistake(
                "side first",
                _shapes(side_first=True),
                "both numbers are right, in the wrong order: (maps, side).",
            ),
            Mistake(
                "input listed",
                _shapes(with_input=True),
                "your list begins with the image itself. The first pair is the shape after the "
                "first layer.",
            ),
            Mistake(
                "only the last",
                _shapes(only_last=True),
                "that is the shape at the end. Return a list with the pair after every layer.",
            ),
            Mistake(
                "no stride",
                _shapes(no_stride=True),
                "your kernels move by 1 everywhere. Where does the stride come in?",
            ),
        ),
    ),
    Exercise(
        key="15.vgg",
        answer=_plan(),
        praise="`vgg` is right: any configuration becomes a network, VGG-16 and VGG-19 among them.",
        cases=(
            ([8, "M", 16, 16, "M"], 10),
            ([64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"], 1000),
            ([4, "M", "M"], 3),
        ),
        mistakes=(
            Mistake(
                "inputs not carried along",
                _plan(inputs_fixed=True),
                "your second convolution still expects the 3 maps of the photograph. How many "
                "maps has the first one made?",
            ),
            Mistake(
                "first dense layer",
                _plan(side_fixed=True),
                "the convolutions are right, but the first dense layer does not fit what comes. "
                "It sees every number of every map. What is the side of the maps by then?",
            ),
            Mistake(
                "no flatten",
                _plan(flatten=False),
                "the convolutions are right, but the dense layer gets maps in place of one long "
                "row of numbers. What has to come between?",
            ),
            Mistake(
                "no batch norm",
                _plan(after_conv=("ReLU",)),
                "this is a VGG without batch norm. It belongs after each convolution.",
            ),
            Mistake(
                "ReLU before the norm",
                _plan(after_conv=("ReLU", "BatchNorm2d")),
                "the layers are all there, but ReLU comes before batch norm. It goes the other "
                "way round here.",
            ),
            Mistake(
                "no ReLU after convolutions",
                _plan(after_conv=("BatchNorm2d",)),
                "there is no ReLU among your convolutions, so all of them together are one "
                "weighted sum.",
            ),
            Mistake(
                "no padding",
                _plan(padding=0),
                "your convolutions make the maps smaller. With which padding does a 3 × 3 kernel "
                "keep 224 at 224?",
            ),
            Mistake(
                "no bias",
                _plan(bias=False),
                "your convolutions have no bias. Batch norm makes it superfluous, but here "
                "torchvision's count is wanted, which has it.",
            ),
            Mistake(
                "classes fixed",
                _plan(fixed_classes=1000),
                "your last layer always has 1000 outputs. How many does the caller want?",
            ),
            Mistake(
                "ReLU at the end",
                _plan(relu_at_the_end=True),
                "there is a ReLU after the last layer. Logits may be negative: leave them alone.",
            ),
            Mistake(
                "softmax at the end",
                _plan(softmax=True),
                "there is a softmax after the last layer. A network returns logits; the loss does "
                "the softmax.",
            ),
            Mistake(
                "average pooling",
                _plan(pool="AvgPool2d"),
                "everything fits, but you pool by the mean. Each `M` is a max-pooling.",
            ),
            Mistake(
                "averaged before the dense layers",
                _plan(averaged=1),
                "you average each map before the dense layers. Here they get every number of "
                "every map.",
            ),
            Mistake(
                "torchvision's average to 7 × 7",
                _plan(averaged=7),
                "you average the maps to 7 × 7 before the dense layers, as torchvision does. With "
                "VGG-16's list that changes nothing; with a shorter list the maps are larger, "
                "and here the dense layer gets all of their numbers.",
            ),
            Mistake(
                "one dense layer of 4096",
                _plan(hidden=1),
                "the convolutions are right; behind them there is one layer of 4096 where two "
                "were asked for.",
            ),
            Mistake(
                "no ReLU between dense layers",
                _plan(relu_in_head=False),
                "the dense layers are right, but nothing bends between them.",
            ),
        ),
    ),
    Exercise(
        key="15.compose",
        answer=_composed(),
        praise="`compose` is right. You have written a convolution in the mathematicians' sense.",
        cases=(
            (_FIRST, _SECOND),
            (_FIVE, _SECOND),
            (_SECOND, _FIVE),
            (np.array([[-2.0]]), _FIRST),
        ),
        mistakes=(
            Mistake(
                "second turned",
                _composed(turn=lambda kernel: kernel[::-1, ::-1]),
                "the copies lie in the wrong corners: what belongs top left is at the bottom "
                "right. Where does the top left weight of `second` look?",
            ),
            Mistake(
                "rows and columns swapped",
                _composed(transposed=True),
                "your copies are moved down where they should move right. Which index of `second` "
                "is the row?",
            ),
            Mistake(
                "not moved",
                _composed(shifted=False),
                "all your copies lie in the top left corner, on one another. Each weight of "
                "`second` lays its copy down at its own place.",
            ),
            Mistake(
                "not weighted",
                _composed(weighted=False),
                "the copies are in the right places, but each should be multiplied by the weight "
                "that lays it down.",
            ),
            Mistake(
                "added in the middle",
                _in_a_frame,
                "you add the two kernels. The second one does not see the image, it sees what "
                "the first one made of it.",
            ),
            Mistake(
                "result turned",
                lambda first, second: _composed()(first, second)[::-1, ::-1],
                "your kernel is turned by half a circle: that is what a bright pixel leaves "
                "behind, not the kernel itself.",
            ),
        ),
    ),
)
