"""The exercises of notebook 05, logistic regression."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.checks.engine import Exercise, Mistake

Array = NDArray[np.float64]
Classes = NDArray[np.int64]

_Z = np.array([-2.0, 0.0, 0.5, 3.0])
_EXTREME = np.array([800.0, -800.0, 1.0])

_LOGITS = np.array([-3.0, 0.5, 2.0, 1.5])
_TRUTH = np.array([0.0, 1.0, 1.0, 0.0])
_HUGE_LOGITS = np.array([1000.0, -50.0, 40.0, -0.3, -1.0])
_HUGE_TRUTH = np.array([0.0, 1.0, 1.0, 0.0, 1.0])

_X = np.array([[1.0, -1.0, 0.5], [1.0, 0.0, -2.0], [1.0, 2.0, 1.0], [1.0, 0.5, -0.5]])
_Y = np.array([0.0, 1.0, 1.0, 0.0])
_BETA = np.array([0.3, -0.7, 0.2])
_SQUARE_X = np.array([[1.0, 3.0], [1.0, -1.0]])

_TRUE_CLASS = np.array([0, 2, 1, 2, 2, 0, 1, 0, 2, 0, 1])
_SAID_CLASS = np.array([0, 2, 2, 1, 2, 1, 1, 0, 0, 1, 2])

_ILL_2 = np.array([0, 1, 0, 0, 1, 0, 1, 0, 1, 1])
_P_2 = np.array([0.05, 0.15, 0.2, 0.25, 0.4, 0.45, 0.55, 0.6, 0.8, 0.95])
_ILL_3 = np.array([0, 0, 0, 0, 0, 1, 0, 0, 0, 1])
_P_3 = np.array([0.05, 0.12, 0.22, 0.24, 0.26, 0.28, 0.35, 0.42, 0.55, 0.85])
_CANDIDATES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]


def _sigmoid(z: Any) -> Any:
    return np.exp(-np.logaddexp(0, -np.asarray(z)))


def _infinite_over_infinite(z: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.exp(z) / (1 + np.exp(z))


def _cut_logits(z: Any, *, limit: float) -> Any:
    return _sigmoid(np.clip(z, -limit, limit))


def _cut_probabilities(z: Any, *, smallest: float) -> Any:
    return np.clip(_sigmoid(z), smallest, 1 - smallest)


_LOGITS_CUT = (
    "{call} gave {got}, expected {expected}. Your logits are cut off, so all beyond the cut get "
    "the same probability, and it is neither 0 nor 1. Nothing has to be cut: which of e to the 800 "
    "and e to the −800 can be stored, and which way of writing the fraction needs only that one?"
)
_PROBABILITIES_CUT = (
    "{call} gave {got}, expected {expected}. Your probabilities are kept away from 0 and 1. That "
    "helps a logarithm that comes afterwards, but this is no longer the sigmoid."
)


def _no_brackets(z: Any) -> Any:
    with np.errstate(all="ignore"):
        return 1 + np.exp(-np.asarray(z))


def _slope_of_sigmoid(z: Any) -> Any:
    return _sigmoid(z) * (1 - _sigmoid(z))


def _losses(z: Array, y: Array) -> Array:
    return np.logaddexp(0, z) - y * z


def _binary_cross_entropy(z: Array, y: Array) -> Any:
    return np.mean(_losses(z, y))


def _naive(z: Array, y: Array) -> Any:
    with np.errstate(all="ignore"):
        p = _sigmoid(z)
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def _clipped(z: Array, y: Array, *, smallest: float) -> Any:
    p = np.clip(_sigmoid(z), smallest, 1 - smallest)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def _added(z: Array, y: Array, *, little: float) -> Any:
    p = _sigmoid(z)
    return -np.mean(y * np.log(p + little) + (1 - y) * np.log(1 - p + little))


def _logarithm_of_logits(z: Array, y: Array) -> Any:
    with np.errstate(all="ignore"):
        return -np.mean(y * np.log(z) + (1 - y) * np.log(1 - z))


def _overflowing(z: Array, y: Array) -> Any:
    with np.errstate(over="ignore"):
        return np.mean(np.log(1 + np.exp(z)) - y * z)


def _cut_logarithm(z: Array, y: Array) -> Any:
    return np.mean(np.minimum(np.logaddexp(0, -z), 100) * y) + np.mean(
        np.minimum(np.logaddexp(0, z), 100) * (1 - y)
    )


_CLIPPED = (
    "{call} gave {got}, expected {expected}. Keeping the probabilities away from 0 and 1 avoids "
    "infinity, but all mistakes beyond that limit now count the same. Can the loss be computed "
    "from `z` without making the probability first?"
)


def _logistic_gradient(inputs: Array, y: Array, beta: Array) -> Any:
    return inputs.T @ (_sigmoid(inputs @ beta) - y) / len(y)


def _with_slope(inputs: Array, y: Array, beta: Array) -> Any:
    p = _sigmoid(inputs @ beta)
    return inputs.T @ ((p - y) * p * (1 - p)) / len(y)


def _confusion(y: Classes, predicted: Classes, classes: int) -> Array:
    counts = np.zeros((classes, classes))
    np.add.at(counts, (y, predicted), 1)
    return counts


def _occurring_only(y: Classes, predicted: Classes, classes: int) -> Any:
    there = np.unique(np.concatenate([y, predicted]))
    return _confusion(y, predicted, classes)[np.ix_(there, there)]


def _share_of_rows(y: Classes, predicted: Classes, classes: int) -> Any:
    counts = _confusion(y, predicted, classes)
    with np.errstate(all="ignore"):
        return counts / counts.sum(axis=1, keepdims=True)


def _ones_only(y: Classes, predicted: Classes, classes: int) -> Any:
    return np.minimum(_confusion(y, predicted, classes), 1)


def _best_threshold(
    y: Array,
    p: Array,
    candidates: list[float],
    miss: float,
    alarm: float,
    *,
    strict: bool = False,
    last: bool = False,
) -> Any:
    prices = []
    for tau in candidates:
        raised = p > tau if strict else p >= tau
        prices.append(miss * np.sum((y == 1) & ~raised) + alarm * np.sum((y == 0) & raised))
    if last:
        return candidates[len(prices) - 1 - int(np.argmin(prices[::-1]))]
    return candidates[int(np.argmin(prices))]


def _dearest(y: Array, p: Array, candidates: list[float], miss: float, alarm: float) -> Any:
    return _best_threshold(y, p, candidates, -miss, -alarm)


def _shares_priced(y: Array, p: Array, candidates: list[float], miss: float, alarm: float) -> Any:
    ill = np.sum(y == 1)
    return _best_threshold(y, p, candidates, miss / ill, alarm / (len(y) - ill))


def _place(y: Array, p: Array, candidates: list[float], miss: float, alarm: float) -> Any:
    return candidates.index(_best_threshold(y, p, candidates, miss, alarm))


def _lowest_price(y: Array, p: Array, candidates: list[float], miss: float, alarm: float) -> Any:
    tau = _best_threshold(y, p, candidates, miss, alarm)
    return miss * np.sum((y == 1) & (p < tau)) + alarm * np.sum((y == 0) & (p >= tau))


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        key="05.sigmoid",
        answer=_sigmoid,
        praise="`sigmoid` is right, for huge logits too.",
        cases=((_Z,), (_EXTREME,), (-1.5,)),
        # Catches cuts as fine as 1e-15; the rounding of right answers is finer still.
        tolerance=8e-16,
        mistakes=(
            *(
                Mistake(
                    f"logits cut at {limit}",
                    lambda z, limit=limit: _cut_logits(z, limit=limit),
                    _LOGITS_CUT,
                )
                for limit in (5, 6, 8, 10, 15, 16, 20, 25, 30)
            ),
            *(
                Mistake(
                    f"probabilities cut at {smallest}",
                    lambda z, smallest=smallest: _cut_probabilities(z, smallest=smallest),
                    _PROBABILITIES_CUT,
                )
                for smallest in (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)
            ),
            Mistake(
                "infinity over infinity",
                _infinite_over_infinite,
                "right for small logits, but {call} gave {got}: at 800 both the top and the bottom "
                "of your fraction are infinite. Divide both by e to the z on paper first.",
            ),
            Mistake(
                "sign",
                lambda z: _sigmoid(-np.asarray(z)),
                "your curve falls: {call} gave {got}, expected {expected}. A large logit should "
                "give a probability near 1; look at the sign in the exponent.",
            ),
            Mistake(
                "brackets",
                _no_brackets,
                "{call} gave {got}: more than certain. Python divides before it adds, so "
                "1 / 1 + … is not what you mean. Where do the brackets go?",
            ),
            Mistake(
                "tanh",
                lambda z: np.tanh(z),
                "{call} gave {got}, values from −1 to 1. That is the tanh, a relative of the "
                "sigmoid. A probability starts at 0.",
            ),
            Mistake(
                "slope",
                _slope_of_sigmoid,
                "{got} is the slope of the sigmoid. Asked for is the sigmoid itself.",
            ),
        ),
    ),
    Exercise(
        key="05.binary_cross_entropy",
        answer=_binary_cross_entropy,
        praise="`binary_cross_entropy` is right, and nothing overflows.",
        cases=((_LOGITS, _TRUTH), (_HUGE_LOGITS, _HUGE_TRUTH)),
        mistakes=(
            Mistake(
                "naive",
                _naive,
                "right for small logits, but {call} gave {got}: a probability was rounded to "
                "exactly 0 or 1, and its logarithm is infinite. Go from `z` straight to the loss.",
            ),
            *(
                Mistake(
                    f"clipped at {smallest}",
                    lambda z, y, smallest=smallest: _clipped(z, y, smallest=smallest),
                    _CLIPPED,
                )
                for smallest in (1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)
            ),
            *(
                Mistake(
                    f"{little} added",
                    lambda z, y, little=little: _added(z, y, little=little),
                    _CLIPPED,
                )
                for little in (1e-5, 1e-6, 1e-15)
            ),
            Mistake(
                "overflow",
                _overflowing,
                "right on paper, but {call} gave {got}: e to the 1000 is too large to be stored. "
                "`np.logaddexp` adds two exponentials without computing them first.",
            ),
            Mistake(
                "logarithm cut at −100",
                _cut_logarithm,
                "{call} gave {got}, expected {expected}. This is what PyTorch's BCELoss does with "
                "probabilities: it never lets a logarithm fall below −100. Go from `z` straight "
                "to the loss.",
            ),
            Mistake(
                "sum",
                lambda z, y: np.sum(_losses(z, y)),
                "{call} gave {got}, expected {expected}: you add the losses up. With the average, "
                "the loss does not depend on how many samples there are.",
            ),
            Mistake(
                "not averaged",
                _losses,
                "one loss for every sample came back: {got}. They are right; make one number of "
                "them.",
            ),
            Mistake(
                "sign",
                lambda z, y: -_binary_cross_entropy(z, y),
                "{call} gave {got}, expected {expected}. The logarithm of a probability is never "
                "positive, and a loss should never be negative. What is missing?",
            ),
            Mistake(
                "classes swapped",
                lambda z, y: _binary_cross_entropy(z, 1 - y),
                "{call} gave {got}, expected {expected}: you punish right predictions. A sample "
                "with y = 1 should have a small loss when z is large.",
            ),
            Mistake(
                "positive class only",
                lambda z, y: np.mean(y * np.logaddexp(0, -z)),
                "{call} gave {got}, expected {expected}. The samples with y = 0 do not count at "
                "all; anyone who always says 1 would have the loss zero.",
            ),
            Mistake(
                "logits as probabilities",
                _logarithm_of_logits,
                "{call} gave {got}. You take the logarithm of the logits themselves; they are "
                "no probabilities and may be negative.",
            ),
        ),
    ),
    Exercise(
        key="05.logistic_gradient",
        answer=_logistic_gradient,
        praise="`logistic_gradient` is right. Three factors of the chain rule in one line.",
        cases=((_X, _Y, _BETA), (_SQUARE_X, np.array([1.0, 0.0]), np.array([-0.5, 1.0]))),
        mistakes=(
            Mistake(
                "sign",
                lambda inputs, y, beta: -_logistic_gradient(inputs, y, beta),
                "every sign is turned round: {call} gave {got}, expected {expected}. If σ is "
                "larger than y, the loss grows with z; which of the two comes first?",
            ),
            Mistake(
                "sum",
                lambda inputs, y, beta: _logistic_gradient(inputs, y, beta) * len(y),
                "{call} gave {got}, expected {expected}: the sum over the samples is right. The "
                "loss is an average, though.",
            ),
            Mistake(
                "no sigmoid",
                lambda inputs, y, beta: inputs.T @ (inputs @ beta - y) / len(y),
                "{call} gave {got}, expected {expected}. You compare the logits with y, as in "
                "linear regression. What turns a logit into a probability?",
            ),
            Mistake(
                "squared error's 2",
                lambda inputs, y, beta: 2 * _logistic_gradient(inputs, y, beta),
                "{call} gave {got}, twice what is expected. The 2 came from differentiating a "
                "square; where is a square here?",
            ),
            Mistake(
                "slope left in",
                _with_slope,
                "{call} gave {got}, expected {expected}. The factor σ(1 − σ) is still there. What "
                "does the denominator of ∂BC/∂σ do to it?",
            ),
            Mistake(
                "slope left in, with the 2",
                lambda inputs, y, beta: 2 * _with_slope(inputs, y, beta),
                "{call} gave {got}, expected {expected}. That is the gradient of the squared error "
                "of the probabilities. The cross-entropy has a simpler one.",
            ),
            Mistake(
                "without inputs",
                lambda inputs, y, beta: np.mean(_sigmoid(inputs @ beta) - y),
                "one number came back, the average of σ − y: that is the entry for the bias "
                "alone. Which matrix holds how much every weight moves every logit?",
            ),
        ),
    ),
    Exercise(
        key="05.confusion",
        answer=_confusion,
        praise="`confusion` is right: every sample has found its box.",
        cases=(
            (_TRUE_CLASS, _SAID_CLASS, 3),
            (np.array([0, 1, 1, 0, 1]), np.array([1, 1, 0, 0, 1]), 2),
            (np.array([0, 2, 2, 0]), np.array([0, 0, 2, 2]), 4),
        ),
        tolerance=1e-9,
        mistakes=(
            Mistake(
                "rows and columns",
                lambda y, predicted, classes: _confusion(predicted, y, classes),
                "{call} gave {got}, expected {expected}. Rows and columns have changed places: "
                "the row should be the truth.",
            ),
            Mistake(
                "last class first",
                lambda y, predicted, classes: _confusion(y, predicted, classes)[::-1, ::-1],
                "{call} gave {got}, expected {expected}. Your first row and column are those of "
                "the last class; class 0 should come first.",
            ),
            Mistake(
                "only classes that occur",
                _occurring_only,
                "right as long as every class occurs, but {call} gave {got}, expected {expected}. "
                "The size of the matrix should come from `classes`, not from the data.",
            ),
            Mistake(
                "ones only",
                _ones_only,
                "{call} gave {got}, expected {expected}. A box that is hit twice still says 1: "
                "`counts[rows, columns] += 1` with arrays counts equal pairs only once.",
            ),
            Mistake(
                "shares",
                lambda y, predicted, classes: _confusion(y, predicted, classes) / len(y),
                "{call} gave {got}, expected {expected}: shares came back where counts were asked "
                "for.",
            ),
            Mistake(
                "shares of each row",
                _share_of_rows,
                "{call} gave {got}, expected {expected}. Each of your rows adds up to 1. Useful, "
                "but here the counts themselves are wanted.",
            ),
            Mistake(
                "flat",
                lambda y, predicted, classes: _confusion(y, predicted, classes).ravel(),
                "the counts are right and stand in one row: {got}. Put them into a square, a row "
                "for each true class.",
            ),
            Mistake(
                "accuracy",
                lambda y, predicted, classes: np.mean(y == predicted),
                "{got} is the accuracy. It does not tell the kinds of error apart; count every "
                "pair of truth and prediction.",
            ),
        ),
    ),
    Exercise(
        key="05.best_threshold",
        answer=_best_threshold,
        praise="`best_threshold` is right: dear misses pull it down, dear alarms push it up.",
        cases=(
            (_ILL_2, _P_2, _CANDIDATES, 10, 1),
            (_ILL_2, _P_2, _CANDIDATES, 1, 6),
            (_ILL_2, _P_2, _CANDIDATES, 2, 1),
            (np.array([1, 1, 0, 0]), np.array([0.5, 0.9, 0.2, 0.4]), [0.4, 0.5, 0.9], 3, 1),
            (np.array([1, 0]), np.array([0.9, 0.1]), [0.3, 0.5, 0.7], 20, 1),
            (_ILL_3, _P_3, _CANDIDATES, 3, 1),
        ),
        mistakes=(
            Mistake(
                "prices swapped",
                lambda y, p, candidates, miss, alarm: _best_threshold(
                    y, p, candidates, alarm, miss
                ),
                "{call} gave {got}, expected {expected}. The dearer a miss, the lower your "
                "threshold should be; are the two prices at the right errors?",
            ),
            Mistake(
                "prices ignored",
                lambda y, p, candidates, miss, alarm: _best_threshold(y, p, candidates, 1, 1),
                "{call} gave {got}, expected {expected}. That threshold makes the fewest errors. "
                "But the two kinds of error do not have the same price.",
            ),
            Mistake(
                "highest price",
                _dearest,
                "{call} gave {got}, expected {expected}: the worst choice of all. Do you want the "
                "largest or the smallest price?",
            ),
            Mistake(
                "the price itself",
                _lowest_price,
                "{call} gave {got}: that is the lowest price. Which candidate has it?",
            ),
            Mistake(
                "shares instead of counts",
                _shares_priced,
                "{call} gave {got}, expected {expected}. You add shares of the two classes. Here "
                "every single error has its price, so count the errors.",
            ),
            Mistake(
                "the place",
                _place,
                "{call} gave {got}: that is the place in the list, counted from 0. Which "
                "candidate stands there?",
            ),
            Mistake(
                "strictly greater",
                lambda *arguments: _best_threshold(*arguments, strict=True),
                "{call} gave {got}, expected {expected}. What happens to a probability that is "
                "exactly as large as the threshold?",
            ),
            Mistake(
                "last of several",
                lambda *arguments: _best_threshold(*arguments, last=True),
                "{call} gave {got}, expected {expected}. Several candidates have the same lowest "
                "price; the first of them is asked for.",
            ),
            Mistake(
                "always one half",
                lambda y, p, candidates, miss, alarm: 0.5,
                "one half whatever the prices: {call} gave {got}, expected {expected}. Try every "
                "candidate and compare.",
            ),
            Mistake(
                "theory",
                lambda y, p, candidates, miss, alarm: alarm / (alarm + miss),
                "{got} is the threshold of the theory, for probabilities that can be trusted. The "
                "exercise wants the cheapest candidate on these data.",
            ),
        ),
    ),
)
