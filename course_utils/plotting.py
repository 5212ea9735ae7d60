"""Drawings that several notebooks share: arrays in, Axes out; nothing here computes or trains."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

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


def plot_images(
    images: torch.Tensor,
    *,
    titles: Sequence[str] = (),
    columns: int = 10,
    size: float = 0.98,
    signed: bool = False,
) -> NDArray[Any]:
    """Draw images side by side, in rows. Built in notebook 06.

    Args:
        images: shape (images, channels, height, width), with 1 channel (dark is 1) or 3, values
            from 0 to 1; of signed images any values.
        titles: one for each image, or for the first ones.
        columns: images in a row.
        size: width of an image in inches.
        signed: 0 is white; of one channel, red is above and blue below zero. Every image has a
            scale of its own, from its largest absolute value.

    Returns:
        The axes, shape (rows, columns).

    Raises:
        ValueError: the shape is not (images, 1 or 3, height, width), or there is no image.
    """
    if images.ndim != 4 or images.shape[1] not in (1, 3) or len(images) == 0:
        raise ValueError(
            "plot_images needs the shape (images, channels, height, width) with 1 or 3 channels, "
            f"got {tuple(images.shape)}."
        )
    rows = -(-len(images) // columns)  # rounded up
    figsize = (size * columns, (size + 0.28) * rows)
    axes: NDArray[Any] = plt.subplots(rows, columns, figsize=figsize, squeeze=False)[1]
    for ax in axes.flat:
        ax.axis("off")
    for ax, image in zip(axes.flat, images, strict=False):
        picture = image.detach().cpu().permute(1, 2, 0).numpy()  # (height, width, channels)
        if signed:  # 0 becomes one half, the largest absolute value 1 or 0
            picture = 0.5 + picture / (2 * max(np.abs(picture).max(), 1e-12))
        colours = "RdBu_r" if signed else "gray_r"
        ax.imshow(picture.clip(0, 1), cmap=colours, vmin=0, vmax=1)
    for ax, title in zip(axes.flat, titles, strict=False):
        ax.set_title(title, fontsize=11, loc="center")
    return axes


def plot_history(
    history: Sequence[Mapping[str, float]],
    *,
    names: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how values changed from epoch to epoch, one curve each. Built in notebook 10.

    Args:
        history: a record for each epoch, with "epoch" and values by name, as `fit` returns it.
        names: the values to draw; by default every loss.
        ax: axes to draw on; new ones if not given.

    Raises:
        ValueError: there is no record, or a name that is not in the records.
    """
    known = list(history[0]) if history else []
    names = [name for name in known if name.endswith("loss")] if names is None else names
    if not names or not set(names) <= set(known):
        raise ValueError(
            f"plot_history needs records that have {', '.join(names) or 'a loss'}, got "
            f"{len(history)} records with {', '.join(known) or 'nothing'}."
        )
    ax = plt.subplots()[1] if ax is None else ax
    epochs = [record["epoch"] for record in history]
    for name in names:
        label = name.replace("_", " ")
        plot_curve(epochs, [record[name] for record in history], label=label, ax=ax, marker="o")
    ax.set_xlabel("epoch")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    return ax


# From class 0, blue, over undecided, white, to class 1, orange: pale, so that points stand out.
_REGIONS = LinearSegmentedColormap.from_list("regions", ["#8FC4E6", "#FFFFFF", "#F3B58B"], N=11)


def plot_decision_regions(
    predict: Callable[[NDArray[np.float64]], ArrayLike],
    *,
    extent: tuple[float, float, float, float],
    steps: int = 60,
    ax: Axes | None = None,
) -> Axes:
    """Colour the plane by the probability of class 1, with the boundary at one half.

    Built in notebook 07.

    Args:
        predict: turns points, shape (points, 2), into probabilities, shape (points,).
        extent: left, right, lower and upper end of the plane.
        steps: places at which `predict` is asked, in each direction.
        ax: axes to draw on; new ones if not given.
    """
    ax = plt.subplots()[1] if ax is None else ax
    left, right, lower, upper = extent
    centres = (np.arange(steps) + 0.5) / steps  # of the pixels, as parts of the way
    x1, x2 = left + centres * (right - left), lower + centres * (upper - lower)
    points = np.stack(np.meshgrid(x1, x2), axis=-1).reshape(-1, 2)
    p = np.asarray(predict(points)).reshape(steps, steps)
    look: dict[str, Any] = {"aspect": "auto", "interpolation": "bilinear", "origin": "lower"}
    ax.imshow(p, extent=extent, cmap=_REGIONS, vmin=0, vmax=1, **look)
    if p.min() < 0.5 < p.max():  # otherwise there is no boundary in the picture
        ax.contour(x1, x2, p, levels=[0.5], colors=COLOURS["ink"], linewidths=2)
    ax.grid(visible=False)
    return ax
