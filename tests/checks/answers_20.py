"""Right answers and typical mistakes for notebook 20, as learners would write them."""

import math
from typing import Any

import numpy as np
import torch
from torchvision.ops import box_convert, box_iou


def _iou_of_torchvision(a, b):
    boxes = box_convert(torch.tensor([a, b], dtype=torch.float64), "cxcywh", "xyxy")
    return box_iou(boxes[:1], boxes[1:])[0, 0]


def _iou_by_counting(a, b):
    """Counts the squares of a fine raster; all edges of the cases lie on it."""
    fine = 20
    x, y = np.meshgrid(np.arange(0, 20 * fine) + 0.5, np.arange(0, 20 * fine) + 0.5)
    x, y = x / fine, y / fine
    in_a, in_b = (
        (abs(x - cx) < width / 2) & (abs(y - cy) < height / 2) for cx, cy, width, height in (a, b)
    )
    return (in_a & in_b).sum() / (in_a | in_b).sum()


def _parts(a, b, half=0.5):
    wide = min(a[0] + half * a[2], b[0] + half * b[2]) - max(a[0] - half * a[2], b[0] - half * b[2])
    high = min(a[1] + half * a[3], b[1] + half * b[3]) - max(a[1] - half * a[3], b[1] - half * b[3])
    return wide, high


def _as_corners(a, b):
    wide = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    high = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    areas = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    union = areas - wide * high
    return wide * high / union if union != 0 else 0.0


def _as_upper_left(a, b):
    wide = max(0, min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]))
    high = max(0, min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]))
    return wide * high / (a[2] * a[3] + b[2] * b[3] - wide * high)


def _no_half(a, b):
    wide, high = (max(0, part) for part in _parts(a, b, half=1))
    return wide * high / (4 * a[2] * a[3] + 4 * b[2] * b[3] - wide * high)


def _no_max(a, b):
    wide, high = _parts(a, b)
    return wide * high / (a[2] * a[3] + b[2] * b[3] - wide * high)


def _shared(a, b):
    wide, high = _parts(a, b)
    return max(wide, 0) * max(high, 0)


def _over_sum(a, b):
    return _shared(a, b) / (a[2] * a[3] + b[2] * b[3])


def _over_smaller(a, b):
    return _shared(a, b) / min(a[2] * a[3], b[2] * b[3])


def _over_larger(a, b):
    return _shared(a, b) / max(a[2] * a[3], b[2] * b[3])


def _over_first(a, b):
    return _shared(a, b) / (a[2] * a[3])


def _encoded_of_pytorch(box, cells, pixels, typical):
    box, cell = torch.tensor(box, dtype=torch.float64), pixels / cells
    centre = (box[:2] + box[2:]) / 2 / cell
    whole = centre.floor()
    return torch.cat([whole.flip(0), centre - whole, ((box[2:] - box[:2]) / typical).log()])


def _encoded_by_divmod(box, cells, pixels, typical):
    cell = pixels / cells
    column, x = divmod((box[0] + box[2]) / 2, cell)
    row, y = divmod((box[1] + box[3]) / 2, cell)
    wide, high = box[2] - box[0], box[3] - box[1]
    offsets = (x / cell, y / cell)
    return np.array([row, column, *offsets, math.log(wide / typical), math.log(high / typical)])


def _like(change):
    """A right answer, then changed: as (row, column, dx, dy, tw, th, box, cell, typical)."""

    def answer(box, cells, pixels, typical):
        numbers = _encoded_by_divmod(box, cells, pixels, typical).tolist()
        return change(*numbers, box, pixels / cells, typical)

    return answer


def _of_corner(box, cells, pixels, typical):
    cell = pixels / cells
    x, y = box[0] / cell, box[1] / cell
    sizes = [math.log((box[k + 2] - box[k]) / typical) for k in (0, 1)]
    return [int(y), int(x), x % 1, y % 1, *sizes]


def _nearest(box, cells, pixels, typical):
    cell = pixels / cells
    x, y = (box[0] + box[2]) / 2 / cell, (box[1] + box[3]) / 2 / cell
    sizes = [math.log((box[k + 2] - box[k]) / typical) for k in (0, 1)]
    return [np.rint(y), np.rint(x), x - np.rint(x), y - np.rint(y), *sizes]


