"""Right answers and typical mistakes for notebook 08, as learners would write them."""

from collections import deque
from itertools import pairwise
from typing import Any

import numpy as np
import torch


def _divide_by_autograd(cache, upstream):
    a, b = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in cache)
    (a / b).backward(torch.tensor(upstream, dtype=torch.float64))
    return [a.grad, b.grad]


def _counted(sizes, side):
    matrices = [(rows, columns) for columns, rows in pairwise(sizes)][::-1]
    count = 0
    while len(matrices) > 1:
        where = 0 if side == "left" else -2
        (p, q), (_, r) = matrices[where], matrices[where + 1]
        count += p * q * r
        if side == "left":
            matrices[:2] = [(p, r)]
        else:
            matrices[-2:] = [(p, r)]
    return count


def _in_a_loop(sizes, side):
    walk = sizes if side == "right" else sizes[::-1]
    return sum(walk[0] * walk[k] * walk[k + 1] for k in range(1, len(walk) - 1))


def _layer_by_autograd(X, W, upstream):
    X, W = torch.tensor(X, requires_grad=True), torch.tensor(W, requires_grad=True)
    b = torch.zeros(len(W), dtype=torch.float64, requires_grad=True)
    (X @ W.T + b).backward(torch.tensor(upstream))
    return X.grad, W.grad, b.grad


def _layer_sample_by_sample(X, W, upstream):
    dX, dW, db = np.zeros_like(X), np.zeros_like(W), np.zeros(len(W))
    for i, (x, g) in enumerate(zip(X, upstream, strict=True)):
        dX[i] = W.T @ g
        dW += np.outer(g, x)
        db += g
    return [dX, dW, db]


def _all_paths(graph, end):
    result = dict.fromkeys(graph, 0.0)

    def follow(node, product):
        result[node] += product
        for parent, slope in graph[node]:
            follow(parent, product * slope)

    follow(end, 1.0)
    return result


def _counting_users(graph, end):
    users = dict.fromkeys(graph, 0)
    for parents in graph.values():
        for parent, _ in parents:
            users[parent] += 1
    grad = dict.fromkeys(graph, 0.0)
    grad[end] = 1.0
    ready = [end]
    while ready:
        node = ready.pop()
        for parent, slope in graph[node]:
            grad[parent] += grad[node] * slope
            users[parent] -= 1
            if users[parent] == 0:
                ready.append(parent)
    return grad


ALTERNATIVES: dict[str, list[Any]] = {
    "08.divide_backward": [
        _divide_by_autograd,
        lambda cache, upstream: (
            np.float64(upstream * cache[1] ** -1),
            upstream * -1 * cache[0] * cache[1] ** -2,
        ),
    ],
    "08.multiplications": [_counted, _in_a_loop],
    "08.layer_backward": [
        _layer_by_autograd,
        _layer_sample_by_sample,
        lambda X, W, upstream: (
            np.einsum("ik,kd->id", upstream, W),
            np.einsum("ik,id->kd", upstream, X),
            np.ones(len(X)) @ upstream,
        ),
    ],
    "08.gradients": [_all_paths, _counting_users],
}


def _sorted_nodes(graph, end):
    """From the end on; a node follows when all its users stand before it."""
    found = [end]
    while len(found) < len(graph):
        for node in graph:
            users = [other for other in graph if node in [parent for parent, _ in graph[other]]]
            if node not in found and all(user in found for user in users):
                found.append(node)
    return found


def _pass_on(graph, end, nodes, combine):
    grad = dict.fromkeys(graph, 0.0) | {end: 1.0}
    for node in nodes:
        for parent, slope in graph[node]:
            grad[parent] = combine(grad[parent], grad[node], slope)
    return grad


def _plus(old, own, slope):
    return old + own * slope


def _recursive(graph, end):
    grad = dict.fromkeys(graph, 0.0)
    grad[end] = 1.0

    def go(node):
        for parent, slope in graph[node]:
            grad[parent] = grad[parent] + slope * grad[node]
            go(parent)

    go(end)
    return grad


