"""The playground of notebook 07 in a real JupyterLab: start, change, stop, restart."""

import os
import re
from pathlib import Path

import pytest

from tests.browser.hands import open_and_run

pytestmark = pytest.mark.browser

PIECES = re.compile(r"(\d+) of \d+ pieces of training done")


class Playground:
    """The playground as a learner sees it: buttons, menus, picture, and the line under it."""

    def __init__(self, page):
        self.page = page
        self.box = page.locator(".widget-vbox", has=page.locator("button", has_text="Restart"))
        self.train = self.box.locator("button", has_text="Train")
        self.stop = self.box.locator("button", has_text="Stop")
        self.restart = self.box.locator("button", has_text="Restart")
        self.picture = self.box.locator("img.widget-image")

    def pieces(self):
        """How many pieces of training are done, as the line under the picture says."""
        line = self.box.locator(".widget-html-content", has_text=PIECES)
        return int(PIECES.match(line.text_content(timeout=10_000).strip()).group(1))

    def source(self):
        return self.picture.get_attribute("src")

    def wait_until(self, condition, what):
        for _ in range(300):
            if condition():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"waited 15 s in vain: {what}")


def test_the_playground_trains_live_and_obeys(lab, page):
    complaints = open_and_run(page, lab.format("07_multilayer_perceptron.ipynb"))
    playground = Playground(page)
    playground.train.scroll_into_view_if_needed()
    still, done = playground.source(), playground.pieces()
    assert done > 0

    playground.train.click()
    playground.wait_until(lambda: playground.pieces() >= done + 3, "it trains")
    assert playground.source() != still
    assert playground.stop.count() == 1

    menu = playground.box.locator(".widget-dropdown", has_text="activation").locator("select")
    was = playground.pieces()
    menu.select_option("tanh")
    playground.wait_until(lambda: playground.pieces() < was, "a new activation starts anew")
    playground.wait_until(lambda: playground.pieces() >= 3, "and goes on training")
    if folder := os.environ.get("COURSE_SCREENSHOTS"):
        playground.box.screenshot(path=str(Path(folder) / "playground.png"))

    playground.stop.click()
    playground.wait_until(lambda: playground.train.count() == 1, "the button says Train again")
    page.wait_for_timeout(300)
    stopped, picture = playground.pieces(), playground.source()
    page.wait_for_timeout(1000)
    assert (playground.pieces(), playground.source()) == (stopped, picture)

    playground.restart.click()
    playground.wait_until(lambda: playground.pieces() == 0, "restart begins at zero")
    assert playground.source() != picture
    assert not complaints.exceptions
    assert not complaints.console
