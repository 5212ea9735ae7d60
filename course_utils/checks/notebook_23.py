"""The exercises of notebook 23, word embeddings."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.checks.engine import Exercise, Mistake

Array = NDArray[Any]
Pairs = list[tuple[int, int]]

# A word comes twice within one window, and the ends are close to each other.
_SENTENCE = [4, 7, 9, 7, 2, 5]
_SHORT = [3, 8, 1]

# Words for which every wrong way to pick one (longest, nearest, farthest from the first …) fails.
_WORDS = np.array(
    [
        [2.4, 0.7, 8.9],
        [0.7, -1.2, 6.1],
        [-0.9, -1.8, 4.0],
        [3.7, -1.9, 1.9],
        [0.7, -3.0, 2.9],
        [0.6, -1.4, 2.2],
        [3.0, 3.1, 3.0],
    ]
)
_MORE_WORDS = np.array(
    [
        [-1.5, -0.4],
        [4.2, 4.1],
        [0.4, 0.6],
        [3.8, 6.5],
        [0.0, 1.7],
        [-1.0, -0.8],
        [-0.9, 2.6],
        [0.6, -1.4],
    ]
)

# For the last exercise: words for which each wrong way gives a wrong word in one case at least.
_FOURTEEN = np.array(
    [
        [3.2, -0.3, -0.4],
        [2.0, 3.5, 1.6],
        [-0.3, 1.6, 0.5],
        [-1.5, 1.3, 0.5],
        [-0.6, -0.1, -1.7],
        [1.2, 1.9, 1.5],
        [0.7, 0.0, 0.2],
        [0.1, -1.0, 0.0],
        [0.5, 2.3, 3.0],
        [-1.5, -0.4, -2.0],
        [2.0, 0.0, -1.7],
        [-2.5, 2.6, -2.4],
        [3.8, 0.8, 3.3],
        [-0.2, 2.8, 2.9],
    ]
)
_TWELVE = np.array(
    [
        [2.7, 1.2, 3.7, -0.9],
        [0.3, -0.4, -1.6, -0.8],
        [-1.2, 1.3, 2.4, -1.4],
        [3.3, -0.5, 2.4, 2.2],
        [-3.0, -1.9, -3.6, 1.8],
        [-1.1, 1.5, 1.2, 0.6],
        [3.7, 5.9, -0.8, 0.2],
        [-0.7, 0.5, -1.7, -0.1],
        [-3.1, 2.1, -0.3, -0.4],
        [-4.6, -0.7, 3.4, 1.5],
        [1.2, 1.1, 0.3, -0.7],
        [-0.4, 0.6, 0.0, -0.9],
    ]
)
_SIXTEEN = np.array(
    [
        [-1.8, -2.7, 2.8], [0.6, 0.7, -1.8], [1.3, -1.1, 1.8], [2.7, -1.4, 2.3],
        [2.3, 1.0, 0.7], [-2.4, 2.0, -1.4], [-0.4, -3.3, 3.3], [0.4, -0.4, 0.2],
        [1.4, -2.0, -0.5], [-0.5, -2.3, -2.3], [0.2, 0.0, 2.8], [-0.3, -5.2, -0.5],
        [-0.8, -1.3, 4.2], [-1.3, -0.1, -0.5], [-2.4, 3.5, -2.0], [2.9, -1.3, 4.8],
    ]
)  # fmt: skip

_U = np.random.default_rng(1).normal(0, 1, (6, 3)).round(1)
_V = np.random.default_rng(2).normal(0, 1, (6, 3)).round(1)
_CENTRES, _CONTEXTS = np.array([0, 3, 3, 5]), np.array([2, 1, 4, 0])
_NEGATIVES = np.array([[1, 5], [0, 2], [5, 5], [3, 4]])
_TWO = np.array([4, 1]), np.array([5, 2]), np.array([[0, 3, 1], [2, 2, 4]])


def _window_pairs(sentence: Sequence[int], radius: int) -> Pairs:
    return [
        (word, sentence[other])
        for at, word in enumerate(sentence)
        for other in range(max(0, at - radius), min(len(sentence), at + radius + 1))
        if other != at
    ]


def _pairs_among(sentence: Sequence[int], low: int, high: int) -> Pairs:
    """Pairs whose context stands between `low` and `high` places after the centre."""
    places = range(len(sentence))
    found = ((i, j) for i in places for j in places if i != j and low <= j - i <= high)
    return [(sentence[i], sentence[j]) for i, j in found]


def _wrapped_pairs(sentence: Sequence[int], radius: int) -> Pairs:
    return [
        (word, sentence[other])
        for at, word in enumerate(sentence)
        for other in range(at - radius, min(len(sentence), at + radius + 1))
        if other != at
    ]


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def _cosines(vectors: Array) -> Array:
    return _unit(vectors) @ _unit(vectors).T


def _odd_one_out(vectors: Array) -> Any:
    return _cosines(vectors).sum(axis=1).argmin()


def _far_from_all(vectors: Array) -> Any:
    return np.linalg.norm(vectors[:, None] - vectors, axis=2).sum(axis=1).argmax()


def _softplus(scores: Array) -> Array:
    return np.log1p(np.exp(scores))


def _batch_loss(u: Array, v: Array, centres: Array, contexts: Array, negatives: Array) -> Any:
    return _losses(u, v, centres, contexts, negatives).mean()


def _losses(u: Array, v: Array, centres: Array, contexts: Array, negatives: Array) -> Array:
    true, false = _scores(u, v, centres, contexts, negatives)
    return np.asarray(_softplus(-true) + _softplus(false).sum(axis=1))


def _scores(
    u: Array, v: Array, centres: Array, contexts: Array, negatives: Array
) -> tuple[Array, Array]:
    centre = u[centres]
    return (centre * v[contexts]).sum(axis=1), (centre[:, None] * v[negatives]).sum(axis=2)


def _true_part(u: Array, v: Array, centres: Array, contexts: Array, negatives: Array) -> Array:
    return _softplus(-_scores(u, v, centres, contexts, negatives)[0])


def _false_part(u: Array, v: Array, centres: Array, contexts: Array, negatives: Array) -> Array:
    return _softplus(_scores(u, v, centres, contexts, negatives)[1])


def _sign_of_negatives(*given: Array) -> Any:
    return (_true_part(*given) + _softplus(-_scores(*given)[1]).sum(axis=1)).mean()


def _products(vectors: Array, a: int, b: int, c: int) -> Array:
    to_a, to_b, to_c = ((1 + _cosines(vectors)[k]) / 2 for k in (a, b, c))
    return np.asarray(to_b * to_c / (to_a + 0.001))


def _largest(scores: Array, *left_out: int) -> Any:
    scores = scores.copy()
    scores[list(left_out)] = -np.inf
    return scores.argmax()


def _three_cos_mul(vectors: Array, a: int, b: int, c: int) -> Any:
    return _largest(_products(vectors, a, b, c), a, b, c)


def _three_cos_add(vectors: Array, a: int, b: int, c: int) -> Any:
    cosines = _cosines(vectors)
    return _largest(cosines[b] - cosines[a] + cosines[c], a, b, c)


def _unshifted(vectors: Array, a: int, b: int, c: int) -> Any:
    cosines = _cosines(vectors)
    return _largest(cosines[b] * cosines[c] / (cosines[a] + 0.001), a, b, c)


def _of_products(vectors: Array, a: int, b: int, c: int) -> Any:
    to_a, to_b, to_c = ((1 + (vectors @ vectors.T)[k]) / 2 for k in (a, b, c))
    return _largest(to_b * to_c / (to_a + 0.001), a, b, c)


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        key="23.window_pairs",
        answer=_window_pairs,
        praise="`window_pairs` is right, also at both ends of a sentence.",
        cases=((_SENTENCE, 2), (_SHORT, 1), (_SHORT, 3)),
        mistakes=(
            Mistake(
                "itself",
                lambda sentence, radius: [
                    (word, other)
                    for at, word in enumerate(sentence)
                    for other in sentence[max(0, at - radius) : at + radius + 1]
                ],
                "you pair each token with itself, too. The centre is no context of its own.",
            ),
            Mistake(
                "only to the right",
                lambda sentence, radius: _pairs_among(sentence, 1, radius),
                "you only look to the right. The words before the centre are its company, too.",
            ),
            Mistake(
                "only to the left",
                lambda sentence, radius: _pairs_among(sentence, -radius, -1),
                "you only look to the left. The words after the centre are its company, too.",
            ),
            Mistake(
                "one short on the right",
                lambda sentence, radius: _pairs_among(sentence, -radius, radius - 1),
                "on the right your window ends one token too early: `range` and slices stop before "
                "their end.",
            ),
            Mistake(
                "one short on both sides",
                lambda sentence, radius: _pairs_among(sentence, 1 - radius, radius - 1),
                "your window is one token too narrow on both sides. A distance of exactly `radius` "
                "is inside.",
            ),
            Mistake(
                "round the corner",
                _wrapped_pairs,
                "at the beginning of the sentence you get words from its end: a negative index "
                "counts from the back. Where must the window begin at the earliest?",
            ),
            Mistake(
                "exchanged",
                lambda sentence, radius: [(b, a) for a, b in _window_pairs(sentence, radius)],
                "these are the right pairs, but context first. The centre comes first.",
            ),
            Mistake(
                "nearest first",
                lambda sentence, radius: [
                    (word, sentence[other])
                    for at, word in enumerate(sentence)
                    for k in range(1, radius + 1)
                    for other in (at - k, at + k)
                    if 0 <= other < len(sentence)
                ],
                "these are the right pairs in another order: for each centre, first all contexts "
                "on its left, from left to right, then those on its right.",
            ),
            Mistake(
                "same word skipped",
                lambda sentence, radius: [
                    (a, b) for a, b in _window_pairs(sentence, radius) if a != b
                ],
                "you leave out a context that is the same word as the centre. If it stands at "
                "another place, it counts: compare places, not words.",
            ),
            Mistake(
                "places",
                lambda sentence, radius: _window_pairs(range(len(sentence)), radius),
                "these are places in the sentence. The pairs hold word numbers: look them up.",
            ),
        ),
    ),
    Exercise(
        key="23.odd_one_out",
        answer=_odd_one_out,
        praise="`odd_one_out` is right, whatever the lengths of the vectors.",
        cases=((_WORDS,), (_MORE_WORDS,)),
        mistakes=(
            Mistake(
                "products",
                lambda vectors: (vectors @ vectors.T).sum(axis=1).argmin(),
                "you use products of vectors as they are, so long vectors decide. A cosine is a "
                "product of vectors of length 1.",
            ),
            Mistake(
                "best one",
                lambda vectors: _cosines(vectors).sum(axis=1).argmax(),
                "this is the word that fits best. The one that fits worst is asked for.",
            ),
            Mistake(
                "distance",
                _far_from_all,
                "you look for the largest distance. Distances depend on the lengths of the "
                "vectors; the angle is what counts here.",
            ),
            Mistake(
                "smallest single cosine",
                lambda vectors: np.unravel_index(_cosines(vectors).argmin(), (len(vectors),) * 2)[
                    0
                ],
                "you look for the smallest single cosine. It belongs to two words. The mean over "
                "all the others decides.",
            ),
            Mistake(
                "from the first",
                lambda vectors: _cosines(vectors)[0].argmin(),
                "you compare with the first word only. It might be the odd one itself.",
            ),
            Mistake(
                "along the numbers",
                lambda vectors: (
                    (
                        (vectors / np.linalg.norm(vectors, axis=0))
                        @ (vectors / np.linalg.norm(vectors, axis=0)).T
                    )
                    .sum(axis=1)
                    .argmin()
                ),
                "you divide by the lengths of the columns. A word is a row: which axis holds its "
                "numbers?",
            ),
            Mistake(
                "counted from 1",
                lambda vectors: _odd_one_out(vectors) + 1,
                "you found the right word, but count the rows from 1. Python counts from 0.",
            ),
            Mistake(
                "smallest mean",
                lambda vectors: (_cosines(vectors).sum(axis=1).min() - 1) / (len(vectors) - 1),
                "this is the smallest mean cosine, and it is right. The number of its row is asked "
                "for.",
            ),
        ),
    ),
    Exercise(
        key="23.batch_loss",
        answer=_batch_loss,
        praise="`batch_loss` is right: the whole of skip-gram with negative sampling.",
        cases=((_U, _V, _CENTRES, _CONTEXTS, _NEGATIVES), (_U, _V, *_TWO)),
        mistakes=(
            Mistake(
                "sum over pairs",
                lambda *given: _losses(*given).sum(),
                "{got} is the sum over the pairs. The mean is asked for.",
            ),
            Mistake(
                "mean over negatives",
                lambda *given: (_true_part(*given) + _false_part(*given).mean(axis=1)).mean(),
                "you take the mean over the negatives. They are added up: each of them is a "
                "question of its own.",
            ),
            Mistake(
                "sum over all negatives",
                lambda *given: _true_part(*given).mean() + _false_part(*given).sum(),
                "you add up the negatives of all pairs. Add them up for each pair, and take the "
                "mean over the pairs.",
            ),
            Mistake(
                "sign of the negatives",
                _sign_of_negatives,
                "your loss wants the invented pairs to be called true, too. Their scores go into "
                "the sigmoid with a minus sign.",
            ),
            Mistake(
                "sign of the true ones",
                lambda *given: (
                    _softplus(_scores(*given)[0]) + _false_part(*given).sum(axis=1)
                ).mean(),
                "your loss wants the true pairs to be called invented. Only the scores of the "
                "negatives change their sign.",
            ),
            Mistake(
                "negative loss",
                lambda *given: -_batch_loss(*given),
                "the size is right, but your loss is negative. Logarithms of probabilities are "
                "below 0; a minus sign stands before each of them.",
            ),
            Mistake(
                "negatives forgotten",
                lambda *given: _true_part(*given).mean(),
                "only the true pairs count in your loss. Add what the negatives cost.",
            ),
            Mistake(
                "true pairs forgotten",
                lambda *given: _false_part(*given).sum(axis=1).mean(),
                "only the negatives count in your loss. Add what the true pairs cost.",
            ),
            Mistake(
                "one table",
                lambda u, v, *numbers: _batch_loss(u, u, *numbers),
                "you look everything up in `U`. Contexts and negatives have their vectors in `V`.",
            ),
            Mistake(
                "tables exchanged",
                lambda u, v, *numbers: _batch_loss(v, u, *numbers),
                "your tables are exchanged: centres have their vectors in `U`, contexts and "
                "negatives in `V`.",
            ),
            Mistake(
                "negatives beside contexts",
                lambda u, v, centres, contexts, negatives: (
                    _softplus(-(u[centres] * v[contexts]).sum(axis=1))
                    + _softplus((v[contexts][:, None] * v[negatives]).sum(axis=2)).sum(axis=1)
                ).mean(),
                "you compare the negatives with the context. They are invented partners of the "
                "centre.",
            ),
            Mistake(
                "probabilities",
                lambda *given: (
                    (1 / (1 + np.exp(_scores(*given)[0])))
                    + (1 / (1 + np.exp(-_scores(*given)[1]))).sum(axis=1)
                ).mean(),
                "{got} adds up probabilities of being wrong. The loss is made of logarithms: "
                "-log of the probability of being right.",
            ),
        ),
    ),
    Exercise(
        key="23.three_cos_mul",
        answer=_three_cos_mul,
        praise="`three_cos_mul` is right: try it on the questions of this notebook.",
        cases=((_FOURTEEN, 8, 1, 2), (_TWELVE, 11, 9, 4), (_SIXTEEN, 9, 1, 4)),
        mistakes=(
            Mistake(
                "nothing left out",
                lambda vectors, a, b, c: _products(vectors, a, b, c).argmax(),
                "your answer is a word of the question: a, b and c are not allowed.",
            ),
            Mistake(
                "only c left out",
                lambda vectors, a, b, c: _largest(_products(vectors, a, b, c), c),
                "you leave out c alone. Neither a nor b is allowed as the answer.",
            ),
            Mistake(
                "3CosAdd",
                _three_cos_add,
                "this is 3CosAdd: cosines added. Here they are shifted, multiplied and divided.",
            ),
            Mistake(
                "vectors added",
                lambda vectors, a, b, c: _largest(
                    vectors
                    @ (vectors[b] - vectors[a] + vectors[c])
                    / np.linalg.norm(vectors, axis=1),
                    a,
                    b,
                    c,
                ),
                "you add and subtract the vectors. Here three similarities, each with the "
                "candidate word, are multiplied and divided.",
            ),
            Mistake(
                "not shifted",
                _unshifted,
                "you multiply the cosines as they are. Two negative ones would give a positive "
                "product: shift them to the range from 0 to 1 first.",
            ),
            Mistake(
                "not divided by lengths",
                _of_products,
                "you use products of vectors of any length. Divide by the lengths: a cosine is "
                "asked for.",
            ),
            Mistake(
                "a and b exchanged",
                lambda vectors, a, b, c: _largest(_products(vectors, b, a, c), a, b, c),
                "you divide by the similarity to b. The word we come from, a, belongs below the "
                "line.",
            ),
            Mistake(
                "a and c exchanged",
                lambda vectors, a, b, c: _largest(_products(vectors, c, b, a), a, b, c),
                "you divide by the similarity to c. The word we come from, a, belongs below the "
                "line.",
            ),
            Mistake(
                "without a",
                lambda vectors, a, b, c: _largest(
                    (1 + _cosines(vectors)[b]) * (1 + _cosines(vectors)[c]), a, b, c
                ),
                "you only ask for words near to b and to c. Where does a come in?",
            ),
            Mistake(
                "smallest",
                lambda vectors, a, b, c: _largest(-_products(vectors, a, b, c), a, b, c),
                "you take the smallest of the quotients. The largest is asked for.",
            ),
            Mistake(
                "numbered anew",
                lambda vectors, a, b, c: np.delete(_products(vectors, a, b, c), [a, b, c]).argmax(),
                "you deleted a, b and c before you looked for the largest, so the rows behind them "
                "have new numbers. Give the three a score that cannot win instead.",
            ),
            Mistake(
                "quotient",
                lambda vectors, a, b, c: np.delete(_products(vectors, a, b, c), [a, b, c]).max(),
                "this is the largest quotient. The number of its row is asked for.",
            ),
        ),
    ),
)
