"""Maps of what an answer hangs on: models whose truth is known, and the versions of notebook 17."""

import pytest
import torch
from torch import nn

from course_utils import explain
from tests.lesson import definitions

NAMES = ("occlusion_map", "gradient", "saliency", "smooth_grad")


@pytest.fixture(scope="module")
def lesson():
    return definitions("17_inside_a_cnn", *NAMES)


@pytest.fixture
def network():
    """A small network with everything that has a mode, in eval mode."""
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.5)]
    model = nn.Sequential(*layers, nn.Flatten(), nn.Linear(4 * 10 * 14, 3)).double()
    model(torch.rand(8, 3, 10, 14).double())  # moves the running statistics
    return model.eval()


@pytest.fixture
def image():
    return torch.rand(3, 10, 14, generator=torch.Generator().manual_seed(1)).double()


def upper_left(x):
    """Two logits that depend on the upper left 4 × 5 pixels of the first channel alone."""
    score = x[:, 0, :4, :5].mean(dim=(1, 2))
    return torch.stack([score, -score], dim=1)


def test_occlusion_finds_the_only_place_that_counts():
    found = explain.occlusion_map(upper_left, torch.ones(3, 12, 20), 0, size=4, stride=4, fill=0)
    places = [tuple(place) for place in found.nonzero().tolist()]
    assert found.shape == (3, 5)
    assert places == [(0, 0), (0, 1)]
    assert found[0, 0] > found[0, 1] > 0


def test_occlusion_is_the_fall_of_the_probability(network, image):
    found = explain.occlusion_map(network, image, 2, size=3, stride=2, fill=0.25)
    assert found.shape == (4, 6)
    covered = image.clone()
    covered[:, 4:7, 10:13] = 0.25
    with torch.no_grad():
        p = network(torch.stack([image, covered])).softmax(dim=1)[:, 2]
    torch.testing.assert_close(found[2, 5], p[0] - p[1])


def test_occlusion_may_be_negative_and_covers_with_what_it_is_told():
    bright, options = torch.ones(3, 12, 20), {"size": 4, "stride": 4}
    assert explain.occlusion_map(upper_left, bright, 1, fill=0, **options)[0, 0] < 0
    assert not explain.occlusion_map(upper_left, bright, 0, fill=1, **options).any()


def test_saliency_of_a_linear_model_is_its_weights(image):
    linear = nn.Sequential(nn.Flatten(), nn.Linear(3 * 10 * 14, 4)).double().eval()
    weights = linear[1].weight[3].detach().reshape(3, 10, 14)
    expected = weights.abs().amax(dim=0)
    torch.testing.assert_close(explain.saliency(linear, image, 3), expected)
    torch.testing.assert_close(explain.smooth_grad(linear, image, 3, copies=3), expected)


def test_saliency_is_the_slope_of_the_logit(network, image):
    found, h = explain.saliency(network, image, 1), 1e-6
    slopes = []
    for channel in range(3):
        up, down = image.clone(), image.clone()
        up[channel, 6, 2] += h
        down[channel, 6, 2] -= h
        with torch.no_grad():
            logits = network(torch.stack([up, down]))[:, 1]
        slopes.append(abs(logits[0] - logits[1]).item() / (2 * h))
    assert found[6, 2].item() == pytest.approx(max(slopes), rel=1e-5)


def test_smooth_grad_is_the_mean_over_copies_before_the_sizes_are_taken():
    """At a valley's bottom the slopes of left and right cancel; their sizes would not."""

    def valley(x):
        score = (x - 0.5).abs().sum(dim=(1, 2, 3))
        return torch.stack([score, -score], dim=1)

    flat = torch.full((1, 6, 6), 0.5)
    many = explain.smooth_grad(valley, flat, 0, copies=400)
    assert many.mean() < 0.1
    slope = torch.full((6, 6), 1.0)
    torch.testing.assert_close(explain.smooth_grad(valley, flat + 2, 0, copies=4), slope)


def test_smooth_grad_repeats_itself_and_depends_on_the_seed(network, image):
    first = explain.smooth_grad(network, image, 0, copies=2, spread=1.0)
    assert torch.equal(first, explain.smooth_grad(network, image, 0, copies=2, spread=1.0))
    assert not torch.equal(
        first, explain.smooth_grad(network, image, 0, copies=2, spread=1.0, seed=1)
    )


def test_package_and_notebook_agree(lesson, network, image):
    options = {"size": 3, "stride": 2, "fill": 0.1}
    ours = explain.occlusion_map(network, image, 1, **options)
    assert torch.equal(ours, lesson.occlusion_map(network, image, 1, **options))
    single = network.float(), image.float()  # the notebook's noise is in single precision
    assert torch.equal(explain.saliency(*single, 2), lesson.saliency(*single, 2))
    ours = explain.smooth_grad(*single, 2, copies=3, spread=0.2, seed=5)
    theirs = lesson.smooth_grad(*single, 2, copies=3, spread=0.2, seed=5)
    assert torch.equal(ours, theirs)
    assert ours.any()


def test_nothing_is_left_behind(network, image):
    before = {name: value.clone() for name, value in network.state_dict().items()}
    same = image.clone()
    explain.occlusion_map(network, image, 0, size=5, stride=5)
    explain.saliency(network, image, 0)
    explain.smooth_grad(network, image, 0, copies=2)
    assert torch.equal(image, same)
    assert not image.requires_grad
    assert all(weight.grad is None for weight in network.parameters())
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_what_does_not_fit_is_refused_with_a_sentence(network, image):
    for function in (explain.saliency, explain.smooth_grad):
        with pytest.raises(ValueError, match=r"one image, .* got \(1, 3, 10, 14\)"):
            function(network, image[None], 0)
    with pytest.raises(ValueError, match=r"from 1 to 10 pixels .* got 11 and 1"):
        explain.occlusion_map(network, image, 0, size=11, stride=1)
    with pytest.raises(ValueError, match="got 3 and 0"):
        explain.occlusion_map(network, image, 0, size=3, stride=0)
    with pytest.raises(ValueError, match="1 copy or more, got 0"):
        explain.smooth_grad(network, image, 0, copies=0)
    with pytest.raises(ValueError, match=r"train mode: call model\.eval"):
        explain.saliency(network.train(), image, 0)
