"""Listening, receptive fields and attacks of notebook 17, where the truth is known."""

import pytest
import torch
from efficientnet_lite_pytorch.utils import Conv2dStaticSamePadding
from torch import nn

from tests.lesson import definitions

NAMES = ("record", "receptive_fields", "fgsm", "random_signs", "attack_in_steps", "climb", "F")


@pytest.fixture(scope="module")
def lesson():
    return definitions("17_inside_a_cnn", *NAMES)


@pytest.fixture
def classifier():
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(6 * 8 * 8, 4)]
    return nn.Sequential(*layers).double().eval()


@pytest.fixture
def images():
    """Some of the pixels are at the ends, where a change is cut off."""
    chance = torch.Generator().manual_seed(1)
    return (1.4 * torch.rand(5, 3, 8, 8, generator=chance).double() - 0.2).clamp(0, 1)


LABELS = torch.tensor([0, 1, 2, 3, 0])


def loss(model, images):
    return nn.functional.cross_entropy(model(images), LABELS)


def test_receptive_field_is_where_the_gradient_is_not_zero(lesson):
    """Also its place: the package pads by more at the right and below if the stride is 2."""
    sizes = [(3, 2, 64), (3, 1, 32), (5, 2, 32), (1, 1, 16), (5, 1, 16), (3, 2, 16)]
    layers = [Conv2dStaticSamePadding(1, 1, k, stride=s, image_size=n) for k, s, n in sizes]
    for layer in layers:
        nn.init.ones_(layer.weight)
    model = nn.Sequential(*layers)
    named = {str(end): layers[end] for end in range(len(layers))}
    for name, (field, jump, first) in lesson.receptive_fields(model, named).items():
        image = torch.ones(1, 1, 64, 64, requires_grad=True)
        output = model[: int(name) + 1](image)
        place = output.shape[-1] // 2
        (slope,) = torch.autograd.grad(output[0, 0, place, place], image)
        seen = slope[0, 0].any(dim=0).nonzero().flatten().tolist()
        begin = first + place * jump
        assert seen == list(range(max(begin, 0), min(begin + field, 64)))


def test_record_hears_every_layer_and_stops(lesson, classifier, images):
    heard = lesson.record(classifier, {"last": classifier[3], "first": classifier[0]}, images)
    assert torch.equal(heard["first"], classifier[0](images))
    assert torch.equal(heard["last"], classifier(images))
    with pytest.raises(RuntimeError):
        lesson.record(classifier, {"first": classifier[0]}, images[:, :2])
    assert not any(layer._forward_hooks for layer in classifier)


def test_fgsm_is_the_worst_change_of_a_linear_model(lesson):
    linear = nn.Sequential(nn.Flatten(), nn.Linear(6, 2)).double()
    x = torch.full((1, 1, 2, 3), 0.5).double()
    change = lesson.fgsm(linear, x, torch.tensor([0]), 0.1) - x
    margin = linear[1].weight[1] - linear[1].weight[0]
    torch.testing.assert_close(change.flatten(), 0.1 * margin.detach().sign())


@pytest.mark.parametrize("epsilon", [1 / 255, 0.1])
def test_every_attack_keeps_its_bound_and_the_range_of_pixels(lesson, classifier, images, epsilon):
    before = images.clone()
    changed = {
        "fgsm": lesson.fgsm(classifier, images, LABELS, epsilon),
        "coin": lesson.random_signs(images, epsilon),
        "away": lesson.attack_in_steps(classifier, images, LABELS, epsilon),
        "towards": lesson.attack_in_steps(classifier, images, LABELS, epsilon, towards=True),
    }
    for result in changed.values():
        moved = (result - images).abs().max().item()
        assert 0.9 * epsilon < moved <= epsilon + 1e-8
        assert result.min() >= 0
        assert result.max() <= 1
        assert not result.requires_grad
    assert torch.equal(images, before)
    losses = {name: loss(classifier, result).item() for name, result in changed.items()}
    assert losses["towards"] < loss(classifier, images).item() < losses["fgsm"]
    assert losses["coin"] < losses["fgsm"] <= losses["away"] + 1e-3


def test_signs_of_a_coin_depend_on_the_seed_and_nothing_else(lesson, images):
    torch.manual_seed(0)
    first = lesson.random_signs(images, 0.1, seed=3)
    torch.manual_seed(1)
    assert torch.equal(first, lesson.random_signs(images, 0.1, seed=3))
    assert not torch.equal(first, lesson.random_signs(images, 0.1, seed=4))


def test_climbing_raises_the_score_and_stays_a_picture(lesson):
    def scores(pictures):
        return -(pictures - 0.8).square().mean(dim=(1, 2, 3))

    grey = torch.full((2, 3, 16, 16), 0.5)
    found = lesson.climb(scores, grey.clone(), steps=20, calm=False)
    torch.testing.assert_close(found, torch.full_like(grey, 0.7))
    assert lesson.climb(lambda x: x.sum(dim=(1, 2, 3)), grey.clone(), steps=80).max() <= 1
    assert scores(lesson.climb(scores, grey.clone(), steps=20)).min() > 0.5 * scores(grey).min()
