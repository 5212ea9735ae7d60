"""Sliders over a drawing function, tested without a browser."""

import base64
import time

import ipywidgets
import numpy as np
import pytest

from course_utils.widgets import Choice, Explorer, Slider, explore, picture


def _draw(figure, *, height, colour):
    if height > 8:
        raise ValueError("too high")
    ax = figure.subplots()
    ax.plot(np.arange(50), np.full(50, height), color=colour)
    ax.set_ylim(0, 10)


CONTROLS = {
    "height": Slider("height in cm", 0, 10, 0.5, 2),
    "colour": Choice("colour", ["red", "blue"]),
}


@pytest.fixture
def explorer():
    return Explorer(_draw, CONTROLS)


def test_moving_a_control_changes_the_picture(explorer):
    before = explorer.picture.value
    explorer.controls["height"].value = 7.0
    moved = explorer.picture.value
    explorer.controls["colour"].value = "blue"
    assert len({before, moved, explorer.picture.value}) == 3


def test_the_same_values_give_the_same_picture(explorer):
    before = explorer.picture.value
    explorer.controls["height"].value = 7.0
    explorer.controls["height"].value = 2.0
    assert explorer.picture.value == before


def test_a_drawing_that_fails_says_so_and_recovers(explorer):
    before = explorer.picture.value
    explorer.controls["height"].value = 9.0
    assert "ValueError: too high" in explorer.message.value
    assert explorer.picture.value == before
    explorer.controls["height"].value = 3.0
    assert explorer.message.value == ""
    assert explorer.picture.value != before


def test_one_output_holds_picture_text_and_live_view(monkeypatch):
    shown = []
    monkeypatch.setattr(picture, "display", lambda bundle, raw: shown.append((bundle, raw)))
    explore(_draw, **CONTROLS)
    ((bundle, raw),) = shown
    assert raw
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert "height in cm, colour" in bundle["text/plain"]
    model = bundle["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert isinstance(ipywidgets.widgets.widget._instances[model], ipywidgets.VBox)


def test_whole_steps_give_whole_numbers():
    assert Slider("count", 1, 9, 1, 3).widget().value == 3
    assert isinstance(Slider("count", 1, 9, 1, 3).widget(), ipywidgets.IntSlider)
    rate = Slider("rate", 0, 1, 0.05, 0.2).widget()
    assert isinstance(rate, ipywidgets.FloatSlider)
    assert rate.readout_format == ".2f"


def test_a_redraw_is_fast_enough_for_a_dragged_slider(explorer):
    def redraw(value):
        began = time.perf_counter()
        explorer.controls["height"].value = value
        return time.perf_counter() - began

    # A simple figure takes 30 to 60 ms; four times that is left for a busy machine.
    assert min(redraw(value) for value in (1, 3, 4, 5, 6)) < 0.2
