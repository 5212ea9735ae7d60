"""Drawings that several notebooks share: arrays in, Axes out; nothing here computes or trains."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from course_utils.runtime import COLOURS


def plot_curve(
    x: ArrayLike, y: ArrayLike, *, label: str | None = None, ax: Axes | None = None, **line: Any
) -> Axes:
    """Draw y over x as a line, with its label written at the line's right end.

    Args:
        x: positions, shape (points,).
        y: heights, shape (points,).
        label: text beside the last finite point, in the line's colour.
        ax: axes to draw on; new ones if not given.
        **line: passed on to ``Axes.plot``.
    """
    ax = plt.subplots()[1] if ax is None else ax
    (drawn,) = ax.plot(x, y, **line)
    if label is not None:
        last = np.flatnonzero(np.isfinite(np.asarray(y, dtype=float)))[-1]
        ax.annotate(
            label,
            (np.asarray(x)[last], np.asarray(y)[last]),
            xytext=(6, 0),
            textcoords="offset points",
            color=drawn.get_color(),
            va="center",
            annotation_clip=False,
        )
    return ax


def mark_zero(ax: Axes) -> Axes:
    """Draw the two lines through zero, behind everything else."""
    ax.axhline(0, color=COLOURS["grey"], linewidth=1, zorder=0.5)
    ax.axvline(0, color=COLOURS["grey"], linewidth=1, zorder=0.5)
    return ax


def plot_contours(
    x: ArrayLike,
    y: ArrayLike,
    heights: ArrayLike,
    *,
    levels: int | ArrayLike = 12,
    ax: Axes | None = None,
) -> Axes:
    """Draw a function of two variables as a map of filled contours.

    Args:
        x: positions along the first axis, shape (columns,).
        y: positions along the second axis, shape (rows,).
        heights: values of the function, shape (rows, columns), as ``np.meshgrid`` orders them.
        levels: number of contours, or their heights.
        ax: axes to draw on; new ones if not given.
    """
    ax = plt.subplots()[1] if ax is None else ax
    filled = ax.contourf(x, y, heights, levels=levels, cmap="Blues_r", alpha=0.75)
    lines: dict[str, Any] = {"colors": "white", "linewidths": 0.8, "linestyles": "solid"}
    ax.contour(x, y, heights, levels=filled.levels, **lines)
    ax.grid(visible=False)
    return ax


def plot_path(x: ArrayLike, y: ArrayLike, *, ax: Axes, colour: str = COLOURS["orange"]) -> Axes:
    """Draw the steps of a search as dots joined by arrows, the first dot hollow.

    Args:
        x: positions, shape (steps,).
        y: heights or second positions, shape (steps,).
        ax: axes to draw on.
        colour: of dots and arrows.
    """
    points = np.column_stack([np.asarray(x, dtype=float), np.asarray(y, dtype=float)])
    moves = np.diff(points, axis=0)
    arrow: dict[str, Any] = {"angles": "xy", "scale_units": "xy", "scale": 1, "units": "dots"}
    ax.quiver(*points[:-1].T, *moves.T, color=colour, zorder=3, width=1.8, **arrow)
    ax.plot(*points.T, "o", color=colour, markersize=5, zorder=3)
    ax.plot(*points[0], "o", color=colour, markerfacecolor="white", markersize=9, zorder=4)
    return ax
