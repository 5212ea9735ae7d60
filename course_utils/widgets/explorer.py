"""Sliders over a drawing function: live in a running JupyterLab, a picture everywhere else.

The drawing function is pure: it gets an empty figure and the values of the controls, and draws.
It can be tested, and reused in a slide, without any widget.
"""

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets
from IPython.display import display
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

Draw = Callable[..., None]


@dataclass(frozen=True)
class Slider:
    """A slider for a number: `low` to `high` in steps of `step`, starting at `value`.

    Attributes:
        label: what is set, with its unit if it has one, as in ``"learning rate"``.
        low: left end.
        high: right end.
        step: distance between two settings; a whole number gives whole numbers.
        value: where the slider stands at first.
    """

    label: str
    low: float
    high: float
    step: float
    value: float

    def widget(self) -> ipywidgets.DOMWidget:
        """Build the ipywidgets slider; arrow keys move it once it has the focus."""
        whole = all(float(x).is_integer() for x in (self.low, self.high, self.step, self.value))
        kind = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
        convert = int if whole else float
        options: dict[str, Any] = {}
        if not whole:
            digits = max(0, len(f"{self.step:.6f}".rstrip("0").split(".")[1]))
            options["readout_format"] = f".{digits}f"
        return kind(
            min=convert(self.low),
            max=convert(self.high),
            step=convert(self.step),
            value=convert(self.value),
            description=self.label,
            style={"description_width": "12em"},
            layout={"width": "36em"},
            **options,
        )


@dataclass(frozen=True)
class Choice:
    """A menu of `options`, starting at `value` (the first one if not given)."""

    label: str
    options: Sequence[str]
    value: str | None = None

    def widget(self) -> ipywidgets.DOMWidget:
        """Build the ipywidgets menu."""
        return ipywidgets.Dropdown(
            options=list(self.options),
            value=self.options[0] if self.value is None else self.value,
            description=self.label,
            style={"description_width": "12em"},
            layout={"width": "36em"},
        )


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
        self._size = size
        self._places: list[Bbox] = []
        self.controls = {name: control.widget() for name, control in controls.items()}
        self.picture = ipywidgets.Image(
            format="png",
            value=self.png(),
            layout={"width": f"{100 * size[0]:.0f}px", "max_width": "100%", "height": "auto"},
        )
        self.message = ipywidgets.HTML()
        for control in self.controls.values():
            control.observe(self._redraw, names="value")
        self._box = ipywidgets.VBox([*self.controls.values(), self.picture, self.message])

    def png(self) -> bytes:
        """Draw the figure for the present values and return it as a PNG file's bytes."""
        # A new figure each time: clearing an old one takes longer than making one.
        figure = Figure(figsize=self._size, dpi=100)
        canvas = FigureCanvasAgg(figure)
        self._draw(figure, **{name: box.value for name, box in self.controls.items()})
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

    def _redraw(self, _change: object) -> None:
        try:
            self.picture.value = self.png()
            self.message.value = ""
        except Exception as error:  # shown beside the figure: a callback's traceback is swallowed
            self.message.value = f"Could not draw this: {type(error).__name__}: {error}"

    def show(self) -> None:
        """Show one output that is live where widgets run and a still picture where not."""
        view = {"version_major": 2, "version_minor": 0, "model_id": self._box.model_id}
        names = ", ".join(box.description for box in self.controls.values())
        bundle = {
            "text/plain": f"Interactive figure; in a running JupyterLab you can set: {names}.",
            "image/png": base64.b64encode(self.picture.value).decode("ascii"),
            "application/vnd.jupyter.widget-view+json": view,
        }
        display(bundle, raw=True)


def explore(draw: Draw, *, size: tuple[float, float] = (8.0, 4.2), **controls: Any) -> None:
    """Show a figure with controls above it.

    Args:
        draw: ``draw(figure, **values)`` draws into an empty figure; it should take 80 ms at most.
        size: width and height of the figure in inches, at 100 dots per inch.
        **controls: a `Slider` or `Choice` for every keyword of `draw`.
    """
    Explorer(draw, controls, size=size).show()
