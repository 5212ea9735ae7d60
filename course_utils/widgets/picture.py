"""A picture that is drawn again and again, and the one output that shows it live or still."""

import base64
import html
import io
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets
from IPython.display import display
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox


class Picture:
    """Draws figures of one size; their axes stay where the first drawing has put them.

    Args:
        size: width and height of the figure in inches, at 100 dots per inch.

    Attributes:
        image: the widget that shows the last picture.
        message: the line of text under it.
    """

    def __init__(self, size: tuple[float, float]) -> None:
        self._size = size
        self._places: list[Bbox] = []
        self.image = ipywidgets.Image(
            format="png",
            layout={"width": f"{100 * size[0]:.0f}px", "max_width": "100%", "height": "auto"},
        )
        self.message = ipywidgets.HTML()

    def png(self, draw: Callable[[Figure], None]) -> bytes:
        """Let `draw` fill an empty figure and return it as a PNG file's bytes."""
        # A new figure each time: clearing an old one takes longer than making one.
        figure = Figure(figsize=self._size, dpi=100)
        canvas = FigureCanvasAgg(figure)
        draw(figure)
        self._place_axes(figure)
        buffer = io.BytesIO()
        canvas.print_png(buffer, pil_kwargs={"compress_level": 1})
        return buffer.getvalue()

    def _place_axes(self, figure: Figure) -> None:
        """Lay the axes out on the first drawing and keep them there: quick, and nothing jumps."""
        if len(figure.axes) == len(self._places):
            for ax, place in zip(figure.axes, self._places, strict=True):
                ax.set_position(place)
            return
        figure.set_layout_engine("constrained")
        figure.draw_without_rendering()
        self._places = [ax.get_position(original=True) for ax in figure.axes]
        figure.set_layout_engine("none")

    def answered(self, answer: Callable[[Figure], str]) -> tuple[bytes, str]:
        """Let `answer` draw into an empty figure; return a PNG file's bytes and what it says."""
        words: list[str] = []
        picture = self.png(lambda figure: words.append(answer(figure)))
        return picture, words[0]

    def say(self, picture: bytes, words: str) -> None:
        """Show a picture, and words under it."""
        self.image.value, self.message.value = picture, html.escape(words)

    def renew(self, answer: Callable[[], tuple[bytes, str]]) -> None:
        """Show a new answer; one that fails says so and leaves the old picture."""
        try:
            self.say(*answer())
        except Exception as error:
            self.complain("Could not answer", error)

    def beside(self, control: ipywidgets.DOMWidget) -> ipywidgets.Box:
        """The control and the picture, side by side where there is room."""
        return ipywidgets.HBox(
            [control, self.image],
            layout={"flex_flow": "row wrap", "align_items": "flex-start"},  # no stretched picture
        )

    def complain(self, what: str, error: Exception) -> None:
        """Say under the figure what failed: a callback's traceback is swallowed."""
        self.message.value = html.escape(f"{what}: {type(error).__name__}: {error}")

    def show(self, box: ipywidgets.Box, controls: Mapping[str, ipywidgets.DOMWidget]) -> None:
        """Show one output that is live where widgets run and a still picture where not."""
        names = ", ".join(control.description for control in controls.values())
        bundle: dict[str, Any] = {
            "text/plain": f"Interactive figure; in a running JupyterLab you can set: {names}.",
            "image/png": base64.b64encode(self.image.value).decode("ascii"),
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "version_minor": 0,
                "model_id": box.model_id,
            },
        }
        display(bundle, raw=True)
