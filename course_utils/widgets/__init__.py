"""Figures one can touch: sliders over a drawing, and training that one can watch."""

from course_utils.widgets.controls import Choice, Slider
from course_utils.widgets.explorer import Explorer, explore
from course_utils.widgets.live import LiveTraining, watch

__all__ = ["Choice", "Explorer", "LiveTraining", "Slider", "explore", "watch"]
