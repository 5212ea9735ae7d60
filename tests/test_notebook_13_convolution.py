"""What notebook 13 builds is what PyTorch, Matplotlib and Pillow have, for inputs of any kind."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import rgb_to_hsv
from torch import nn
from torch.nn import functional

from tests.lesson import definitions

NOTEBOOK = "13_convolution"

SIDES = st.integers(1, 11)
KERNELS = st.integers(1, 5)
FEW = st.integers(1, 4)
SEEDS = st.integers(0, 10_000)
QUICK = settings(max_examples=60, deadline=None)


@pytest.fixture(scope="module")
def lesson() -> SimpleNamespace:
    names = ["slide", "convolve", "pool", "to_hsv", "to_ycbcr", "shifted", "moved_by", "seen_by"]
    return definitions(NOTEBOOK, *names, "places_of", "bill", "cnn", "mlp", "F")


def _normal(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@QUICK
@given(height=SIDES, width=SIDES, kernel=KERNELS, seed=SEEDS)
def test_two_loops_are_conv2d(lesson, height: int, width: int, kernel: int, seed: int) -> None:
    height, width = height + kernel - 1, width + kernel - 1
    x, w = _normal(seed, height, width), _normal(seed + 1, kernel, kernel)
    bias = float(_normal(seed + 2, 1))
    expected = functional.conv2d(
        x[None, None], w[None, None], torch.tensor([bias], dtype=torch.double)
    )
    np.testing.assert_allclose(lesson.slide(x.numpy(), w.numpy(), bias), expected[0, 0], atol=1e-12)


@QUICK
@given(
    images=FEW,
    channels=FEW,
    filters=FEW,
    kernel=KERNELS,
    stride=FEW,
    padding=st.integers(0, 4),
    height=SIDES,
    width=SIDES,
    with_bias=st.booleans(),
    seed=SEEDS,
)
def test_convolve_is_conv2d_values_and_gradients(
    lesson,
    images: int,
    channels: int,
    filters: int,
    kernel: int,
    stride: int,
    padding: int,
    height: int,
    width: int,
    with_bias: bool,
    seed: int,
) -> None:
    shape = images, channels, height + kernel - 1, width + kernel - 1
    x = _normal(seed, *shape).requires_grad_()
    w = _normal(seed + 1, filters, channels, kernel, kernel).requires_grad_()
    b = _normal(seed + 2, filters).requires_grad_() if with_bias else None
    given_to = [x, w, b] if with_bias else [x, w]
    mine = lesson.convolve(x, w, b, stride=stride, padding=padding)
    theirs = functional.conv2d(x, w, b, stride=stride, padding=padding)
    torch.testing.assert_close(mine, theirs)
    upstream = _normal(seed + 3, *theirs.shape)
    own = torch.autograd.grad((mine * upstream).sum(), given_to)
    for gradient, expected in zip(
        own, torch.autograd.grad((theirs * upstream).sum(), given_to), strict=True
    ):
        torch.testing.assert_close(gradient, expected)


@pytest.mark.parametrize("fault", ["kernel turned", "padding once", "stride ignored", "no bias"])
def test_the_comparison_tells_a_faulty_convolution(lesson, fault: str) -> None:
    x, w, b = _normal(0, 2, 3, 9, 8), _normal(1, 4, 3, 3, 3), _normal(2, 4)
    options = {"stride": 1 if fault == "stride ignored" else 2, "padding": 1}
    if fault == "padding once":
        x_given, options["padding"] = functional.pad(x, (1, 0, 1, 0)), 0
    else:
        x_given = x
    w_given = w.flip((2, 3)) if fault == "kernel turned" else w
    faulty = lesson.convolve(x_given, w_given, None if fault == "no bias" else b, **options)
    with pytest.raises(AssertionError):
        torch.testing.assert_close(faulty, functional.conv2d(x, w, b, stride=2, padding=1))


@QUICK
@given(channels=FEW, size=st.integers(1, 4), stride=FEW, height=SIDES, width=SIDES, seed=SEEDS)
def test_pool_is_max_and_average_pooling(
    lesson, channels: int, size: int, stride: int, height: int, width: int, seed: int
) -> None:
    x = _normal(seed, 2, channels, height + size - 1, width + size - 1)
    largest, mean = (
        lesson.pool(x, size, stride=stride, how=how) for how in (torch.amax, torch.mean)
    )
    torch.testing.assert_close(largest, functional.max_pool2d(x, size, stride))
    torch.testing.assert_close(mean, functional.avg_pool2d(x, size, stride))
    torch.testing.assert_close(lesson.pool(x, size), functional.max_pool2d(x, size))


@QUICK
@given(colour=st.tuples(*3 * [st.integers(0, 255)]))
def test_hsv_is_matplotlibs(lesson, colour: tuple[int, int, int]) -> None:
    rgb = np.array(colour) / 255
    np.testing.assert_allclose(lesson.to_hsv(rgb), rgb_to_hsv(rgb), atol=1e-9)


@pytest.mark.parametrize(
    ("rgb", "ycbcr"),
    [
        ((0, 0, 0), (0, 128, 128)),
        ((255, 255, 255), (255, 128, 128)),
        ((0, 0, 255), (29.07, 255.5, 107.27)),
        ((255, 0, 0), (76.245, 84.97, 255.5)),
    ],
)
def test_ycbcr_of_known_colours(lesson, rgb, ycbcr) -> None:
    np.testing.assert_allclose(lesson.to_ycbcr(np.array(rgb, dtype=float)), ycbcr, atol=0.01)


def test_shifted_moves_each_quarter_its_own_way(lesson) -> None:
    images = torch.zeros(8, 1, 5, 5)
    images[:, 0, 2, 2] = 1
    places = lesson.shifted(images, 2).flatten(1).argmax(dim=1)
    up, down, left, right = 2, 22, 10, 14
    assert places.tolist() == [up, up, down, down, left, left, right, right]


def test_moved_by_tells_moved_from_other_maps(lesson) -> None:
    old = _normal(0, 2, 3, 6, 9)
    assert lesson.moved_by(old, old) == "unchanged"
    assert lesson.moved_by(old, old.roll(3, dims=3)) == "moved by 3"
    assert lesson.moved_by(old, old.roll(1, dims=2)) == "another map"
    assert lesson.moved_by(old, 1.01 * old) == "another map"


@pytest.mark.parametrize(
    ("layers", "side"),
    [
        ([nn.Conv2d(1, 2, 3)], 3),
        ([nn.Conv2d(1, 2, 3, stride=2), nn.Conv2d(2, 1, 3)], 7),
        ([nn.Conv2d(2, 2, 5), nn.MaxPool2d(2), nn.Conv2d(2, 1, 3)], 10),
    ],
)
def test_seen_by_is_the_receptive_field(lesson, layers: list[nn.Module], side: int) -> None:
    seen = lesson.seen_by(nn.Sequential(*layers)) > 0
    assert seen.any(dim=0).sum() == seen.any(dim=1).sum() == side
    assert seen.sum() == side**2


def test_bill_counts_parameters_and_multiplications(lesson) -> None:
    layer = nn.Conv2d(2, 3, 5, stride=2)
    assert lesson.bill(layer, torch.zeros(1, 2, 11, 9)) == (3 * (2 * 25 + 1), 4 * 3 * 3 * 2 * 25)


def test_a_pattern_is_found_where_it_is_and_nowhere_else(lesson) -> None:
    image = np.zeros((12, 12))
    pattern = np.random.default_rng(0).random((3, 3))
    image[2:5, 3:6] = image[7:10, 8:11] = pattern
    assert lesson.places_of(pattern, image).tolist() == [[2, 3], [7, 8]]


@pytest.mark.parametrize("averaged", [True, False])
def test_the_networks_differ_in_their_ends_only(lesson, averaged: bool) -> None:
    network = lesson.cnn(averaged=averaged).eval()
    assert network(torch.zeros(3, 1, 36, 36)).shape == (3, 10)
    ends = (nn.AdaptiveAvgPool2d, nn.Flatten, nn.Linear)
    body = nn.Sequential(*[layer for layer in network if not isinstance(layer, ends)])
    assert body(torch.zeros(3, 1, 36, 36)).shape == (3, 32, 5, 5)
    pooled = [layer for layer in network if isinstance(layer, nn.AdaptiveAvgPool2d)]
    assert len(pooled) == averaged
