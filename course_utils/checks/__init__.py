"""Check the answers to the exercises: `check("03.step", step)` under every exercise.

The exercises of notebook NN are in `course_utils.checks.notebook_NN`; reading them before trying
spoils the fun.
"""

import difflib
import importlib
from typing import Any

from course_utils.checks.engine import Exercise, Mistake, Verdict, judge, not_yet

__all__ = ["Exercise", "Mistake", "Verdict", "check", "evaluate", "exercises_of", "judge"]


def check(key: str, answer: Any) -> None:
    """Print ✔ if `answer` is right, or ✘ with a hint about what is off. Never raises.

    Args:
        key: notebook and exercise, as printed on the exercise card: ``"03.step"``.
        answer: what the exercise asks for, a function or a value.
    """
    print(evaluate(key, answer))


def evaluate(key: str, answer: Any) -> Verdict:
    """Judge `answer` as `check` does, and return the verdict instead of printing it."""
    try:
        exercises = exercises_of(str(key).split(".", maxsplit=1)[0])
    except ModuleNotFoundError:
        return not_yet(f"there is no notebook for the exercise {key!r}.")
    if key not in exercises:
        close = difflib.get_close_matches(str(key), exercises, n=1)
        meant = f" Did you mean {close[0]!r}?" if close else f" There are {sorted(exercises)}."
        return not_yet(f"there is no exercise {key!r}.{meant}")
    try:
        return judge(exercises[key], answer)
    except Exception as error:  # an answer so odd that even describing it fails
        return not_yet(f"this answer could not be judged ({type(error).__name__}: {error}).")


def exercises_of(notebook: str) -> dict[str, Exercise]:
    """Return the exercises of a notebook, by key.

    Args:
        notebook: its two digits, as in ``"03"``.

    Raises:
        ModuleNotFoundError: that notebook has no exercises.
    """
    module = importlib.import_module(f"course_utils.checks.notebook_{notebook}")
    exercises: tuple[Exercise, ...] = module.EXERCISES
    return {exercise.key: exercise for exercise in exercises}
