"""The exercises of notebook 01, Functions: right answers, typical mistakes and their hints."""

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from course_utils.checks.engine import Exercise, Mistake

Array = np.ndarray[Any, Any]
Activation = Callable[[Any], Any]
Layers = Sequence[tuple[Array, Array, Activation]]


def _sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-np.asarray(z)))


def _relu(z: Any) -> Any:
    return np.maximum(0.0, np.asarray(z))


# A call is shown to the learner as `neuron([4, 6], [1, 0.5], -5, sigmoid)`.
_sigmoid.__name__, _relu.__name__ = "sigmoid", "relu"


_RELATIONS = {
    "sideways parabola": False,
    "always seven": True,
    "date of birth": True,
    "born that day": False,
    "postage": True,
    "table": False,
}

# One reason to think again for each entry, and a name for the mistake.
_REASONS = {
    "sideways parabola": (
        "parabola",
        "think again about the sideways parabola. Take x = 4: which numbers y have the square 4? "
        "Is there only one?",
    ),
    "always seven": (
        "constant",
        "think again about 'always seven'. The output never changes, true. But does any input "
        "have two outputs?",
    ),
    "date of birth": (
        "shared birthdays",
        "think again about 'date of birth'. Two people may well share a birthday, but the input "
        "here is a person. How many dates of birth does one person have?",
    ),
    "born that day": (
        "direction",
        "think again about 'born that day'. The input is a day now. If you name one day of your "
        "school's calendar, can there be two people to answer with?",
    ),
    "postage": (
        "jump",
        "think again about 'postage'. The graph jumps at 20 g, and it may. Is there any weight "
        "for which the clerk could ask two prices?",
    ),
    "table": (
        "repeated input",
        "think again about the table. Go through the inputs x one by one: does any of them come "
        "twice?",
    ),
}
_LOOKED_FOR_A_FORMULA = ("sideways parabola", "date of birth", "postage")


def _turned(wrong: Sequence[str]) -> dict[str, bool]:
    return {entry: right != (entry in wrong) for entry, right in _RELATIONS.items()}


def _some_wrong() -> list[Mistake]:
    """One to five wrong entries: name them all, give the reason for the first."""
    mistakes = [
        Mistake(name, _turned([entry]), reason) for entry, (name, reason) in _REASONS.items()
    ]
    for size in range(2, len(_REASONS)):
        for wrong in combinations(_REASONS, size):
            if wrong != _LOOKED_FOR_A_FORMULA:
                several = f"{size} of the six are not right yet: {', '.join(wrong)}. First, "
                answer, reason = _turned(wrong), _REASONS[wrong[0]][1]
                mistakes.append(Mistake(f"wrong: {', '.join(wrong)}", answer, several + reason))
    return mistakes


_FUNCTION_OR_NOT = Exercise(
    key="01.function_or_not",
    answer=_RELATIONS,
    praise="all six are right. One output for each input: that is the whole test.",
    mistakes=(
        Mistake(
            "one to one",
            _turned(list(_RELATIONS)),
            "every entry is the wrong way round: you asked whether two inputs may share an output. "
            "They may. Look at the arrows that leave an input, not at those that arrive.",
        ),
        Mistake(
            "formula",
            _turned(_LOOKED_FOR_A_FORMULA),
            "it looks as if you looked for a neat formula. y² = x has one, a person's birthday has "
            "none; the only question is how many outputs an input has.",
        ),
        *_some_wrong(),
    ),
)


def _first_only(x: Array) -> Any:
    return x[0] ** 2


def _sum_of_squares(x: Array) -> Any:
    return np.sum(np.square(x))


