"""Faults to plant in the good lesson: each names the rule that has to notice it."""

import copy
from collections.abc import Callable

from nbformat import NotebookNode
from nbformat.v4 import new_output

from tests.good_lesson import code, markdown

Plant = Callable[[NotebookNode], None]


def cell(notebook: NotebookNode, text: str) -> NotebookNode:
    """The first cell that holds a piece of text."""
    return next(found for found in notebook.cells if text in found.source)


def change(old: str, new: str, *, times: int = 1) -> Plant:
    """Replace a piece of text in the first cell that holds it."""

    def plant(notebook: NotebookNode) -> None:
        found = cell(notebook, old)
        found["source"] = found.source.replace(old, new, times)

    return plant


def insert(at: str, *cells: NotebookNode, after: bool = False) -> Plant:
    """Put cells before (or after) the first one that holds a piece of text."""

    def plant(notebook: NotebookNode) -> None:
        where = notebook.cells.index(cell(notebook, at)) + after
        notebook.cells[where:where] = copy.deepcopy(cells)
        for number, new in enumerate(cells):
            notebook.cells[where + number]["id"] = f"new-{number}-{new.cell_type}"

    return plant


def remove(text: str) -> Plant:
    """Remove the first cell that holds a piece of text."""
    return lambda notebook: notebook.cells.remove(cell(notebook, text))


def both(*plants: Plant) -> Plant:
    def plant(notebook: NotebookNode) -> None:
        for one in plants:
            one(notebook)

    return plant


def tag(text: str, *tags: str) -> Plant:
    return lambda notebook: cell(notebook, text).metadata.update({"tags": list(tags)})


def slide(text: str, kind: str | None) -> Plant:
    return lambda notebook: cell(notebook, text).metadata.update(
        {"slideshow": {"slide_type": kind}}
    )


def alt(text: str | None) -> Plant:
    image = {"image": {"alt": text}} if text is not None else {}
    return lambda notebook: cell(notebook, "plt.show()").metadata.update({"mystnb": image})


def store(output: NotebookNode, *, at: str = "guess = 2", instead: bool = False) -> Plant:
    """Add an output to a cell, or let it be the only one."""

    def plant(notebook: NotebookNode) -> None:
        found = cell(notebook, at)
        found.outputs = [output] if instead else [*found.outputs, output]

    return plant


def run(source: str, **output: str) -> NotebookNode:
    """A cell that was run and printed nothing, or what is given."""
    new = code(source)
    new.execution_count = 0  # counted below
    if output:
        new.outputs = [new_output("display_data", data=output)]
    return new


def third_exercise_gone(notebook: NotebookNode) -> None:
    start = notebook.cells.index(cell(notebook, "### Exercise 7.3"))
    del notebook.cells[start : start + 5]


def solution_open(notebook: NotebookNode) -> None:
    cell(notebook, "answer_1 = 1").metadata.jupyter.source_hidden = False


def same_id(notebook: NotebookNode) -> None:
    notebook.cells[3]["id"] = notebook.cells[1]["id"]


def old_format(notebook: NotebookNode) -> None:
    notebook.nbformat_minor = 4


def miscounted(notebook: NotebookNode) -> None:
    cell(notebook, "guess = 2").execution_count = 17


def unexecuted_tagged_cell(notebook: NotebookNode) -> None:
    cell(notebook, "for x in range(3)").outputs = []


def swap(one: str, other: str) -> Plant:
    def plant(notebook: NotebookNode) -> None:
        first, second = (notebook.cells.index(cell(notebook, text)) for text in (one, other))
        cells = notebook.cells
        cells[first], cells[second] = cells[second], cells[first]

    return plant


def metadata(**values: object) -> Plant:
    return lambda notebook: notebook.metadata.update(values)


PICTURE = new_output("display_data", data={"image/png": "iVBORw0KGgo="})
ERROR = new_output("error", ename="ValueError", evalue="no", traceback=[])
WARNING = new_output("stream", name="stderr", text="UserWarning: old\n")
SLIDER = new_output("display_data", data={"text/plain": "interactive(children=(IntSlider(),))"})
HIDDEN_SOLUTION = code("1", slide="skip", tag="solution", jupyter={"source_hidden": True})
HOME = "/".join(["", "home", "someone", "data"])

