"""The exercises of notebook 08, backpropagation."""

from collections.abc import Iterable
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.checks.engine import Exercise, Mistake

Array = NDArray[np.float64]
Graph = dict[str, tuple[tuple[str, float], ...]]

_X = np.array([[1.0, -1.0, 2.0], [0.5, 0.0, -2.0], [3.0, 1.0, 1.0], [-1.0, 2.0, 0.0]])
_W = np.array([[1.0, 2.0, -1.0], [0.0, -3.0, 0.5]])
_G = np.array([[0.1, -0.2], [0.3, 0.0], [-0.5, 0.4], [0.2, 0.7]])
_SQUARE = np.array([[1.0, 2.0, 0.0], [-1.0, 0.5, 3.0], [2.0, -2.0, 1.0]])
_SQUARE_W = np.array([[0.0, 1.0, 2.0], [1.0, -1.0, 0.5], [3.0, 0.0, -2.0]])
_SQUARE_G = np.array([[1.0, 0.0, -1.0], [2.0, 0.5, 0.0], [0.0, -3.0, 1.5]])

# Pairs in tuples, not lists: a message shows them without a word on their type.
_SMALL: Graph = {"L": (("a", 2.0), ("x", 3.0)), "a": (("x", 5.0),), "x": ()}
# Its nodes stand in no useful order, and there is only one right order to walk them in.
_SHUFFLED: Graph = {
    "x": (),
    "c": (("b", -1.0), ("x", 2.0)),
    "L": (("b", 0.5), ("c", 3.0)),
    "b": (("a", 4.0), ("x", 1.0)),
    "a": (("x", -2.0),),
}
_OTHER_WAY_ROUND: Graph = {
    "b": (("a", 4.0), ("x", 1.0)),
    "L": (("c", 3.0), ("b", 0.5)),
    "x": (),
    "c": (("x", 2.0), ("b", -1.0)),
    "a": (("x", -2.0),),
}
_TWICE: Graph = {"x": (), "s": (("x", 3.0), ("x", 3.0))}


def _multiplications(sizes: list[int], side: str) -> int:
    pairs = [a * b for a, b in pairwise(sizes)]
    return sizes[-1] * sum(pairs[:-1]) if side == "left" else sizes[0] * sum(pairs[1:])


def _one_too_many(sizes: list[int], side: str) -> int:
    return (sizes[-1] if side == "left" else sizes[0]) * sum(a * b for a, b in pairwise(sizes))


def _neighbours(sizes: list[int]) -> int:
    return sum(a * b * c for a, b, c in zip(sizes, sizes[1:], sizes[2:], strict=False))


def _layer_backward(X: Array, W: Array, upstream: Array) -> tuple[Any, Any, Any]:
    return upstream @ W, upstream.T @ X, upstream.sum(axis=0)


def _order(graph: Graph, end: str) -> list[str]:
    """The nodes from the end on, each before everything that it was calculated from."""
    order: list[str] = []

    def visit(node: str) -> None:
        if node not in order:
            for parent, _ in graph[node]:
                visit(parent)
            order.append(node)

    visit(end)
    return order[::-1]


def _walk(graph: Graph, end: str, order: Iterable[str], *, add: bool = True) -> dict[str, float]:
    result = dict.fromkeys(graph, 0.0)
    result[end] = 1.0
    for node in order:
        for parent, slope in graph[node]:
            result[parent] = (result[parent] if add else 0.0) + result[node] * slope
    return result


def _slopes_added(graph: Graph, end: str) -> dict[str, float]:
    result = dict.fromkeys(graph, 0.0)
    result[end] = 1.0
    for node in _order(graph, end):
        for parent, slope in graph[node]:
            result[parent] += result[node] + slope
    return result


def _breadth_first(graph: Graph, end: str, *, once: bool) -> list[str]:
    """The nodes as a queue meets them: a shared one each time, or the first time only."""
    waiting, met = [end], []
    while waiting:
        node = waiting.pop(0)
        if once and node in met:
            continue
        met.append(node)
        waiting += [parent for parent, _ in graph[node]]
    return met


