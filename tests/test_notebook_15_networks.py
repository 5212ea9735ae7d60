"""The networks of notebook 15 are the published ones, and its counts are right."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision import models

from tests.lesson import definitions

NOTEBOOK = "15_alexnet_and_vgg"
COUNTS = {11: 132_863_336, 13: 133_047_848, 16: 138_357_544, 19: 143_667_240}


@pytest.fixture(scope="module")
def lesson() -> SimpleNamespace:
    names = ["trace", "alexnet", "alexnet_of_2012", "REPEATS", "configuration", "convolutions"]
    names += ["vgg_of", "small_vgg", "small_alexnet", "VARIANTS", "RULES", "network_of", "he_start"]
    names += ["vgg", "plan_of", "compose", "shapes_of", "block_parameters", "directions"]
    return definitions(NOTEBOOK, *names)


def _shapes(network: nn.Module) -> list[tuple[int, ...]]:
    return [tuple(p.shape) for p in network.state_dict().values()]


@pytest.mark.parametrize("depth", COUNTS)
def test_vgg_has_the_published_parameters_and_shapes(lesson, depth) -> None:
    with torch.device("meta"):
        ours, theirs = lesson.vgg_of(depth), getattr(models, f"vgg{depth}")(init_weights=False)
        ours_norm = lesson.vgg(lesson.configuration(depth), 1000)
        theirs_norm = getattr(models, f"vgg{depth}_bn")(init_weights=False)
    assert sum(p.numel() for p in ours.parameters()) == COUNTS[depth]
    assert _shapes(ours) == _shapes(theirs)
    assert _shapes(ours_norm) == _shapes(theirs_norm)


def test_vgg_computes_what_torchvision_computes(lesson) -> None:
    """With the same weights; a narrow last part keeps the memory small."""
    torch.manual_seed(0)
    theirs = models.vgg11(init_weights=False).features.eval()
    ours = nn.Sequential(*lesson.convolutions(lesson.configuration(11))).eval()
    ours.load_state_dict(theirs.state_dict())
    image = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(ours(image), theirs(image))


def test_alexnet_has_the_published_parameters_and_shapes(lesson) -> None:
    with torch.device("meta"):
        ours, theirs = lesson.alexnet(), models.alexnet()
    assert _shapes(ours) == _shapes(theirs)
    assert sum(p.numel() for p in ours.parameters()) == 61_100_840
    assert sum(p.numel() for p in lesson.alexnet_of_2012().parameters()) == 60_965_224


def test_multiplications_are_those_that_pytorch_counts(lesson) -> None:
    """PyTorch's own counter counts a multiplication and an addition as two."""
    with torch.device("meta"):
        grouped = [nn.Conv2d(6, 8, 3, stride=2, groups=2), nn.BatchNorm2d(8), nn.ReLU()]
        networks = {
            "alexnet": (lesson.alexnet(), 3, 224),
            "vgg": (lesson.vgg_of(13), 3, 224),
            "small": (lesson.small_vgg(8, "M", 16, side=14, kernel=5, hidden=(20,)), 1, 14),
            "grouped": (nn.Sequential(*grouped), 6, 31),
        }
    for name, (network, channels, side) in networks.items():
        with FlopCounterMode(display=False) as counter:
            network(torch.empty(1, channels, side, side, device="meta"))
        counted = lesson.trace(network, channels, side).multiplications.sum()
        assert 2 * counted == counter.get_total_flops(), name


def test_trace_leaves_no_hook_behind(lesson) -> None:
    with torch.device("meta"):
        network = lesson.small_alexnet()
    lesson.trace(network, 1, 28)
    assert not any(layer._forward_hooks for layer in network.modules())


def test_every_variant_answers_with_ten_logits(lesson) -> None:
    for name in lesson.VARIANTS:
        network = lesson.network_of(name).eval()
        assert network(torch.randn(2, 1, 14, 14)).shape == (2, 10), name
        norms = any(isinstance(layer, nn.BatchNorm2d) for layer in network)
        assert norms == (name != "4: no batch norm")
    assert lesson.small_alexnet().eval()(torch.randn(2, 1, 28, 28)).shape == (2, 10)


def test_same_seed_same_network(lesson) -> None:
    one, two, other = (lesson.network_of("all four rules", seed) for seed in (1, 1, 2))
    assert torch.equal(one[0].weight, two[0].weight)
    assert not torch.equal(one[0].weight, other[0].weight)


@settings(max_examples=30, deadline=None)
@given(first=st.integers(1, 5), second=st.integers(1, 5), seed=st.integers(0, 1000))
def test_composed_kernel_does_the_work_of_both(lesson, first, second, seed) -> None:
    rng = np.random.default_rng(seed)
    k1, k2 = rng.normal(size=(first, first)), rng.normal(size=(second, second))
    both = lesson.compose(k1, k2)
    image = torch.tensor(rng.normal(size=(1, 1, 12, 12)))
    a, b, one = (torch.tensor(k)[None, None] for k in (k1, k2, both))
    conv2d = nn.functional.conv2d
    torch.testing.assert_close(conv2d(conv2d(image, a), b), conv2d(image, one))


@pytest.mark.parametrize("maps", [1, 2, 3])
def test_two_linear_layers_reach_17_of_25_directions(lesson, maps) -> None:
    """As many maps between as outside: C² mixings of the first layer are undone by the second."""
    weights, numbers = 18 * maps**2, 25 * maps**2
    assert lesson.directions(maps, maps) == (17 * maps**2, numbers, weights)


def test_exercises_agree_with_pytorch(lesson) -> None:
    with torch.device("meta"):
        alexnet = lesson.trace(lesson.alexnet())
        block = nn.Sequential(nn.Conv2d(128, 256, 3), *[nn.Conv2d(256, 256, 3) for _ in range(2)])
    layers = [("conv", 64, 11, 4, 2), ("pool", 3, 2), ("conv", 192, 5, 1, 2), ("pool", 3, 2)]
    kinds = alexnet[alexnet.layer.isin(["Conv2d", "MaxPool2d"])].output.tolist()[:4]
    assert lesson.shapes_of(layers, 3, 224) == [(maps, side) for maps, side, _ in kinds]
    count = sum(p.numel() for p in block.parameters())
    assert lesson.block_parameters(128, 256, 3, 3) == count == 1_475_328


def test_plan_stops_where_a_layer_does_not_fit(lesson) -> None:
    broken = lambda _configuration, classes: nn.Sequential(nn.Flatten(), nn.Linear(5, classes))  # noqa: E731
    assert lesson.plan_of(broken)([], 3)[-1] == ("Linear", "does not fit")
    assert lesson.plan_of(lambda *_: ...)([], 3) is ...
