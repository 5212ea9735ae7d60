"""Figures one can touch: sliders over a drawing, training to watch, a canvas to draw on."""

from course_utils.widgets.canvas import Sketchpad, sketch
from course_utils.widgets.controls import Choice, Slider
from course_utils.widgets.explorer import Explorer, explore
from course_utils.widgets.live import LiveTraining, watch

__all__ = [
    "Choice",
    "Explorer",
    "LiveTraining",
    "Sketchpad",
    "Slider",
    "explore",
    "sketch",
    "watch",
]
