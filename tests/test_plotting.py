"""Drawings: arrays in, Axes out, with what was asked for on them."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_utils.plotting import mark_zero, plot_contours, plot_curve, plot_path


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
