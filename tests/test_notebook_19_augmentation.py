"""Notebook 19: changes of whole batches against torchvision; soft targets and what they say."""

import pytest
import torch
from torchvision.transforms import v2

from tests.lesson import definitions

T = v2.functional
SMOOTH = {"interpolation": v2.InterpolationMode.BILINEAR}
NAMES = (
    "F", "between", "blur", "crop", "cut_mix", "erase", "half_turn", "inverse_of",
    "label_stays", "light",
    "matrices", "mix_up", "noise", "one_hot", "places_of", "transformed", "warp",
)  # fmt: skip


@pytest.fixture(scope="module")
def lesson():
    found = definitions("19_augmentation", *NAMES)
    found.warp.__globals__["device"] = torch.device("cpu")
    return found


@pytest.fixture
def images():
    torch.manual_seed(0)
    return torch.rand(6, 1, 28, 28)


@pytest.fixture
def labels():
    return torch.tensor([3, 1, 4, 1, 5, 9])


def numbers(*values):
    return (torch.tensor([float(value)]) for value in values)


@pytest.mark.parametrize("angle", [-170, -35, 0, 12.5, 90])
@pytest.mark.parametrize("shear", [-30, 0, 20])
@pytest.mark.parametrize(("scale", "move"), [(1, (0, 0)), (0.7, (4, -1)), (1.3, (-2.5, 3))])
def test_one_matrix_is_torchvisions(lesson, images, angle, shear, scale, move):
    a = lesson.matrices(*numbers(angle, shear, scale, 1))
    ours = lesson.transformed(images[:1], a, torch.tensor([move]) / 14)
    theirs = T.affine(images[:1], angle, list(move), scale, [shear, 0], **SMOOTH)
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=0)


def test_the_inverse_of_two_by_two_is_torchs(lesson):
    torch.manual_seed(0)
    a = torch.randn(50, 2, 2, dtype=torch.float64)
    torch.testing.assert_close(lesson.inverse_of(a), torch.linalg.inv(a))


def test_mirror_comes_first(lesson, images):
    a = lesson.matrices(*numbers(30, 10, 0.9, -1))
    ours = lesson.transformed(images[:1], a, torch.zeros(1, 2))
    theirs = T.affine(T.horizontal_flip(images[:1]), 30, [0, 0], 0.9, [10, 0], **SMOOTH)
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=0)


@pytest.mark.parametrize("side", [5, 28])
def test_places_are_those_of_affine_grid(lesson, side):
    torch.manual_seed(0)
    theta = torch.randn(4, 2, 3)
    grid = torch.nn.functional.affine_grid(theta, (4, 1, side, side), align_corners=False)
    torch.testing.assert_close(lesson.places_of(theta, side), grid, atol=1e-5, rtol=1e-5)


def test_no_strength_is_no_change(lesson, images):
    torch.testing.assert_close(lesson.warp(images), images, atol=1e-4, rtol=0)
    torch.testing.assert_close(lesson.crop(images, least=1), images, atol=1e-4, rtol=0)
    torch.testing.assert_close(lesson.light(images, amount=0), images, atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", ["warp", "crop", "light", "blur", "noise", "erase"])
def test_every_image_has_its_own_change(lesson, images, name):
    before, copies = images.clone(), images[:1].repeat(32, 1, 1, 1)
    options = {"degrees": 20, "shift": 0.1, "mirror": True} if name == "warp" else {}
    changed = getattr(lesson, name)(copies, **options)
    assert changed.shape == copies.shape
    assert len(changed.flatten(1).unique(dim=0)) > 25
    assert changed.min() >= -1e-6
    assert changed.max() <= 1 + 1e-6
    getattr(lesson, name)(images, **options)
    assert torch.equal(images, before), "the batch itself stays as it is"


def test_warp_keeps_its_bounds(lesson):
    """A dot in the middle moves by the shift and no further, in both directions."""
    dots = torch.zeros(300, 1, 28, 28)
    dots[:, :, 13:15, 13:15] = 1
    moved = lesson.warp(dots, shift=0.1)
    places = torch.arange(28.0)
    for axis in (2, 3):
        line = moved.sum(dim=(1, 5 - axis))
        middle = (line * places).sum(dim=1) / line.sum(dim=1) - 13.5
        assert middle.abs().max() <= 2.8 + 1e-3
        assert middle.max() > 2
        assert middle.min() < -2


def test_half_of_the_images_turn(lesson, images):
    copies = images[:1].repeat(400, 1, 1, 1)
    turned = (lesson.half_turn(copies) == images[:1].rot90(2, (2, 3))).all(dim=(1, 2, 3))
    assert 140 < turned.sum() < 260


def test_blur_is_torchvisions_where_all_images_get_the_same(lesson, images):
    ours = lesson.blur(images, widest=0.9, narrowest=0.9)
    torch.testing.assert_close(ours, T.gaussian_blur(images, [5, 5], [0.9, 0.9]))


def test_light_is_brightness_then_contrast(lesson, images):
    torch.manual_seed(3)
    ours = lesson.light(images, amount=0.4)
    torch.manual_seed(3)
    brightness = (0.6 + 0.8 * torch.rand(6, 1, 1, 1)).flatten().tolist()
    contrast = (0.6 + 0.8 * torch.rand(6, 1, 1, 1)).flatten().tolist()
    for k in range(6):
        bright = T.adjust_brightness(images[k], brightness[k])
        torch.testing.assert_close(ours[k], T.adjust_contrast(bright, contrast[k]))


def test_erased_is_a_square_that_may_be_cut_off(lesson):
    gone = lesson.erase(torch.ones(500, 1, 28, 28), side=10) == 0
    areas = gone.sum(dim=(1, 2, 3))
    assert areas.max() == 100
    assert areas.min() < 60
    heights, widths = gone.any(dim=3).sum(dim=(1, 2)), gone.any(dim=2).sum(dim=(1, 2))
    assert torch.equal(heights * widths, areas), "it is a rectangle"


@pytest.mark.parametrize("name", ["mix_up", "cut_mix"])
def test_mixed_targets_say_what_is_in_the_image(lesson, labels, name):
    """Image k is all k: the brightness of a mixture is that of its soft target."""
    torch.manual_seed(1)
    plain = labels[:, None, None, None].expand(6, 1, 28, 28) / 10
    mixed, targets = getattr(lesson, name)(plain, labels)
    assert mixed.shape == plain.shape
    torch.testing.assert_close(targets.sum(dim=1), torch.ones(6))
    in_image = mixed.mean(dim=(1, 2, 3))
    torch.testing.assert_close(targets @ (torch.arange(10.0) / 10), in_image, atol=1e-4, rtol=0)
    assert (targets > 0).sum(dim=1).max() == 2
    loss = torch.nn.functional.cross_entropy(torch.zeros(6, 10), targets)
    torch.testing.assert_close(loss, torch.tensor(10.0).log())


def test_label_stays_passes_options_on(lesson, images, labels):
    change = lesson.label_stays(lesson.noise, sigma=0.0)
    changed, same = change(images, labels)
    assert torch.equal(changed, images)
    assert same is labels
