"""The exercises of notebook 20, detection and segmentation."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.checks.engine import Exercise, Mistake

Array = NDArray[np.float64]
Box = Sequence[float]

# The second box overlaps the first and the third, which hardly overlap each other.
_CHAIN = np.array([[1.0, 0.6, 0.2], [0.6, 1.0, 0.65], [0.2, 0.65, 1.0]])
_EDGE = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.1], [0.5, 0.1, 1.0]])  # 0.5 exactly
_LEVELS = [k / 10 for k in range(11)]
_INEXACT = [0.1 * k for k in range(11)]  # some of them a little above the tenth


def _edges(box: Box) -> tuple[Array, Array]:
    centre, size = np.array(box[:2], dtype=float), np.array(box[2:], dtype=float)
    return centre - size / 2, centre + size / 2


def _iou(a: tuple[Array, Array], b: tuple[Array, Array], *, clamp: bool = True) -> tuple[Any, ...]:
    """Shared area, area of a, area of b; each box as its low and its high corner."""
    inside = np.minimum(a[1], b[1]) - np.maximum(a[0], b[0])
    shared = np.prod(np.maximum(inside, 0) if clamp else inside)
    return shared, np.prod(a[1] - a[0]), np.prod(b[1] - b[0])


def _iou_of_centres(a: Box, b: Box) -> Any:
    shared, of_a, of_b = _iou(_edges(a), _edges(b))
    return shared / (of_a + of_b - shared)


def _iou_unclamped(a: Box, b: Box) -> Any:
    shared, of_a, of_b = _iou(_edges(a), _edges(b), clamp=False)
    return shared / (of_a + of_b - shared)


def _iou_read_as(a: Box, b: Box, *, corners: bool) -> Any:
    def read(box: Box) -> tuple[Array, Array]:
        low, rest = np.array(box[:2], dtype=float), np.array(box[2:], dtype=float)
        return low, (rest if corners else low + rest)

    shared, of_a, of_b = _iou(read(a), read(b))
    union = of_a + of_b - shared
    return shared / union if union else 0.0


def _iou_of_double_size(a: Box, b: Box) -> Any:
    wide = [[*box[:2], 2 * box[2], 2 * box[3]] for box in (a, b)]
    return _iou_of_centres(wide[0], wide[1])


def _shared_over(a: Box, b: Box, what: str) -> Any:
    shared, of_a, of_b = _iou(_edges(a), _edges(b))
    by = {
        "sum": of_a + of_b,
        "smaller": min(of_a, of_b),
        "larger": max(of_a, of_b),
        "first": of_a,
        "nothing": 1.0,
    }
    return shared / by[what]


def _encoded(
    box: Box,
    cells: int,
    pixels: int,
    typical: float,
    *,
    middle: bool = True,
    unit: float = 0.0,
    rounded: bool = False,
    from_middle: bool = False,
    log: bool = True,
    by: float = 0.0,
) -> list[float]:
    """The six numbers; the options are the ways in which it goes wrong."""
    left, top, right, bottom = box
    x, y = ((left + right) / 2, (top + bottom) / 2) if middle else (left, top)
    x, y = x * cells / pixels, y * cells / pixels
    column, row = (round(x), round(y)) if rounded else (int(x), int(y))
    offset = np.array([x - column, y - row]) * (unit or 1.0) - (0.5 if from_middle else 0.0)
    size = np.array([right - left, bottom - top]) / (by or typical)
    return [row, column, *offset, *(np.log(size) if log else size)]


def _reordered(order: Sequence[int]) -> Any:
    return lambda *given: [_encoded(*given)[k] for k in order]


def _nms_by_class(
    overlap: Array,
    scores: Array,
    labels: Array,
    threshold: float,
    *,
    blind: bool = False,
    gone_too: bool = False,
    inclusive: bool = False,
    rising: bool = False,
) -> list[int]:
    """Positions that stay; the options are the ways in which it goes wrong."""
    stay: list[int] = []
    before: list[int] = []
    for i in np.argsort(scores if rising else -scores).tolist():
        rivals = [j for j in (before if gone_too else stay) if blind or labels[j] == labels[i]]
        limit = threshold - 1e-9 if inclusive else threshold
        if all(overlap[i][j] <= limit for j in rivals):
            stay.append(i)
        before.append(i)
    return stay


def _best_of_class(overlap: Array, scores: Array, labels: Array, threshold: float) -> list[int]:
    return _nms_by_class(np.ones_like(overlap), scores, labels, threshold)


def _gone(overlap: Array, scores: Array, labels: Array, threshold: float) -> list[int]:
    stay = _nms_by_class(overlap, scores, labels, threshold)
    return [i for i in np.argsort(-scores).tolist() if i not in stay]


def _curve(scores: Array, hits: Array, objects: float, order: str) -> tuple[Array, Array]:
    by = {"falling": np.argsort(-scores), "rising": np.argsort(scores)}
    right = np.cumsum(hits[by.get(order, np.arange(len(scores)))])
    return right / np.arange(1, len(right) + 1), right / objects


def _eleven_point_ap(
    scores: Array,
    hits: Array,
    objects: float,
    *,
    order: str = "falling",
    levels: Sequence[float] = _LEVELS,
    slack: float = 1e-9,
    dents: bool = False,
    reached: bool = False,
) -> Any:
    """The mean of eleven precisions; the options are the ways in which it goes wrong."""
    precision, recall = _curve(scores, hits, objects, order)
    best = []
    for level in levels:
        beyond = precision[recall >= level - slack]
        if len(beyond) or not reached:
            best.append((beyond[0] if dents else beyond.max()) if len(beyond) else 0.0)
    return np.mean(best)


def _area(scores: Array, hits: Array, objects: float) -> Any:
    precision, recall = _curve(scores, hits, objects, "falling")
    filled = np.maximum.accumulate(precision[::-1])[::-1]
    return (filled * np.diff(recall, prepend=0)).sum()


_FIVE = np.array([0.5, 0.9, 0.7, 0.8, 0.6]), np.array([0, 1, 1, 0, 1]), 4
_TEN = np.linspace(0.95, 0.05, 10), np.array([1, 1, 0, 1, 0, 0, 1, 1, 0, 1]), 10
_THREE = np.array([0.2, 0.6, 0.4]), np.array([1, 1, 0]), 3

EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        key="20.iou_of_centres",
        answer=_iou_of_centres,
        praise="`iou_of_centres` is right, also for boxes that do not meet.",
        cases=(
            ((6.0, 7.0, 5.0, 4.0), (5.0, 5.0, 4.0, 6.0)),
            ((10.0, 10.0, 8.0, 8.0), (11.0, 9.0, 2.0, 3.0)),
            ((2.0, 2.0, 2.0, 3.0), (8.0, 9.0, 4.0, 2.0)),
            ((2.0, 2.0, 2.0, 3.0), (2.5, 9.0, 4.0, 2.0)),
        ),
        mistakes=(
            Mistake(
                "read as corners",
                lambda a, b: _iou_read_as(a, b, corners=True),
                "{call} gave {got}, expected {expected}. You read the four numbers as left, top, "
                "right and lower edge. Here they are centre, width and height.",
            ),
            Mistake(
                "read from the upper left corner",
                lambda a, b: _iou_read_as(a, b, corners=False),
                "{call} gave {got}, expected {expected}. Width and height are used well, but "
                "the first two numbers are the centre here, not the upper left corner.",
            ),
            Mistake(
                "twice as large",
                _iou_of_double_size,
                "{call} gave {got}, expected {expected}. From the centre to the edge it is half of "
                "the width: your boxes are twice as wide and high.",
            ),
            Mistake(
                "apart, and still an overlap",
                _iou_unclamped,
                "right for boxes that meet. But {call} gave {got}, expected {expected}: they lie "
                "apart. What does your width of the shared part become then?",
            ),
            Mistake(
                "shared part counted twice",
                lambda a, b: _shared_over(a, b, "sum"),
                "{call} gave {got}, expected {expected}. In the sum of the two areas the shared "
                "part is counted twice; the union has it once.",
            ),
            Mistake(
                "over the smaller box",
                lambda a, b: _shared_over(a, b, "smaller"),
                "{call} gave {got}, expected {expected}. You divide by the smaller box: then a "
                "small box inside a large one would be perfect. What do both cover together?",
            ),
            Mistake(
                "over the larger box",
                lambda a, b: _shared_over(a, b, "larger"),
                "{call} gave {got}, expected {expected}. You divide by the larger box, but "
                "both together cover more than that. What is the area of the union?",
            ),
            Mistake(
                "over the first box",
                lambda a, b: _shared_over(a, b, "first"),
                "{call} gave {got}, expected {expected}. You divide by the first box only; the "
                "score should not depend on the order. What do both cover together?",
            ),
            Mistake(
                "only the intersection",
                lambda a, b: _shared_over(a, b, "nothing"),
                "{call} gave {got}, expected {expected}. That is the shared area in pixels. "
                "It still has to be divided by the area of the union.",
            ),
        ),
    ),
    Exercise(
        key="20.encoded",
        answer=_encoded,
        praise="`encoded` is right, for a grid of any size.",
        cases=(
            ((24.0, 32.0, 36.0, 56.0), 8, 64, 24),
            ((0.0, 10.0, 20.0, 15.0), 4, 100, 30),
            ((50.0, 3.0, 64.0, 17.0), 7, 70, 10),
        ),
        mistakes=(
            Mistake(
                "row and column changed places",
                _reordered([1, 0, 2, 3, 4, 5]),
                "the numbers are right, but the first two have changed places: the row comes from "
                "y, the column from x.",
            ),
            Mistake(
                "offsets changed places",
                _reordered([0, 1, 3, 2, 4, 5]),
                "all numbers are there, but the offset in x comes before the offset in y.",
            ),
            Mistake(
                "y first everywhere",
                _reordered([0, 1, 3, 2, 5, 4]),
                "row and column are right. But for offset and size x comes first, then y.",
            ),
            Mistake(
                "corner instead of centre",
                lambda *given: _encoded(*given, middle=False),
                "{call} gave {got}, expected {expected}. You use the upper left corner. The cell "
                "that holds the centre is the one that answers.",
            ),
            Mistake(
                "offset in pixels",
                lambda box, cells, pixels, typical: _encoded(
                    box, cells, pixels, typical, unit=pixels / cells
                ),
                "{call} gave {got}, expected {expected}. Your offsets are in pixels. The unit is "
                "one cell, so that they lie between 0 and 1.",
            ),
            Mistake(
                "nearest cell",
                lambda *given: _encoded(*given, rounded=True),
                "{call} gave {got}, expected {expected}. You round to the nearest whole number. "
                "The cell is the whole part; an offset is never negative.",
            ),
            Mistake(
                "offset from the middle of the cell",
                lambda *given: _encoded(*given, from_middle=True),
                "cell and size are right. Your offsets are measured from the middle of the cell; "
                "here they begin at its upper left corner.",
            ),
            Mistake(
                "no logarithm",
                lambda *given: _encoded(*given, log=False),
                "cell and offset are right. For the sizes you give the ratio to the typical size; "
                "its logarithm is asked for.",
            ),
            Mistake(
                "size compared with a cell",
                lambda box, cells, pixels, typical: _encoded(
                    box, cells, pixels, typical, by=pixels / cells
                ),
                "cell and offset are right. You compare the size with that of a cell; compare it "
                "with `typical`.",
            ),
            Mistake(
                "logarithm of the size alone",
                lambda *given: _encoded(*given, by=1.0),
                "cell and offset are right. You take the logarithm of the size in pixels; divide "
                "it by `typical` first.",
            ),
        ),
    ),
    Exercise(
        key="20.nms_by_class",
        answer=_nms_by_class,
        praise="`nms_by_class` is right: no class suppresses another.",
        cases=(
            (_CHAIN, np.array([0.9, 0.8, 0.7]), np.array([1, 1, 1]), 0.5),
            (_CHAIN, np.array([0.7, 0.9, 0.8]), np.array([1, 2, 1]), 0.5),
            (_EDGE, np.array([0.3, 0.9, 0.6]), np.array([4, 4, 4]), 0.5),
            (_CHAIN, np.array([0.7, 0.9, 0.8]), np.array([1, 2, 1]), 0.1),
        ),
        mistakes=(
            Mistake(
                "classes fight",
                lambda *given: _nms_by_class(*given, blind=True),
                "{call} gave {got}, expected {expected}. A box of another class has thrown one "
                "out: a bag may stand in front of a boot. Where do you look at the labels?",
            ),
            Mistake(
                "thrown out, and still throwing",
                lambda *given: _nms_by_class(*given, gone_too=True),
                "{call} gave {got}, expected {expected}. A box that has been thrown out itself "
                "throws another one out in yours. Only those that stay may do so.",
            ),
            Mistake(
                "exactly the threshold",
                lambda *given: _nms_by_class(*given, inclusive=True),
                "{call} gave {got}, expected {expected}. One pair overlaps by exactly the "
                "threshold. A box goes only if it is more than that.",
            ),
            Mistake(
                "a threshold of one half",
                lambda overlap, scores, labels, _: _nms_by_class(overlap, scores, labels, 0.5),
                "right for a threshold of 0.5. But {call} gave {got}, expected {expected}. Use "
                "the threshold that is handed in.",
            ),
            Mistake(
                "lowest score first",
                lambda *given: _nms_by_class(*given, rising=True),
                "{call} gave {got}, expected {expected}. You begin with the lowest score, so bad "
                "boxes throw good ones out.",
            ),
            Mistake(
                "in the order of the boxes",
                lambda *given: sorted(_nms_by_class(*given)),
                "these are the right boxes, in the order in which they came. The best score is to "
                "come first.",
            ),
            Mistake(
                "one for each class",
                _best_of_class,
                "{call} gave {got}, expected {expected}. You keep only the best box of each class, "
                "but there may be two boots. What does the overlap say?",
            ),
            Mistake(
                "those that go",
                _gone,
                "{call} gave {got}, expected {expected}. These are the boxes that go.",
            ),
        ),
    ),
    Exercise(
        key="20.eleven_point_ap",
        answer=_eleven_point_ap,
        praise="`eleven_point_ap` is right. For the five boxes it is a little below the area.",
        cases=(_FIVE, _TEN, _THREE),
        mistakes=(
            Mistake(
                "not sorted",
                lambda *given: _eleven_point_ap(*given, order="as they came"),
                "{call} gave {got}, expected {expected}. You go through the boxes in the order in "
                "which they came. Which one has to be first?",
            ),
            Mistake(
                "lowest score first",
                lambda *given: _eleven_point_ap(*given, order="rising"),
                "{call} gave {got}, expected {expected}. You begin with the lowest score: "
                "`np.argsort` sorts upwards.",
            ),
            Mistake(
                "ten points",
                lambda *given: _eleven_point_ap(*given, levels=_LEVELS[1:]),
                "{call} gave {got}, expected {expected}. You take ten points; recall 0 is one too.",
            ),
            Mistake(
                "dents left in",
                lambda *given: _eleven_point_ap(*given, dents=True),
                "{call} gave {got}, expected {expected}. You take the precision where the recall "
                "is reached for the first time. A threshold further on may have a higher one.",
            ),
            Mistake(
                "more than the recall",
                lambda *given: _eleven_point_ap(*given, slack=-1e-9),
                "{call} gave {got}, expected {expected}. A recall of exactly r counts as well: at "
                "least r, not more than r.",
            ),
            Mistake(
                "compared to the last digit",
                lambda *given: _eleven_point_ap(*given, levels=_INEXACT, slack=0),
                "{call} gave {got}, expected {expected}. A recall of 0.3 is not counted as 0.3 in "
                "yours: the two differ in their last digit. Compare with r - 1e-9.",
            ),
            Mistake(
                "only what is reached",
                lambda *given: _eleven_point_ap(*given, reached=True),
                "{call} gave {got}, expected {expected}. You leave out the recalls that are never "
                "reached. Objects that nobody finds have to lower the score: they count as 0.",
            ),
            Mistake(
                "recall of what was found",
                lambda scores, hits, objects: _eleven_point_ap(scores, hits, hits.sum()),
                "{call} gave {got}, expected {expected}. Your recall ends at 1, though some "
                "objects are never found. Divide by all objects, not by the hits.",
            ),
            Mistake(
                "recall of the boxes",
                lambda scores, hits, objects: _eleven_point_ap(scores, hits, len(hits)),
                "{call} gave {got}, expected {expected}. You divide the hits by the number of "
                "boxes to get the recall; it is the share of the objects.",
            ),
            Mistake(
                "the area",
                _area,
                "{call} gave {got}, expected {expected}. That is the area under the filled curve, "
                "as in the lesson. Here it is the mean of eleven heights.",
            ),
        ),
    ),
)