_SUM_OF_SQUARES = Exercise(
    key="01.sum_of_squares",
    answer=_sum_of_squares,
    praise="`sum_of_squares` is right, for any number of terms.",
    cases=(
        (np.array([3.0, 4.0]),),
        (np.array([1.0, -2.0, 2.0, 0.5]),),
        (np.array([0.5, 1.5, 4.0]),),
    ),
    mistakes=(
        Mistake(
            "square of the sum",
            lambda x: np.sum(x) ** 2,
            "{call} gave {got}, expected {expected}. You add first and square the total. In the "
            "formula the small 2 stands at xᵢ, inside the sum: what happens first?",
        ),
        Mistake(
            "no squares",
            np.sum,
            "{call} gave {got}, expected {expected}. The numbers are added as they are; something "
            "has to happen to each of them before it is added.",
        ),
        Mistake(
            "doubled",
            lambda x: np.sum(2 * np.asarray(x)),
            "{call} gave {got}, expected {expected}. You double each number. Squaring multiplies a "
            "number by itself; in Python that is `x * x` or `x ** 2`.",
        ),
        Mistake(
            "not added",
            lambda x: np.square(x),
            "{call} gave {got}: the squares are right, but there are still as many numbers as in "
            "`x`. Σ makes one number of them.",
        ),
        Mistake(
            "first term missing",
            lambda x: np.sum(np.square(x[1:])),
            "{call} gave {got}, expected {expected}: the first term is missing. The formula counts "
            "from 1, but where does Python begin?",
        ),
        Mistake(
            "last term missing",
            lambda x: np.sum(np.square(x[:-1])),
            "{call} gave {got}, expected {expected}: the last term is missing. `range(n)` already "
            "stops before n; there is no need to take one away.",
        ),
        Mistake(
            "returns too early",
            _first_only,
            "{call} gave {got}: that is the first square alone. A `return` ends the function at "
            "once; look how far yours is indented. Is it inside the loop?",
        ),
        Mistake(
            "overwritten",
            lambda x: x[-1] ** 2,
            "{call} gave {got}: that is the last square alone. Each turn of the loop throws the "
            "total away and starts anew; how do you keep what is already there?",
        ),
        Mistake(
            "mean",
            lambda x: np.mean(np.square(x)),
            "{call} gave {got}, expected {expected}. You divide by the number of terms; that would "
            "be their mean. Σ only adds.",
        ),
    ),
)


def _celsius(fahrenheit: Any) -> Any:
    return (fahrenheit - 32) * 5 / 9


_CELSIUS = Exercise(
    key="01.celsius",
    answer=_celsius,
    praise="`celsius` is right: the innermost function works first.",
    cases=((212.0,), (50.0,), (np.array([39.4, 14.0]),)),
    mistakes=(
        Mistake(
            "subtracted last",
            lambda fahrenheit: fahrenheit * 5 / 9 - 32,
            "{call} gave {got}, expected {expected}. The 32 is subtracted last. It should be taken "
            "away from the Fahrenheit reading itself, before anything else happens.",
        ),
        Mistake(
            "subtracted in the middle",
            lambda fahrenheit: (5 * fahrenheit - 32) / 9,
            "{call} gave {got}, expected {expected}. The 32 is subtracted in the middle, after the "
            "multiplication. Follow one number from the inside out: where does it lose its 32?",
        ),
        Mistake(
            "divided first",
            lambda fahrenheit: (fahrenheit / 9 - 32) * 5,
            "{call} gave {got}, expected {expected}. The 32 is subtracted after the division. "
            "Which of the three stands in the innermost brackets, and which should?",
        ),
        Mistake(
            "not divided",
            lambda fahrenheit: (fahrenheit - 32) * 5,
            "{call} gave {got}, nine times too much. Only two of the three functions are at work; "
            "which one is missing?",
        ),
        Mistake(
            "not multiplied",
            lambda fahrenheit: (fahrenheit - 32) / 9,
            "{call} gave {got}, a fifth of what is expected. Only two of the three functions are "
            "at work; which one is missing?",
        ),
        Mistake(
            "nothing subtracted",
            lambda fahrenheit: fahrenheit * 5 / 9,
            "{call} gave {got}, expected {expected}. The scale is right, the zero is not: water "
            "freezes at 32 °F. Which function deals with that?",
        ),
        Mistake(
            "other direction",
            lambda fahrenheit: fahrenheit * 9 / 5 + 32,
            "{call} gave {got}: that turns degrees Celsius into Fahrenheit. Here Fahrenheit is the "
            "input; the three little functions go the other way.",
        ),
    ),
)


