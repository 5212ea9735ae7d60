"""A canvas to draw on with mouse, pen or finger, and a picture beside it that answers at once.

The answering function is pure: it gets an empty figure and the drawing as an array. Whoever cannot
draw takes one of the stored samples; the buttons work with the keyboard, and the answer is also
there in words.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import numpy as np
import traitlets
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from course_utils.widgets.picture import Picture

#: Height and width of a drawing in pixels.
SIDE = 140

Answer = Callable[[Figure, NDArray[np.float32]], str]


class Pad(anywidget.AnyWidget):
    """The square to draw on, in the browser.

    Attributes:
        drawing: `side` × `side` bytes, row by row, 255 for ink; the browser sets it.
    """

    _esm = Path(__file__).with_name("canvas.js")
    _css = Path(__file__).with_name("canvas.css")
    side = traitlets.Int(SIDE).tag(sync=True)
    description = traitlets.Unicode("your drawing").tag(sync=True)
    # From the browser come views of memory, which the trait would refuse.
    drawing = traitlets.Bytes(bytes(SIDE**2)).tag(
        sync=True, from_json=lambda buffer, _pad: bytes(buffer)
    )


class Sketchpad:
    """A canvas that can be cleared, buttons for stored drawings, and the answer's figure.

    Args:
        answer: ``answer(figure, drawing)`` draws into an empty figure, and returns the answer in
            words; the drawing has the shape (140, 140), values from 0, paper, to 1, ink.
        samples: drawings of the same shape, by name; the first one is there at the beginning.
        size: width and height of the figure in inches, at 100 dots per inch.

    Raises:
        ValueError: no sample, or one that is no drawing.
    """

    def __init__(
        self,
        answer: Answer,
        samples: Mapping[str, ArrayLike],
        *,
        size: tuple[float, float] = (6.4, 3.2),
    ) -> None:
        if not samples:
            raise ValueError("A sketchpad needs one sample or more to begin with, got none.")
        self._answer = answer
        self._samples = {name: _as_bytes(name, drawing) for name, drawing in samples.items()}
        self._shown = Picture(size)
        self.picture, self.message = self._shown.image, self._shown.message
        self.pad = Pad(drawing=next(iter(self._samples.values())))
        self._shown.say(*self.answer())
        self.pad.observe(self._redraw, names="drawing")
        self.buttons = {name: self._button(name) for name in self._samples}
        self._box = self._layout()

    @property
    def drawing(self) -> NDArray[np.float32]:
        """What is on the canvas, shape (140, 140), from 0, paper, to 1, ink."""
        ink = np.frombuffer(self.pad.drawing, dtype=np.uint8)
        return ink.reshape(SIDE, SIDE).astype(np.float32) / np.float32(255)

    def answer(self) -> tuple[bytes, str]:
        """Answer the present drawing: a PNG file's bytes, and words."""
        return self._shown.answered(lambda figure: self._answer(figure, self.drawing))

    def place(self, drawing: bytes) -> None:
        """Put a drawing on the canvas, in place of what is there."""
        self.pad.drawing = drawing
        # The browser draws faster than it hears from here; so it repaints only when it is told to.
        self.pad.send({"placed": True}, buffers=[drawing])

    def show(self) -> None:
        """Show one output that is live where widgets run and a still picture where not."""
        self._shown.show(self._box, {"drawing": self.pad})

    def _button(self, name: str) -> ipywidgets.Button:
        button = ipywidgets.Button(description=name, layout={"width": "2.6em"})
        button.on_click(lambda _: self.place(self._samples[name]))
        return button

    def _layout(self) -> ipywidgets.Box:
        ready = [ipywidgets.Label("Or take:"), *self.buttons.values()]
        below = ipywidgets.HBox(ready, layout={"flex_flow": "row wrap"})
        return ipywidgets.VBox([self._shown.beside(self.pad), self.message, below])

    def _redraw(self, _change: object) -> None:
        self._shown.renew(self.answer)
        # From a kernel that is held up or dead this does not come, and the browser says so.
        self.pad.send({"answered": True})


def sketch(
    answer: Answer, *, samples: Mapping[str, ArrayLike], size: tuple[float, float] = (6.4, 3.2)
) -> None:
    """Show a canvas to draw on, and beside it a figure that answers while one draws.

    Args:
        answer: ``answer(figure, drawing)`` draws into an empty figure, and returns the answer in
            words; it should take 80 ms at most. The drawing has the shape (140, 140), values from
            0, paper, to 1, ink.
        samples: drawings of the same shape, by name, for whoever cannot draw; the first one is
            there at the beginning.
        size: width and height of the figure in inches, at 100 dots per inch.

    Raises:
        ValueError: no sample, or one that is no drawing.
    """
    Sketchpad(answer, samples, size=size).show()


def _as_bytes(name: str, drawing: ArrayLike) -> bytes:
    """A drawing as the canvas keeps it: one byte a pixel, 255 for ink."""
    ink: NDArray[Any] = np.asarray(drawing)
    if ink.shape != (SIDE, SIDE) or not (ink.min() >= 0 and ink.max() <= 1):
        raise ValueError(
            f"The sample {name!r} should have the shape ({SIDE}, {SIDE}) and values from 0 to 1, "
            f"got {ink.shape} and values from {ink.min():g} to {ink.max():g}."
        )
    return np.round(255 * ink).astype(np.uint8).tobytes()
