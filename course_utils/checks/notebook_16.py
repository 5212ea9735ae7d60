"""The exercises of notebook 16, ResNet and after."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import conv2d

from course_utils.checks.engine import Exercise, Mistake

Tensor = torch.Tensor

_CHANCE = torch.Generator().manual_seed(16)


def _drawn(*shape: int) -> Tensor:
    return torch.randn(shape, generator=_CHANCE, dtype=torch.float64).mul(0.5).round(decimals=1)


_SQUARE = _drawn(1, 2, 5, 5), _drawn(2, 2, 3, 3), _drawn(2, 2, 3, 3)
_OBLONG = _drawn(2, 3, 5, 7), _drawn(3, 3, 3, 3), _drawn(3, 3, 3, 3)


def _conv(x: Tensor, weight: Tensor) -> Tensor:
    return conv2d(x, weight, padding=1)


def _residual_block(x: Tensor, weight_1: Tensor, weight_2: Tensor) -> Any:
    return (x + _conv(_conv(x, weight_1).relu(), weight_2)).relu()


def _without_padding(x: Tensor, weight_1: Tensor, weight_2: Tensor) -> Any:
    return conv2d(conv2d(x, weight_1).relu(), weight_2)


def _multiplied(inputs: int, outputs: int, kernel: int, side: int) -> Any:
    places = side**2
    return (
        places * kernel**2 * inputs * outputs,
        places * (kernel**2 * inputs + inputs * outputs),
    )


def _inception(
    inputs: int, ones: int, reduce3: int, threes: int, reduce5: int, fives: int, pooled: int
) -> Any:
    reductions = inputs * (ones + reduce3 + reduce5 + pooled)
    weights = reductions + 9 * reduce3 * threes + 25 * reduce5 * fives
    return ones + threes + fives + pooled, weights


def _inception_channels(*numbers: int) -> int:
    return int(_inception(*numbers)[0])


def _inception_weights(*numbers: int) -> int:
    return int(_inception(*numbers)[1])


def _resnet(
    blocks: Sequence[int],
    *,
    norm: int = 2,
    conv_bias: bool = False,
    head_bias: bool = True,
    stem: bool = True,
    head: bool = True,
    projection: bool = True,
    projection_norm: bool = True,
    everywhere: bool = False,
    first_as_others: bool = False,
    convolutions: int = 2,
    weights_3x3: int = 9,
) -> int:
    """Parameters of a ResNet with basic blocks; the options are the ways to miscount."""

    def layer(inputs: int, outputs: int, kernel: int) -> int:
        return inputs * outputs * kernel + (norm + conv_bias) * outputs

    total = layer(3, 64, 49) if stem else 0
    total += 512_000 + 1_000 * head_bias if head else 0
    inputs = 64
    for outputs, count in zip((64, 128, 256, 512), blocks, strict=True):
        start = outputs if first_as_others else inputs
        total += layer(start, outputs, weights_3x3)
        total += (convolutions * count - 1) * layer(outputs, outputs, weights_3x3)
        if projection and (everywhere or inputs != outputs):
            total += layer(inputs, outputs, 1) if projection_norm else inputs * outputs
        inputs = outputs
    return total


def _slip(**options: Any) -> Any:
    return lambda blocks: _resnet(blocks, **options)


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        key="16.residual_block",
        answer=_residual_block,
        praise="`residual_block` is right: what comes in goes through the layers and round them.",
        cases=(_SQUARE, _OBLONG),
        mistakes=(
            Mistake(
                "no skip",
                lambda x, weight_1, weight_2: _conv(_conv(x, weight_1).relu(), weight_2).relu(),
                "this is a plain block: the layers are right, but the input only goes through "
                "them. What is missing before the last ReLU?",
            ),
            Mistake(
                "ReLU before the sum",
                lambda x, weight_1, weight_2: x + _conv(_conv(x, weight_1).relu(), weight_2).relu(),
                "your branch ends with a ReLU, so it can only add and never take away. In which "
                "order come the sum and the last ReLU?",
            ),
            Mistake(
                "ReLU on both sides of the sum",
                lambda x, weight_1, weight_2: (
                    x + _conv(_conv(x, weight_1).relu(), weight_2).relu()
                ).relu(),
                "one ReLU too many: your branch ends with a ReLU, so it can only add and never "
                "take away. The last ReLU follows the sum.",
            ),
            Mistake(
                "ReLU on the way round",
                lambda x, weight_1, weight_2: (
                    x.relu() + _conv(_conv(x, weight_1).relu(), weight_2)
                ).relu(),
                "the way round is to pass `x` on as it is: yours cuts off what is negative before "
                "the sum.",
            ),
            Mistake(
                "last ReLU forgotten",
                lambda x, weight_1, weight_2: x + _conv(_conv(x, weight_1).relu(), weight_2),
                "sum and branch are right, but negative numbers come out. What follows the sum?",
            ),
            Mistake(
                "inner ReLU forgotten",
                lambda x, weight_1, weight_2: (x + _conv(_conv(x, weight_1), weight_2)).relu(),
                "nothing bends between your two convolutions, so together they are linear. What "
                "stands between them?",
            ),
            Mistake(
                "weights swapped",
                lambda x, weight_1, weight_2: _residual_block(x, weight_2, weight_1),
                "the block is right, but the two weights have changed places: which one meets "
                "`x` first?",
            ),
            Mistake(
                "the same weight twice",
                lambda x, weight_1, weight_2: _residual_block(x, weight_1, weight_1),
                "`weight_1` works in both convolutions. Where is `weight_2`?",
            ),
            Mistake(
                "inner signal added",
                lambda x, weight_1, weight_2: (
                    _conv(_conv(x, weight_1).relu(), weight_2) + _conv(x, weight_1).relu()
                ).relu(),
                "the way round begins too late: you add the signal between the convolutions, not "
                "what came in. Is `x` overwritten on the way?",
            ),
            Mistake(
                "minus",
                lambda x, weight_1, weight_2: (
                    _conv(_conv(x, weight_1).relu(), weight_2) - x
                ).relu(),
                "your sign belongs to the other direction: F(x) = H(x) − x says what the branch "
                "has to learn. How do you get H(x) from F(x)?",
            ),
            Mistake(
                "without padding",
                _without_padding,
                "{call} shrinks the picture by two pixels with each convolution, and the sum with "
                "the input is missing. Which padding keeps height and width?",
            ),
            Mistake(
                "stacked",
                lambda x, weight_1, weight_2: torch.cat(
                    [x, _conv(_conv(x, weight_1).relu(), weight_2)], dim=1
                ).relu(),
                "you stack the channels, as a dense block does: twice as many come out. A residual "
                "block adds them.",
            ),
        ),
    ),
    Exercise(
        key="16.multiplied",
        tolerance=1e-9,
        answer=_multiplied,
        praise="`multiplied` is right: the sum of two jobs against their product.",
        cases=((128, 128, 3, 28), (32, 64, 5, 14), (3, 16, 7, 20), (96, 24, 3, 1)),
        mistakes=(
            Mistake(
                "side not squared",
                lambda inputs, outputs, kernel, side: tuple(
                    n // side for n in _multiplied(inputs, outputs, kernel, side)
                ),
                "{call} gave {got}, expected {expected}. A picture of side 28 has more than 28 "
                "places.",
            ),
            Mistake(
                "places forgotten",
                lambda inputs, outputs, kernel, side: tuple(
                    n // side**2 for n in _multiplied(inputs, outputs, kernel, side)
                ),
                "{call} gave {got}: these are the weights. Each of them is used at every place of "
                "the picture.",
            ),
            Mistake(
                "kernel not squared",
                lambda inputs, outputs, kernel, side: (
                    side**2 * kernel * inputs * outputs,
                    side**2 * (kernel * inputs + inputs * outputs),
                ),
                "{call} gave {got}, expected {expected}. How many pixels does a kernel of side 3 "
                "see?",
            ),
            Mistake(
                "depthwise with all outputs",
                lambda inputs, outputs, kernel, side: (
                    side**2 * kernel**2 * inputs * outputs,
                    side**2 * (kernel**2 * outputs + inputs * outputs),
                ),
                "the full one is right. But {call} gave {got}: the depthwise part comes first and "
                "has one kernel for each channel that comes *in*.",
            ),
            Mistake(
                "depthwise only",
                lambda inputs, outputs, kernel, side: (
                    side**2 * kernel**2 * inputs * outputs,
                    side**2 * kernel**2 * inputs,
                ),
                "the full one is right. But {call} gave {got}: you count looking around and forget "
                "mixing. What does the 1×1 convolution add?",
            ),
            Mistake(
                "pointwise only",
                lambda inputs, outputs, kernel, side: (
                    side**2 * kernel**2 * inputs * outputs,
                    side**2 * inputs * outputs,
                ),
                "the full one is right. But {call} gave {got}: you count mixing and forget looking "
                "around. What does the depthwise part add?",
            ),
            Mistake(
                "product",
                lambda inputs, outputs, kernel, side: (
                    side**2 * kernel**2 * inputs * outputs,
                    side**2 * kernel**2 * inputs * inputs * outputs,
                ),
                "{call} gave {got}: more than the full one. The two parts work one after the "
                "other; how do you put their numbers together?",
            ),
            Mistake(
                "swapped",
                lambda inputs, outputs, kernel, side: _multiplied(inputs, outputs, kernel, side)[
                    ::-1
                ],
                "both numbers are right, in the wrong order: first the full convolution, then the "
                "separable one.",
            ),
            Mistake(
                "share",
                lambda inputs, outputs, kernel, side: 1 / outputs + 1 / kernel**2,
                "{got} is the share that is left. Return the two numbers of multiplications "
                "themselves.",
            ),
        ),
    ),
    Exercise(
        key="16.inception_counts",
        tolerance=1e-9,
        answer=_inception,
        praise="`inception_counts` is right: stacked channels, six convolutions.",
        cases=(
            (192, 64, 96, 128, 16, 32, 32),
            (256, 128, 128, 192, 32, 96, 64),
            (10, 1, 2, 3, 4, 5, 6),
        ),
        mistakes=(
            Mistake(
                "reductions stacked too",
                lambda i, a, r3, b, r5, c, p: (
                    _inception_channels(i, a, r3, b, r5, c, p) + r3 + r5,
                    _inception_weights(i, a, r3, b, r5, c, p),
                ),
                "the weights are right. But {call} gave {got}: the reduced channels are used up "
                "inside their branch. Which channels come out of each branch?",
            ),
            Mistake(
                "input stacked too",
                lambda i, a, r3, b, r5, c, p: (
                    i + _inception_channels(i, a, r3, b, r5, c, p),
                    _inception_weights(i, a, r3, b, r5, c, p),
                ),
                "the weights are right. But {call} gave {got}: the input itself is stacked in a "
                "dense block, not here.",
            ),
            Mistake(
                "pooling keeps all channels",
                lambda i, a, r3, b, r5, c, p: (
                    a + b + c + i,
                    _inception_weights(i, a, r3, b, r5, c, p) - i * p,
                ),
                "{call} gave {got}, expected {expected}. Your pooling branch hands on all channels "
                "that come in. What follows the pooling?",
            ),
            Mistake(
                "1×1 after pooling forgotten",
                lambda i, a, r3, b, r5, c, p: (
                    _inception_channels(i, a, r3, b, r5, c, p),
                    _inception_weights(i, a, r3, b, r5, c, p) - i * p,
                ),
                "the channels are right. But {call} gave {got}: one convolution is missing in the "
                "weights. Look at the pooling branch.",
            ),
            Mistake(
                "pooling with weights",
                lambda i, a, r3, b, r5, c, p: (
                    _inception_channels(i, a, r3, b, r5, c, p),
                    _inception_weights(i, a, r3, b, r5, c, p) + 8 * i * p,
                ),
                "the channels are right. But {call} gave {got}: max pooling 3×3 has no weights; "
                "only the convolution after it has. How large is its kernel?",
            ),
            Mistake(
                "reductions without weights",
                lambda i, a, r3, b, r5, c, p: (
                    _inception_channels(i, a, r3, b, r5, c, p),
                    _inception_weights(i, a, r3, b, r5, c, p) - i * (r3 + r5),
                ),
                "the channels are right. But {call} gave {got}: the two reductions are "
                "convolutions as well. How many weights do they have?",
            ),
            Mistake(
                "no reduction",
                lambda i, a, r3, b, r5, c, p: (
                    _inception_channels(i, a, r3, b, r5, c, p),
                    i * (a + 9 * b + 25 * c + p),
                ),
                "the channels are right. But {call} gave {got}: your large kernels see all "
                "channels that come into the block. How many does the reduction leave?",
            ),
            Mistake(
                "large kernels see everything",
                lambda i, a, r3, b, r5, c, p: (
                    _inception_channels(i, a, r3, b, r5, c, p),
                    i * (a + r3 + r5 + p) + 9 * i * b + 25 * i * c,
                ),
                "the channels are right. But {call} gave {got}: you count the reductions, but the "
                "large kernels still see all channels. How many come to them?",
            ),
            Mistake(
                "kernels not squared",
                lambda i, a, r3, b, r5, c, p: (
                    _inception_channels(i, a, r3, b, r5, c, p),
                    i * (a + r3 + r5 + p) + 3 * r3 * b + 5 * r5 * c,
                ),
                "the channels are right. But {call} gave {got}: a 3×3 kernel has more than 3 "
                "weights for each channel.",
            ),
            Mistake(
                "with biases",
                lambda i, a, r3, b, r5, c, p: (
                    _inception_channels(i, a, r3, b, r5, c, p),
                    _inception_weights(i, a, r3, b, r5, c, p) + a + r3 + b + r5 + c + p,
                ),
                "that counts the biases too: {got}. Right for the parameters of the block, but the "
                "weights without biases were asked for.",
            ),
        ),
    ),
    Exercise(
        key="16.resnet_parameters",
        tolerance=1e-9,
        answer=_resnet,
        praise="`resnet_parameters` is right, for 18 layers, for 34 and for any other depth.",
        cases=(((2, 2, 2, 2),), ((3, 4, 6, 3),), ((1, 1, 1, 1),), ((1, 5, 2, 3),)),
        mistakes=(
            Mistake(
                "no batch norm",
                _slip(norm=0),
                "{call} gave {got}, expected {expected}. The batch norms have parameters too: two "
                "for each channel.",
            ),
            Mistake(
                "half a batch norm",
                _slip(norm=1),
                "{call} gave {got}, expected {expected}: one number per channel is missing behind "
                "each convolution. A batch norm scales *and* shifts.",
            ),
            Mistake(
                "running statistics",
                _slip(norm=4),
                "{call} gave {got}, expected {expected}. Running mean and variance are kept, but "
                "nobody trains them: they are no parameters.",
            ),
            Mistake(
                "biases in the convolutions",
                _slip(conv_bias=True),
                "{call} gave {got}, expected {expected}. The convolutions have no biases: the "
                "batch norm behind each one shifts.",
            ),
            Mistake(
                "no bias at the end",
                _slip(head_bias=False),
                "{call} gave {got}, expected {expected}: 1,000 are missing. No batch norm follows "
                "the linear layer.",
            ),
            Mistake(
                "no projection",
                _slip(projection=False),
                "{call} gave {got}, expected {expected}. Where channels double, a convolution and "
                "a batch norm on the way round bring the input into shape.",
            ),
            Mistake(
                "projection without batch norm",
                _slip(projection_norm=False),
                "{call} gave {got}, expected {expected}: the projection shortcuts are counted, but "
                "what follows each of their convolutions?",
            ),
            Mistake(
                "projection in the first stage",
                _slip(everywhere=True),
                "{call} gave {got}, expected {expected}: a little too many. Does the first stage "
                "change the shape?",
            ),
            Mistake(
                "first blocks like the others",
                _slip(first_as_others=True),
                "{call} gave {got}, expected {expected}: too many. How many channels come into the "
                "first convolution of a stage?",
            ),
            Mistake(
                "one convolution per block",
                _slip(convolutions=1),
                "{call} gave {got}, expected {expected}. How many 3×3 convolutions does a basic "
                "block have?",
            ),
            Mistake(
                "no first convolution",
                _slip(stem=False),
                "{call} gave {got}, expected {expected}: the stages and the end are right. What "
                "comes before the first stage?",
            ),
            Mistake(
                "no linear layer",
                _slip(head=False),
                "{call} gave {got}, expected {expected}: the convolutions are right. What gives "
                "the 1,000 logits?",
            ),
            Mistake(
                "kernels not squared",
                _slip(weights_3x3=3),
                "{call} gave {got}, expected {expected}: too few. A 3×3 kernel has 9 weights for "
                "each pair of channels.",
            ),
        ),
    ),
)
