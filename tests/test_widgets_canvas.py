"""The canvas, tested without a browser: what it sends to the answer, and what comes back."""

import base64
from pathlib import Path

import ipywidgets
import numpy as np
import pytest

from course_utils.widgets import Sketchpad, canvas, picture, sketch
from course_utils.widgets.canvas import SIDE

EMPTY = np.zeros((SIDE, SIDE))
DOT = EMPTY.copy()
DOT[10:20, 30:40] = 1
FAINT = EMPTY + 0.2
SAMPLES = {"dot": DOT, "faint": FAINT, "whole": EMPTY + 1}


def _answer(figure, drawing):
    if drawing.min() == 1:
        raise ValueError("no paper left")
    figure.subplots().imshow(drawing, vmin=0, vmax=1)
    return f"ink: {drawing.sum():.0f} <pixels>"


@pytest.fixture
def sketchpad():
    return Sketchpad(_answer, SAMPLES)


@pytest.fixture
def messages(sketchpad, monkeypatch):
    """What is sent to the browser's canvas: content and bytes."""
    sent = []
    monkeypatch.setattr(
        type(sketchpad.pad), "send", lambda _, content, buffers=(): sent.append((content, buffers))
    )
    return sent


def drawn_in_the_browser(sketchpad, drawing):
    ink = np.round(255 * drawing).astype(np.uint8).tobytes()
    sketchpad.pad.set_state({"drawing": memoryview(ink)})  # as a message brings it


def test_the_first_sample_is_there_and_answered(sketchpad):
    np.testing.assert_array_equal(sketchpad.drawing, DOT)
    assert bytes(sketchpad.picture.value).startswith(b"\x89PNG")
    assert sketchpad.message.value == "ink: 100 &lt;pixels&gt;"


def test_drawing_changes_picture_and_words(sketchpad):
    before = sketchpad.picture.value
    drawing = DOT.copy()
    drawing[100, 5] = 1
    drawn_in_the_browser(sketchpad, drawing)
    np.testing.assert_array_equal(sketchpad.drawing, drawing)
    assert sketchpad.drawing.dtype == np.float32
    assert sketchpad.picture.value != before
    assert sketchpad.message.value.startswith("ink: 101")


def test_what_is_drawn_is_not_sent_back(sketchpad, messages):
    drawn_in_the_browser(sketchpad, FAINT)
    # The browser has the drawing already, and is further on perhaps: it only hears of the answer.
    assert messages == [({"answered": True}, ())]


def test_the_browser_hears_of_each_answer_also_of_one_that_fails(sketchpad, messages):
    drawn_in_the_browser(sketchpad, EMPTY + 1)
    assert sketchpad.message.value.startswith("Could not answer")
    assert messages == [({"answered": True}, ())]


def test_a_button_places_its_sample_each_time(sketchpad, messages):
    sketchpad.buttons["faint"].click()
    np.testing.assert_allclose(sketchpad.drawing, FAINT)
    drawn_in_the_browser(sketchpad, DOT)
    sketchpad.buttons["faint"].click()
    np.testing.assert_allclose(sketchpad.drawing, FAINT)
    placed = [buffers for content, buffers in messages if "placed" in content]
    assert placed == [[bytes([51]) * SIDE**2]] * 2


def test_a_cleared_canvas_is_empty_paper(sketchpad):
    drawn_in_the_browser(sketchpad, EMPTY)
    assert sketchpad.drawing.sum() == 0
    assert sketchpad.message.value.startswith("ink: 0 ")


def test_an_answer_that_fails_says_so_and_recovers(sketchpad):
    before = sketchpad.picture.value
    sketchpad.buttons["whole"].click()
    assert sketchpad.message.value == "Could not answer: ValueError: no paper left"
    assert sketchpad.picture.value == before
    sketchpad.buttons["dot"].click()
    assert sketchpad.message.value.startswith("ink: 100")


def test_one_output_holds_picture_text_and_live_view(monkeypatch):
    shown = []
    monkeypatch.setattr(picture, "display", lambda bundle, raw: shown.append(bundle))
    sketch(_answer, samples=SAMPLES)
    (bundle,) = shown
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert "you can set: your drawing" in bundle["text/plain"]
    model = bundle["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert isinstance(ipywidgets.widgets.widget._instances[model], ipywidgets.VBox)


@pytest.mark.parametrize(
    "sample", [np.zeros((28, 28)), np.full((SIDE, SIDE), 255.0), -DOT, DOT * np.nan]
)
def test_a_sample_that_is_no_drawing_is_refused_by_name(sample):
    with pytest.raises(ValueError, match=r"'seven' should have the shape \(140, 140\)"):
        Sketchpad(_answer, {"seven": sample})


def test_without_a_sample_there_is_nothing_to_begin_with():
    with pytest.raises(ValueError, match="one sample or more"):
        Sketchpad(_answer, {})


def test_browser_and_python_agree_on_names():
    script = (Path(canvas.__file__).parent / "canvas.js").read_text(encoding="utf-8")
    for name in ("side", "drawing", "description"):
        assert f'"{name}"' in script
        assert canvas.Pad.class_traits()[name].metadata["sync"]
