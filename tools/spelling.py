"""Collect the course's own text for the spelling tests, and find American spellings in it."""

import re
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode

from tools.prose import prose
from tools.storage import ROOT, read_notebook

FOLDERS = ("benchmarks", "course_utils", "data", "docs", "notebooks", "tests", "tools")

# The course writes British English. "optimizer" stays: it is the field's name for the object.
AMERICAN = {
    r"analyz(e[ds]?|ing)": "analyse",
    r"behaviors?": "behaviour",
    r"center(s|ed)?": "centre",
    r"colou?rize|colors?|color(ed|ful|ing)": "colour",
    r"favorites?": "favourite",
    r"generaliz(e[ds]?|ing|ation)": "generalise",
    r"gr[a]y(scale|s)?": "grey",
    r"initializ(e[ds]?|ing|ation)": "initialise",
    r"label(ed|ing)": "labelled, labelling",
    r"m(axi|ini)miz(e[ds]?|ing|ation)": "maximise, minimise",
    r"model(ed|ing)": "modelled, modelling",
    r"neighbor(s|ing|hood)?": "neighbour",
    r"normaliz(e[ds]?|ing|ation)": "normalise",
    r"optimiz(e[ds]?|ing|ation)": "optimise",
    r"organiz(e[ds]?|ing|ation)": "organise",
    r"recogniz(e[ds]?|ing)": "recognise",
    r"regulariz(e[ds]?|ing|ation)": "regularise",
    r"standardiz(e[ds]?|ing|ation)": "standardise",
    r"summariz(e[ds]?|ing)": "summarise",
    r"vectoriz(e[ds]?|ing|ation)": "vectorise",
    r"visualiz(e[ds]?|ing|ation)": "visualise",
}
_AMERICAN = re.compile(
    "|".join(rf"\b(?P<w{n}>{pattern})\b" for n, pattern in enumerate(AMERICAN)), re.IGNORECASE
)
_CAPITALISED = re.compile(r"\b[A-Z]\w*[ ]\Z")


def sources(root: Path = ROOT) -> list[Path]:
    """The files whose spelling counts: Markdown, Python, notebooks."""
    candidates = [*root.iterdir()]
    for folder in FOLDERS:
        candidates += (root / folder).rglob("*")
    return sorted(
        path
        for path in candidates
        if path.suffix in (".md", ".py", ".ipynb") and ".ipynb_checkpoints" not in path.parts
    )


def written(path: Path) -> str:
    """What somebody wrote in a file: all of it, but for outputs and for other languages."""
    if path.suffix == ".ipynb":
        return "\n\n".join(cell.source for cell in read_notebook(path).cells)
    text = path.read_text(encoding="utf-8")
    return "\n".join(_without_translations(text)) if path.name == "glossary.md" else text


def _without_translations(text: str) -> Iterator[str]:
    """The lines of the glossary without its second and third columns, Czech and Polish."""
    for line in text.splitlines():
        columns = line.split("|")
        yield "|".join(columns[:2] + columns[4:]) if len(columns) > 5 else line


def readable(path: Path) -> str:
    """The prose of a Markdown file or notebook, without code, titles and references."""
    if path.suffix == ".ipynb":
        return "\n".join(
            prose(cell.source, titles=False)
            for cell in read_notebook(path).cells
            if cell.cell_type == "markdown" and not _is_references(cell)
        )
    return prose(written(path), titles=False)


def _is_references(cell: NotebookNode) -> bool:
    """Whether a cell lists other people's works, whose titles keep their spelling."""
    return str(cell.source).startswith("## Further reading")


def american(text: str) -> list[str]:
    """Each American spelling in a text, with the British one: "color (colour)".

    A capital after another capitalised word is a name, "Data Center", and keeps its spelling.
    """
    british = list(AMERICAN.values())
    return [
        f"{match.group()} ({british[int((match.lastgroup or 'w0')[1:])]})"
        for match in _AMERICAN.finditer(text)
        if not (match.group()[0].isupper() and _CAPITALISED.search(text, 0, match.start()))
    ]
