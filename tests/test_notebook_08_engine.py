"""The engine of notebook 08: each operation against `torch.autograd`, and the walk through graphs.

A comparison that cannot fail proves nothing, so each operation also gets a wrong derivative, and
the same comparison must notice it.
"""

from collections.abc import Callable
from typing import Any

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.lesson import definitions

NAMES = ["add", "subtract", "multiply", "power", "exp", "log", "tanh", "relu", "sigmoid"]
NAMES += ["unbroadcast", "add_arrays", "multiply_arrays", "matmul", "transpose", "total"]
NAMES += ["log_softmax", "Value", "topological_order", "backpropagate", "Array", "cross_entropy"]
lesson = definitions("08_backpropagation", *NAMES, "backpropagate_overwriting")

Operation = Callable[..., Any]

ONE_INPUT: dict[str, Operation] = {
    "exp": torch.exp,
    "log": torch.log,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
}
TWO_NUMBERS: dict[str, Operation] = {
    "add": torch.add,
    "subtract": torch.sub,
    "multiply": torch.mul,
}
TWO_ARRAYS: dict[str, Operation] = {"add_arrays": torch.add, "multiply_arrays": torch.mul}

# No deadline: on a busy machine a first call may take a second.
QUICK = settings(deadline=None, max_examples=50)

# Far enough from 0 for the logarithm, and from ReLU's corner.
POSITIVE = st.floats(0.1, 3.0)
NUMBERS = POSITIVE | st.floats(-3.0, -0.1)


def compare(
    ours: Operation, theirs: Operation, *inputs: Any, upstream: Any = None, **constants: Any
) -> None:
    """Assert that value and gradients of an operation are those of PyTorch, shapes included.

    Args:
        ours: an operation of the notebook: returns its result and its backward.
        theirs: the same function of tensors.
        inputs: numbers or arrays.
        upstream: gradient of the result; 0.7, 1.2, 1.7, … if not given.
        constants: what both take by keyword.
    """
    tensors = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in inputs]
    expected = theirs(*tensors, **constants)
    if upstream is None:
        upstream = (0.7 + 0.5 * np.arange(expected.numel())).reshape(tuple(expected.shape))
    gradients = torch.autograd.grad(expected, tensors, torch.as_tensor(upstream))
    result, backward = ours(*(np.asarray(value) for value in inputs), **constants)
    np.testing.assert_allclose(result, expected.detach().numpy(), rtol=1e-9, atol=1e-12)
    parts = backward(upstream)
    assert len(parts) == len(gradients)
    for part, gradient in zip(parts, gradients, strict=True):
        assert np.shape(part) == tuple(gradient.shape)
        np.testing.assert_allclose(part, gradient.numpy(), rtol=1e-9, atol=1e-12)


def operation(name: str) -> Operation:
    found: Operation = getattr(lesson, name)
    return found


@st.composite
def filled(draw: st.DrawFn, shape: tuple[int, ...], numbers: Any = NUMBERS) -> Any:
    return draw(arrays.arrays(np.float64, shape, elements=numbers))


@st.composite
def broadcastable(draw: st.DrawFn) -> tuple[Any, Any]:
    shapes = draw(arrays.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=4))
    first, second = shapes.input_shapes
    return draw(filled(first)), draw(filled(second))


SHAPES = arrays.array_shapes(min_dims=1, max_dims=3, max_side=4)
SIZES = st.integers(1, 4)


# Operations


@pytest.mark.parametrize("name", ONE_INPUT)
@QUICK
@given(data=st.data())
def test_an_operation_of_one_input(name: str, data: st.DataObject) -> None:
    numbers = POSITIVE if name == "log" else NUMBERS
    compare(operation(name), ONE_INPUT[name], data.draw(numbers))
    compare(
        operation(name), ONE_INPUT[name], data.draw(SHAPES.flatmap(lambda s: filled(s, numbers)))
    )


@QUICK
@given(base=POSITIVE, exponent=st.sampled_from([-2, -1, 0.5, 1, 2, 3, 4]))
def test_power(base: float, exponent: float) -> None:
    compare(lesson.power, torch.pow, base, exponent=exponent)
    compare(lesson.power, torch.pow, np.full((2, 3), base), exponent=exponent)


@pytest.mark.parametrize("name", TWO_NUMBERS)
@QUICK
@given(a=NUMBERS, b=NUMBERS)
def test_an_operation_of_two_numbers(name: str, a: float, b: float) -> None:
    compare(operation(name), TWO_NUMBERS[name], a, b)


