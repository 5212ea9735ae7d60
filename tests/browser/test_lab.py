"""Notebooks in a real JupyterLab: they run whole, and a hand on the slider changes the picture."""

import os
from pathlib import Path

import pytest

from tests.browser.hands import open_and_run

pytestmark = pytest.mark.browser

WIDGET_NOTEBOOKS = sorted(
    path.name
    for path in (Path(__file__).parents[2] / "notebooks").glob("[0-9][0-9]_*.ipynb")
    if "explore(" in path.read_text("utf-8")
)

# Milliseconds from each key to the next picture that is decoded and different.
STOPWATCH = """
() => {
  window.redraws = [];
  let began = 0;
  document.addEventListener("keydown", () => { began = performance.now(); }, true);
  const picture = document.querySelector("img.widget-image");
  const seen = async () => {
    await picture.decode();
    window.redraws.push(performance.now() - began);
  };
  new MutationObserver(seen).observe(picture, { attributeFilter: ["src"] });
}
"""


@pytest.mark.parametrize("name", WIDGET_NOTEBOOKS)
def test_the_notebook_runs_and_its_slider_moves_the_picture(lab, page, name):
    complaints = open_and_run(page, lab.format(name))
    slider = page.locator(".widget-slider .noUi-handle").first
    slider.wait_for(timeout=10_000)
    assert page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count() == 0
    slider.scroll_into_view_if_needed()
    slider.focus()
    page.evaluate(STOPWATCH)
    keys = ["ArrowRight", "ArrowLeft"]  # there and back
    if slider.get_attribute("aria-valuenow") == slider.get_attribute("aria-valuemax"):
        keys.reverse()
    for count, key in enumerate(keys * 3, start=1):
        page.keyboard.press(key)
        page.wait_for_function("n => window.redraws.length >= n", arg=count, timeout=10_000)
    redraws = sorted(page.evaluate("window.redraws"))
    print(f"{name}: key to new picture {redraws[0]:.0f} to {redraws[-1]:.0f} ms")
    if folder := os.environ.get("COURSE_SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))
    assert not complaints.exceptions
