"""The counter and the blocks of notebook 16, against counting by hand and against torchvision."""

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models.densenet import DenseNet
from torchvision.models.efficientnet import efficientnet_b0
from torchvision.models.resnet import Bottleneck
from torchvision.models.squeezenet import Fire

from tests.lesson import definitions

NAMES = (
    *("parameters_of", "price", "conv", "separable_conv", "turns", "along_the_line"),
    *("Bottleneck", "DenseBlock", "Fire", "SqueezeExcite", "InvertedResidual", "Inception"),
)


@pytest.fixture(scope="module")
def lesson():
    return definitions("16_resnet_and_after", *NAMES)


def take_over(ours, theirs):
    """Give both networks the same random numbers, in order."""
    mine, others = ours.state_dict(), theirs.state_dict()
    for tensor, (name, other) in zip(mine.values(), others.items(), strict=True):
        if "running_var" in name:
            other.uniform_(0.5, 2)
        elif other.is_floating_point():
            other.normal_()
        tensor.copy_(other)
    return ours.eval(), theirs.eval()


@pytest.mark.parametrize(
    ("name", "sizes", "theirs", "channels"),
    [
        ("Bottleneck", (16, 4), lambda: Bottleneck(16, 4), 16),
        ("Fire", (6, 2, 3, 5), lambda: Fire(6, 2, 3, 5), 6),
        ("InvertedResidual", (24,), lambda: efficientnet_b0().features[2][1], 24),
    ],
)
def test_blocks_are_torchvisions(lesson, name, sizes, theirs, channels):
    torch.manual_seed(0)
    ours, theirs = take_over(getattr(lesson, name)(*sizes), theirs())
    x = torch.randn(2, channels, 9, 7)
    torch.testing.assert_close(ours(x), theirs(x))


def test_dense_block_has_the_channels_of_densenet(lesson):
    theirs = DenseNet(growth_rate=4, block_config=(5, 1), num_init_features=6)
    ours = lesson.DenseBlock(6, 4, 5)
    x = torch.randn(1, 6, 8, 8)
    out = ours(x)
    assert out.shape[1] == theirs.features.transition1.conv.in_channels == 26
    assert torch.equal(out[:, :6], x)
    assert torch.equal(out[:, 6:10], ours.layers[0](x))


def test_inception_stacks_its_four_branches(lesson):
    block = lesson.Inception(5, 1, 2, 3, 4, 6, 7)
    x = torch.randn(2, 5, 6, 9)
    parts = block(x).split([1, 3, 6, 7], dim=1)
    for part, branch in zip(parts, block.branches, strict=True):
        assert torch.equal(part, branch(x))


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (3, 1), (3, 2), (5, 3)])
def test_price_counts_every_product(lesson, groups, kernel, stride):
    layer = nn.Conv2d(4, 8, kernel, stride=stride, groups=groups, bias=False)
    shape, parameters, products = lesson.price(layer, 4, 11, 9)
    ones = torch.ones_like(layer.weight)
    windows = nn.functional.conv2d(torch.ones(1, 4, 11, 9), ones, stride=stride, groups=groups)
    assert shape == tuple(windows.shape[1:])
    assert products == windows.sum()  # a window full of ones adds up to its number of products
    assert parameters == layer.weight.numel()


def test_price_leaves_the_network_as_it_is(lesson):
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(100, 7))
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    assert lesson.price(network, 3, 7, 7) == ((7,), 4 * 28 + 8 + 707, 25 * 108 + 700)
    assert network.training
    assert not network[0]._forward_hooks
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_squeeze_excite_scales_channels(lesson):
    torch.manual_seed(1)
    x = torch.randn(2, 6, 5, 4)
    factors = lesson.SqueezeExcite(6, 2)(x) / x
    torch.testing.assert_close(factors, factors[:, :, :1, :1].expand_as(factors))
    assert 0 < factors.min() < factors.max() < 1


@pytest.mark.parametrize(
    ("curve", "expected"),
    [([0, 1, 2, 3], 0), ([0, 1, 0], 1), ([0, 1, 0, 1, 0], 3), ([3, 1, 2, 5, 4], 2)],
)
def test_turns_of_short_curves(lesson, curve, expected):
    assert lesson.turns(np.array(curve)) == expected


def test_turns_of_a_sine(lesson):
    assert lesson.turns(np.sin(np.linspace(0, 6 * np.pi, 200))) == 6


@pytest.mark.parametrize("skip", [0, 1])
def test_lines_are_standardised_and_repeatable(lesson, skip):
    line = lesson.along_the_line(7, 3, skip)
    assert line.shape == (200,)
    assert abs(line.mean()) < 1e-9
    assert abs(line.std() - 1) < 1e-9
    assert np.array_equal(line, lesson.along_the_line(7, 3, skip))
    assert not np.array_equal(line, lesson.along_the_line(7, 4, skip))