def _neuron(x: Array, w: Array, b: float, activation: Activation) -> Any:
    return activation(b + np.sum(w * x))


# The last case is negative inside the brackets, so that ReLU differs from no activation at all.
_NEURON = Exercise(
    key="01.neuron",
    answer=_neuron,
    praise="`neuron` is right, for any number of inputs and any activation.",
    cases=(
        (np.array([4.0, 6.0]), np.array([1.0, 0.5]), -5.0, _sigmoid),
        (np.array([1.0, -2.0, 0.5]), np.array([0.5, -1.0, 3.0]), 0.25, _relu),
        (np.array([0.5, 1.0]), np.array([-1.0, 1.5]), -1.75, _sigmoid),
    ),
    mistakes=(
        Mistake(
            "no bias",
            lambda x, w, b, activation: activation(np.sum(w * x)),
            "{call} gave {got}, expected {expected}. `b` never comes into it: where does the "
            "formula add the bias?",
        ),
        Mistake(
            "no activation",
            lambda x, w, b, activation: b + np.sum(w * x),
            "{call} gave {got}: that is the number inside the big brackets. It still has to go "
            "through one last function.",
        ),
        Mistake(
            "bias outside",
            lambda x, w, b, activation: activation(np.sum(w * x)) + b,
            "{call} gave {got}, expected {expected}. You add the bias after the activation. In the "
            "formula, is `b` inside or outside the brackets of `a`?",
        ),
        Mistake(
            "activation before the sum",
            lambda x, w, b, activation: b + np.sum(activation(w * x)),
            "{call} gave {got}, expected {expected}. Every product goes through the activation on "
            "its own. The sum comes first, the activation acts on one number.",
        ),
        Mistake(
            "not added",
            lambda x, w, b, activation: activation(b + w * x),
            "{call} gave {got}: one number for each input. A neuron answers with a single number; "
            "`w * x` has not been added up yet.",
        ),
        Mistake(
            "bias in every term",
            lambda x, w, b, activation: activation(np.sum(w * x + b)),
            "{call} gave {got}, expected {expected}. The bias is inside the sum, so it is added "
            "once for every input. How often does the formula add it?",
        ),
        Mistake(
            "always sigmoid",
            lambda x, w, b, activation: _sigmoid(b + np.sum(w * x)),
            "{call} gave {got}, expected {expected}. Whatever activation is handed over, you use "
            "the sigmoid. Call the function that came in as `activation`.",
        ),
        Mistake(
            "always ReLU",
            lambda x, w, b, activation: _relu(b + np.sum(w * x)),
            "{call} gave {got}, expected {expected}. Whatever activation is handed over, you use "
            "ReLU. Call the function that came in as `activation`.",
        ),
        Mistake(
            "first two inputs only",
            lambda x, w, b, activation: activation(b + w[0] * x[0] + w[1] * x[1]),
            "with two inputs it is right, with three the last one is left out: {call} gave {got}, "
            "expected {expected}. How can Σ go over all of them, however many?",
        ),
        Mistake(
            "bias subtracted",
            lambda x, w, b, activation: activation(np.sum(w * x) - b),
            "{call} gave {got}, expected {expected}. The bias is subtracted. The formula adds it; "
            "a negative `b` brings its own sign.",
        ),
        Mistake(
            "no weights",
            lambda x, w, b, activation: activation(b + np.sum(x)),
            "{call} gave {got}, expected {expected}. All inputs count the same here. What is `w` "
            "for?",
        ),
    ),
)


def _forward(x: Array, layers: Layers) -> Any:
    for weights, bias, activation in layers:
        x = activation(bias + x @ weights)
    return x


