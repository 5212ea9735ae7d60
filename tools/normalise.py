"""Remove from an executed notebook what differs between two honest runs.

After this, two runs of the same sources give the same bytes: no timings, no widget state, no
memory addresses, no versions, no stream cut where the kernel happened to flush.
"""

import re

from nbformat import NotebookNode

from tools.pictures import shrink_png
from tools.storage import KERNELSPEC, LANGUAGE_INFO, code_cells

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
# What editors leave behind and no reader needs. `jupytext` describes a text file, not this one.
NOTEBOOK_NOISE = ("widgets", "jupytext")
CELL_NOISE = (
    "execution",
    "ExecuteTime",
    "collapsed",
    "lines_to_next_cell",
    "scrolled",
    "trusted",
)

# Python's own form, "<Axes object at 0x7f…>": a number that a lesson prints stays as it is.
_ADDRESS = re.compile(r"(?<= at )0x[0-9A-Fa-f]{6,}")
# What a terminal would have overwritten: all before a carriage return, a letter before \b.
_OVERWRITTEN = re.compile(r"[^\n]*\r(?=[^\n])")
_RUBBED_OUT = re.compile(r"[^\n\x08]\x08")


def normalise(notebook: NotebookNode) -> None:
    """Bring an executed notebook, in place, to the form in which the course stores it."""
    for key in NOTEBOOK_NOISE:
        notebook.metadata.pop(key, None)
    notebook.metadata["kernelspec"] = dict(KERNELSPEC)
    notebook.metadata["language_info"] = dict(LANGUAGE_INFO)
    for cell in notebook.cells:
        for key in CELL_NOISE:
            cell.metadata.pop(key, None)
    for cell in code_cells(notebook):
        cell.outputs = [clean_output(output) for output in join_streams(cell.outputs)]


def join_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join neighbouring pieces of one stream; a picture between two prints stays between them."""
    joined: list[NotebookNode] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if (
            last is not None
            and output.output_type == last.output_type == "stream"
            and output.name == last.name
        ):
            last.text += output.text
        else:
            joined.append(output)
    for output in joined:
        if output.output_type == "stream":
            output.text = as_printed(output.text)
    return joined


def as_printed(text: str) -> str:
    """What a terminal shows in the end: a progress line that overwrote itself counts once."""
    while (shorter := _RUBBED_OUT.sub("", text)) != text:
        text = shorter
    return _OVERWRITTEN.sub("", text)


def clean_output(output: NotebookNode) -> NotebookNode:
    """One output without live views and addresses, its pictures small."""
    if output.output_type == "stream":
        output.text = hide_addresses(output.text)
    if "data" in output:
        output.data.pop(WIDGET_VIEW, None)
        for kind, content in output.data.items():
            if kind == "image/png":
                output.data[kind] = shrink_png(content)
            elif isinstance(content, str) and kind.startswith("text/"):
                output.data[kind] = hide_addresses(content)
    return output


def hide_addresses(text: str) -> str:
    """Write `at 0x0` for each memory address that Python printed."""
    return _ADDRESS.sub("0x0", text)
