"""Sliders over a drawing function: live in a running JupyterLab, a picture everywhere else.

The drawing function is pure: it gets an empty figure and the values of the controls, and draws.
It can be tested, and reused in a slide, without any widget.
"""

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets

from course_utils.widgets.controls import Choice, Slider
from course_utils.widgets.picture import Picture

Draw = Callable[..., None]


class Explorer:
    """A figure that is drawn anew whenever a control moves.

    Args:
        draw: ``draw(figure, **values)`` draws into an empty figure; one keyword per control.
        controls: the controls, by keyword.
        size: width and height of the figure in inches, at 100 dots per inch.
    """

    def __init__(
        self,
        draw: Draw,
        controls: Mapping[str, Slider | Choice],
        *,
        size: tuple[float, float] = (8.0, 4.2),
    ) -> None:
        self._draw = draw
        self._shown = Picture(size)
        self.controls = {name: control.widget() for name, control in controls.items()}
        self.picture, self.message = self._shown.image, self._shown.message
        self.picture.value = self.png()
        for control in self.controls.values():
            control.observe(self._redraw, names="value")
        self._box = ipywidgets.VBox([*self.controls.values(), self.picture, self.message])

    def png(self) -> bytes:
        """Draw the figure for the present values and return it as a PNG file's bytes."""
        values = {name: control.value for name, control in self.controls.items()}
        return self._shown.png(lambda figure: self._draw(figure, **values))

    def _redraw(self, _change: object) -> None:
        try:
            self.picture.value = self.png()
            self.message.value = ""
        except Exception as error:
            self._shown.complain("Could not draw this", error)

    def show(self) -> None:
        """Show one output that is live where widgets run and a still picture where not."""
        self._shown.show(self._box, self.controls)


def explore(draw: Draw, *, size: tuple[float, float] = (8.0, 4.2), **controls: Any) -> None:
    """Show a figure with controls above it.

    Args:
        draw: ``draw(figure, **values)`` draws into an empty figure; it should take 80 ms at most.
        size: width and height of the figure in inches, at 100 dots per inch.
        **controls: a `Slider` or `Choice` for every keyword of `draw`.
    """
    Explorer(draw, controls, size=size).show()
