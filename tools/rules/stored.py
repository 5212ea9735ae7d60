"""Rules about what the executor wrote: metadata, digests, outputs, counts, size."""

from collections.abc import Iterator

from tools.normalise import CELL_NOISE, WIDGET_VIEW
from tools.rules.lesson import Lesson, Problem, tags
from tools.storage import (
    KERNELSPEC,
    LANGUAGE_INFO,
    outputs_digest,
    serialise,
    sources_digest,
)

RUN = "run tools/execute.py"
LARGEST = 500_000  # bytes
LARGEST_WITH_PHOTOGRAPHS = 1_000_000  # bytes
# Lessons whose subject is photographs, by number.
PHOTOGRAPHS = frozenset({"17"})
# What nbval leaves out when it compares: an output of nothing else is never compared.
NOT_COMPARED = {"image/png", "image/jpeg", WIDGET_VIEW}


def format_and_ids(lesson: Lesson) -> Iterator[Problem]:
    """Format 4.5, with an id of its own for each cell."""
    version = (lesson.notebook.nbformat, lesson.notebook.nbformat_minor)
    if version != (4, 5):
        yield lesson.problem(
            "format",
            None,
            f"format {version[0]}.{version[1]}, expected 4.5: open and save it in JupyterLab.",
        )
    seen: dict[str, int] = {}
    for number, cell in lesson.numbered():
        identity = cell.get("id", "")
        if not identity:
            yield lesson.problem(
                "format", number, "no id: open and save the notebook in JupyterLab."
            )
        elif identity in seen:
            yield lesson.problem(
                "format",
                number,
                f"same id as cell {seen[identity]}: change one letter of it in the file.",
            )
        seen[identity] = number


def size(lesson: Lesson) -> Iterator[Problem]:
    """Small enough to open on a forge and to keep in a repository."""
    limit = LARGEST_WITH_PHOTOGRAPHS if lesson.number in PHOTOGRAPHS else LARGEST
    bytes_ = len(serialise(lesson.notebook))
    if bytes_ > limit:
        yield lesson.problem(
            "size",
            None,
            f"{bytes_ / 1000:.0f} kB, the limit is {limit // 1000} kB: draw fewer or smaller "
            "figures, or rasterise scatter plots.",
        )


def metadata(lesson: Lesson) -> Iterator[Problem]:
    """The metadata that the executor writes, and nothing that an editor left."""
    found = lesson.notebook.metadata
    if found.get("kernelspec") != KERNELSPEC or found.get("language_info") != LANGUAGE_INFO:
        yield lesson.problem(
            "metadata",
            None,
            "kernel name or language are not as the executor writes them (Jupyter changed them on "
            f"save): {RUN}.",
        )
    if "widgets" in found:
        yield lesson.problem("metadata", None, f"the state of widgets is stored: {RUN}.")
    for number, cell in lesson.numbered():
        left = [key for key in CELL_NOISE if key in cell.metadata]
        if left:
            yield lesson.problem(
                "metadata", number, f"an editor left {', '.join(left)} in the metadata: {RUN}."
            )


def up_to_date(lesson: Lesson) -> Iterator[Problem]:
    """The stored outputs are there, of these sources, and as the run gave them."""
    if lesson.is_stripped:
        yield lesson.problem("stripped", None, f"no output is stored at all: {RUN}.")
        return
    signature = lesson.notebook.metadata.get("course", {})
    if set(signature) != {"sources_sha256", "outputs_sha256"}:
        yield lesson.problem(
            "signature",
            None,
            "the notebook's metadata does not say which sources gave the outputs (course."
            f"sources_sha256 and course.outputs_sha256, dropped by an editor on save?): {RUN}.",
        )
    elif signature["sources_sha256"] != sources_digest(lesson.notebook):
        yield lesson.problem(
            "stale-output", None, f"stale output, the code was changed after the run: {RUN}."
        )
    elif signature["outputs_sha256"] != outputs_digest(lesson.notebook):
        yield lesson.problem(
            "edited-output",
            None,
            f"an output was changed or removed after the run (or run by hand): {RUN}.",
        )


def executed(lesson: Lesson) -> Iterator[Problem]:
    """Run once from top to bottom without an error or a warning."""
    if lesson.is_stripped:
        return  # reported as stripped
    expected = 0
    for number, cell in lesson.numbered("code"):
        if cell.source.strip():
            expected += 1
            if cell.execution_count != expected:
                yield lesson.problem(
                    "execution-count",
                    number,
                    f"execution count {cell.execution_count}, expected {expected}: {RUN}.",
                )
        for output in cell.outputs:
            if output.output_type == "error":
                yield lesson.problem(
                    "stored-error",
                    number,
                    f"an error is stored ({output.ename}): mend the cell, or catch and print what "
                    f"it is meant to show, then {RUN}.",
                )
            if output.output_type == "stream" and output.name == "stderr":
                yield lesson.problem(
                    "stderr",
                    number,
                    f"a warning is stored ('{output.text.strip().splitlines()[-1]}'): mend its "
                    f"cause, then {RUN}.",
                )


def compared(lesson: Lesson) -> Iterator[Problem]:
    """What is tagged for comparison can be compared: nbval passes a cell without outputs."""
    if lesson.is_stripped:
        return  # reported as stripped
    for number, cell in lesson.tagged("nbval-check-output"):
        if cell.cell_type != "code":
            continue  # reported as a misplaced tag
        shown = {
            kind for output in cell.outputs for kind in output.get("data", [output.output_type])
        }
        if cell.execution_count is None or not shown - NOT_COMPARED:
            yield lesson.problem(
                "unchecked-output",
                number,
                "tagged nbval-check-output, but without a stored text to compare (tags: "
                f"{', '.join(tags(cell))}): print the result and {RUN}, or remove the tag.",
            )