def _depth_first(graph: Graph, end: str) -> dict[str, float]:
    result = dict.fromkeys(graph, 0.0)
    result[end] = 1.0

    def visit(node: str) -> None:
        for parent, slope in graph[node]:
            result[parent] += result[node] * slope
            visit(parent)

    visit(end)
    return result


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        key="08.divide_backward",
        answer=lambda cache, upstream: (
            upstream / cache[1],
            -upstream * cache[0] / cache[1] ** 2,
        ),
        praise="`divide_backward` is right: the engine can divide.",
        cases=(((3.0, 2.0), 10.0), ((-1.0, 4.0), -2.0), ((5.0, -0.5), 1.0)),
        mistakes=(
            Mistake(
                "sign",
                lambda cache, upstream: (
                    upstream / cache[1],
                    upstream * cache[0] / cache[1] ** 2,
                ),
                "{call} gave {got}, expected {expected}. The first one is right. If "
                "the denominator 2 of 3/2 grows, does the fraction grow or shrink?",
            ),
            Mistake(
                "like times",
                lambda cache, upstream: (upstream * cache[1], upstream * cache[0]),
                "{call} gave {got}, expected {expected}. That is the way back of a · b. Here the "
                "node calculates a / b.",
            ),
            Mistake(
                "not squared",
                lambda cache, upstream: (upstream / cache[1], -upstream * cache[0] / cache[1]),
                "{call} gave {got}, expected {expected}. The first one is right. For `b`: what is "
                "the slope of 1/b?",
            ),
            Mistake(
                "slope of 1/b alone",
                lambda cache, upstream: (upstream / cache[1], -upstream / cache[1] ** 2),
                "{call} gave {got}, expected {expected}. For `b` you have the slope of 1/b. The "
                "node calculates a times 1/b.",
            ),
            Mistake(
                "swapped",
                lambda cache, upstream: (
                    -upstream * cache[0] / cache[1] ** 2,
                    upstream / cache[1],
                ),
                "{call} gave {got}, expected {expected}. Both numbers are right and have changed "
                "places: `a` comes first.",
            ),
            Mistake(
                "upstream missing",
                lambda cache, upstream: (1 / cache[1], -cache[0] / cache[1] ** 2),
                "{call} gave {got}: these are the two local slopes. Each of them still has to meet "
                "what came back from further on.",
            ),
        ),
    ),
    Exercise(
        key="08.multiplications",
        answer=_multiplications,
        praise="`multiplications` is right: you can choose the cheaper end now.",
        cases=(
            ([2, 3, 4, 5, 6], "left"),
            ([2, 3, 4, 5, 6], "right"),
            ([784, 128, 10, 1], "left"),
            ([7, 3], "left"),
            ([7, 3], "right"),
        ),
        tolerance=1e-9,
        mistakes=(
            Mistake(
                "sides swapped",
                lambda sizes, side: _multiplications(sizes, "right" if side == "left" else "left"),
                "{call} gave {got}, expected {expected}: that is the count of the other side. The "
                "leftmost matrix is the Jacobian of the last layer.",
            ),
            Mistake(
                "one product too many",
                _one_too_many,
                "{call} gave {got}, expected {expected}. You count a product for each Jacobian. "
                "But the walk starts with one of them, and two matrices need one product.",
            ),
            Mistake(
                "nothing carried along",
                lambda sizes, side: sum(a * b for a, b in pairwise(sizes)),
                "{call} gave {got}, expected {expected}. You count the entries of the Jacobians. A "
                "product (p × q)(q × r) takes p · q · r multiplications; which sizes has what is "
                "carried along?",
            ),
            Mistake(
                "neighbours only",
                lambda sizes, side: _neighbours(sizes),
                "{call} gave {got}, expected {expected}. You multiply each Jacobian with its "
                "neighbour. But the result of the first product is carried into the second one, "
                "and keeps one of its two sizes all the way.",
            ),
            Mistake(
                "all sizes multiplied",
                lambda sizes, side: prod(sizes),
                "{call} gave {got}, expected {expected}. That counts the paths through the "
                "network. The products are made one after the other, so their counts are added.",
            ),
        ),
    ),
    Exercise(
        key="08.layer_backward",
        answer=_layer_backward,
        praise="`layer_backward` is right: that is all `nn.Linear` does on the way back.",
        cases=((_X, _W, _G), (_SQUARE, _SQUARE_W, _SQUARE_G)),
        mistakes=(
            Mistake(
                "dW transposed",
                lambda X, W, upstream: (upstream @ W, X.T @ upstream, upstream.sum(axis=0)),
                "`dX` and `db` are right. `dW` has its rows and columns swapped: it should have "
                "the shape of `W`, one row for each output.",
            ),
            Mistake(
                "bias not summed",
                lambda X, W, upstream: (upstream @ W, upstream.T @ X, upstream),
                "`dX` and `dW` are right. `b` was used once for each sample: what happens to "
                "gradients at a fork?",
            ),
            Mistake(
                "bias summed along the other axis",
                lambda X, W, upstream: (upstream @ W, upstream.T @ X, upstream.sum(axis=1)),
                "`dX` and `dW` are right. `db` has one entry for each sample; it should have one "
                "for each output.",
            ),
            Mistake(
                "bias as one number",
                lambda X, W, upstream: (upstream @ W, upstream.T @ X, upstream.sum()),
                "`dX` and `dW` are right. `db` is a single number: you have added over the "
                "outputs as well. Each output has a bias of its own.",
            ),
            Mistake(
                "bias averaged",
                lambda X, W, upstream: (upstream @ W, upstream.T @ X, upstream.mean(axis=0)),
                "`dX` and `dW` are right. For `db` you took the average over the samples. A fork "
                "adds; the 1/n, if there is one, is in the loss and so in `upstream` already.",
            ),
            Mistake(
                "averaged",
                lambda X, W, upstream: (
                    upstream @ W,
                    upstream.T @ X / len(X),
                    upstream.mean(axis=0),
                ),
                "`dX` is right. `dW` and `db` are divided by the number of samples once too often: "
                "the 1/n belongs to the loss, so `upstream` has it already.",
            ),
            Mistake(
                "weights without inputs",
                lambda X, W, upstream: (
                    upstream @ W,
                    np.outer(upstream.sum(axis=0), np.ones(X.shape[1])),
                    upstream.sum(axis=0),
                ),
                "`dX` and `db` are right. In your `dW` all entries of a row are equal: the inputs "
                "that the weights were multiplied with are missing.",
            ),
        ),
    ),
    Exercise(
        key="08.gradients",
        answer=lambda graph, end: _walk(graph, end, _order(graph, end)),
        praise="`gradients` is right: each node waits for all its messages and hands on once.",
        cases=((_SMALL, "L"), (_SHUFFLED, "L"), (_OTHER_WAY_ROUND, "L"), (_TWICE, "s")),
        mistakes=(
            Mistake(
                "overwriting",
                lambda graph, end: _walk(graph, end, _order(graph, end), add=False),
                "{call} gave {got}, expected {expected}. "
                "`x` keeps only the last message that came back. "
                "What happens to gradients at a fork?",
            ),
            Mistake(
                "order of the dictionary",
                lambda graph, end: _walk(graph, end, graph),
                "right as long as the nodes happen to stand in a good order. But {call} gave "
                "{got}, expected {expected}: some node hands on before its messages have come.",
            ),
            Mistake(
                "shared node again, branch by branch",
                _depth_first,
                "{call} gave {got}, expected {expected}. "
                "Whenever a shared node is reached it hands on all "
                "that it has, also what it had handed on before. Wait until everything is in.",
            ),
            Mistake(
                "shared node again, from a queue",
                lambda graph, end: _walk(graph, end, _breadth_first(graph, end, once=False)),
                "{call} gave {got}, expected {expected}. "
                "A node with several users gets into your queue "
                "several times and hands its gradient on each time. Once is enough, at the right "
                "moment.",
            ),
            Mistake(
                "too early",
                lambda graph, end: _walk(graph, end, _breadth_first(graph, end, once=True)),
                "{call} gave {got}, expected {expected}. "
                "Every node has its turn once, but a shared one "
                "comes too early: one of its users has not had its turn yet.",
            ),
            Mistake(
                "from the leaves",
                lambda graph, end: _walk(graph, end, _order(graph, end)[::-1]),
                "{call} gave {got}, expected {expected}. "
                "Your walk begins at the leaves, where nothing has "
                "come back yet. The only gradient known at first is that of the end.",
            ),
            Mistake(
                "end not 1",
                lambda graph, end: dict.fromkeys(graph, 0.0),
                "every gradient is 0. If the end grows by a little, by how much does the end grow?",
            ),
            Mistake(
                "slopes added",
                _slopes_added,
                "{call} gave {got}, expected {expected}. "
                "At a fork messages are added, but along a path "
                "slopes are combined in another way.",
            ),
        ),
    ),
)