@pytest.mark.parametrize("name", TWO_ARRAYS)
@QUICK
@given(pair=broadcastable())
def test_an_operation_of_two_arrays_that_broadcast(name: str, pair: tuple[Any, Any]) -> None:
    compare(operation(name), TWO_ARRAYS[name], *pair)


@QUICK
@given(n=SIZES, d=SIZES, k=SIZES, data=st.data())
def test_matmul(n: int, d: int, k: int, data: st.DataObject) -> None:
    compare(lesson.matmul, torch.matmul, data.draw(filled((n, d))), data.draw(filled((d, k))))


@QUICK
@given(array=st.tuples(SIZES, SIZES).flatmap(filled))
def test_transpose(array: Any) -> None:
    compare(lesson.transpose, lambda tensor: tensor.T, array)


@QUICK
@given(array=SHAPES.flatmap(filled))
def test_total(array: Any) -> None:
    compare(lesson.total, torch.sum, array)
    for axis in (0, -1):
        compare(lesson.total, lambda t, axis: t.sum(dim=axis), array, axis=axis)


@QUICK
@given(array=SHAPES.flatmap(lambda shape: filled(shape, st.floats(-50, 50))))
@example(np.array([[1000.0, 0.0, -1000.0]]))
def test_log_softmax(array: Any) -> None:
    compare(lesson.log_softmax, lambda tensor: torch.log_softmax(tensor, dim=-1), array)


@QUICK
@given(pair=broadcastable())
def test_unbroadcast_gives_back_the_shape_and_the_sum(pair: tuple[Any, Any]) -> None:
    first, second = pair
    gradient = np.ones(np.broadcast_shapes(first.shape, second.shape))
    for array in pair:
        back = lesson.unbroadcast(gradient, array.shape)
        assert np.shape(back) == array.shape
        assert np.sum(back) == gradient.size


# Planted: a wrong derivative for every operation

SQUARE = np.array([[0.5, 1.5], [2.0, 0.3]])
ROW = np.array([1.0, -2.0])


def half_sum(array: Any) -> Any:
    return lambda g: (g * np.ones_like(array) / array.size,)


PLANTED: dict[str, tuple[Operation, Operation, tuple[Any, ...], dict[str, Any]]] = {
    "add": (torch.add, lambda a, b: lambda g: (g, 0 * g), (2.0, 3.0), {}),
    "subtract": (torch.sub, lambda a, b: lambda g: (g, g), (2.0, 3.0), {}),
    "multiply": (torch.mul, lambda a, b: lambda g: (g * a, g * b), (2.0, 3.0), {}),
    "power": (
        torch.pow,
        lambda a, exponent: lambda g: (g * a ** (exponent - 1),),
        (2.0,),
        {"exponent": 3},
    ),
    "exp": (torch.exp, lambda a: lambda g: (g * a,), (2.0,), {}),
    "log": (torch.log, lambda a: lambda g: (g * a,), (2.0,), {}),
    "tanh": (torch.tanh, lambda a: lambda g: (g * (1 - np.tanh(a)),), (0.4,), {}),
    "relu": (torch.relu, lambda a: lambda g: (g,), (np.array([1.0, -1.0]),), {}),
    "sigmoid": (torch.sigmoid, lambda a: lambda g: (g / (1 + np.exp(-a)),), (0.4,), {}),
    "add_arrays": (torch.add, lambda a, b: lambda g: (g, g), (SQUARE, ROW), {}),
    "multiply_arrays": (
        torch.mul,
        lambda a, b: lambda g: (g * b, (g * a).mean(axis=0)),
        (SQUARE, ROW),
        {},
    ),
    "matmul": (torch.matmul, lambda a, b: lambda g: (g @ b, a @ g), (SQUARE, SQUARE + 1), {}),
    "transpose": (lambda t: t.T, lambda a: lambda g: (g,), (SQUARE,), {}),
    "total": (torch.sum, half_sum, (SQUARE,), {}),
    "log_softmax": (
        lambda t: torch.log_softmax(t, dim=-1),
        lambda a: lambda g: (g - np.exp(a) * g,),
        (SQUARE,),
        {},
    ),
}


def test_every_operation_has_a_planted_fault() -> None:
    walk = {"unbroadcast", "Value", "topological_order", "backpropagate", "Array", "cross_entropy"}
    assert set(PLANTED) == set(NAMES) - walk


@pytest.mark.parametrize("name", PLANTED)
def test_a_wrong_derivative_is_noticed(name: str) -> None:
    theirs, wrong, inputs, constants = PLANTED[name]

    def planted(*values: Any, **kept: Any) -> tuple[Any, Any]:
        result, _ = operation(name)(*values, **kept)
        return result, wrong(*values, **kept)

    compare(operation(name), theirs, *inputs, **constants)
    with pytest.raises(AssertionError):
        compare(planted, theirs, *inputs, **constants)