FAULTS: list[tuple[str, str, Plant]] = [
    ("format", "old format", old_format),
    ("format", "two cells with one id", same_id),
    ("metadata", "another kernel name", metadata(kernelspec={"name": "conda-env"})),
    ("metadata", "versions of the language", metadata(language_info={"version": "3.12"})),
    ("metadata", "state of widgets", metadata(widgets={})),
    (
        "metadata",
        "timings",
        lambda notebook: notebook.cells[1].metadata.update({"execution": {}}),
    ),
    ("execution-count", "run out of order", miscounted),
    ("stored-error", "a stored error", store(ERROR)),
    ("stderr", "a stored warning", store(WARNING)),
    ("unchecked-output", "an unexecuted tagged cell", unexecuted_tagged_cell),
    (
        "unchecked-output",
        "tagged, but only a picture to compare",
        both(
            store(PICTURE, at="plt.show()", instead=True), tag("plt.show()", "nbval-check-output")
        ),
    ),
    ("title-card", "no number", change("# 07 · A", "# A")),
    ("title-card", "another number", change("# 07 ·", "# 06 ·")),
    ("title-card", "no purpose", change("Shows what a lesson is made of.\n\n", "")),
    ("title-card", "no objectives", change("**After this notebook you can**", "You can")),
    ("title-card", "two objectives", change("- answer three questions.\n", "")),
    ("title-card", "no prerequisites", change("**Before you start:**", "Before:")),
    ("title-card", "no time", change("**Time:**", "Time:")),
    ("title-card", "no time to run", change("1 minute to run", "no more")),
    ("setup-cell", "no set-up", tag("import matplotlib")),
    ("setup-cell", "two set-ups", tag("guess = 2", "setup")),
    ("section-order", "a section is missing", change("## Recap\n\n", "")),
    ("section-order", "sections swapped", swap("## Recap", "## Further reading")),
    ("section-order", "a section twice", insert("## Quiz", markdown("## Quiz"))),
    ("heading-level", "a second title", change("## A line", "# A line")),
    ("heading-level", "a level left out", insert("## Exercises", markdown("#### Deep"))),
    (
        "varies-and-compared",
        "seconds compared to the letter",
        tag("2 * x for x", "varies", "nbval-check-output"),
    ),
    ("unknown-tag", "a tag of another project", tag("guess = 2", "hide-input")),
    ("raises-exception", "an expected exception", tag("guess = 2", "raises-exception")),
    ("misplaced-tag", "a tag of code on text", tag("## A line", "check")),
    ("slide-type", "no slide type", slide("## A line", None)),
    ("slide-type", "code as notes", slide("guess = 2", "notes")),
    ("empty-cell", "an empty cell", insert("## Quiz", code(" \n"))),
    ("empty-cell", "empty text", insert("## Quiz", markdown("\n"))),
    ("long-cell", "26 lines", change("guess = 2", "guess = 2" + "\nguess += 1" * 25)),
    ("download", "an address", insert("## Quiz", run('url = "https://example.org/a.csv"'))),
    ("download", "a switch", insert("## Quiz", run("load(download=True)"))),
    ("shell", "a shell command", insert("## Quiz", run("!ls"))),
    ("shell", "a magic that installs", insert("## Quiz", run("%pip install x"))),
    ("nbval-comment", "a comment for nbval", insert("## Quiz", run("# NBVAL_SKIP\n1"))),
    ("machine-path", "a path in code", insert("## Quiz", run(f"open('{HOME}')"))),
    (
        "machine-path",
        "a path in an output",
        insert("## Quiz", run("show()", **{"text/html": f"<b>{HOME}</b>"})),
    ),
    ("machine-path", "a path of Windows", insert("## Quiz", run(r"open('C:\Users\me\x')"))),
    ("widget-picture", "a widget without a picture", store(SLIDER)),
    ("exercise-count", "two exercises", third_exercise_gone),
    ("exercise-card", "out of order", change("Exercise 7.2", "Exercise 7.5")),
    ("exercise-card", "another notebook", change("Exercise 7.2", "Exercise 8.2")),
    ("exercise-card", "no difficulty", change("●○○", "")),
    ("exercise-card", "a difficulty of four", change("●○○", "●○○○")),
    ("exercise-card", "no minutes", change("5 min", "")),
    ("exercise-card", "no result", change("You will get: a tick.", "")),
    ("exercise-parts", "no stub", remove("answer_1 = None")),
    ("exercise-parts", "no check", remove('check("07.answer_1"')),
    ("exercise-parts", "no solution", remove("answer_1 = 1")),
    ("exercise-parts", "check before stub", swap("answer_1 = None", 'check("07.answer_1"')),
    ("exercise-parts", "code between", insert("answer_2 = 2", code("1", slide="skip"))),
    ("exercise-parts", "a stray solution", insert("## Quiz", HIDDEN_SOLUTION)),
    (
        "exercise-check",
        "two calls in the check",
        change('check("07.answer_1", answer_1)', "check(1, 2)\ncheck(1, 2)"),
    ),
    ("exercise-check", "another notebook's name", change('"07.answer_1"', '"06.answer_1"')),
    ("exercise-check", "a name twice", change('"07.answer_2"', '"07.answer_1"')),
    (
        "exercise-check",
        "a solution that checks nothing",
        change('answer_1 = 1\ncheck("07.answer_1", answer_1)', "answer_1 = 1"),
    ),
    ("solution-hidden", "an open solution", solution_open),
    ("exercise-skip", "an exercise on a slide", slide("### Exercise 7.2", "slide")),
    ("exercise-skip", "a check on a slide", slide('check("07.answer_1"', "fragment")),
    ("quiz-count", "two questions", remove("### Question 3")),
    ("quiz-form", "out of order", change("Question 2", "Question 4")),
    ("quiz-form", "no tag", insert("## What we", markdown("### Question 4 · What?"))),
    ("quiz-form", "an option without blank lines", change("</summary>\n\n", "</summary>\n")),
    ("quiz-form", "letters out of order", change("B. A positive", "C. A positive")),
    ("quiz-answers", "no right answer", change("✔ As", "✘ As")),
    ("quiz-answers", "two right answers", change("✘ Then", "✔ Then")),
    ("quiz-answers", "an answer without a mark", change("✘ Each", "Each")),
    ("quiz-answers", "too short", change("Then y grows with x: the line rises.", "No.")),
    ("alt-text", "none", alt(None)),
    ("alt-text", "too short", alt("A line.")),
    ("alt-text", "a file name", alt("The picture that is in slope_of_a_line.png")),
    ("alt-text", "a picture in text", change("## A line", "## A line\n\n![](glossary.md)")),
    ("one-figure", "two figures", store(PICTURE, at="plt.show()")),
    ("figure-caption", "none", change("**Figure 7.1.**", "This shows:")),
    ("figure-caption", "out of order", change("Figure 7.2.", "Figure 7.3.")),
    ("figure-caption", "leading zero", change("Figure 7.2.", "Figure 07.2.")),
    ("figure-caption", "a number only", change(" The slope is negative: the line falls.", "")),
    ("figure-caption", "no figure", insert("## Quiz", markdown("**Figure 7.3.** Nothing here."))),
    ("link", "a file that is not there", change("(glossary.md#words)", "(glossar.md)")),
    ("link", "other capitals", change("(glossary.md#words)", "(Glossary.md)")),
    ("link", "a heading that is not there", change("(#A-line)", "(#A-curve)")),
    ("link", "a heading of another file", change("(glossary.md#words)", "(glossary.md#x)")),
    ("link", "an absolute path", change("(glossary.md#words)", "(/glossary.md)")),
    ("link", "no https", change("(https://pytorch", "(http://pytorch")),
    ("link", "in HTML", change("## A line", '## A line\n\n<a href="x.md">x</a>')),
    ("avoided-word", "a synonym", change("Its **slope**", "Its Steepness or **slope**")),
    ("avoided-word", "in bold", change("Its **slope**", "Its **rise over run**, **slope**")),
]


def recount(notebook: NotebookNode) -> None:
    """Number the cells as a run would, but for those whose number was planted."""
    numbers = iter(range(1, 1000))
    for found in notebook.cells:
        if found.cell_type == "code" and found.source.strip():
            number = next(numbers)
            if found.execution_count != 17:
                found.execution_count = number