def _always_from_x(x: Array, layers: Layers) -> Any:
    weights, bias, activation = layers[-1]
    return activation(bias + x @ weights)


def _no_activation(x: Array, layers: Layers) -> Any:
    for weights, bias, _ in layers:
        x = bias + x @ weights
    return x


def _no_bias(x: Array, layers: Layers) -> Any:
    for weights, _, activation in layers:
        x = activation(x @ weights)
    return x


def _bias_outside(x: Array, layers: Layers) -> Any:
    for weights, bias, activation in layers:
        x = activation(x @ weights) + bias
    return x


def _transposed(x: Array, layers: Layers) -> Any:
    for weights, bias, activation in layers:
        x = activation(bias + weights @ x)
    return x


# Tables are square, so that a transposed or misplaced one gives a wrong number, not an error.
_FORWARD = Exercise(
    key="01.forward",
    answer=_forward,
    praise="`forward` is right, for two layers, for three, and for any number.",
    cases=(
        (
            np.array([1.0, 2.0]),
            (
                (np.array([[1.0, -1.0], [0.5, 1.0]]), np.array([0.5, -2.0]), _relu),
                (np.array([[0.5, 1.0], [-1.0, 0.25]]), np.array([0.25, -0.5]), _sigmoid),
            ),
        ),
        (
            np.array([0.5, -1.0]),
            (
                (np.array([[2.0, 1.0], [-1.0, 0.5]]), np.array([-0.5, 1.0]), _relu),
                (np.array([[1.0, 0.5], [-2.0, 1.0]]), np.array([0.5, -1.0]), _sigmoid),
                (np.array([[-1.0, 2.0], [3.0, 1.0]]), np.array([0.5, -0.5]), _relu),
            ),
        ),
    ),
    mistakes=(
        Mistake(
            "stops after the first layer",
            lambda x, layers: _forward(x, layers[:1]),
            "{got} is what the first layer gives; the others never get a turn. Is your `return` "
            "inside the loop?",
        ),
        Mistake(
            "two layers only",
            lambda x, layers: _forward(x, layers[:2]),
            "with two layers it is right, with three the last one is left out: {got} came back, "
            "expected {expected}. How can the code go on for as long as there are layers?",
        ),
        Mistake(
            "always starts from x",
            _always_from_x,
            "your network answers {got}, expected {expected}. Every layer gets the original `x` "
            "as its input. What should the second layer look at?",
        ),
        Mistake(
            "no activation",
            _no_activation,
            "your network answers {got}, expected {expected}. The weighted sums are there, but no "
            "activation is called. Each layer brings its own.",
        ),
        Mistake(
            "activation at the end only",
            lambda x, layers: layers[-1][2](_no_activation(x, layers)),
            "your network answers {got}, expected {expected}. Only the last activation is called. "
            "Each layer ends with its own, before its output goes on.",
        ),
        Mistake(
            "no bias",
            _no_bias,
            "your network answers {got}, expected {expected}. The biases are unpacked and then "
            "not used.",
        ),
        Mistake(
            "bias outside",
            _bias_outside,
            "your network answers {got}, expected {expected}. The bias is added after the "
            "activation; in the formula it stands inside its brackets.",
        ),
        Mistake(
            "transposed",
            _transposed,
            "your network answers {got}, expected {expected}. The tables are read the wrong way: "
            "`W` has a row for each input. On which side of `@` does the input stand then?",
        ),
        Mistake(
            "reversed",
            lambda x, layers: _forward(x, layers[::-1]),
            "your network answers {got}, expected {expected}. The layers work in reverse order. "
            "The first of the list is the innermost function: it sees `x`.",
        ),
    ),
)

EXERCISES: tuple[Exercise, ...] = (
    _FUNCTION_OR_NOT,
    _SUM_OF_SQUARES,
    _CELSIUS,
    _NEURON,
    _FORWARD,
)