def _nms_with_a_queue(overlap, scores, labels, threshold):
    queue = sorted(range(len(scores)), key=lambda i: scores[i], reverse=True)
    stay = []
    while queue:
        best = queue.pop(0)
        stay.append(best)
        queue = [i for i in queue if labels[i] != labels[best] or overlap[best, i] <= threshold]
    return stay


def _nms_of_masked_overlap(overlap, scores, labels, threshold):
    fights = (overlap > threshold) & (labels[:, None] == labels[None])
    alive, stay = np.ones(len(scores), dtype=bool), []
    for i in np.argsort(scores)[::-1]:
        if alive[i]:
            stay.append(i)
            alive &= ~fights[i]
    return torch.tensor(stay)


def _queue(overlap, scores, labels, threshold, same=None, cut=None, falling=True):
    same = same or (lambda i, j: labels[i] == labels[j])
    cut = cut or (lambda value: value > threshold)
    queue = sorted(range(len(scores)), key=lambda i: scores[i], reverse=falling)
    stay = []
    while queue:
        best = queue.pop(0)
        stay.append(best)
        queue = [i for i in queue if not (same(i, best) and cut(overlap[best, i]))]
    return stay


def _class_blind(overlap, scores, labels, threshold):
    return _queue(overlap, scores, labels, threshold, same=lambda _i, _j: True)


def _all_better_ones(overlap, scores, labels, threshold):
    return [
        i
        for i in np.argsort(-scores)
        if not any(
            scores[j] > scores[i] and labels[j] == labels[i] and overlap[i, j] > threshold
            for j in range(len(scores))
        )
    ]


def _at_least(overlap, scores, labels, threshold):
    return _queue(overlap, scores, labels, threshold, cut=lambda value: value >= threshold)


def _always_a_half(overlap, scores, labels, _threshold):
    return _queue(overlap, scores, labels, 0.5)


def _worst_first(overlap, scores, labels, threshold):
    return _queue(overlap, scores, labels, threshold, falling=False)


def _as_they_came(overlap, scores, labels, threshold):
    return np.sort(_queue(overlap, scores, labels, threshold))


def _only_the_best(_overlap, scores, labels, _threshold):
    best = [max(np.flatnonzero(labels == k), key=lambda i: scores[i]) for k in set(labels.tolist())]
    return sorted(best, key=lambda i: -scores[i])


def _those_that_go(overlap, scores, labels, threshold):
    stay = _queue(overlap, scores, labels, threshold)
    return [i for i in np.argsort(-scores) if i not in stay]


def _eleven_by_loops(scores, hits, objects):
    ranked = [hit for _, hit in sorted(zip(scores, hits, strict=True), reverse=True)]
    total = 0
    for tenth in range(11):
        best = 0
        for length in range(1, len(ranked) + 1):
            found = sum(ranked[:length])
            if 10 * found >= tenth * objects:
                best = max(best, found / length)
        total += best
    return total / 11


def _eleven_of_pytorch(scores, hits, objects):
    order = torch.tensor(scores).argsort(descending=True)
    found = torch.tensor(hits)[order].double().cumsum(0)
    precision, recall = found / torch.arange(1, len(found) + 1), found / objects
    tenths = torch.arange(11, dtype=torch.float64)[:, None] / 10
    return torch.where(recall >= tenths - 1e-6, precision, 0.0).amax(dim=1).mean()


def _loops(ranked, objects, *, first=0, more=False, dents=False, skip=False):
    heights = []
    for tenth in range(first, 11):
        reached = []
        for length in range(1, len(ranked) + 1):
            found = sum(ranked[:length])
            if 10 * found > tenth * objects or (not more and 10 * found == tenth * objects):
                reached.append(found / length)
        if reached or not skip:
            heights.append((reached[0] if dents else max(reached)) if reached else 0)
    return sum(heights) / len(heights)


def _ranked(scores, hits, falling=True):
    pairs = sorted(zip(scores.tolist(), hits.tolist(), strict=True), reverse=falling)
    return [hit for _, hit in pairs]


def _no_tolerance(scores, hits, objects):
    found = np.cumsum(_ranked(scores, hits))
    precision, recall = found / np.arange(1, len(found) + 1), found / objects
    return np.mean([max(precision[recall >= r], default=0) for r in np.linspace(0, 1, 11)])


