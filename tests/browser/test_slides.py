"""Slide shows: every slide fits the screen, and nothing is fetched from a network."""

from pathlib import Path

import pytest

from tools.slides import HEIGHT, WIDTH, install_assets, make_slides
from tools.storage import ROOT, NotebookError, lesson_notebooks

pytestmark = pytest.mark.browser

# One slide after the other: number, first words, and how far its contents reach down and right.
MEASURE = """
async () => {
  const Reveal = await new Promise(
    done => require(["node_modules/reveal.js/dist/reveal.js"], done));
  while (!Reveal.isReady() || !window.MathJax?.Hub) await new Promise(r => setTimeout(r, 50));
  await new Promise(done => MathJax.Hub.Queue(done));
  const slides = [];
  for (;;) {
    while (Reveal.availableFragments().next) Reveal.nextFragment();
    await new Promise(r => setTimeout(r, 30));
    const slide = Reveal.getCurrentSlide();
    const boxes = [...slide.children].map(child => child.getBoundingClientRect());
    slides.push({
      words: slide.innerText.slice(0, 60).replace(/\\s+/g, " "),
      bottom: Math.max(...boxes.map(box => box.bottom)),
      right: Math.max(...boxes.map(box => box.right)),
    });
    if (Reveal.isLastSlide()) return slides;
    Reveal.next();
  }
}
"""


@pytest.fixture(scope="session")
def folder() -> Path:
    output = ROOT / "build" / "slides"
    try:
        install_assets(output)
    except NotebookError as error:
        pytest.skip(str(error))
    return output


@pytest.mark.parametrize("lesson", lesson_notebooks(), ids=lambda path: path.stem)
def test_every_slide_fits_the_screen_without_a_network(lesson, folder, browser):
    window = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    asked: list[str] = []
    window.on("request", lambda request: asked.append(request.url))
    window.goto(make_slides(lesson, output=folder).as_uri())
    slides = window.evaluate(MEASURE)
    window.close()
    assert len(slides) >= 10
    # Two pixels for rounding.
    large = [
        slide for slide in slides if slide["bottom"] > HEIGHT + 2 or slide["right"] > WIDTH + 2
    ]
    assert not large
    assert not [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]
