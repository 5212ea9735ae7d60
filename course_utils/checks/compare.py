"""Compare an answer with the expected one, telling wrong type, shape and value apart."""

import numbers
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

#: Arrays with more values than this are described by their shape.
MOST_SHOWN = 12


@dataclass(frozen=True)
class Difference:
    """The first difference found: its kind and a sentence with expected and got."""

    kind: Literal["type", "shape", "value"]
    sentence: str


def difference(expected: Any, got: Any, *, tolerance: float) -> Difference | None:
    """Return the first difference between `expected` and `got`, or None if they agree.

    Numbers, NumPy arrays, tensors, and lists of numbers are compared as arrays of float64;
    text, truth values, mappings and tuples of such things element by element. A tensor or array
    in single precision is allowed the rounding of single precision.
    """
    if isinstance(expected, Mapping):
        return _mapping_difference(expected, got, tolerance=tolerance)
    if isinstance(expected, str | bool):
        return _plain_difference(expected, got)
    if callable(expected):
        return None if got is expected else Difference("value", f"got {describe(got)}.")
    if isinstance(expected, tuple) or (isinstance(expected, list) and _as_array(expected) is None):
        return _tuple_difference(expected, got, tolerance=tolerance)
    return _array_difference(expected, got, tolerance=tolerance)


def describe(value: Any) -> str:
    """Write a value briefly, as a reader would: ``1.5``, ``[1, 2]``, ``an array (3, 4)``."""
    if isinstance(value, str | bool | np.bool_) or value is None or value is ...:
        return "..." if value is ... else repr(value)
    if isinstance(value, numbers.Real):
        return _number(float(value))
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key!r}: {describe(item)}" for key, item in value.items()) + "}"
    if callable(value):
        return getattr(value, "__name__", "a function")
    if isinstance(value, tuple):
        return "(" + ", ".join(describe(item) for item in value) + ("," * (len(value) == 1)) + ")"
    array = _as_array(value)
    if array is None:
        return _describe_others(value)
    if array.size > MOST_SHOWN:
        return f"{_kind(value)} of shape {array.shape}"
    return _brackets(array)


def _describe_others(value: Any) -> str:
    """Write a list of anything, an array of truth values, or whatever else came."""
    if hasattr(value, "tolist") and str(getattr(value, "dtype", "")).endswith("bool"):
        value = value.tolist()
    if isinstance(value, list) and len(value) <= MOST_SHOWN:
        return "[" + ", ".join(describe(item) for item in value) + "]"
    written = " ".join(repr(value).split())
    if " object at 0x" in written:  # the address tells nobody anything
        return f"{_kind(value)} object"
    return f"{_kind(value)} {written}"[:80]


def _brackets(array: np.ndarray[Any, Any]) -> str:
    if array.ndim == 0:
        return _number(float(array))
    return "[" + ", ".join(_brackets(row) for row in array) + "]"


def _number(value: float) -> str:
    if 1e6 <= abs(value) < 1e15 and value == round(value):  # a count: every digit matters
        return f"{value:.0f}"
    return f"{value:.6g}"


def _kind(value: Any) -> str:
    names = {"ndarray": "an array", "Tensor": "a tensor", "list": "a list", "str": "text"}
    names |= {"int": "a number", "float": "a number", "dict": "a dictionary", "tuple": "a tuple"}
    names |= {"ellipsis": "the dots of the exercise"}
    kind = type(value).__name__
    article = "an" if kind[0].lower() in "aeiou" else "a"
    return "a function" if callable(value) else names.get(kind, f"{article} {kind}")