def _all_points(scores, hits, objects):
    found, area, curve = 0, 0.0, []
    for length, hit in enumerate(_ranked(scores, hits), start=1):
        found += hit
        curve.append((found / length, hit))
    for place, (_, hit) in enumerate(curve):
        area += hit / objects * max(precision for precision, _ in curve[place:])
    return area


ALTERNATIVES: dict[str, list[Any]] = {
    "20.iou_of_centres": [_iou_of_torchvision, _iou_by_counting],
    "20.encoded": [_encoded_of_pytorch, _encoded_by_divmod],
    "20.nms_by_class": [_nms_with_a_queue, _nms_of_masked_overlap],
    "20.eleven_point_ap": [_eleven_by_loops, _eleven_of_pytorch],
}

MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "20.iou_of_centres": [
        ("read as corners", _as_corners),
        ("read from the upper left corner", _as_upper_left),
        ("twice as large", _no_half),
        ("apart, and still an overlap", _no_max),
        ("shared part counted twice", _over_sum),
        ("over the smaller box", _over_smaller),
        ("over the larger box", _over_larger),
        ("over the first box", _over_first),
        ("only the intersection", _shared),
    ],
    "20.encoded": [
        ("row and column changed places", _like(lambda r, c, x, y, w, h, *_: [c, r, x, y, w, h])),
        ("offsets changed places", _like(lambda r, c, x, y, w, h, *_: [r, c, y, x, w, h])),
        ("y first everywhere", _like(lambda r, c, x, y, w, h, *_: [r, c, y, x, h, w])),
        ("corner instead of centre", _of_corner),
        (
            "offset in pixels",
            _like(lambda r, c, x, y, w, h, _box, cell, _t: [r, c, x * cell, y * cell, w, h]),
        ),
        ("nearest cell", _nearest),
        (
            "offset from the middle of the cell",
            _like(lambda r, c, x, y, w, h, *_: [r, c, x - 0.5, y - 0.5, w, h]),
        ),
        (
            "no logarithm",
            _like(lambda r, c, x, y, w, h, *_: [r, c, x, y, math.exp(w), math.exp(h)]),
        ),
        (
            "size compared with a cell",
            _like(
                lambda r, c, x, y, _w, _h, box, cell, _t: [
                    *(r, c, x, y),
                    math.log((box[2] - box[0]) / cell),
                    math.log((box[3] - box[1]) / cell),
                ]
            ),
        ),
        (
            "logarithm of the size alone",
            _like(
                lambda r, c, x, y, _w, _h, box, *_: [
                    *(r, c, x, y),
                    math.log(box[2] - box[0]),
                    math.log(box[3] - box[1]),
                ]
            ),
        ),
    ],
    "20.nms_by_class": [
        ("classes fight", _class_blind),
        ("thrown out, and still throwing", _all_better_ones),
        ("exactly the threshold", _at_least),
        ("a threshold of one half", _always_a_half),
        ("lowest score first", _worst_first),
        ("in the order of the boxes", _as_they_came),
        ("one for each class", _only_the_best),
        ("those that go", _those_that_go),
    ],
    "20.eleven_point_ap": [
        ("not sorted", lambda scores, hits, objects: _loops(hits.tolist(), objects)),
        (
            "lowest score first",
            lambda scores, hits, objects: _loops(_ranked(scores, hits, falling=False), objects),
        ),
        (
            "ten points",
            lambda scores, hits, objects: _loops(_ranked(scores, hits), objects, first=1),
        ),
        (
            "dents left in",
            lambda scores, hits, objects: _loops(_ranked(scores, hits), objects, dents=True),
        ),
        (
            "more than the recall",
            lambda scores, hits, objects: _loops(_ranked(scores, hits), objects, more=True),
        ),
        ("compared to the last digit", _no_tolerance),
        (
            "only what is reached",
            lambda scores, hits, objects: _loops(_ranked(scores, hits), objects, skip=True),
        ),
        (
            "recall of what was found",
            lambda scores, hits, _objects: _loops(_ranked(scores, hits), sum(hits)),
        ),
        (
            "recall of the boxes",
            lambda scores, hits, _objects: _loops(_ranked(scores, hits), len(scores)),
        ),
        ("the area", _all_points),
    ],
}
