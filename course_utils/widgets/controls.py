"""The controls of a figure: what can be set, between which ends, and its label.

They are plain descriptions; `widget` builds the live control from them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets


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
