"""The exercises of notebook 22, recurrent networks."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.checks.engine import Exercise, Mistake

Array = NDArray[Any]

_CHANCE = np.random.default_rng(22)


def _drawn(*shape: int) -> Array:
    return _CHANCE.normal(size=shape).round(2)


# Random everywhere: the filling is not zero, the matrices are not symmetric.
_STATES, _LENGTHS = _drawn(3, 4, 2), np.array([4, 1, 3])
_MORE_STATES, _MORE_LENGTHS = _drawn(2, 5, 5), np.array([2, 3])
_READ = (_drawn(3, 2), _drawn(2, 2), _drawn(2, 2), _drawn(2))
_READ_MORE = (_drawn(5, 3), _drawn(4, 3), 0.5 * _drawn(4, 4), _drawn(4))
_LOGITS = np.array([1.0, -0.5, 2.0, 0.3, 0.1, -1.2])


def _cell_case(features: int, size: int) -> tuple[Array, ...]:
    shapes = [(features,), (size,), (size,), (4 * size, features), (4 * size, size), (4 * size,)]
    return tuple(_drawn(*shape) for shape in shapes)


def _mean_of_valid(states: Array, lengths: Array) -> Any:
    real = np.arange(states.shape[1]) < lengths[:, None]
    return np.where(real[:, :, None], states, 0).sum(axis=1) / lengths[:, None]


def _divided_by_width(states: Array, lengths: Array) -> Any:
    return _mean_of_valid(states, lengths) * lengths[:, None] / states.shape[1]


def _final_state(
    x: Array, w_x: Array, w_h: Array, b: Array, *, every_bias: bool = True, bend: bool = True
) -> Any:
    h = np.zeros(len(b))
    for step, x_t in enumerate(x):
        z = w_h @ h + w_x @ x_t + (b if every_bias or step == 0 else 0)
        h = np.tanh(z) if bend else z
    return h


def _forgets(x: Array, w_x: Array, b: Array) -> Any:
    return np.tanh(w_x @ x[-1] + b)


def _all_states(x: Array, w_x: Array, w_h: Array, b: Array) -> Any:
    return np.stack([_final_state(x[: t + 1], w_x, w_h, b) for t in range(len(x))])


def _tanh_at_the_end(x: Array, w_x: Array, w_h: Array, b: Array) -> Any:
    return np.tanh(_final_state(x, w_x, w_h, b, bend=False))


def _probabilities(logits: Array, temperature: float) -> Array:
    powers = np.exp((logits - logits.max()) / temperature)
    return np.asarray(powers / powers.sum())


def _pick_letter(logits: Array, temperature: float, u: float) -> Any:
    return int((np.cumsum(_probabilities(logits, temperature)) <= u).sum())


def _pick_from_most_likely(logits: Array, temperature: float, u: float) -> Any:
    order = np.argsort(-logits)
    return int(order[_pick_letter(logits[order], temperature, u)])


def _pick_without_softmax(logits: Array, temperature: float, u: float) -> Any:
    return int((np.cumsum(logits / temperature) <= u).sum())


def _pick_without_division(logits: Array, temperature: float, u: float) -> Any:
    return int((np.cumsum(np.exp(logits / temperature)) <= u).sum())


def _sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def _lstm_step(
    x: Array,
    h: Array,
    c: Array,
    w_x: Array,
    w_h: Array,
    b: Array,
    *,
    order: str = "ifgo",
    bend: Any = np.tanh,
    bend_new: Any = np.tanh,
    shown: str = "new",
) -> Any:
    parts = dict(zip(order, np.split(w_x @ x + w_h @ h + b, 4), strict=True))
    i, f, o = (_sigmoid(parts[name]) for name in "ifo")
    new = f * c + i * bend_new(parts["g"])
    return o * bend(new if shown == "new" else c), new


def _nothing_bent(z: Array) -> Array:
    return z


def _forget_turned(x: Array, h: Array, c: Array, w_x: Array, w_h: Array, b: Array) -> Any:
    i, f, g, o = np.split(w_x @ x + w_h @ h + b, 4)
    new = (1 - _sigmoid(f)) * c + _sigmoid(i) * np.tanh(g)
    return _sigmoid(o) * np.tanh(new), new


def _raw_gates(x: Array, h: Array, c: Array, w_x: Array, w_h: Array, b: Array) -> Any:
    i, f, g, o = np.split(w_x @ x + w_h @ h + b, 4)
    new = f * c + i * np.tanh(g)
    return o * np.tanh(new), new


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        key="22.mean_of_valid",
        answer=_mean_of_valid,
        praise="`mean_of_valid` is right: the filling has no say.",
        cases=((_STATES, _LENGTHS), (_MORE_STATES, _MORE_LENGTHS)),
        mistakes=(
            Mistake(
                "filling counted",
                lambda states, lengths: states.mean(axis=1),
                "you average over all steps, the filling included. Only the first `lengths` steps "
                "of each sequence are real.",
            ),
            Mistake(
                "divided by the width",
                _divided_by_width,
                "you add up the right steps, but divide by the width of the rectangle. How many "
                "steps did you add?",
            ),
            Mistake(
                "sum",
                lambda states, lengths: _mean_of_valid(states, lengths) * lengths[:, None],
                "these are sums over the real steps, and they are right. The mean is asked for.",
            ),
            Mistake(
                "filling added",
                lambda states, lengths: states.sum(axis=1) / lengths[:, None],
                "you divide by the right number, but add up all steps. The filling need not be "
                "zero: leave it out of the sum, too.",
            ),
            Mistake(
                "last real state",
                lambda states, lengths: states[np.arange(len(states)), lengths - 1],
                "you return the last real state of each sequence. The mean of all its real "
                "states is asked for.",
            ),
            Mistake(
                "last one left out",
                lambda states, lengths: np.stack(
                    [s[: max(n - 1, 1)].mean(axis=0) for s, n in zip(states, lengths, strict=True)]
                ),
                "you leave out the last real step. With a length of 3 the steps 0, 1 and 2 count.",
            ),
            Mistake(
                "one too many",
                lambda states, lengths: np.stack(
                    [s[: n + 1].mean(axis=0) for s, n in zip(states, lengths, strict=True)]
                ),
                "you take in one step of the filling. With a length of 3 the steps 0, 1 and 2 "
                "count.",
            ),
            Mistake(
                "one mean for all",
                lambda states, lengths: states[np.arange(states.shape[1]) < lengths[:, None]].mean(
                    axis=0
                ),
                "you average over all real steps of all sequences together. Each sequence has a "
                "mean of its own.",
            ),
        ),
    ),
    Exercise(
        key="22.final_state",
        answer=_final_state,
        praise="`final_state` is right, for sequences of any length.",
        cases=(_READ, _READ_MORE),
        mistakes=(
            Mistake(
                "no memory",
                lambda x, w_x, w_h, b: _forgets(x, w_x, b),
                "your answer depends on the last input only. Where does the state of the step "
                "before come in?",
            ),
            Mistake(
                "no tanh",
                lambda x, w_x, w_h, b: _final_state(x, w_x, w_h, b, bend=False),
                "{call} gave {got}, expected {expected}. Nothing is bent in your version: tanh "
                "is missing.",
            ),
            Mistake(
                "tanh at the end only",
                _tanh_at_the_end,
                "you apply tanh once, after the last step. It belongs into every step.",
            ),
            Mistake(
                "all states",
                _all_states,
                "these are the states of all steps, and they are right. Only the last one is "
                "asked for.",
            ),
            Mistake(
                "backwards",
                lambda x, w_x, w_h, b: _final_state(x[::-1], w_x, w_h, b),
                "you read the sequence from its end to its beginning.",
            ),
            Mistake(
                "matrix turned",
                lambda x, w_x, w_h, b: _final_state(x, w_x, w_h.T, b),
                "{call} gave {got}, expected {expected}. The rows of `W_h` have changed places "
                "with its columns: for one state it is `W_h @ h`.",
            ),
            Mistake(
                "no bias",
                lambda x, w_x, w_h, b: _final_state(x, w_x, w_h, np.zeros(len(b))),
                "the bias is missing.",
            ),
            Mistake(
                "bias once",
                lambda x, w_x, w_h, b: _final_state(x, w_x, w_h, b, every_bias=False),
                "you add the bias at the first step only. The rule is the same at each step.",
            ),
            Mistake(
                "one step too few",
                lambda x, w_x, w_h, b: _final_state(x[:-1], w_x, w_h, b),
                "you stop one step too early: the last input is not read.",
            ),
        ),
    ),
    Exercise(
        key="22.pick_letter",
        answer=_pick_letter,
        praise="`pick_letter` is right, at every temperature.",
        cases=tuple(
            (_LOGITS, temperature, u)
            for temperature, u in (
                *((1.0, 0.05), (1.0, 0.3), (1.0, 0.77), (1.0, 0.97)),
                *((0.5, 0.12), (0.5, 0.5), (0.5, 0.93), (2.0, 0.2), (2.0, 0.6), (2.0, 0.94)),
            )
        ),
        mistakes=(
            Mistake(
                "most likely letter",
                lambda logits, temperature, u: int(np.argmax(logits)),
                "you always take the most likely letter; `u` has no say. Then the network would "
                "write the same name for ever.",
            ),
            Mistake(
                "temperature ignored",
                lambda logits, temperature, u: _pick_letter(logits, 1.0, u),
                "`{call}` gave {got}, expected {expected}: right at temperature 1 only. Where "
                "does the temperature come in?",
            ),
            Mistake(
                "multiplied",
                lambda logits, temperature, u: _pick_letter(logits, 1 / temperature, u),
                "`{call}` gave {got}, expected {expected}. You multiply by the temperature: then "
                "a low one makes all letters equal. Divide.",
            ),
            Mistake(
                "one too far",
                lambda logits, temperature, u: _pick_letter(logits, temperature, u) + 1,
                "`{call}` gave {got}, expected {expected}: always one too far. Letters are "
                "numbered from 0.",
            ),
            Mistake(
                "one too early",
                lambda logits, temperature, u: _pick_letter(logits, temperature, u) - 1,
                "`{call}` gave {got}, expected {expected}: one too early. `u` lies beyond the "
                "right end of the part that you pick.",
            ),
            Mistake(
                "sorted first",
                _pick_from_most_likely,
                "`{call}` gave {got}, expected {expected}. You sort the letters by probability "
                "first. Lay the parts in the order of the letters.",
            ),
            Mistake(
                "no softmax",
                _pick_without_softmax,
                "`{call}` gave {got}, expected {expected}. You add up the logits themselves. Only "
                "probabilities fill the way from 0 to 1.",
            ),
            Mistake(
                "powers not divided",
                _pick_without_division,
                "`{call}` gave {got}, expected {expected}: letter 0 for every `u`. Do your powers "
                "of e add up to 1? And do you look for the first end *above* `u`?",
            ),
            Mistake(
                "divided after the softmax",
                lambda logits, temperature, u: int(
                    (np.cumsum(_probabilities(logits, 1.0) / temperature) <= u).sum()
                ),
                "`{call}` gave {got}, expected {expected}. You divide the probabilities by the "
                "temperature. The logits are divided, before the softmax.",
            ),
            Mistake(
                "from the other end",
                lambda logits, temperature, u: _pick_letter(logits, temperature, 1 - u),
                "`{call}` gave {got}, expected {expected}. You lay the parts from 1 down to 0, or "
                "use 1 - u. Letter 0 begins at 0.",
            ),
        ),
    ),
    Exercise(
        key="22.lstm_step",
        answer=_lstm_step,
        praise="`lstm_step` is right: the cell of nn.LSTM, without PyTorch.",
        cases=(_cell_case(2, 2), _cell_case(3, 4)),
        mistakes=(
            Mistake(
                "order ifog",
                lambda *case: _lstm_step(*case, order="ifog"),
                "your parts are in the order i, f, o, g. PyTorch's is i, f, g, o.",
            ),
            Mistake(
                "i and f exchanged",
                lambda *case: _lstm_step(*case, order="figo"),
                "input gate and forget gate have changed places. PyTorch's order is i, f, g, o.",
            ),
            Mistake(
                "sigmoid for the candidate",
                lambda *case: _lstm_step(*case, bend_new=_sigmoid),
                "your candidate g goes through a sigmoid. It is no gate: it may be negative, tanh.",
            ),
            Mistake(
                "candidate not bent",
                lambda *case: _lstm_step(*case, bend_new=_nothing_bent),
                "your candidate g is not bent. What goes between the sum and the memory?",
            ),
            Mistake(
                "no tanh at the output",
                lambda *case: _lstm_step(*case, bend=_nothing_bent),
                "your c is right. In h, the cell state goes through tanh before the output gate.",
            ),
            Mistake(
                "old memory shown",
                lambda *case: _lstm_step(*case, shown="old"),
                "your c is right. But h shows the old cell state; it should show the new one.",
            ),
            Mistake(
                "forget turned round",
                _forget_turned,
                "you keep 1 - f of the old memory. The name misleads: f is the part that is kept.",
            ),
            Mistake(
                "gates without sigmoid",
                _raw_gates,
                "your gates are the sums themselves. A sigmoid makes them parts from 0 to 1.",
            ),
            Mistake(
                "no bias",
                lambda x, h, c, w_x, w_h, b: _lstm_step(x, h, c, w_x, w_h, 0 * b),
                "the bias is missing.",
            ),
            Mistake(
                "h in place of c",
                lambda x, h, c, w_x, w_h, b: _lstm_step(x, h, h, w_x, w_h, b),
                "the forget gate multiplies the old cell state c. You gave it the old h.",
            ),
            Mistake(
                "tuple turned",
                lambda *case: _lstm_step(*case)[::-1],
                "both are right, in the wrong order: first h, then c.",
            ),
            Mistake(
                "only h",
                lambda *case: _lstm_step(*case)[0],
                "this is the new h, and it is right. The next step needs the new c as well: "
                "return both.",
            ),
        ),
    ),
)