def _queue(graph, end):
    grad = dict.fromkeys(graph, 0.0)
    grad[end] = 1.0
    queue = deque([end])
    while queue:
        node = queue.popleft()
        for parent, slope in graph[node]:
            grad[parent] += slope * grad[node]
            queue.append(parent)
    return grad


def _queue_with_memory(graph, end):
    grad = dict.fromkeys(graph, 0.0)
    grad[end] = 1.0
    queue, done = deque([end]), set()
    while queue:
        node = queue.popleft()
        if node in done:
            continue
        done.add(node)
        for parent, slope in graph[node]:
            grad[parent] += slope * grad[node]
            queue.append(parent)
    return grad


def _with_db(make):
    return lambda X, W, upstream: (upstream @ W, upstream.T @ X, make(upstream))


MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "08.divide_backward": [
        ("sign", lambda cache, g: (g / cache[1], g * cache[0] / cache[1] / cache[1])),
        ("like times", lambda cache, g: (cache[1] * g, cache[0] * g)),
        ("not squared", lambda cache, g: (g / cache[1], -g * cache[0] / cache[1])),
        ("slope of 1/b alone", lambda cache, g: [g / cache[1], -g / cache[1] ** 2]),
        ("swapped", lambda cache, g: (-g * cache[0] * cache[1] ** -2, g / cache[1])),
        ("upstream missing", lambda cache, g: (cache[1] ** -1, -cache[0] * cache[1] ** -2)),
    ],
    "08.multiplications": [
        ("sides swapped", lambda sizes, side: _in_a_loop(sizes[::-1], side)),
        (
            "one product too many",
            lambda sizes, side: sum(
                (sizes[-1] if side == "left" else sizes[0]) * sizes[k] * sizes[k + 1]
                for k in range(len(sizes) - 1)
            ),
        ),
        (
            "nothing carried along",
            lambda sizes, side: sum(sizes[k] * sizes[k + 1] for k in range(len(sizes) - 1)),
        ),
        (
            "neighbours only",
            lambda sizes, side: sum(
                sizes[k] * sizes[k + 1] * sizes[k + 2] for k in range(len(sizes) - 2)
            ),
        ),
        ("all sizes multiplied", lambda sizes, side: int(np.prod(sizes))),
    ],
    "08.layer_backward": [
        ("dW transposed", lambda X, W, g: (g @ W, (g.T @ X).T, sum(g))),
        ("bias not summed", _with_db(lambda g: g)),
        ("bias summed along the other axis", _with_db(lambda g: g.sum(1))),
        ("bias as one number", _with_db(np.sum)),
        ("bias averaged", _with_db(lambda g: sum(g) / len(g))),
        ("averaged", lambda X, W, g: (g @ W, g.T @ X / len(X), g.sum(0) / len(X))),
        (
            "weights without inputs",
            lambda X, W, g: (g @ W, g.T @ np.ones_like(X), g.sum(axis=0)),
        ),
    ],
    "08.gradients": [
        (
            "overwriting",
            lambda graph, end: _pass_on(
                graph, end, _sorted_nodes(graph, end), lambda old, own, slope: own * slope
            ),
        ),
        ("order of the dictionary", lambda graph, end: _pass_on(graph, end, graph, _plus)),
        ("shared node again, branch by branch", _recursive),
        ("shared node again, from a queue", _queue),
        ("too early", _queue_with_memory),
        (
            "from the leaves",
            lambda graph, end: _pass_on(graph, end, _sorted_nodes(graph, end)[::-1], _plus),
        ),
        ("end not 1", lambda graph, end: dict.fromkeys(graph, 0.0)),
        (
            "slopes added",
            lambda graph, end: _pass_on(
                graph,
                end,
                _sorted_nodes(graph, end),
                lambda old, own, slope: old + own + slope,
            ),
        ),
    ],
}
