"""Rules about exercises: card, stub, check, hints, solution."""

import ast
import re
from collections.abc import Iterator

from nbformat import NotebookNode

from tools.rules.lesson import Lesson, Problem, tags

FEWEST, MOST = 3, 6
# Notebook 00 shows how exercises work; it need not have any.
NEEDS_NONE = {"00"}

_HEADING = "### Exercise"
_PARTS = {"exercise": "E", "check": "C", "solution": "S"}


def count(lesson: Lesson) -> Iterator[Problem]:
    """Enough exercises, not too many."""
    found = len(_cards(lesson))
    fewest = 0 if lesson.number in NEEDS_NONE else FEWEST
    if not fewest <= found <= MOST:
        yield lesson.problem(
            "exercise-count", None, f"{found} exercises, expected {fewest} to {MOST}."
        )


def cards(lesson: Lesson) -> Iterator[Problem]:
    """Each card is numbered and says how hard, how long, and what one gets."""
    for position, (number, cell) in enumerate(_cards(lesson), start=1):
        wanted = f"{_HEADING} {lesson.short_number}.{position} ·"
        if not cell.source.startswith(wanted):
            yield lesson.problem(
                "exercise-card", number, f"the card must start with '{wanted} Title'."
            )
        missing = [
            what
            for what, pattern in (
                ("a difficulty (●○○, ●●○ or ●●●)", r"(?<![●○])(?:●○○|●●○|●●●)(?![●○])"),
                ("the minutes (as in '5 min')", r"\b\d+ min"),
                ("'You will get:'", r"\bYou will get:"),
            )
            if not re.search(pattern, cell.source)
        ]
        if missing:
            yield lesson.problem("exercise-card", number, f"the card lacks {', '.join(missing)}.")


def parts(lesson: Lesson) -> Iterator[Problem]:
    """After a card: stub, check, hints if any, solution; none of these anywhere else."""
    belonging: set[int] = set()
    for number, _ in _cards(lesson):
        following = _parts(lesson, number)
        kinds = "".join(
            _letter(lesson.cells[position - 1]) for position in following if position > number
        )
        if re.fullmatch(r"ECM*S", kinds) is None:
            yield lesson.problem(
                "exercise-parts",
                number,
                "after the card expected a stub (tag exercise), a check (tag check), hints if any "
                "(Markdown), a solution (tag solution), in this order and nothing between.",
            )
        belonging.update(following)
    for number, cell in lesson.numbered("code"):
        stray = _PARTS.keys() & set(tags(cell))
        if stray and number not in belonging:
            yield lesson.problem(
                "exercise-parts",
                number,
                f"a cell tagged {', '.join(sorted(stray))} that follows no card ('{_HEADING} …').",
            )


def checks(lesson: Lesson) -> Iterator[Problem]:
    """The check cell and the end of the solution make the same one call."""
    seen: dict[str, int] = {}
    for card, _ in _cards(lesson):
        stub_check = solution = None
        for number in _parts(lesson, card):
            cell = lesson.cells[number - 1]
            if "check" in tags(cell):
                stub_check = number, check_calls(cell.source)
            elif "solution" in tags(cell):
                solution = number, cell
        if stub_check is None or solution is None:
            continue  # reported by `parts`
        number, calls = stub_check
        name = _identifier(calls[0]) if len(calls) == 1 else None
        if name is None or not name.startswith(f"{lesson.number}."):
            yield lesson.problem(
                "exercise-check",
                number,
                f'a check cell holds exactly one call such as check("{lesson.number}.name", '
                f"name), found {', '.join(map(ast.unparse, calls)) or 'none'}.",
            )
            continue
        if name in seen:
            yield lesson.problem(
                "exercise-check", number, f"'{name}' is also checked in cell {seen[name]}."
            )
        seen[name] = number
        number, cell = solution
        if _last_line(cell.source) != ast.unparse(calls[0]):
            yield lesson.problem(
                "exercise-check",
                number,
                f"the last line of the solution must be {ast.unparse(calls[0])}, as in the check "
                "cell.",
            )


def hidden_solutions(lesson: Lesson) -> Iterator[Problem]:
    """Solutions are folded until the learner opens them."""
    for number, cell in lesson.tagged("solution"):
        if cell.metadata.get("jupyter", {}).get("source_hidden") is not True:
            yield lesson.problem(
                "solution-hidden",
                number,
                "the solution is open to see: set jupyter.source_hidden to true in its metadata.",
            )


def skipped_in_slides(lesson: Lesson) -> Iterator[Problem]:
    """The lecture leaves exercises out: from the card to the solution."""
    for card, _ in _cards(lesson):
        for number in _parts(lesson, card):
            kind = lesson.cells[number - 1].metadata.get("slideshow", {}).get("slide_type")
            if kind != "skip":
                yield lesson.problem(
                    "exercise-skip",
                    number,
                    f"part of an exercise, but its slide type is {kind!r}: set skip.",
                )


def check_calls(source: str) -> list[ast.Call]:
    """All calls `check(…)` in a piece of code, in order; none in code that is not plain Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_check(node.func)]


def _is_check(function: ast.expr) -> bool:
    """Whether this names the function `check`."""
    return isinstance(function, ast.Name) and function.id == "check"


def _identifier(call: ast.Call) -> str | None:
    """The name of the exercise that a call checks: "03.step" of `check("03.step", step)`."""
    first = call.args[0] if len(call.args) > 1 else None
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        return first.value
    return None


def _last_line(source: str) -> str:
    """The last statement, written in Python's own way."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return ""
    return ast.unparse(body[-1]) if body else ""


def _cards(lesson: Lesson) -> list[tuple[int, NotebookNode]]:
    """The cards, with their cell numbers."""
    return [
        (number, cell)
        for number, cell in lesson.numbered("markdown")
        if cell.source.startswith(_HEADING)
    ]


def _parts(lesson: Lesson, card: int) -> list[int]:
    """The cell numbers from a card to its solution, or to the next heading if there is none."""
    found = [card]
    for number, cell in enumerate(lesson.cells[card:], start=card + 1):
        if cell.cell_type == "markdown" and re.match("#{1,3} ", cell.source):
            break
        found.append(number)
        if "solution" in tags(cell):
            break
    return found


def _letter(cell: NotebookNode) -> str:
    """E, C, S for the tagged parts of an exercise, M for Markdown, x for anything else."""
    if cell.cell_type == "markdown":
        return "M"
    found = [letter for tag, letter in _PARTS.items() if tag in tags(cell)]
    return found[0] if len(found) == 1 else "x"
