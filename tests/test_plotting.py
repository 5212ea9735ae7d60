"""Drawings: arrays in, Axes out, with what was asked for on them."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from course_utils.plotting import (
    mark_zero,
    plot_contours,
    plot_curve,
    plot_decision_regions,
    plot_history,
    plot_images,
    plot_path,
)
from tests.lesson import definitions


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def test_a_curve_is_labelled_at_its_last_finite_point_in_its_colour():
    ax = plot_curve([0, 1, 2], [5, 6, np.nan], label="f", color="#123456")
    (line,) = ax.lines
    (label,) = ax.texts
    assert label.get_text() == "f"
    assert label.xy == (1, 6)
    assert label.get_color() == line.get_color() == "#123456"


def test_a_curve_draws_on_the_axes_it_is_given():
    _, ax = plt.subplots()
    assert plot_curve([0, 1], [0, 1], ax=ax) is ax
    assert not ax.texts


def test_the_lines_through_zero_are_behind():
    _, ax = plt.subplots()
    assert mark_zero(ax) is ax
    assert [line.get_zorder() for line in ax.lines] == [0.5, 0.5]


@pytest.mark.parametrize("levels", [5, [0.0, 1.0, 2.0]])
def test_contours_cover_the_given_range(levels):
    x, y = np.linspace(-1, 1, 20), np.linspace(0, 2, 30)
    heights = 0.01 + np.add.outer(y**2, x**2)
    ax = plot_contours(x, y, heights, levels=levels)
    assert ax.get_xlim() == (-1, 1)
    assert ax.get_ylim() == (0, 2)
    assert len(ax.collections) == 2


def test_a_path_has_a_dot_for_every_step_and_an_arrow_between_them():
    _, ax = plt.subplots()
    plot_path([0, 1, 3], [0, 2, 2], ax=ax)
    dots, first = ax.lines
    np.testing.assert_array_equal(dots.get_xydata(), [[0, 0], [1, 2], [3, 2]])
    np.testing.assert_array_equal(first.get_xydata(), [[0, 0]])
    (arrows,) = ax.collections
    np.testing.assert_array_equal(np.column_stack([arrows.U, arrows.V]), [[1, 2], [2, 0]])


def test_a_path_of_one_point_is_drawn_without_arrows():
    _, ax = plt.subplots()
    plot_path([1.0], [2.0], ax=ax)
    assert len(ax.lines) == 2


def _pictures(axes):
    return [ax.images[0].get_array().tolist() for ax in axes.flat if ax.images]


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("channels", [1, 3])
def test_images_are_drawn_as_in_notebook_06(channels, signed):
    lesson = definitions("06_softmax_classifier", "plot_images")
    images = torch.rand(5, channels, 4, 6, generator=torch.Generator().manual_seed(0)) - 0.3
    options = {"titles": ["a", "b"], "columns": 3, "signed": signed}
    ours, theirs = plot_images(images, **options), lesson.plot_images(images, **options)
    assert ours.shape == theirs.shape == (2, 3)
    assert _pictures(ours) == _pictures(theirs)
    assert len(_pictures(ours)) == 5
    assert [ax.get_title() for ax in ours.flat] == ["a", "b", "", "", "", ""]


def test_zero_of_a_signed_image_is_white_and_its_ends_are_full():
    (ax,) = plot_images(torch.tensor([[[[-2.0, 0.0, 1.0]]]]), columns=1, signed=True).flat
    assert ax.images[0].get_array().tolist() == [[0, 0.5, 0.75]]


def test_images_of_another_shape_are_refused():
    for shape in [(28, 28), (3, 2, 4, 4), (0, 1, 4, 4)]:
        with pytest.raises(ValueError, match="plot_images needs the shape"):
            plot_images(torch.zeros(shape))


def _tilted(points):
    return 1 / (1 + np.exp(-(points[:, 0] - 2 * points[:, 1])))


def test_regions_are_those_of_notebook_07():
    lesson = definitions("07_multilayer_perceptron", "REGIONS", "plot_decision_regions")
    options = {"extent": (-2, 3, -1, 1), "steps": 20}
    ours = plot_decision_regions(_tilted, **options)
    theirs = lesson.plot_decision_regions(_tilted, **options)
    a, b = ours.images[0], theirs.images[0]
    assert a.get_array().tolist() == b.get_array().tolist()
    assert a.to_rgba([0.0, 0.3, 1.0]).tolist() == b.to_rgba([0.0, 0.3, 1.0]).tolist()
    assert a.get_extent() == b.get_extent() == [-2, 3, -1, 1]
    assert len(ours.collections) == len(theirs.collections) == 1


def test_the_boundary_of_regions_lies_at_one_half():
    ax = plot_decision_regions(_tilted, extent=(-2, 2, -1, 1))
    (line,) = ax.collections[0].get_paths()
    np.testing.assert_allclose(line.vertices[:, 0], 2 * line.vertices[:, 1], atol=0.01)


def test_regions_without_a_boundary_are_drawn_without_one():
    ax = plot_decision_regions(lambda points: np.full(len(points), 0.9), extent=(0, 1, 0, 1))
    assert not ax.collections


def test_a_history_has_a_curve_for_every_loss():
    history = [
        {"epoch": 3, "loss": 0.5, "validation_loss": 0.6, "validation_accuracy": 0.8},
        {"epoch": 4, "loss": 0.25, "validation_loss": 0.5, "validation_accuracy": 0.9},
    ]
    ax = plot_history(history)
    assert [text.get_text() for text in ax.texts] == ["loss", "validation loss"]
    np.testing.assert_array_equal(ax.lines[1].get_xydata(), [[3, 0.6], [4, 0.5]])
    assert all(tick == round(tick) for tick in ax.get_xticks())
    _, other = plt.subplots()
    assert plot_history(history, names=["validation_accuracy"], ax=other) is other
    np.testing.assert_array_equal(other.lines[0].get_ydata(), [0.8, 0.9])


def test_a_history_without_the_value_is_refused():
    with pytest.raises(ValueError, match="have a loss, got 0 records with nothing"):
        plot_history([])
    with pytest.raises(ValueError, match="have accuracy, got 1 records with epoch, loss"):
        plot_history([{"epoch": 1, "loss": 0.5}], names=["accuracy"])
