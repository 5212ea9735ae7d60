"""Figures one can touch: sliders, training to watch, a canvas, a photograph to switch."""

from course_utils.widgets.canvas import Sketchpad, sketch
from course_utils.widgets.controls import Choice, Slider
from course_utils.widgets.explorer import Explorer, explore
from course_utils.widgets.live import LiveTraining, watch
from course_utils.widgets.toggles import Toggles, toggle

__all__ = [
    "Choice",
    "Explorer",
    "LiveTraining",
    "Sketchpad",
    "Slider",
    "Toggles",
    "explore",
    "sketch",
    "toggle",
    "watch",
]
