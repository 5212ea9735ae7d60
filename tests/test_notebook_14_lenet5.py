"""Notebook 14: the networks of 1998 and today, tidied drawings, moved images, the benchmark."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from course_utils.datasets import mnist
from course_utils.widgets.canvas import SIDE
from tests.lesson import definitions

NAMES = (
    "F", "PATTERNS", "PartialConv", "STROKES", "Subsample", "TABLE", "as_input", "as_mnist",
    "changed", "device", "learn", "lenet5", "lenet5_of_1998", "moved", "percent_wrong", "written",
)  # fmt: skip

# Table I of the paper: a line for each map of S2, a column for each map of C3.
TABLE_OF_THE_PAPER = """
X...XXX..XXXX.XX
XX...XXX..XXXX.X
XXX...XXX..X.XXX
.XXX..XXXX..X.XX
..XXX..XXXX.XX.X
...XXX..XXXX.XXX
"""


@pytest.fixture(scope="module")
def lesson():
    found = definitions("14_lenet5", *NAMES)
    found.as_input.__globals__.update(MEAN=0.1307, SPREAD=0.3081)
    return found


@pytest.fixture(scope="module")
def digits():
    return mnist("test").pixels()[:300, 0]


def centre_of_mass(image):
    places = torch.arange(28.0)
    return [(image.sum(dim=1 - axis) * places).sum().item() / image.sum().item() for axis in (0, 1)]


def test_the_table_is_the_papers(lesson):
    lines = TABLE_OF_THE_PAPER.split()
    seen = [[row for row in range(6) if lines[row][column] == "X"] for column in range(16)]
    assert [sorted(maps) for maps in lesson.TABLE] == seen


def test_parameters_of_today_and_of_1998(lesson):
    counts = [
        sum(p.numel() for p in model.parameters())
        for model in (lesson.lenet5(), lesson.lenet5_of_1998())
    ]
    assert counts == [61_706, 60_000]


def test_a_partial_convolution_is_a_full_one_with_zeros(lesson):
    torch.manual_seed(0)
    part, full = lesson.PartialConv(lesson.TABLE, 5), nn.Conv2d(6, 16, 5)
    with torch.no_grad():
        full.weight.zero_()
        for out, (conv, seen) in enumerate(zip(part.maps, lesson.TABLE, strict=True)):
            full.weight[out, seen] = conv.weight[0]
            full.bias[out] = conv.bias[0]
    maps = torch.randn(3, 6, 14, 14)
    torch.testing.assert_close(part(maps), full(maps), atol=1e-5, rtol=1e-4)
    assert part(maps).std() > 0.1


def test_subsampling_adds_weighs_and_shifts(lesson):
    layer, maps = lesson.Subsample(2), torch.randn(1, 2, 4, 6)
    with torch.no_grad():
        layer.weight[:, 0, 0] = torch.tensor([2.0, -1.0])
        layer.bias[:, 0, 0] = torch.tensor([0.5, 3.0])
    by_hand = maps.reshape(1, 2, 2, 2, 3, 2).sum(dim=(3, 5))
    by_hand = by_hand * torch.tensor([2.0, -1.0])[:, None, None]
    by_hand = by_hand + torch.tensor([0.5, 3.0])[:, None, None]
    torch.testing.assert_close(layer(maps), by_hand)


def test_what_is_tidy_stays_as_it_is(lesson, digits):
    assert torch.equal(torch.stack([lesson.as_mnist(image) for image in digits]), digits)


@pytest.mark.parametrize("zoom", [2, 5])
def test_enlarged_digits_come_back_exactly(lesson, digits, zoom):
    for image in digits[:50]:
        large = image.repeat_interleave(zoom, dim=0).repeat_interleave(zoom, dim=1)
        torch.testing.assert_close(lesson.as_mnist(large), image, atol=1e-5, rtol=0)


@given(down=st.integers(0, 100), right=st.integers(0, 100), which=st.integers(0, 49))
@settings(max_examples=40, deadline=None)
def test_the_place_on_the_canvas_does_not_matter(lesson, digits, down, right, which):
    paper = torch.zeros(SIDE, SIDE)
    paper[down : down + 28, right : right + 28] = digits[which]
    assert torch.equal(lesson.as_mnist(paper), digits[which])


@given(
    top=st.integers(0, 138), left=st.integers(0, 138), height=st.integers(1, 140),
    width=st.integers(1, 140), seed=st.integers(0, 99),
)  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_any_ink_fills_the_box_and_lies_in_the_middle(lesson, top, left, height, width, seed):
    paper = torch.zeros(SIDE, SIDE)
    part = paper[top : top + height, left : left + width]
    part[:] = 0.1 + 0.9 * torch.rand(part.shape, generator=torch.Generator().manual_seed(seed))
    tidy = lesson.as_mnist(paper)
    assert tidy.shape == (28, 28)
    assert 0 <= tidy.min() < tidy.max() <= 1
    rows, columns = ((tidy > 0).any(dim=axis).sum().item() for axis in (1, 0))
    assert max(rows, columns) == 20
    assert all(abs(place - 14) <= 0.5 + 1e-4 for place in centre_of_mass(tidy))


@pytest.mark.parametrize("corner", [(0, 0), (0, 139), (139, 0), (139, 139)])
def test_ink_mostly_in_one_corner_still_fits(lesson, corner):
    paper = torch.full((SIDE, SIDE), 1e-3)
    paper[corner] = 1000.0  # the centre of mass lies at the edge of the box
    assert lesson.as_mnist(paper).sum() > 0


def test_empty_paper_stays_empty(lesson):
    assert torch.equal(lesson.as_mnist(torch.zeros(SIDE, SIDE)), torch.zeros(28, 28))


def test_moves_are_the_nine_places_and_lose_nothing(lesson):
    torch.manual_seed(0)
    image = torch.zeros(1, 1, 32, 32)
    image[0, 0, 2, 29] = 1.0  # a corner of the 28 × 28 pixels
    places = {tuple(lesson.moved(image).nonzero()[0, 2:].tolist()) for _ in range(200)}
    assert places == {(row, column) for row in (1, 2, 3) for column in (28, 29, 30)}


def test_changed_moves_whole_pixels_and_zooms(lesson, digits):
    images = digits[:20]
    moved = lesson.changed(images, right=3)
    torch.testing.assert_close(moved[:, :, 3:], images[:, :, :-3], atol=1e-4, rtol=0)
    half = lesson.changed(images, zoom=0.5)
    ink = [(part > 0.05).any(dim=1).sum(dim=1).float().mean().item() for part in (images, half)]
    assert ink[1] == pytest.approx(ink[0] / 2, rel=0.15)


def test_inputs_are_standardised_and_padded_with_paper(lesson):
    x = lesson.as_input(torch.tensor([0, 255], dtype=torch.uint8).repeat(28, 14)[None])
    assert x.shape == (1, 1, 32, 32)
    paper, ink = -0.1307 / 0.3081, (1 - 0.1307) / 0.3081
    torch.testing.assert_close(x[0, 0, 5, 2:4].cpu(), torch.tensor([paper, ink]))
    assert (x[0, 0, [0, 1, 30, 31]] - paper).abs().max() < 1e-6


def test_stored_digits_are_drawings_of_the_canvas(lesson):
    assert sorted(lesson.STROKES) == list("0123456789")
    for strokes in lesson.STROKES.values():
        drawing = lesson.written(strokes, size=60, left=20, top=20)
        assert drawing.shape == (SIDE, SIDE)
        assert drawing.min() == 0
        assert drawing.max() == 1
        assert 0.02 < drawing.mean() < 0.2
        empty = np.delete(drawing, np.s_[10:95], axis=0)
        assert empty.sum() == 0


def test_the_benchmark_trains_as_the_notebook_does(lesson):
    path = Path(__file__).parents[1] / "benchmarks" / "lenet.py"
    spec = importlib.util.spec_from_file_location("benchmark_of_lenet", path)
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    train = mnist("train")
    few = torch.arange(600)
    images = benchmark.inputs(train, 0.1307, 0.3081)[few]
    ours = lesson.lenet5(seed=3)
    torch.testing.assert_close(lesson.as_input(train.images[few]).cpu(), images)
    labels = train.labels[few]
    lesson.learn(ours.cpu(), images, labels, epochs=2, transform=lesson.moved)
    theirs, _ = benchmark.trained((images, labels), epochs=2, limit=1, seed=3)
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(mine, other)
    wrong = lesson.percent_wrong(ours, images, labels)
    assert wrong == pytest.approx(100 * benchmark.errors(theirs, (images, labels)) / 600)