# Graphs


def random_graph(seed: int, leaves: list[Any], *, tensors: bool) -> Any:
    """The same random formula of nodes or of tensors; values are used several times."""
    chance, nodes = np.random.default_rng(seed), list(leaves)
    for _ in range(12):
        a, b = (nodes[chance.integers(len(nodes))] for _ in range(2))
        kind = chance.integers(5)
        if kind < 2:
            nodes.append((a + b, a - b)[kind])
            continue
        inner = (a, a * b, a)[kind - 2]
        bent = torch.tanh(inner) if tensors else inner.apply(lesson.tanh)
        nodes.append(bent**2 if kind == 4 else bent)
    end = nodes[-1]
    for node in nodes[:-1]:
        end = end + node
    return end


@pytest.mark.parametrize("kind", ["Value", "Array"])
@QUICK
@given(seed=st.integers(0, 10_000), values=st.lists(NUMBERS, min_size=1, max_size=3))
def test_a_random_graph(kind: str, seed: int, values: list[float]) -> None:
    make = getattr(lesson, kind)
    leaves = [make(np.float64(value)) for value in values]
    lesson.backpropagate(random_graph(seed, leaves, tensors=False))
    tensors = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in values]
    random_graph(seed, tensors, tensors=True).backward()
    for ours, theirs in zip(leaves, tensors, strict=True):
        assert theirs.grad is not None
        np.testing.assert_allclose(ours.grad, theirs.grad.item(), rtol=1e-9, atol=1e-12)


@QUICK
@given(seed=st.integers(0, 10_000))
def test_the_order_has_every_node_once_after_its_parents(seed: int) -> None:
    end = random_graph(seed, [lesson.Value(1.0), lesson.Value(2.0)], tensors=False)
    order = lesson.topological_order(end)
    place = {id(node): number for number, node in enumerate(order)}
    assert len(place) == len(order)
    assert order[-1] is end
    for node in order:
        assert all(place[id(parent)] < place[id(node)] for parent in node.parents)


def test_overwriting_is_noticed() -> None:
    for walk, expected in [(lesson.backpropagate, 6), (lesson.backpropagate_overwriting, 3)]:
        x = lesson.Value(3.0)
        walk(x * x)
        assert x.grad == expected


def test_leaves_add_up_over_two_calls_as_in_pytorch() -> None:
    x, t = lesson.Value(3.0), torch.tensor(3.0, requires_grad=True)
    cube, torch_cube = x * x * x, t * t * t
    for _ in range(2):
        lesson.backpropagate(cube)
        torch_cube.backward(retain_graph=True)
    assert t.grad is not None
    assert x.grad == t.grad.item() == 54


# A whole network


def network(parts: list[Any], inputs: Any) -> Any:
    return (lesson.Array(inputs) @ parts[0].T + parts[1]).apply(lesson.relu) @ parts[2].T + parts[3]


@QUICK
@given(n=SIZES, d=SIZES, h=SIZES, k=st.integers(2, 4), seed=st.integers(0, 1000))
def test_cross_entropy_of_a_perceptron(n: int, d: int, h: int, k: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    start = [chance.normal(size=shape) for shape in ((h, d), (h,), (k, h), (k,))]
    inputs, labels = chance.normal(size=(n, d)), chance.integers(k, size=n)
    parts = [lesson.Array(part) for part in start]
    loss = lesson.cross_entropy(network(parts, inputs), labels)
    lesson.backpropagate(loss)
    W1, b1, W2, b2 = tensors = [torch.tensor(part, requires_grad=True) for part in start]
    logits = torch.relu(torch.tensor(inputs) @ W1.T + b1) @ W2.T + b2
    expected = torch.nn.functional.cross_entropy(logits, torch.tensor(labels))
    expected.backward()
    np.testing.assert_allclose(loss.data, expected.item(), rtol=1e-9)
    for ours, theirs in zip(parts, tensors, strict=True):
        assert theirs.grad is not None
        np.testing.assert_allclose(ours.grad, theirs.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_single_precision_stays_single() -> None:
    chance = np.random.default_rng(0)
    shapes = ((5, 3), (5,), (2, 5), (2,))
    parts = [lesson.Array(chance.normal(size=shape).astype(np.float32)) for shape in shapes]
    logits = network(parts, chance.normal(size=(4, 3)).astype(np.float32))
    loss = lesson.cross_entropy(logits, np.array([0, 1, 1, 0]))
    lesson.backpropagate(loss)
    assert loss.data.dtype == np.float32
    assert {part.grad.dtype for part in parts} == {np.dtype(np.float32)}
