"""Make a slide show of a lesson that needs no network in the lecture room.

python tools/slides.py 3                     build/slides/03_gradient_descent.html
python tools/slides.py 3 --output ../talk    into another folder

The pictures speak on a slide, so the code that drew them is left out; it is in the notebook.
Reveal.js and its companions come from the npm registry once, into the same folder.
"""

import argparse
import html
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from nbconvert import SlidesExporter
from nbformat import NotebookNode

if __package__ in (None, ""):  # started by its path: look for `tools` beside this folder
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from tools.handout import find_lesson
from tools.storage import ROOT, NotebookError, code_cells, read_notebook, write_whole

PACKAGES = ("reveal.js@4", "mathjax@2", "requirejs@2", "jquery@3")
WIDTH, HEIGHT = 1280, 720

STYLE = """
<style>
.reveal .slides section { font-size: 27px; text-align: left; }
.reveal h1 { font-size: 52px; margin-bottom: 18px; }
.reveal h2 { font-size: 42px; margin-bottom: 14px; }
.reveal h3 { font-size: 34px; margin-bottom: 12px; }
.reveal h1, .reveal h2, .reveal h3 { text-transform: none; }
.reveal p, .reveal li { line-height: 1.35; }
.reveal .jp-CodeMirrorEditor pre, .reveal .jp-RenderedText pre { font-size: 18px; }
.reveal table { font-size: 20px; }
.reveal table th, .reveal table td { padding: 1px 14px; }
.reveal .jp-OutputArea-output img {
  width: 1100px; max-height: 440px; object-fit: contain; object-position: left; margin: 0;
}
.reveal .jp-InputPrompt, .reveal .jp-OutputPrompt { display: none; }
</style>
"""


def figures_on_slides(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells that put a picture on a slide, in order."""
    return [
        cell
        for cell in code_cells(notebook)
        if any("image/png" in output.get("data", {}) for output in cell.outputs)
        and cell.metadata.get("slideshow", {}).get("slide_type") != "skip"
    ]


def describe_figures(page: str, figures: list[NotebookNode]) -> str:
    """Put the cells' descriptions in place of the stand-in that nbconvert gives every picture."""
    texts = iter(html.escape(cell.metadata["mystnb"]["image"]["alt"]) for cell in figures)
    return re.sub("No description has been provided for this image", lambda _: next(texts), page)


def install_assets(folder: Path) -> None:
    """Bring reveal.js, MathJax, RequireJS and jQuery into `folder`, unless they are there.

    Raises:
        NotebookError: without npm, or when npm fails.
    """
    if all((folder / "node_modules" / name.split("@")[0]).is_dir() for name in PACKAGES):
        return
    npm = shutil.which("npm")
    if npm is None:
        raise NotebookError(
            "slides need reveal.js, which npm installs, and npm was not found: install Node.js, "
            "or present the notebook itself in JupyterLab."
        )
    folder.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), *PACKAGES]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise NotebookError(
            f"npm could not install {', '.join(PACKAGES)} ({reason}): check the network connection "
            "and run this again."
        )


def make_slides(lesson: Path, *, output: Path) -> Path:
    """Write the lesson's slide show into `output` and return its file.

    Raises:
        NotebookError: when the lesson cannot be read, or the assets cannot be had.
    """
    notebook = read_notebook(lesson)
    figures = figures_on_slides(notebook)
    for cell in figures:  # the picture speaks alone
        cell.metadata["transient"] = {"remove_source": True}
    install_assets(output)
    exporter = SlidesExporter(
        reveal_url_prefix="node_modules/reveal.js",
        mathjax_url="node_modules/mathjax/MathJax.js?config=TeX-AMS_CHTML-full,Safe",
        require_js_url="node_modules/requirejs/require.js",
        jquery_url="node_modules/jquery/dist/jquery.min.js",
        jupyter_widgets_base_url="",
        html_manager_semver_range="",
        mermaid_js_url="",
        reveal_theme="white",  # its fonts come along; other themes ask the network for theirs
        reveal_transition="none",
        reveal_width=str(WIDTH),
        reveal_height=str(HEIGHT),
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    page, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": lesson.stem}})
    target = output / f"{lesson.stem}.html"
    page = describe_figures(page.replace("</head>", STYLE + "</head>", 1), figures)
    write_whole(target, page.encode("utf-8"))
    return target


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line; return the exit status."""
    parser = argparse.ArgumentParser(description="Make a slide show of a lesson.")
    parser.add_argument("lesson", help="its number, as in 3 or 03")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "slides")
    options = parser.parse_args(arguments)
    try:
        print(make_slides(find_lesson(options.lesson), output=options.output))
    except NotebookError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
