"""Parts of notebook 18 where the truth is known, and the switch that goes online."""

import socket
import urllib.request

import pytest
import torch
import torchvision
from torch import nn

from course_utils.widgets import Explorer
from tests.lesson import definitions

NAMES = ("F", "device", "slanted", "slant_by_moments", "patches", "surfaces", "in_grey", "SURFACES")
NAMES += ("Standardise", "draw", "Preprocessing", "resnet18_donor", "Cuts", "draw_counts", "turned")


@pytest.fixture(scope="module")
def lesson():
    return definitions("18_transfer_learning", *NAMES)


def test_turned_makes_all_eight_looks_and_no_others(lesson):
    torch.manual_seed(0)
    image = torch.arange(9.0).reshape(1, 3, 3)
    looks = {
        tuple(side.rot90(k, (1, 2)).flatten().tolist())
        for k in range(4)
        for side in (image, image.flip(2))
    }
    batches = [lesson.turned(image.repeat(6, 1, 1, 1)) for _ in range(20)]
    seen = {tuple(one.flatten().tolist()) for batch in batches for one in batch}
    assert seen == looks
    assert any(len(batch.unique(dim=0)) == 2 for batch in batches), "each image by itself"


def test_shear_is_by_the_angle_and_keeps_the_rows(lesson):
    bar = torch.zeros(3, 1, 41, 41)
    bar[:, :, 8:33, 19:22] = 1
    angles = torch.tensor([-35.0, 0.0, 20.0])
    sheared = lesson.slanted(bar, angles)
    torch.testing.assert_close(sheared[1], bar[1])
    torch.testing.assert_close(sheared.sum(dim=3), bar.sum(dim=3), rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(lesson.slant_by_moments(sheared), angles, rtol=0, atol=0.5)
    columns = torch.arange(41.0)
    top = (sheared[2, 0, 8] * columns).sum() / sheared[2, 0, 8].sum()
    assert top > 22, "positive: the top leans to the right"


def test_patches_of_the_two_parts_come_from_two_parts(lesson):
    """Each photograph is replaced by its column numbers, so that every pixel tells its place."""
    before = dict(lesson.SURFACES)
    space = lesson.surfaces.__globals__
    seen = {}
    original = space["patches"]

    def spy(part, count, chance, side=32):
        seen.setdefault(where, []).append((part.min(), part.max()))
        return original(part, count, chance, side)

    space["patches"] = spy
    try:
        for name, photograph in before.items():
            height, width = photograph.shape[:2]
            place = torch.arange(width).repeat(height, 1).numpy() / 4
            lesson.SURFACES[name] = place
        for where in ("left", "right"):
            images, labels = lesson.surfaces(where, 20)
            assert images.shape == (160, 1, 32, 32)
            assert labels.bincount().tolist() == [20] * 8
    finally:
        lesson.SURFACES.update(before)
        space["patches"] = original
    for (_, left_end), (right_begin, _) in zip(seen["left"], seen["right"], strict=True):
        assert (right_begin - left_end) * 4 * 255 >= 16


def test_no_two_patches_overlap(lesson):
    import numpy as np

    place = np.arange(96 * 130, dtype=float).reshape(96, 130)
    tiles = []
    lesson.patches.__globals__["np"] = np
    whole = np.random.default_rng(0).permutation(
        place[:96, :128].reshape(3, 32, 4, 32).swapaxes(1, 2).reshape(-1, 1, 32, 32)
    )
    tiles = whole.reshape(12, -1)
    assert len(np.unique(tiles)) == tiles.size
    found = lesson.patches(place, 12, np.random.default_rng(0))
    mean = whole.mean(axis=(2, 3), keepdims=True)
    std = whole.std(axis=(2, 3), keepdims=True)
    np.testing.assert_allclose(found, (0.5 + 0.2 * (whole - mean) / (std + 0.02)).clip(0, 1))


def test_draws_are_of_each_class_and_depend_on_the_seed(lesson):
    labels = torch.arange(60) % 3
    first = lesson.draw(labels, 5, 0)
    assert labels[first].bincount().tolist() == [5, 5, 5]
    assert len(first.unique()) == 15
    assert torch.equal(first, lesson.draw(labels, 5, 0))
    assert not torch.equal(first, lesson.draw(labels, 5, 1))


def test_standardised_rows_have_mean_0_and_size_1(lesson):
    rows = torch.randn(500, 3) * torch.tensor([1.0, 40.0, 0.1]) + 7
    found = lesson.Standardise(rows)(rows)
    torch.testing.assert_close(found.mean(dim=0), torch.zeros(3), rtol=0, atol=1e-4)
    torch.testing.assert_close(found.std(dim=0), torch.ones(3), rtol=0, atol=0.02)


def test_what_the_cuts_keep_is_in_their_repr(lesson):
    """The repr is part of the cache's key."""

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self._conv_stem, self._bn0 = nn.Conv2d(3, 2, 1), nn.BatchNorm2d(2)
            self._blocks = nn.ModuleList([nn.Conv2d(2, 2, 1) for _ in range(3)])
            self._conv_head, self._bn1 = nn.Conv2d(2, 5, 1), nn.BatchNorm2d(5)

    net = Net()
    written = {repr(lesson.Cuts(net, places, side)) for places in [(0,), (1,)] for side in (1, 2)}
    assert len(written) == 4
    assert lesson.Cuts(net, (0, 2), 2).eval()(torch.rand(4, 3, 6, 6)).shape == (4, 2 * 8 + 5)


def test_the_donor_of_the_network_without_a_network(lesson, monkeypatch, tmp_path, capsys):
    """A refused connection on this machine: one sentence, and None."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setattr(urllib.request, "_opener", None)  # it remembers proxies
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert lesson.resnet18_donor() is None
    said = capsys.readouterr().out
    assert said == "ResNet-18's weights could not be had (URLError): are you online?\n"


def test_the_donor_of_the_network_with_its_weights(lesson, monkeypatch):
    def ready(*, weights):
        assert weights is torchvision.models.ResNet18_Weights.DEFAULT
        return original(weights=None)

    original = torchvision.models.resnet18
    monkeypatch.setattr(torchvision.models, "resnet18", ready)
    donor, rule = lesson.resnet18_donor()
    assert not donor.training
    assert not any(weight.requires_grad for weight in donor.parameters())
    assert rule.mean == (0.485, 0.456, 0.406)
    assert rule.std == (0.229, 0.224, 0.225)
    with torch.no_grad():
        assert donor(rule(torch.rand(2, 1, 28, 28))).shape == (2, 512)


def test_every_step_of_the_widget_changes_its_picture(lesson):
    space = lesson.draw_counts.__globals__
    space["COUNTS"] = (1, 2, 5, 10, 20, 50)
    space["curves"] = {
        ("garments", cut, "naive Bayes", count): [30 + count / 2 + low, 40 + count / 2, 45.0]
        for cut, low in (("block 8", 5), ("end", 0))
        for count in space["COUNTS"]
    }

    def draw(figure, *, position):
        lesson.draw_counts(figure, position=position, world="garments", kind="naive Bayes")

    from course_utils.widgets import Slider

    explorer = Explorer(draw, {"position": Slider("position", 0, 5, 1, 0)})
    pictures = set()
    for position in range(6):
        explorer.controls["position"].value = position
        pictures.add(explorer.png())
    assert len(pictures) == 6
