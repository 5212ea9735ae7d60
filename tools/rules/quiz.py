"""Rules about the quiz: questions that are read, opened option by option, and explained."""

import re
from collections.abc import Iterator

from tools.rules.lesson import Lesson, Problem, tags

FEWEST, MOST = 3, 5
FEWEST_WRONG = 2
SHORTEST_EXPLANATION = 20  # characters
RIGHT, WRONG = "✔", "✘"

_OPTION = re.compile(
    r"<details>\s*<summary>(?P<option>.*?)</summary>\n\n(?P<explanation>.*?)\n\n</details>",
    re.DOTALL,
)


def count(lesson: Lesson) -> Iterator[Problem]:
    """Enough questions, not too many."""
    found = len(list(lesson.tagged("quiz")))
    if not FEWEST <= found <= MOST:
        yield lesson.problem(
            "quiz-count",
            None,
            f"{found} quiz questions (Markdown, tag quiz), expected {FEWEST} to {MOST}.",
        )


def questions(lesson: Lesson) -> Iterator[Problem]:
    """Questions are numbered, tagged, and their options can be opened."""
    position = 0
    for number, cell in lesson.numbered("markdown"):
        starts = cell.source.startswith("### Question")
        if "quiz" not in tags(cell):
            if starts:
                yield lesson.problem("quiz-form", number, "a question without the tag quiz.")
            continue
        position += 1
        wanted = f"### Question {position} ·"
        if not cell.source.startswith(wanted):
            yield lesson.problem("quiz-form", number, f"the question must start with '{wanted}'.")
        options = [found["option"].strip() for found in _OPTION.finditer(cell.source)]
        if cell.source.count("<details") != len(options):
            yield lesson.problem(
                "quiz-form",
                number,
                "an option is not of the form '<details><summary>A. option</summary>', blank line, "
                "explanation, blank line, '</details>'.",
            )
        elif any(not o.startswith(f"{chr(65 + n)}. ") for n, o in enumerate(options)):
            yield lesson.problem("quiz-form", number, "options must be marked A., B., C. in order.")


def answers(lesson: Lesson) -> Iterator[Problem]:
    """One right answer, wrong ones beside it, each explained."""
    for number, cell in lesson.tagged("quiz"):
        found = [match["explanation"].strip() for match in _OPTION.finditer(cell.source)]
        if cell.source.count("<details") != len(found):
            continue  # reported as form
        right = sum(text.startswith(RIGHT) for text in found)
        wrong = sum(text.startswith(WRONG) for text in found)
        if right != 1 or wrong < FEWEST_WRONG or right + wrong != len(found):
            yield lesson.problem(
                "quiz-answers",
                number,
                f"expected one explanation starting with {RIGHT} and at least {FEWEST_WRONG} "
                f"starting with {WRONG}, found {right} and {wrong} of {len(found)}.",
            )
        for text in found:
            if len(text.lstrip(f"{RIGHT}{WRONG} ")) < SHORTEST_EXPLANATION:
                yield lesson.problem(
                    "quiz-answers",
                    number,
                    f"'{text}' explains too little: at least {SHORTEST_EXPLANATION} characters.",
                )
