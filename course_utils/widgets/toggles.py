"""A photograph in regions that one switches on and off, and a picture beside it that answers.

The answering function is pure: it gets an empty figure and which regions are on. Regions are
switched by a click, or by arrow keys and the space bar; a slider shows the first ones of an order.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import numpy as np
import traitlets
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from course_utils.widgets.picture import Picture

#: A region's number is sent as one byte.
MOST_REGIONS = 255

Answer = Callable[[Figure, NDArray[np.bool_]], str]


def _from_browser(buffer: Any, _board: Any) -> bytes:
    """Bytes of a view of memory, which is what comes, and what the trait would refuse."""
    return bytes(buffer)


class Board(anywidget.AnyWidget):
    """The photograph in the browser.

    Attributes:
        pixels: red, green and blue of each pixel, row by row, one byte each.
        regions: the number of each pixel's region, row by row, one byte each.
        fill: red, green and blue of regions that are off, from 0 to 255.
        on: one byte for each region, 1 for on; the browser sets it, and Python too.
    """

    _esm = Path(__file__).with_name("toggles.js")
    _css = Path(__file__).with_name("toggles.css")
    width = traitlets.Int().tag(sync=True)
    height = traitlets.Int().tag(sync=True)
    pixels = traitlets.Bytes().tag(sync=True)
    regions = traitlets.Bytes().tag(sync=True)
    fill = traitlets.List(traitlets.Int()).tag(sync=True)
    description = traitlets.Unicode(
        "which regions are on: arrow keys go from region to region, space switches one"
    ).tag(sync=True)
    on = traitlets.Bytes().tag(sync=True, from_json=_from_browser)


class Toggles:
    """A photograph whose regions can be switched, a slider, and the answer's figure.

    Args:
        answer: ``answer(figure, on)`` draws into an empty figure, and returns the answer in
            words; `on` has one truth value for each region.
        photograph: shape (height, width, 3), values from 0 to 1.
        regions: the number of each pixel's region, shape (height, width), from 0 without gaps.
        order: all numbers of regions; the slider shows the first ones of them.
        shown: how many are on at the beginning.
        fill: red, green and blue of regions that are off, from 0 to 1.
        size: width and height of the figure in inches, at 100 dots per inch.

    Raises:
        ValueError: photograph, regions, order and shown do not fit together.
    """

    def __init__(
        self,
        answer: Answer,
        photograph: ArrayLike,
        regions: ArrayLike,
        *,
        order: Sequence[int],
        shown: int,
        fill: Sequence[float] = (0.5, 0.5, 0.5),
        size: tuple[float, float] = (6.4, 3.2),
    ) -> None:
        pixels, numbers = np.asarray(photograph), np.asarray(regions)
        count = _check(pixels, numbers, order, shown)
        self._answer = answer
        self._order = [int(region) for region in order]
        self._shown = Picture(size)
        self.picture, self.message = self._shown.image, self._shown.message
        self.board = Board(
            width=pixels.shape[1],
            height=pixels.shape[0],
            pixels=np.round(255 * pixels).astype(np.uint8).tobytes(),
            regions=numbers.astype(np.uint8).tobytes(),
            fill=[round(255 * float(part)) for part in fill],
            on=self._first(shown),
        )
        self.slider = ipywidgets.IntSlider(
            min=0,
            max=count,
            value=shown,
            description="most important regions on",
            style={"description_width": "14em"},
            layout={"width": "36em"},
        )
        self._shown.say(*self.answer())
        self.board.observe(self._redraw, names="on")
        self.slider.observe(self._show_first, names="value")
        self._box = ipywidgets.VBox([self.slider, self._shown.beside(self.board), self.message])

    @property
    def on(self) -> NDArray[np.bool_]:
        """Which regions are on, one truth value for each."""
        return np.frombuffer(self.board.on, dtype=np.uint8).astype(bool)

    def answer(self) -> tuple[bytes, str]:
        """Answer what is on at present: a PNG file's bytes, and words."""
        return self._shown.answered(lambda figure: self._answer(figure, self.on))

    def show(self) -> None:
        """Show one output that is live where widgets run and a still picture where not."""
        self._shown.show(self._box, {"slider": self.slider, "board": self.board})

    def _first(self, how_many: int) -> bytes:
        on = np.zeros(len(self._order), dtype=np.uint8)
        on[self._order[:how_many]] = 1
        return on.tobytes()

    def _show_first(self, change: Any) -> None:
        self.board.on = self._first(change["new"])

    def _redraw(self, _change: object) -> None:
        self._shown.renew(self.answer)


def toggle(
    answer: Answer,
    photograph: ArrayLike,
    regions: ArrayLike,
    *,
    order: Sequence[int],
    shown: int,
    fill: Sequence[float] = (0.5, 0.5, 0.5),
    size: tuple[float, float] = (6.4, 3.2),
) -> None:
    """Show a photograph whose regions can be switched, and beside it a figure that answers.

    Args:
        answer: ``answer(figure, on)`` draws into an empty figure, and returns the answer in
            words; it should take 80 ms at most. `on` has one truth value for each region.
        photograph: shape (height, width, 3), values from 0 to 1.
        regions: the number of each pixel's region, shape (height, width), from 0 without gaps.
        order: all numbers of regions; a slider shows the first ones of them.
        shown: how many are on at the beginning.
        fill: red, green and blue of regions that are off, from 0 to 1.
        size: width and height of the figure in inches, at 100 dots per inch.

    Raises:
        ValueError: photograph, regions, order and shown do not fit together.
    """
    Toggles(answer, photograph, regions, order=order, shown=shown, fill=fill, size=size).show()


def _check(pixels: NDArray[Any], numbers: NDArray[Any], order: Sequence[int], shown: int) -> int:
    """The number of regions, if everything fits together."""
    if pixels.ndim != 3 or pixels.shape[2] != 3 or not (pixels.min() >= 0 and pixels.max() <= 1):
        raise ValueError(
            "The photograph should have the shape (height, width, 3) and values from 0 to 1, got "
            f"{pixels.shape} and values from {pixels.min():g} to {pixels.max():g}."
        )
    if numbers.shape != pixels.shape[:2]:
        raise ValueError(
            f"Expected one region for each pixel, shape {pixels.shape[:2]}, got {numbers.shape}."
        )
    found = np.unique(numbers)
    if not 1 <= len(found) <= MOST_REGIONS or found.tolist() != list(range(len(found))):
        raise ValueError(
            f"Regions should be numbered from 0 without gaps, {MOST_REGIONS} at most; got "
            f"{len(found)} numbers from {found[0]} to {found[-1]}."
        )
    if sorted(order) != found.tolist() or not 0 <= shown <= len(found):
        raise ValueError(
            f"The order should name each of the {len(found)} regions once, and so many or fewer "
            f"be shown at first; got {len(order)} names and {shown}."
        )
    return len(found)
