"""The photograph in regions, tested without a browser: what a switch sends, and what comes back."""

import base64
from pathlib import Path

import ipywidgets
import numpy as np
import pytest

from course_utils.widgets import Toggles, picture, toggle, toggles

PHOTO = np.random.default_rng(0).random((4, 6, 3))
REGIONS = np.arange(6)[None].repeat(4, axis=0) // 2  # three upright stripes
GIVEN = {"order": [2, 0, 1], "shown": 2}


def _answer(figure, on):
    if not on.any():
        raise ValueError("nothing left")
    figure.subplots().bar(range(3), on)
    return f"on: {np.flatnonzero(on).tolist()} <regions>"


@pytest.fixture
def switches():
    return Toggles(_answer, PHOTO, REGIONS, **GIVEN, fill=(0, 0.5, 1))


def switched_in_the_browser(switches, *on):
    switches.board.set_state({"on": memoryview(bytes(on))})  # as a message brings it


def test_the_first_regions_of_the_order_are_on(switches):
    assert switches.on.tolist() == [True, False, True]
    assert bytes(switches.picture.value).startswith(b"\x89PNG")
    assert switches.message.value == "on: [0, 2] &lt;regions&gt;"


def test_the_browser_gets_photograph_regions_and_fill(switches):
    board = switches.board
    assert (board.height, board.width, board.fill) == (4, 6, [0, 128, 255])
    sent = np.frombuffer(board.pixels, dtype=np.uint8).reshape(4, 6, 3)
    np.testing.assert_array_equal(sent, np.round(255 * PHOTO))
    assert list(board.regions) == [0, 0, 1, 1, 2, 2] * 4


def test_a_switch_changes_picture_and_words(switches):
    before = switches.picture.value
    switched_in_the_browser(switches, 1, 1, 1)
    assert switches.on.tolist() == [True] * 3
    assert switches.picture.value != before
    assert switches.message.value.startswith("on: [0, 1, 2]")


@pytest.mark.parametrize(("shown", "on"), [(0, []), (1, [2]), (3, [0, 1, 2])])
def test_the_slider_shows_the_first_ones_of_the_order(switches, shown, on):
    switched_in_the_browser(switches, 0, 1, 0)
    switches.slider.value = shown
    assert np.flatnonzero(switches.on).tolist() == on


def test_an_answer_that_fails_says_so_and_recovers(switches):
    before = switches.picture.value
    switched_in_the_browser(switches, 0, 0, 0)
    assert switches.message.value == "Could not answer: ValueError: nothing left"
    assert switches.picture.value == before
    switched_in_the_browser(switches, 0, 1, 0)
    assert switches.message.value.startswith("on: [1]")


def test_one_output_holds_picture_text_and_live_view(monkeypatch):
    shown = []
    monkeypatch.setattr(picture, "display", lambda bundle, raw: shown.append(bundle))
    toggle(_answer, PHOTO, REGIONS, **GIVEN)
    (bundle,) = shown
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert "you can set: most important regions on, which regions are on" in bundle["text/plain"]
    model = bundle["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert isinstance(ipywidgets.widgets.widget._instances[model], ipywidgets.VBox)


@pytest.mark.parametrize(
    ("photograph", "regions", "changes", "complaint"),
    [
        (PHOTO[:, :, 0], REGIONS, {}, r"shape \(height, width, 3\) .* got \(4, 6\)"),
        (255 * PHOTO, REGIONS, {}, "values from 0 to 1"),
        (PHOTO * np.nan, REGIONS, {}, "values from 0 to 1"),
        (PHOTO, REGIONS.T, {}, r"shape \(4, 6\), got \(6, 4\)"),
        (PHOTO, REGIONS + 1, {}, "from 0 without gaps"),
        (PHOTO, REGIONS * 2, {}, "from 0 without gaps"),
        (PHOTO, REGIONS, {"order": [0, 1]}, "each of the 3 regions once"),
        (PHOTO, REGIONS, {"order": [0, 1, 1]}, "each of the 3 regions once"),
        (PHOTO, REGIONS, {"shown": 4}, "got 3 names and 4"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(photograph, regions, changes, complaint):
    with pytest.raises(ValueError, match=complaint):
        Toggles(_answer, photograph, regions, **GIVEN | changes)


def test_more_regions_than_a_byte_holds_are_refused():
    many = np.arange(300).reshape(15, 20)
    with pytest.raises(ValueError, match="255 at most; got 300"):
        Toggles(_answer, np.zeros((15, 20, 3)), many, order=range(300), shown=0)


def test_browser_and_python_agree_on_names():
    script = (Path(toggles.__file__).parent / "toggles.js").read_text(encoding="utf-8")
    for name in ("width", "height", "pixels", "regions", "fill", "description", "on"):
        assert f'"{name}"' in script
        assert toggles.Board.class_traits()[name].metadata["sync"]
