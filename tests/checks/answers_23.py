"""Right answers and typical mistakes for notebook 23, as learners would write them."""

from typing import Any

import numpy as np
import torch
from torch.nn import functional


def _pairs_by_distance(sentence, radius):
    """All places at once, then in order."""
    places = np.arange(len(sentence))
    distance = np.abs(places[:, None] - places)
    centres, contexts = np.nonzero((distance > 0) & (distance <= radius))
    words = np.array(sentence)
    return np.stack([words[centres], words[contexts]], axis=1)


def _pairs_with_while(sentence, radius):
    found, at = [], 0
    while at < len(sentence):
        for step in [*range(-radius, 0), *range(1, radius + 1)]:
            if 0 <= at + step < len(sentence):
                found.append([sentence[at], sentence[at + step]])  # noqa: PERF401
        at += 1
    return found


def _pairs_if(sentence, inside):
    places = range(len(sentence))
    return [[sentence[i], sentence[j]] for i in places for j in places if inside(i, j)]


def _pairs_nearest_first(sentence, radius):
    found = []
    for at, word in enumerate(sentence):
        others = sorted(range(len(sentence)), key=lambda k: (abs(k - at), k))
        found += [(word, sentence[k]) for k in others[1:] if abs(k - at) <= radius]
    return found


def _cosine(a, b):
    return float(a @ b) / (float(a @ a) ** 0.5 * float(b @ b) ** 0.5)


def _odd_by_loop(vectors):
    means = []
    for i, one in enumerate(vectors):
        others = [_cosine(one, other) for j, other in enumerate(vectors) if j != i]
        means.append(sum(others) / len(others))
    return means.index(min(means))


def _odd_by_the_mean_direction(vectors):
    directions = functional.normalize(torch.tensor(vectors), dim=1)
    return functional.cosine_similarity(directions, directions.mean(dim=0)[None]).argmin()


def _loss_of_pytorch(u, v, centres, contexts, negatives):
    u, v = torch.tensor(u), torch.tensor(v)
    true = torch.einsum("bd,bd->b", u[centres], v[contexts])
    false = torch.einsum("bd,bkd->bk", u[centres], v[negatives])
    return -(functional.logsigmoid(true) + functional.logsigmoid(-false).sum(dim=1)).mean()


def _loop(of_pair):
    """The mean over the pairs of a loss of u (D,), v (D,) and negatives (K, D)."""

    def loss(u, v, centres, contexts, negatives):
        parts = zip(u[centres], v[contexts], v[negatives], strict=True)
        return np.mean([of_pair(*part) for part in parts])

    return loss


def _log_sigmoid(s):
    return np.log(1 / (1 + np.exp(-s)))


_loss_by_loop = _loop(lambda u, v, n: -_log_sigmoid(u @ v) - sum(_log_sigmoid(-k @ u) for k in n))


def _mul_by_loop(vectors, a, b, c):
    best, answer = -1.0, None
    for d, vector in enumerate(vectors):
        if d in (a, b, c):
            continue
        to_a, to_b, to_c = ((1 + _cosine(vector, vectors[k])) / 2 for k in (a, b, c))
        if to_b * to_c / (to_a + 0.001) > best:
            best, answer = to_b * to_c / (to_a + 0.001), d
    return answer


def _mul_by_logarithms(vectors, a, b, c):
    directions = functional.normalize(torch.tensor(vectors), dim=1)
    near = (1 + directions @ directions.T) / 2
    scores = near[b].log() + near[c].log() - (near[a] + 0.001).log()
    scores[[a, b, c]] = -torch.inf
    return scores.argmax().item()


def _table(vectors, a, b, c, *, cosine=True):
    vectors = torch.tensor(vectors)
    if cosine:
        vectors = functional.normalize(vectors, dim=1)
    return (vectors @ vectors.T)[[a, b, c]].numpy()


def _best(scores, *banned):
    order = [int(d) for d in np.argsort(-scores) if d not in banned]
    return order[0]


def _quotients(vectors, a, b, c):
    to_a, to_b, to_c = (1 + _table(vectors, a, b, c)) / 2
    return to_b * to_c / (to_a + 0.001)


def _added(vectors, a, b, c):
    to_a, to_b, to_c = _table(vectors, a, b, c)
    return _best(to_b - to_a + to_c, a, b, c)


def _raw_cosines(vectors, a, b, c):
    to_a, to_b, to_c = _table(vectors, a, b, c)
    return _best(to_b * to_c / (to_a + 0.001), a, b, c)


def _raw_products(vectors, a, b, c):
    to_a, to_b, to_c = (1 + _table(vectors, a, b, c, cosine=False)) / 2
    return _best(to_b * to_c / (to_a + 0.001), a, b, c)


def _no_a(vectors, a, b, c):
    _, to_b, to_c = (1 + _table(vectors, a, b, c)) / 2
    return _best(to_b * to_c, a, b, c)


def _columns_normalised(vectors):
    scaled = functional.normalize(torch.tensor(vectors), dim=0)
    return (scaled @ scaled.T).mean(dim=1).argmin()


ALTERNATIVES: dict[str, list[Any]] = {
    "23.window_pairs": [_pairs_by_distance, _pairs_with_while],
    "23.odd_one_out": [_odd_by_loop, _odd_by_the_mean_direction],
    "23.batch_loss": [_loss_of_pytorch, _loss_by_loop],
    "23.three_cos_mul": [_mul_by_loop, _mul_by_logarithms],
}


MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "23.window_pairs": [
        ("itself", lambda s, r: _pairs_if(s, lambda i, j: abs(i - j) <= r)),
        ("only to the right", lambda s, r: _pairs_if(s, lambda i, j: i < j <= i + r)),
        ("only to the left", lambda s, r: _pairs_if(s, lambda i, j: i - r <= j < i)),
        ("one short on the right", lambda s, r: [
            [s[i], s[j]] for i in range(len(s))
            for j in range(max(0, i - r), min(len(s), i + r)) if j != i
        ]),
        ("one short on both sides", lambda s, r: _pairs_if(s, lambda i, j: 0 < abs(i - j) < r)),
        ("round the corner", lambda s, r: [
            [s[i], s[i + k]] for i in range(len(s)) for k in range(-r, r + 1)
            if k != 0 and i + k < len(s)
        ]),
        ("exchanged", lambda s, r: _pairs_by_distance(s, r)[:, ::-1]),
        ("nearest first", _pairs_nearest_first),
        ("same word skipped", lambda s, r: _pairs_if(
            s, lambda i, j: s[i] != s[j] and abs(i - j) <= r
        )),
        ("places", lambda s, r: _pairs_by_distance(np.arange(len(s)), r)),
    ],
    "23.odd_one_out": [
        ("products", lambda vectors: (vectors @ vectors.T).mean(axis=0).argmin()),
        ("best one", lambda vectors: functional.cosine_similarity(
            torch.tensor(vectors)[:, None], torch.tensor(vectors)[None], dim=2
        ).mean(dim=1).argmax()),
        ("distance", lambda vectors: torch.cdist(
            torch.tensor(vectors), torch.tensor(vectors)
        ).mean(dim=1).argmax()),
        ("smallest single cosine", lambda vectors: int(np.argmin(
            [min(_cosine(one, other) for other in vectors) for one in vectors]
        ))),
        ("from the first", lambda vectors: int(np.argmin(
            [_cosine(vectors[0], other) for other in vectors]
        ))),
        ("along the numbers", _columns_normalised),
        ("counted from 1", lambda vectors: _odd_by_loop(vectors) + 1),
        ("smallest mean", lambda vectors: min(
            np.mean([_cosine(a, b) for j, b in enumerate(vectors) if j != i])
            for i, a in enumerate(vectors)
        )),
    ],
    "23.batch_loss": [
        ("sum over pairs", lambda *given: len(given[2]) * _loss_of_pytorch(*given)),
        ("mean over negatives", _loop(
            lambda u, v, n: -_log_sigmoid(u @ v) - _log_sigmoid(-n @ u).mean()
        )),
        ("sum over all negatives", lambda u, v, a, b, n: (
            -_log_sigmoid((u[a] * v[b]).sum(axis=1)).mean()
            - _log_sigmoid(-np.einsum("bd,bkd->bk", u[a], v[n])).sum()
        )),
        ("sign of the negatives", _loop(
            lambda u, v, n: -_log_sigmoid(u @ v) - _log_sigmoid(n @ u).sum()
        )),
        ("sign of the true ones", _loop(
            lambda u, v, n: -_log_sigmoid(-u @ v) - _log_sigmoid(-n @ u).sum()
        )),
        ("negative loss", lambda *given: -_loss_of_pytorch(*given)),
        ("negatives forgotten", _loop(lambda u, v, n: -_log_sigmoid(u @ v))),
        ("true pairs forgotten", _loop(lambda u, v, n: -_log_sigmoid(-n @ u).sum())),
        ("one table", lambda u, v, a, b, n: _loss_of_pytorch(u, u, a, b, n)),
        ("tables exchanged", lambda u, v, a, b, n: _loss_of_pytorch(v, u, a, b, n)),
        ("negatives beside contexts", _loop(
            lambda u, v, n: -_log_sigmoid(u @ v) - _log_sigmoid(-n @ v).sum()
        )),
        ("probabilities", _loop(
            lambda u, v, n: np.exp(_log_sigmoid(-u @ v)) + np.exp(_log_sigmoid(n @ u)).sum()
        )),
    ],
    "23.three_cos_mul": [
        ("nothing left out", lambda *given: _quotients(*given).argmax()),
        ("only c left out", lambda *given: _best(_quotients(*given), given[3])),
        ("3CosAdd", _added),
        ("vectors added", lambda vectors, a, b, c: _best(
            np.array([_cosine(vectors[b] - vectors[a] + vectors[c], d) for d in vectors]), a, b, c
        )),
        ("not shifted", _raw_cosines),
        ("not divided by lengths", _raw_products),
        ("a and b exchanged", lambda v, a, b, c: _mul_by_loop(v, b, a, c)),
        ("a and c exchanged", lambda v, a, b, c: _mul_by_logarithms(v, c, b, a)),
        ("without a", _no_a),
        ("smallest", lambda *given: _best(-_quotients(*given), *given[1:])),
        ("numbered anew", lambda *given: int(np.argmax(
            [q for d, q in enumerate(_quotients(*given)) if d not in given[1:]]
        ))),
        ("quotient", lambda *given: max(
            q for d, q in enumerate(_quotients(*given)) if d not in given[1:]
        )),
    ],
}  # fmt: skip
