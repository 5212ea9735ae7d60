"""The superpixels of notebook 24 in a real JupyterLab: a click or a key switches one.

The notebook's own cells make photograph and network: those that the switches need, with fewer
masks. The whole notebook runs elsewhere.
"""

import os
import re
import time
from pathlib import Path

import pytest

from tests.browser.hands import opened, stretch
from tests.cells import only_for
from tools.storage import NOTEBOOKS, read_notebook

pytestmark = pytest.mark.browser

ANSWER = re.compile(r"(\d+) of (\d+) superpixels on: cat (\d+\.\d) %")


class Switches:
    """The widget as a learner sees it: slider, photograph, picture, and the lines of words."""

    def __init__(self, page):
        self.page = page
        self.photograph = page.locator("canvas.course-toggles")
        self.box = page.locator(".widget-vbox", has=self.photograph).last
        self.picture = self.box.locator("img.widget-image")
        self.note = self.box.get_by_role("status")
        self.slider = self.box.locator(".widget-slider .noUi-handle").first

    def words(self):
        """How many are on, of how many, and the probability of a cat in percent."""
        line = self.box.locator(".widget-html-content", has_text=ANSWER)
        on, count, percent = ANSWER.search(line.text_content(timeout=10_000)).groups()
        return int(on), int(count), float(percent)

    def wait_for(self, on):
        """Wait until so many are on; return the seconds it took."""
        began = time.monotonic()
        while self.words()[0] != on:
            assert time.monotonic() - began < 10, f"expected {on} on, it says {self.words()}"
            self.page.wait_for_timeout(10)
        return time.monotonic() - began

    def colour_at(self, x, y):
        """The colour of the photograph in the browser, at parts of its width and height."""
        return self.photograph.evaluate(
            "(canvas, [x, y]) => [...canvas.getContext('2d').getImageData("
            "x * canvas.width, y * canvas.height, 1, 1).data].join()",
            [x, y],
        )

    def click(self, x, y):
        box = self.photograph.bounding_box()
        self.page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])

    def set_slider(self, key):
        self.slider.focus()
        self.page.keyboard.press(key)


def short_notebook():
    """The cells of notebook 24 that its switches need, with fewer masks."""
    notebook = only_for(read_notebook(NOTEBOOKS / "24_explaining_decisions.ipynb"), "toggle(\n")
    (pool,) = [cell for cell in notebook.cells if "POOL = 2048" in cell.source]
    pool.source = pool.source.replace("POOL = 2048", "POOL = 512")
    return notebook


@pytest.fixture(scope="module")
def switches(running_lab, browser):
    """Notebook 24 as far as the switches need it, run, with the photograph on the screen."""
    with opened(running_lab, browser, "toggles.ipynb", short_notebook()) as window:
        found = Switches(window)
        found.photograph.scroll_into_view_if_needed(timeout=10_000)
        yield found
        if folder := os.environ.get("COURSE_SCREENSHOTS"):
            found.box.screenshot(path=str(Path(folder) / "toggles.png"))


def test_the_picture_keeps_its_proportions(switches):
    assert stretch(switches.picture) == pytest.approx(1, abs=0.02)


def test_a_click_switches_and_a_second_one_switches_back(switches):
    switches.set_slider("End")
    count = switches.words()[1]
    switches.wait_for(count)
    took = []
    for place in [(0.1, 0.1), (0.38, 0.4), (0.9, 0.9)]:
        before, still = switches.colour_at(*place), switches.picture.get_attribute("src")
        switches.click(*place)
        took.append(switches.wait_for(count - 1))
        assert switches.colour_at(*place) != before
        assert switches.picture.get_attribute("src") != still
        switches.click(*place)
        took.append(switches.wait_for(count))
        assert switches.colour_at(*place) == before
    print(f"click to answer: {1000 * min(took):.0f} to {1000 * max(took):.0f} ms")
    assert min(took) < 1


def test_the_slider_decides_between_cat_and_none(switches):
    switches.set_slider("Home")
    switches.wait_for(0)
    assert switches.words()[2] < 10
    switches.set_slider("End")
    switches.wait_for(switches.words()[1])
    assert switches.words()[2] > 90
    switches.set_slider("ArrowLeft")
    switches.wait_for(switches.words()[1] - 1)


def test_with_the_keyboard_alone_one_walks_and_switches(switches):
    switches.set_slider("End")
    count = switches.words()[1]
    switches.wait_for(count)
    switches.photograph.focus()
    visited = set()
    for key in ["ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft", "ArrowUp"]:
        switches.page.keyboard.press(key)
        visited.add(switches.note.text_content().split(" is ")[0])
    assert len(visited) >= 4
    assert all(re.fullmatch(r"Region \d+", region) for region in visited)
    switches.page.keyboard.press("Space")
    switches.wait_for(count - 1)
    assert " is off; " in switches.note.text_content()
    switches.page.keyboard.press("Enter")
    switches.wait_for(count)
    assert " is on; " in switches.note.text_content()
    assert switches.page.evaluate("document.activeElement.className") == "course-toggles"


def test_the_photograph_has_a_name_and_keeps_its_colours_in_high_contrast(switches):
    assert "arrow keys" in switches.photograph.get_attribute("aria-label")
    adjust = switches.photograph.evaluate("canvas => getComputedStyle(canvas).forcedColorAdjust")
    assert adjust == "none"
