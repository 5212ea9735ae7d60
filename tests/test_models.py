"""The networks of `course_utils.models` are those that the notebooks build."""

import pytest
import torch
import torchvision
from torch import nn
from torch.nn.functional import cross_entropy
from torchvision.models.resnet import BasicBlock as BlockOfTorchvision

from course_utils.models import BasicBlock, PixelsToLogits, lenet5, small_resnet
from tests.lesson import definitions

SIZES = [
    {},
    {"channels": 3, "classes": 7, "widths": (8, 12)},
    {"widths": [5]},
    {"widths": (4, 4, 6, 6)},
]


@pytest.fixture(scope="module")
def lesson():
    return definitions("16_resnet_and_after", "BasicBlock", "small_resnet")


def stirred(network):
    """Give the running statistics of a network values of their own."""
    for name, tensor in network.state_dict().items():
        if "running" in name:
            tensor.uniform_(0.5, 2)
    return network


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("sizes", SIZES)
def test_small_resnet_is_that_of_notebook_16(lesson, sizes, train):
    torch.manual_seed(1)
    theirs = stirred(lesson.small_resnet(**sizes)).train(train)
    ours = small_resnet(**sizes).train(train)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    images = torch.randn(5, sizes.get("channels", 1), 28, 28)
    assert not torch.equal(ours(images), theirs(images))
    ours.load_state_dict(theirs.state_dict())
    assert torch.equal(ours(images), theirs(images))
    assert ours(images).shape == (5, sizes.get("classes", 10))


def test_the_same_seed_gives_the_same_small_resnet(lesson):
    torch.manual_seed(3)
    ours = small_resnet().state_dict()
    torch.manual_seed(3)
    theirs = lesson.small_resnet().state_dict()
    assert all(torch.equal(ours[name], tensor) for name, tensor in theirs.items())


def test_small_resnet_has_the_parameters_of_the_lesson():
    assert sum(parameter.numel() for parameter in small_resnet().parameters()) == 77_866


@pytest.mark.parametrize("size", [1, 7, 28, 33])
def test_small_resnet_takes_other_sizes(size):
    if size == 1:  # nothing is left of it after the first convolution
        with pytest.raises(RuntimeError):
            small_resnet()(torch.zeros(2, 1, size, size))
    else:
        assert small_resnet()(torch.zeros(2, 1, size, size)).shape == (2, 10)


def test_small_resnet_without_widths():
    with pytest.raises(ValueError, match="one width or more"):
        small_resnet(widths=())


@pytest.mark.parametrize(
    ("inputs", "outputs", "stride"), [(4, 4, 1), (4, 6, 1), (4, 8, 2), (4, 4, 2)]
)
def test_block_is_that_of_torchvision(lesson, inputs, outputs, stride):
    shortcut = None
    if stride != 1 or inputs != outputs:
        conv = nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False)
        shortcut = nn.Sequential(conv, nn.BatchNorm2d(outputs))
    theirs = stirred(BlockOfTorchvision(inputs, outputs, stride, shortcut))
    x = torch.randn(3, inputs, 9, 6)
    for kind in (BasicBlock, lesson.BasicBlock):
        ours = kind(inputs, outputs, stride=stride)
        ours.load_state_dict(theirs.state_dict())
        for train in (False, True):
            torch.testing.assert_close(ours.train(train)(x), theirs.train(train)(x))


def test_zero_weights_pass_the_input_on():
    block = BasicBlock(4, 4).eval()
    nn.init.zeros_(block.conv2.weight)
    x = torch.rand(2, 4, 5, 5)
    assert torch.equal(block(x), x)


def test_gradients_reach_every_parameter():
    torch.manual_seed(0)
    network = small_resnet()
    cross_entropy(network(torch.randn(8, 1, 28, 28)), torch.arange(8)).backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in network.parameters())


def test_imagenet_network_is_that_of_the_lesson():
    theirs = definitions("17_inside_a_cnn", "PixelsToLogits").PixelsToLogits().eval()
    ours, images = PixelsToLogits().eval(), torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(ours(images), theirs(images))
        assert not torch.allclose(ours(images), ours(images / 2))


@pytest.mark.parametrize(
    ("name", "blocks"), [("resnet18", (2, 2, 2, 2)), ("resnet34", (3, 4, 6, 3))]
)
def test_resnet_of_the_lesson_is_torchvisions(name, blocks):
    lesson = definitions("16_resnet_and_after", "BasicBlock", "stage", "ResNet")
    theirs = torchvision.models.get_model(name, weights=None, num_classes=12)
    ours = lesson.ResNet(blocks, classes=12)
    ours.load_state_dict(stirred(theirs).state_dict())
    pictures = torch.randn(2, 3, 40, 56)
    torch.testing.assert_close(ours.eval()(pictures), theirs.eval()(pictures))


def test_lenet5_is_that_of_notebook_14():
    lesson = definitions("14_lenet5", "device", "lenet5")
    theirs = lesson.lenet5(seed=4).cpu()
    torch.manual_seed(4)
    ours = lenet5()
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert [type(layer) for layer in ours] == [type(layer) for layer in theirs]
    assert all(torch.equal(ours.state_dict()[name], w) for name, w in theirs.state_dict().items())
    images = torch.randn(3, 1, 32, 32)
    torch.testing.assert_close(ours(images), theirs(images))
    assert sum(parameter.numel() for parameter in ours.parameters()) == 61_706


def test_lenet5_takes_other_channels_and_classes():
    assert lenet5(channels=3, classes=7)(torch.zeros(2, 3, 32, 32)).shape == (2, 7)