def _as_array(value: Any) -> np.ndarray[Any, Any] | None:
    """Return numbers of any kind as float64, or None where `value` isn't made of numbers."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().resolve_conj().numpy()
    try:
        array = np.asarray(value)
    except (ValueError, TypeError):
        return None
    if array.dtype.kind not in "iuf":
        return None
    return array.astype(np.float64)


def _array_difference(expected: Any, got: Any, *, tolerance: float) -> Difference | None:
    right, mine = _as_array(expected), _as_array(got)
    if right is None:
        raise TypeError(f"an exercise expects {expected!r}, which the engine cannot compare")
    if mine is None:
        what = "a number" if right.ndim == 0 else "numbers in an array"
        return Difference("type", f"expected {what}, got {describe(got)} ({_kind(got)}).")
    single = "float32" in str(getattr(got, "dtype", ""))
    limit = max(tolerance, 1e-5 if single and tolerance > 0 else 0.0)
    if mine.shape != right.shape:
        return Difference("shape", _shape_sentence(right, mine, limit))
    if np.allclose(mine, right, rtol=limit, atol=limit, equal_nan=True):
        return None
    return Difference("value", _value_sentence(right, mine, limit))


def _value_sentence(right: np.ndarray[Any, Any], mine: np.ndarray[Any, Any], limit: float) -> str:
    if right.size <= MOST_SHOWN:
        return f"expected {describe(right)}, got {describe(mine)}."
    wrong = np.argwhere(~np.isclose(mine, right, rtol=limit, atol=limit, equal_nan=True))
    place = tuple(wrong[0].tolist())
    return (
        f"the shape {right.shape} is right, but {len(wrong)} of {right.size} values are not: at "
        f"{list(place)} expected {describe(right[place])}, got {describe(mine[place])}."
    )


def _shape_sentence(right: np.ndarray[Any, Any], mine: np.ndarray[Any, Any], limit: float) -> str:
    def name(shape: tuple[int, ...]) -> str:
        return "a single number" if shape == () else f"shape {shape}"

    sentence = f"expected {name(right.shape)}, got {name(mine.shape)}."
    if mine.size == right.size and np.allclose(mine.ravel(), right.ravel(), rtol=limit, atol=limit):
        return sentence + " The values are right; only the shape is not."
    return sentence


def _plain_difference(expected: Any, got: Any) -> Difference | None:
    if isinstance(expected, bool) and isinstance(got, np.bool_):
        got = bool(got)
    if type(got) is not type(expected):
        what = "text in quotes" if isinstance(expected, str) else "True or False"
        return Difference("type", f"expected {what}, got {describe(got)} ({_kind(got)}).")
    same = got.strip().lower() == expected.lower() if isinstance(expected, str) else got == expected
    # The right text is not shown: it would give the answer to a question away.
    return None if same else Difference("value", f"{describe(got)} is not the one.")


def _tuple_difference(
    expected: tuple[Any, ...] | list[Any], got: Any, *, tolerance: float
) -> Difference | None:
    if not isinstance(got, tuple | list):
        return Difference(
            "type", f"expected {len(expected)} values, got {describe(got)} ({_kind(got)})."
        )
    if len(got) != len(expected):
        return Difference("shape", f"expected {len(expected)} values, got {len(got)}.")
    for place, (right, mine) in enumerate(zip(expected, got, strict=True), start=1):
        found = difference(right, mine, tolerance=tolerance)
        if found is not None:
            return Difference(found.kind, f"value {place} of {len(expected)}: {found.sentence}")
    return None


def _mapping_difference(
    expected: Mapping[Any, Any], got: Any, *, tolerance: float
) -> Difference | None:
    if not isinstance(got, Mapping):
        return Difference("type", f"expected a dictionary, got {describe(got)} ({_kind(got)}).")
    if set(got) != set(expected):
        return Difference("shape", f"expected the keys {list(expected)}, got {list(got)}.")
    for key, right in expected.items():
        if got[key] is ... or got[key] is None:
            return Difference("value", f"the answer for {key!r} is still empty.")
        found = _word_difference(expected, got[key]) if isinstance(right, str) else None
        found = found or difference(right, got[key], tolerance=tolerance)
        if found is not None:
            return Difference(found.kind, f"for {key!r}: {found.sentence}")
    return None


def _word_difference(expected: Mapping[Any, Any], got: Any) -> Difference | None:
    """Say so when a word is none of those that the answers are made of."""
    words = sorted({word for word in expected.values() if isinstance(word, str)})
    if not isinstance(got, str) or got.strip().lower() in {word.lower() for word in words}:
        return None
    choice = ", ".join(map(repr, words))
    return Difference("value", f"{got!r} is none of the words to choose from: {choice}.")
