"""The exercises of notebook 26, scaling up."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.checks.engine import Exercise, Mistake

Array = NDArray[Any]
Gradient = Callable[[Array, Array], Array]

_CHANCE = np.random.default_rng(26)


def _drawn(*shape: int) -> Array:
    return _CHANCE.normal(size=shape).round(2)


def _gradient_for(most: int) -> Gradient:
    """The mean gradient of half the squared error at fixed weights, for at most so many rows."""

    def gradient(X: Array, y: Array) -> Array:
        if len(X) > most:
            raise MemoryError(f"{len(X)} rows at once, but only {most} fit")
        if len(X) == 0:
            raise ValueError("a part without rows has no mean gradient")
        weights = np.arange(1, X.shape[1] + 1)
        return np.asarray(X.T @ (X @ weights - y) / len(X))

    return gradient


def _speed_up(alone: float, together: float, processes: int) -> Any:
    return alone / together, alone / together / processes


def _scaled_recipe(
    samples: int, size: int, processes: int, parts: int, known_batch: int, known_rate: float
) -> Any:
    return _recipe_with(samples, size * processes * parts, known_batch, known_rate)


def _recipe_with(
    samples: int, effective: int, known_batch: int, known_rate: float
) -> tuple[int, int, float]:
    return effective, samples // effective, known_rate * effective / known_batch


def _all_reduce_mean(gradients: Array, counts: Array) -> Any:
    return np.tile(counts @ gradients / counts.sum(), (len(gradients), 1))


def _accumulated(gradient: Gradient, X: Array, y: Array, most: int) -> Any:
    return _weighted_sum(gradient, X, y, most) / len(X)


def _weighted_sum(gradient: Gradient, X: Array, y: Array, most: int) -> Array:
    sizes = [min(most, len(X) - begin) for begin in range(0, len(X), most)]
    gradients = _gradients_of_parts(gradient, X, y, most)
    return np.asarray(np.asarray(sizes) @ np.asarray(gradients))


def _gradients_of_parts(gradient: Gradient, X: Array, y: Array, most: int) -> list[Array]:
    parts = [slice(begin, begin + most) for begin in range(0, len(X), most)]
    return [gradient(X[part], y[part]) for part in parts]


def _whole_parts_only(gradient: Gradient, X: Array, y: Array, most: int) -> Any:
    rows = len(X) // most * most
    return _accumulated(gradient, X[:rows], y[:rows], most)


def _divided_by_all(gradient: Gradient, X: Array, y: Array, most: int) -> Any:
    rows = len(X) // most * most
    return _weighted_sum(gradient, X[:rows], y[:rows], most) / len(X)


# No two of the numbers are equal, and none is 1, so that each slip changes the result.
_RECIPES = (
    (50_000, 32, 4, 2, 64, 0.05),
    (10_000, 24, 3, 5, 128, 0.1),
    (60_000, 100, 8, 3, 256, 0.02),
)
_GRADIENTS = _drawn(3, 4), np.array([64, 64, 20])
_MORE_GRADIENTS = _drawn(2, 2), np.array([10, 30])
_ROWS, _MORE_ROWS = (_drawn(10, 3), _drawn(10)), (_drawn(17, 2), _drawn(17))

EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        key="26.speed_up",
        answer=_speed_up,
        praise="`speed_up` is right: how much quicker, and how well paid.",
        cases=((60.0, 20.0, 4), (10.0, 12.5, 2), (90.0, 1.5, 64)),
        mistakes=(
            Mistake(
                "upside down",
                lambda alone, together, processes: (
                    together / alone,
                    together / alone / processes,
                ),
                "`{call}` gave {got}, expected {expected}. You divide the new time by the old one. "
                "A speed-up above 1 should mean: quicker.",
            ),
            Mistake(
                "percent",
                lambda alone, together, processes: (
                    alone / together,
                    100 * alone / together / processes,
                ),
                "your efficiency is in percent. Here 1 means 100 %.",
            ),
            Mistake(
                "speed-up only",
                lambda alone, together, processes: alone / together,
                "this is the speed-up, and it is right. Return the efficiency as well, as a tuple.",
            ),
            Mistake(
                "tuple turned",
                lambda alone, together, processes: (
                    alone / together / processes,
                    alone / together,
                ),
                "both numbers are right, in the wrong order: first the speed-up.",
            ),
            Mistake(
                "seconds saved",
                lambda alone, together, processes: (
                    alone - together,
                    (alone - together) / processes,
                ),
                "`{call}` gave {got}, expected {expected}. You return how many seconds are saved. "
                "How many *times* as quick is it?",
            ),
            Mistake(
                "multiplied by the processes",
                lambda alone, together, processes: (
                    alone / together,
                    alone / together * processes,
                ),
                "your speed-up is right. For the efficiency it is shared among the processes, and "
                "you multiply by them.",
            ),
        ),
    ),
    Exercise(
        key="26.scaled_recipe",
        answer=_scaled_recipe,
        praise="`scaled_recipe` is right: another machine, the same recipe.",
        cases=_RECIPES,
        mistakes=(
            Mistake(
                "parts forgotten",
                lambda samples, size, processes, parts, known_batch, known_rate: _recipe_with(
                    samples, size * processes, known_batch, known_rate
                ),
                "`{call}`: your effective batch leaves out that each process accumulates over "
                "several parts before it makes a step.",
            ),
            Mistake(
                "processes forgotten",
                lambda samples, size, processes, parts, known_batch, known_rate: _recipe_with(
                    samples, size * parts, known_batch, known_rate
                ),
                "`{call}`: your effective batch is that of one process only. How many work side "
                "by side?",
            ),
            Mistake(
                "divided by parts",
                lambda samples, size, processes, parts, known_batch, known_rate: _recipe_with(
                    samples, size * processes // parts, known_batch, known_rate
                ),
                "`{call}`: you divide by the number of parts. `size` is the size of one part; a "
                "step is made after all of them.",
            ),
            Mistake(
                "rate as it was",
                lambda *case: (*_scaled_recipe(*case)[:2], case[5]),
                "the first two numbers are right. But you keep the old rate: it belongs to the old "
                "batch.",
            ),
            Mistake(
                "rate the other way",
                lambda *case: (
                    *_scaled_recipe(*case)[:2],
                    case[5] * case[4] / _scaled_recipe(*case)[0],
                ),
                "the first two numbers are right. Your rate gets smaller when the batch grows; the "
                "rule says k times the batch, k times the rate.",
            ),
            Mistake(
                "rate by the root",
                lambda *case: (
                    *_scaled_recipe(*case)[:2],
                    case[5] * (_scaled_recipe(*case)[0] / case[4]) ** 0.5,
                ),
                "the first two numbers are right. You scale the rate with the square root, a rule "
                "that also exists; the linear one is asked for.",
            ),
            Mistake(
                "rate times the processes",
                lambda *case: (*_scaled_recipe(*case)[:2], case[5] * case[2]),
                "`{call}`: the first two numbers are right. You multiply the rate by the number of "
                "processes; compare the effective batch with the known one.",
            ),
            Mistake(
                "rate times the batch",
                lambda *case: (*_scaled_recipe(*case)[:2], case[5] * _scaled_recipe(*case)[0]),
                "the first two numbers are right. You multiply the rate by the whole batch. How "
                "many times the *known* batch is it?",
            ),
            Mistake(
                "an update for each part",
                lambda *case: (
                    _scaled_recipe(*case)[0],
                    case[0] // (case[1] * case[2]),
                    _scaled_recipe(*case)[2],
                ),
                "`{call}`: you count an update for each part, but a step is made only after all "
                "parts.",
            ),
            Mistake(
                "updates rounded up",
                lambda *case: (
                    _scaled_recipe(*case)[0],
                    -(-case[0] // _scaled_recipe(*case)[0]),
                    _scaled_recipe(*case)[2],
                ),
                "`{call}` gave {got}, expected {expected}. You count the batch that is not full; "
                "what is left over is dropped.",
            ),
            Mistake(
                "updates not whole",
                lambda *case: (
                    _scaled_recipe(*case)[0],
                    case[0] / _scaled_recipe(*case)[0],
                    _scaled_recipe(*case)[2],
                ),
                "`{call}` gave {got}, expected {expected}. There is no part of an update: how many "
                "whole batches are there?",
            ),
        ),
    ),
    Exercise(
        key="26.all_reduce_mean",
        answer=_all_reduce_mean,
        praise="`all_reduce_mean` is right, also for parts of unequal size.",
        cases=(_GRADIENTS, _MORE_GRADIENTS),
        mistakes=(
            Mistake(
                "plain mean",
                lambda gradients, counts: np.tile(gradients.mean(axis=0), (len(gradients), 1)),
                "you give each process the same weight. A mean over few samples must count less "
                "than one over many.",
            ),
            Mistake(
                "sum",
                lambda gradients, counts: np.tile(gradients.sum(axis=0), (len(gradients), 1)),
                "you add up the rows as they are. Each row is a mean already; what is asked for is "
                "the mean over all samples.",
            ),
            Mistake(
                "not divided",
                lambda gradients, counts: np.tile(counts @ gradients, (len(gradients), 1)),
                "this is the sum over all samples, and it is right. The mean is asked for: how "
                "many samples are there?",
            ),
            Mistake(
                "divided by the processes",
                lambda gradients, counts: np.tile(
                    counts @ gradients / len(gradients), (len(gradients), 1)
                ),
                "you weight by the counts, which is right, but divide by the number of processes. "
                "How many samples are there in all?",
            ),
            Mistake(
                "one row",
                lambda gradients, counts: counts @ gradients / counts.sum(),
                "the values are right, but only one process has them. After an all-reduce each "
                "process holds the result: one row for each.",
            ),
            Mistake(
                "own part weighted only",
                lambda gradients, counts: counts[:, None] * gradients / counts.sum(),
                "each row is the share of its own process, rightly weighted. But nothing is "
                "exchanged: now add the shares up.",
            ),
            Mistake(
                "few samples count more",
                lambda gradients, counts: np.tile(
                    (1 / counts) @ gradients / (1 / counts).sum(), (len(gradients), 1)
                ),
                "you weight by 1 / counts, so that few samples count more than many. Turn it "
                "round.",
            ),
        ),
    ),
    Exercise(
        key="26.accumulated",
        answer=_accumulated,
        praise="`accumulated` is right: the whole batch, a few rows at a time.",
        cases=((_gradient_for(4), *_ROWS, 4), (_gradient_for(5), *_MORE_ROWS, 5)),
        mistakes=(
            Mistake(
                "plain mean of the parts",
                lambda *case: np.mean(_gradients_of_parts(*case), axis=0),
                "you average the parts as if all were equally large. The last one is smaller, and "
                "must count less.",
            ),
            Mistake(
                "not divided",
                lambda *case: np.sum(_gradients_of_parts(*case), axis=0),
                "you add up the parts' gradients, and each of them is a mean. So your rate would "
                "secretly be as many times larger as there are parts.",
            ),
            Mistake(
                "sum over the rows",
                _weighted_sum,
                "this is the sum over all rows, rightly weighted. The mean is asked for.",
            ),
            Mistake(
                "last part dropped",
                _whole_parts_only,
                "you leave out the rows at the end that do not fill a part. They belong to the "
                "batch.",
            ),
            Mistake(
                "last part dropped, but counted",
                _divided_by_all,
                "you divide by all rows, but the rows at the end that do not fill a part are not "
                "in your sum.",
            ),
            Mistake(
                "first part only",
                lambda gradient, X, y, most: gradient(X[:most], y[:most]),
                "this is the gradient of the first part. The others wait for their turn.",
            ),
            Mistake(
                "last part only",
                lambda *case: _gradients_of_parts(*case)[-1],
                "this is the gradient of the last part: each part seems to write over the one "
                "before. Add them up.",
            ),
            Mistake(
                "every part weighs most",
                lambda gradient, X, y, most: (
                    most * np.sum(_gradients_of_parts(gradient, X, y, most), axis=0) / len(X)
                ),
                "each of your parts counts `most` rows. How many rows has the last one really?",
            ),
        ),
    ),
)
