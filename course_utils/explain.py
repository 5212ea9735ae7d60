"""What a classifier's answer hangs on: maps over the image, built in notebook 17.

Not about drawing, nor about models or data: they come in as arguments.
"""

from collections.abc import Callable
from itertools import product

import torch
from torch import nn

# A network, or any function of images (batch, channels, height, width) to logits (batch, classes).
Classifier = nn.Module | Callable[[torch.Tensor], torch.Tensor]

_PICTURES_AT_ONCE = 16  # more take memory and gain nothing


def occlusion_map(
    model: Classifier,
    image: torch.Tensor,
    target: int,
    *,
    size: int,
    stride: int,
    fill: float = 0.5,
) -> torch.Tensor:
    """Measure how much the target's probability falls with a square over each place.

    M[i, j] = p(image) − p(image with a square at row i · stride, column j · stride). Negative where
    covering makes the target more probable. Built in notebook 17.

    Args:
        model: turns images into logits; a network must be in eval mode.
        image: one image, shape (channels, height, width), on the model's device.
        target: number of the class.
        size: side of the square in pixels.
        stride: distance of neighbouring places in pixels.
        fill: value of the square, in the unit of the image.

    Returns:
        Shape (rows, columns): every place where the square fits whole.

    Raises:
        ValueError: the network is in train mode, the shape is not that of one image, the square
            does not fit, or the stride is below 1.

    Source: M. D. Zeiler, R. Fergus, "Visualizing and Understanding Convolutional Networks", 2013.
    """
    _check(model, image)
    _, height, width = image.shape
    if not 1 <= size <= min(height, width) or stride < 1:
        raise ValueError(
            f"Expected a square from 1 to {min(height, width)} pixels and a stride of 1 or more, "
            f"got {size} and {stride}."
        )
    tops, lefts = range(0, height - size + 1, stride), range(0, width - size + 1, stride)
    places, p = list(product(tops, lefts)), []
    with torch.no_grad():
        whole = model(image[None]).softmax(dim=1)[0, target]
        for first in range(0, len(places), _PICTURES_AT_ONCE):
            part = places[first : first + _PICTURES_AT_ONCE]
            covered = image.repeat(len(part), 1, 1, 1)
            for copy, (top, left) in zip(covered, part, strict=True):
                copy[:, top : top + size, left : left + size] = fill
            p.append(model(covered).softmax(dim=1)[:, target])
    return (whole - torch.cat(p)).reshape(len(tops), len(lefts))


def saliency(model: Classifier, image: torch.Tensor, target: int) -> torch.Tensor:
    """Find, for every pixel, the steepest slope of the target's logit. Built in notebook 17.

    max over the channels of |∂ logit / ∂ image|: what a tiny change would do, not what is there.

    Args:
        model: turns images into logits; a network must be in eval mode. No gradient of its
            parameters is touched.
        image: one image, shape (channels, height, width), on the model's device.
        target: number of the class.

    Returns:
        Shape (height, width), 0 or larger.

    Raises:
        ValueError: the network is in train mode, or the shape is not that of one image.

    Source: K. Simonyan, A. Vedaldi, A. Zisserman, "Deep Inside Convolutional Networks", 2013.
    """
    _check(model, image)
    return _gradient(model, image, target).abs().amax(dim=0)


def smooth_grad(
    model: Classifier,
    image: torch.Tensor,
    target: int,
    *,
    copies: int = 16,
    spread: float = 0.1,
    seed: int = 0,
) -> torch.Tensor:
    """Find the saliency by the mean gradient over noisy copies. Built in notebook 17.

    Args:
        model: as for `saliency`.
        image: as for `saliency`.
        target: number of the class.
        copies: number of copies, 1 or more.
        spread: standard deviation of the noise, in the unit of the image.
        seed: start of the noise's random numbers.

    Returns:
        Shape (height, width), 0 or larger.

    Raises:
        ValueError: as for `saliency`, or fewer than 1 copy.

    Source: D. Smilkov and others, "SmoothGrad: removing noise by adding noise", 2017.
    """
    _check(model, image)
    if copies < 1:
        raise ValueError(f"Expected 1 copy or more, got {copies}.")
    chance = torch.Generator().manual_seed(seed)
    total = torch.zeros_like(image)
    for _ in range(copies):
        noise = spread * torch.randn(image.shape, generator=chance).to(image)
        total += _gradient(model, image + noise, target)
    return (total / copies).abs().amax(dim=0)


def _gradient(model: Classifier, image: torch.Tensor, target: int) -> torch.Tensor:
    """Slope of the target's logit in each number of the image; the image's shape."""
    x = image.detach()[None].clone().requires_grad_()
    (slope,) = torch.autograd.grad(model(x)[0, target], x)
    return slope[0]


def _check(model: Classifier, image: torch.Tensor) -> None:
    if isinstance(model, nn.Module) and model.training:
        raise ValueError("Expected a network in eval mode, got train mode: call model.eval().")
    if image.ndim != 3:
        raise ValueError(
            f"Expected one image, shape (channels, height, width), got {tuple(image.shape)}."
        )
