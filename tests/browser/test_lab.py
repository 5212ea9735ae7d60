"""Notebooks in a real JupyterLab: they run, and a hand on each slider changes its picture.

Most notebooks run as far as their widgets need; all of their cells run elsewhere, without browser.
"""

import os
from pathlib import Path

import pytest

from tests.browser.hands import open_and_run, put
from tests.cells import only_for
from tools.storage import NOTEBOOKS, read_notebook

pytestmark = pytest.mark.browser

WIDGET_NOTEBOOKS = sorted(
    path.name
    for path in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb")
    if "explore(" in path.read_text("utf-8")
)

# 00 is what every reader opens first; in 12, functions that the cells call fill the charts.
WHOLE = {"00", "12"}

# Milliseconds from each key to the next picture that is decoded and different.
STOPWATCH = """
picture => {
  window.redraws = [];
  let began = 0;
  document.addEventListener("keydown", () => { began = performance.now(); }, true);
  const seen = async () => {
    await picture.decode();
    window.redraws.push(performance.now() - began);
  };
  new MutationObserver(seen).observe(picture, { attributeFilter: ["src"] });
}
"""


def move_there_and_back(page, widget):
    """Move the widget's first slider by keys; return the milliseconds to each new picture."""
    slider = widget.locator(".widget-slider .noUi-handle").first
    slider.wait_for(timeout=10_000)
    slider.scroll_into_view_if_needed()
    slider.focus()
    widget.locator("img.widget-image").evaluate(STOPWATCH)
    keys = ["ArrowRight", "ArrowLeft"]
    if slider.get_attribute("aria-valuenow") == slider.get_attribute("aria-valuemax"):
        keys.reverse()
    for count, key in enumerate(keys * 3, start=1):
        page.keyboard.press(key)
        page.wait_for_function("n => window.redraws.length >= n", arg=count, timeout=10_000)
    return sorted(page.evaluate("window.redraws"))


@pytest.mark.parametrize("name", WIDGET_NOTEBOOKS)
def test_the_notebook_runs_and_its_sliders_move_their_pictures(lab, page, name):
    file, notebook = name, read_notebook(NOTEBOOKS / name)
    if name[:2] not in WHOLE:
        file, notebook = f"widgets_of_{name}", only_for(notebook, "explore(")
        put(lab, file, notebook)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    expected = sum("explore(" in source for source in code)
    complaints = open_and_run(page, lab.format(file))
    assert page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count() == 0
    slider, picture = page.locator(".widget-slider"), page.locator("img.widget-image")
    widgets = page.locator(".widget-vbox").filter(has=slider).filter(has=picture)
    widgets.last.wait_for(timeout=10_000)
    assert widgets.count() == expected
    for widget in widgets.all():
        redraws = move_there_and_back(page, widget)
        print(f"{name}: key to new picture {redraws[0]:.0f} to {redraws[-1]:.0f} ms")
    if folder := os.environ.get("COURSE_SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))
    assert not complaints.exceptions
