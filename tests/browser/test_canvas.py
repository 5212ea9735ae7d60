"""The canvas of notebook 14 in a real JupyterLab: a hand draws, and the network answers.

The notebook's own cells make canvas and network: those that the canvas needs, with one epoch of
training instead of ten. That is enough to read a plain digit; the whole notebook runs elsewhere.
"""

import os
import re
import time
from itertools import pairwise
from pathlib import Path

import pytest

from tests.browser.hands import opened, stretch
from tests.cells import only_for
from tools.storage import NOTEBOOKS, read_notebook

pytestmark = pytest.mark.browser

ANSWER = re.compile(r"Only smaller: (\d|nothing yet).*Tidied: (\d|nothing yet)")

# Strokes as a hand makes them: corners of lines, in parts of the canvas.
SEVEN = [(0.25, 0.2), (0.75, 0.2), (0.45, 0.85)]
ZERO = [(0.5, 0.1), (0.25, 0.3), (0.25, 0.7), (0.5, 0.9), (0.75, 0.7), (0.75, 0.3), (0.5, 0.1)]
THREE = [(0.25, 0.15), (0.7, 0.15), (0.45, 0.45), (0.72, 0.62), (0.6, 0.88), (0.25, 0.85)]


def small(stroke, corner):
    return [(corner + 0.4 * x, corner + 0.4 * y) for x, y in stroke]


class Canvas:
    """The canvas as a learner sees it: paper, buttons, picture, and the line of words under it."""

    def __init__(self, page):
        self.page = page
        self.paper = page.locator("canvas.course-canvas")
        self.box = page.locator(".widget-vbox", has=self.paper).last
        self.picture = self.box.locator("img.widget-image")
        self.note = self.box.get_by_role("status")

    def words(self):
        """What it reads, only made smaller and tidied."""
        line = self.box.locator(".widget-html-content", has_text=ANSWER)
        return ANSWER.search(line.text_content(timeout=10_000)).groups()

    def wait_for(self, tidied):
        """Wait for an answer; return the seconds it took."""
        began = time.monotonic()
        while self.words()[1] != tidied:
            assert time.monotonic() - began < 10, f"expected {tidied}, it says {self.words()}"
            self.page.wait_for_timeout(10)
        return time.monotonic() - began

    def wait_for_note(self, expected):
        """Wait until the line under the canvas matches; return the seconds it took."""
        began = time.monotonic()
        while not re.fullmatch(expected, self.note.text_content(timeout=10_000)):
            assert time.monotonic() - began < 15, f"it says {self.note.text_content()!r}"
            self.page.wait_for_timeout(20)
        return time.monotonic() - began

    def kernel(self, call):
        """Call a method of the notebook's kernel, without waiting for what comes of it."""
        self.page.evaluate(
            "call => eval('window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.'"
            " + call) && null",
            call,
        )

    def ink(self):
        """How many pixels of the paper have ink."""
        return self.paper.evaluate(
            "paper => paper.getContext('2d').getImageData(0, 0, paper.width, paper.height)"
            ".data.filter((value, place) => place % 4 === 3 && value > 0).length"
        )

    def wait_for_ink(self):
        """Wait for a stored drawing, which reaches the paper by a message after the words."""
        began = time.monotonic()
        while self.ink() <= 1000:
            assert time.monotonic() - began < 10, f"{self.ink()} pixels of the paper have ink"
            self.page.wait_for_timeout(10)

    def on_screen(self, stroke):
        box = self.paper.bounding_box()
        return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]

    def draw_with_the_mouse(self, stroke):
        first, *others = self.on_screen(stroke)
        self.page.mouse.move(*first)
        self.page.mouse.down()
        for corner in others:
            self.page.mouse.move(*corner, steps=12)
        self.page.mouse.up()

    def draw_with_a_finger(self, stroke):
        hand = self.page.context.new_cdp_session(self.page)
        hand.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
        places = [{"x": x, "y": y} for x, y in self.on_screen(stroke)]
        hand.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": places[:1]})
        for start, end in pairwise(places):
            for part in (0.25, 0.5, 0.75, 1.0):
                between = {axis: start[axis] + part * (end[axis] - start[axis]) for axis in "xy"}
                hand.send(
                    "Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [between]}
                )
        hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        hand.detach()


def short_notebook():
    """The cells of notebook 14 that its canvas needs, with the training cut to one epoch."""
    notebook = only_for(read_notebook(NOTEBOOKS / "14_lenet5.ipynb"), "\nsketch(answer")
    (training,) = [cell for cell in notebook.cells if "EPOCHS = 10" in cell.source]
    training.source = training.source.replace("EPOCHS = 10", "EPOCHS = 1")
    return notebook


