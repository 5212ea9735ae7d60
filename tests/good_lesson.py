"""A small lesson that keeps every rule, for the tests of the executor and of the rules."""

from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

NAME = "07_sample.ipynb"

TITLE_CARD = """# 07 · A sample

Shows what a lesson is made of.

**After this notebook you can**
- draw a straight line,
- say what a slope is, in a sentence that
  goes on in a second line,
- answer three questions.

**Before you start:** [the words](glossary.md#Words).

**Time:** 10 minutes to read, 1 minute to run."""

SETUP = """import matplotlib.pyplot as plt
from IPython.display import display


def check(name, answer):
    print(name, "✔" if answer is not None else "✘ not yet")"""

PLOT = """fig, ax = plt.subplots(figsize=(3, 2))
ax.plot([0, 1], [0, 2])
plt.show()"""

# The live-or-picture display: a slider where a kernel runs, a picture everywhere else.
WIDGET = """from IPython.core.pylabtools import print_figure

fig, ax = plt.subplots(figsize=(3, 2))
ax.plot([0, 1], [2, 0])
plt.close(fig)
view = {"model_id": "1234", "version_major": 2, "version_minor": 0}
bundle = {
    "application/vnd.jupyter.widget-view+json": view,
    "image/png": print_figure(fig, base64=True),
    "text/plain": "A falling line",
}
display(bundle, raw=True)"""

GLOSSARY = """# Words

| English | Czech | Polish | Meaning | Introduced in |
|---|---|---|---|---|
| intercept | posun | wyraz wolny | where a line starts | [07](07_sample.ipynb#A-line) |
| slope | sklon | nachylenie | how steep a line is | [07](07_sample.ipynb#A-line) |

| Say | Not |
|---|---|
| slope | steepness, rise over run |
"""

QUESTION = """### Question {number} · Which slope has a line that falls?

<details><summary>A. A negative one.</summary>

✔ As x grows, y becomes smaller.

</details>
<details><summary>B. A positive one.</summary>

✘ Then y grows with x: the line rises.

</details>
<details><summary>C. None.</summary>

✘ Each straight line has one, but for upright lines.

</details>"""


def markdown(text: str, *, slide: str = "slide", tag: str | None = None) -> NotebookNode:
    """A Markdown cell."""
    cell = new_markdown_cell(text)
    cell.metadata["slideshow"] = {"slide_type": slide}
    if tag:
        cell.metadata["tags"] = [tag]
    return cell


def code(
    source: str, *, slide: str = "fragment", tag: str | None = None, **metadata: Any
) -> NotebookNode:
    """A code cell that has not been run."""
    cell = new_code_cell(source)
    cell.metadata.update({"slideshow": {"slide_type": slide}}, **metadata)
    if tag:
        cell.metadata["tags"] = [tag]
    return cell


def figure(source: str, alt: str) -> NotebookNode:
    """A code cell that draws, with its description."""
    return code(source, mystnb={"image": {"alt": alt}})


def exercise(number: int) -> list[NotebookNode]:
    """Card, stub, check, hint, solution."""
    name = f"answer_{number}"
    call = f'check("07.{name}", {name})'
    return [
        markdown(
            f"### Exercise 7.{number} · Count ●○○ 5 min\n\nGive `{name}`. You will get: a tick.",
            slide="skip",
        ),
        code(f"{name} = None", slide="skip", tag="exercise"),
        code(call, slide="skip", tag="check"),
        markdown("A hint: it is a whole number.", slide="skip"),
        code(
            f"{name} = {number}\n{call}",
            slide="skip",
            tag="solution",
            jupyter={"source_hidden": True},
        ),
    ]


def good_lesson() -> NotebookNode:
    """The lesson before its first run, with the same cell ids every time."""
    cells = [
        markdown(TITLE_CARD),
        code(SETUP, tag="setup"),
        markdown(
            "## A line\n\nIts **slope** and **intercepts** say all. See [above](#A-line), "
            "[the words](glossary.md#words) and [PyTorch](https://pytorch.org)."
        ),
        figure(PLOT, "A straight line that rises from zero to two."),
        markdown("**Figure 7.1.** The line rises by two for each step to the right."),
        code("guess = 2  # your guess", tag="prediction"),
        figure(WIDGET, "A straight line that falls from two to zero."),
        markdown("**Figure 7.2.** The slope is negative: the line falls."),
        code("print([2 * x for x in range(3)])", tag="nbval-check-output"),
        markdown("Ask the room before you go on.", slide="notes"),
        markdown("## Exercises"),
        *exercise(1),
        *exercise(2),
        *exercise(3),
        markdown("## Quiz"),
        *(markdown(QUESTION.format(number=number), tag="quiz") for number in (1, 2, 3)),
        markdown("## What we measured"),
        code("display(guess)"),
        markdown("## Recap\n\nA line is a slope and a start.", tag="recap"),
        markdown("## Further reading\n\nA. Author, *A book*, 2020."),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return new_notebook(cells=cells)