@pytest.fixture(scope="module")
def canvas(running_lab, browser):
    """Notebook 14 as far as the canvas needs it, run, with its canvas on the screen."""
    with opened(running_lab, browser, "canvas.ipynb", short_notebook()) as window:
        found = Canvas(window)
        found.paper.scroll_into_view_if_needed(timeout=10_000)
        yield found
        if folder := os.environ.get("COURSE_SCREENSHOTS"):
            found.box.screenshot(path=str(Path(folder) / "canvas.png"))


def clear(canvas):
    canvas.box.locator("button", has_text="Clear").click()
    assert canvas.ink() == 0
    canvas.wait_for("nothing yet")


def test_the_picture_keeps_its_proportions(canvas):
    assert stretch(canvas.picture) == pytest.approx(1, abs=0.02)


def test_a_digit_drawn_with_the_mouse_is_read(canvas):
    took = []
    for stroke, digit in [(SEVEN, "7"), (ZERO, "0"), (THREE, "3")]:
        clear(canvas)
        still = canvas.picture.get_attribute("src")
        canvas.draw_with_the_mouse(stroke)
        took.append(canvas.wait_for(digit))
        assert canvas.picture.get_attribute("src") != still
    print(f"last movement to answer: {1000 * min(took):.0f} to {1000 * max(took):.0f} ms")
    assert min(took) < 1


def test_small_digits_in_a_corner_are_read_when_they_are_tidied(canvas):
    only_smaller = []
    for stroke, digit in [(SEVEN, "7"), (ZERO, "0"), (THREE, "3")]:
        for corner in (0.02, 0.58):
            clear(canvas)
            canvas.draw_with_the_mouse(small(stroke, corner))
            canvas.wait_for(digit)
            only_smaller.append(canvas.words()[0] == digit)
    assert not all(only_smaller)


def test_a_finger_draws_and_does_not_scroll(canvas):
    clear(canvas)
    before = canvas.paper.bounding_box()
    canvas.draw_with_a_finger(SEVEN)
    canvas.wait_for("7")
    assert canvas.paper.bounding_box() == before


def test_clear_takes_the_ink_away(canvas):
    canvas.draw_with_the_mouse(ZERO)
    canvas.wait_for("0")
    assert canvas.ink() > 1000
    clear(canvas)


def test_strokes_add_up_and_other_buttons_of_the_mouse_do_not_draw(canvas):
    clear(canvas)
    canvas.draw_with_the_mouse([(0.3, 0.2), (0.3, 0.4)])
    one = canvas.ink()
    canvas.draw_with_the_mouse([(0.7, 0.2), (0.7, 0.4)])
    two = canvas.ink()
    assert two > 1.8 * one > 0
    canvas.page.mouse.move(*canvas.on_screen([(0.5, 0.8)])[0])
    canvas.page.mouse.down(button="middle")
    canvas.page.mouse.move(*canvas.on_screen([(0.9, 0.8)])[0], steps=5)
    canvas.page.mouse.up(button="middle")
    assert canvas.ink() == two


def test_with_the_keyboard_alone_a_stored_digit_is_taken(canvas):
    clear(canvas)
    five = canvas.box.get_by_role("button", name="5", exact=True)
    five.focus()
    canvas.page.keyboard.press("Space")
    canvas.wait_for("5")
    canvas.wait_for_ink()
    canvas.box.locator("button", has_text="Clear").focus()
    canvas.page.keyboard.press("Space")
    assert canvas.ink() == 0
    canvas.wait_for("nothing yet")


def test_paper_stays_white_in_high_contrast(canvas):
    canvas.page.emulate_media(forced_colors="active", color_scheme="dark")
    paper = canvas.paper.evaluate("paper => getComputedStyle(paper).backgroundColor")
    canvas.page.emulate_media(forced_colors="none", color_scheme="light")
    assert paper == "rgb(255, 255, 255)"


def test_while_python_is_held_up_one_can_draw_and_reads_that_the_answer_waits(canvas):
    clear(canvas)
    # Called in this way, C's sleep keeps every other thread of the kernel waiting as well.
    canvas.kernel("requestExecute({code: 'import ctypes; ctypes.PyDLL(None).sleep(5)'})")
    canvas.page.wait_for_timeout(200)
    canvas.draw_with_the_mouse(SEVEN)
    assert canvas.ink() > 1000
    assert canvas.wait_for_note("No answer yet.*") > 0.5  # not for every short delay
    assert canvas.words()[1] == "nothing yet"
    canvas.wait_for("7")
    canvas.wait_for_note("")


def test_when_the_kernel_has_gone_one_reads_it(canvas):
    clear(canvas)
    canvas.kernel("shutdown()")
    canvas.page.wait_for_timeout(500)
    canvas.draw_with_the_mouse(SEVEN)
    assert canvas.ink() > 1000
    canvas.wait_for_note("No answer yet.*")
