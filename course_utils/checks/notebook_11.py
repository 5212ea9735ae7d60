"""The exercises of notebook 11, regularisation and normalisation."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.checks.engine import Exercise, Mistake

Array = NDArray[np.float64]

_ACTIVATIONS = np.array([3.0, 1.0, 0.0, 2.5])
_KEEP = np.array([1.0, 0.0, 1.0, 1.0])
_TWO_ROWS = np.array([[1.0, -2.0, 0.5], [4.0, 1.5, -1.0]])
_KEEP_ROWS = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]])

_WEIGHTS = np.array([0.3, -0.12, 0.04, -0.01, 0.0, 0.05])
_MATRIX = np.array([[1.5, -0.2, 0.02], [-3.0, 0.09, -0.45]])

_X = np.array([[1.0, -2.0, 0.5], [1.0, 3.0, 0.0], [5.0, 0.5, -1.5], [5.0, 1.0, 4.0]])
_FLAT = np.array([[0.01, 2.0], [0.012, 2.5], [0.011, 1.0]])  # hardly varies: ε counts
_CHANNELS = np.array([2.0, 1.0, -0.5]), np.array([10.0, 0.0, 1.0])
_RUNNING = np.array([0.5, -1.0, 2.0]), np.array([4.0, 0.25, 1.0])

_IMAGES = np.random.default_rng(0).normal(1, 2, (3, 6, 2, 4)).round(1)
_FEW_CHANNELS = np.random.default_rng(1).normal(-1, 0.5, (2, 4, 3, 2)).round(1)
_FAINT = 0.01 * np.random.default_rng(2).normal(0, 0.5, (2, 4, 2, 2)).round(1)  # ε counts


def _dropout(a: Array, keep: Array, p: float, training: bool) -> Any:  # noqa: FBT001
    return a * keep / (1 - p) if training else a


def _shrink(w: Array, rate: float, strength: float) -> Any:
    return np.sign(w) * np.maximum(np.abs(w) - rate * strength, 0)


def _batch_norm(
    x: Array,
    weight: Array,
    bias: Array,
    running_mean: Array,
    running_var: Array,
    training: bool,  # noqa: FBT001
    *,
    axis: int = 0,
    normalise_ddof: int = 0,
    store_ddof: int = 1,
    share: float = 0.1,
    always_batch: bool = False,
    always_running: bool = False,
    always_move: bool = False,
    never_move: bool = False,
    root: bool = True,
    outside: bool = False,
    scale: bool = True,
    store_spread: bool = False,
    moved_first: bool = False,
    eps: float = 1e-5,
) -> Any:
    """Batch norm; the options are the ways in which it goes wrong."""
    mean, variance = running_mean, running_var
    if (training or always_batch) and not always_running:
        keep = axis == 1
        mean = x.mean(axis=axis, keepdims=keep)
        variance = x.var(axis=axis, ddof=normalise_ddof, keepdims=keep)
    if (training or always_move) and not never_move:
        new_mean, new_var = x.mean(axis=0), x.var(axis=0, ddof=store_ddof)
        running_mean = (1 - share) * running_mean + share * new_mean
        running_var = (1 - share) * running_var + share * (
            new_var**0.5 if store_spread else new_var
        )
    if training and moved_first:
        mean, variance = running_mean, running_var
    below = variance**0.5 + eps if outside else (variance + eps) ** (0.5 if root else 1)
    x_hat = (x - mean) / below
    return (weight * x_hat + bias if scale else x_hat), running_mean, running_var


def _slip(**options: Any) -> Any:
    return lambda *given: _batch_norm(*given, **options)


def _group_norm(
    x: Array,
    groups: int,
    *,
    ddof: int = 0,
    root: bool = True,
    outside: bool = False,
    eps: float = 1e-5,
) -> Any:
    rows = x.reshape(x.shape[0], groups, -1)
    variance = rows.var(axis=2, ddof=ddof, keepdims=True)
    below = variance**0.5 + eps if outside else (variance + eps) ** (0.5 if root else 1)
    return ((rows - rows.mean(axis=2, keepdims=True)) / below).reshape(x.shape)


def _over(x: Array, axes: tuple[int, ...]) -> Any:
    variance = x.var(axis=axes, keepdims=True)
    return (x - x.mean(axis=axes, keepdims=True)) / np.sqrt(variance + 1e-5)


def _interleaved(x: Array, groups: int) -> Any:
    n, c, *sides = x.shape
    return _over(x.reshape(n, c // groups, groups, *sides), (1, 3, 4)).reshape(x.shape)


def _images_in_one_row(x: Array, groups: int) -> Any:
    return _over(x.reshape(groups, -1), (1,)).reshape(x.shape)


def _across_images(x: Array, groups: int) -> Any:
    n, c, *sides = x.shape
    return _over(x.reshape(n, groups, c // groups, *sides), (0, 2, 3, 4)).reshape(x.shape)


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        key="11.dropout",
        answer=_dropout,
        praise="`dropout` is right, in both modes.",
        cases=(
            (_ACTIVATIONS, _KEEP, 0.25, True),
            (_ACTIVATIONS, _KEEP, 0.25, False),
            (_TWO_ROWS, _KEEP_ROWS, 0.6, True),
            (_TWO_ROWS, _KEEP_ROWS, 0.6, False),
        ),
        mistakes=(
            Mistake(
                "not divided",
                lambda a, keep, p, training: a * keep if training else a,
                "the right neurons are dropped. But {call} gave {got}, expected {expected}: with "
                "some neurons missing the sums get smaller. What makes up for that?",
            ),
            Mistake(
                "divided by p",
                lambda a, keep, p, training: a * keep / p if training else a,
                "{call} gave {got}, expected {expected}. You divide by the probability to be "
                "dropped. Which share of the neurons is left to do the work?",
            ),
            Mistake(
                "brackets forgotten",
                lambda a, keep, p, training: a * keep / 1 - p if training else a,
                "{call} gave {got}, expected {expected}. Python divides by 1 first and takes `p` "
                "away afterwards. What belongs into brackets?",
            ),
            Mistake(
                "divided by the share of this mask",
                lambda a, keep, p, training: a * keep / keep.mean() if training else a,
                "you divide by the share that this mask happens to keep: {call} gave {got}. The "
                "mean over all masks comes out right with the probability to be kept.",
            ),
            Mistake(
                "made smaller",
                lambda a, keep, p, training: a * keep * (1 - p) if training else a,
                "{call} gave {got}, expected {expected}. The kept neurons get smaller; should they "
                "not work harder instead?",
            ),
            Mistake(
                "drops in use",
                lambda a, keep, p, training: a * keep / (1 - p),
                "train mode is right. But {call} gave {got}: in eval mode nobody is ill. What "
                "does `training` say?",
            ),
            Mistake(
                "divided in use",
                lambda a, keep, p, training: (a * keep if training else a) / (1 - p),
                "train mode is right. But {call} gave {got}: in eval mode all neurons work, so "
                "there is nothing to make up for.",
            ),
            Mistake(
                "scaled in use",
                lambda a, keep, p, training: a * keep if training else a * (1 - p),
                "this keeps the average too: it is dropout as first published, with the correction "
                "in eval mode. Here, and in PyTorch, it is made in train mode: {call} gave {got}, "
                "expected {expected}.",
            ),
            Mistake(
                "made larger twice",
                lambda a, keep, p, training: a * keep / (1 - p) if training else a * (1 - p),
                "train mode is right and needs no second correction. But {call} gave {got}, "
                "expected {expected}.",
            ),
            Mistake(
                "mask turned round",
                lambda a, keep, p, training: a * (1 - keep) / (1 - p) if training else a,
                "{call} gave {got}, expected {expected}. You drop those that should stay: what "
                "does a 1 in `keep` mean?",
            ),
            Mistake(
                "modes swapped",
                lambda a, keep, p, training: a if training else a * keep / (1 - p),
                "{call} gave {got}, expected {expected}. Train mode and eval mode have changed "
                "places.",
            ),
        ),
    ),
    Exercise(
        key="11.shrink",
        answer=_shrink,
        praise="`shrink` is right: small weights end at zero, and none goes past it.",
        cases=(
            (_WEIGHTS, 0.1, 0.5),
            (_MATRIX, 0.5, 0.2),
            (-_WEIGHTS, 0.02, 2.0),
        ),
        mistakes=(
            Mistake(
                "past zero",
                lambda w, rate, strength: w - rate * strength * np.sign(w),
                "large weights are right. But {call} gave {got}, expected {expected}: small ones "
                "jump over zero to the other side. How far may they go?",
            ),
            Mistake(
                "L2",
                lambda w, rate, strength: (1 - rate * strength) * w,
                "this is weight decay, as for L2: every weight loses the same share. {call} gave "
                "{got}, expected {expected}. With L1 every weight loses the same length.",
            ),
            Mistake(
                "sign lost",
                lambda w, rate, strength: np.maximum(np.abs(w) - rate * strength, 0),
                "the sizes are right, but all your weights have become positive: {call} gave "
                "{got}. What happened to the sign?",
            ),
            Mistake(
                "always down",
                lambda w, rate, strength: np.maximum(w - rate * strength, 0),
                "positive weights are right, negative ones become 0 whatever their size: {call} "
                "gave {got}, expected {expected}. Which way is zero, from below?",
            ),
            Mistake(
                "subtracted from all",
                lambda w, rate, strength: w - rate * strength,
                "{call} gave {got}, expected {expected}. Every weight moves down. For a negative "
                "one that is away from zero.",
            ),
            Mistake(
                "hard threshold",
                lambda w, rate, strength: np.where(np.abs(w) > rate * strength, w, 0.0),
                "small weights are 0, as they should be. But {call} gave {got}, expected "
                "{expected}: the large ones have to move, too.",
            ),
            Mistake(
                "without the rate",
                lambda w, rate, strength: _shrink(w, 1.0, strength),
                "{call} gave {got}, expected {expected}: too far. How long is the way, in terms of "
                "`rate` and `strength`?",
            ),
            Mistake(
                "away from zero",
                lambda w, rate, strength: w + rate * strength * np.sign(w),
                "{call} gave {got}, expected {expected}. Your weights grow. The price is on large "
                "weights; which way do we go?",
            ),
        ),
    ),
    Exercise(
        key="11.batch_norm",
        answer=_batch_norm,
        praise="`batch_norm` is right in both modes, running statistics included.",
        cases=(
            (_X, *_CHANNELS, *_RUNNING, True),
            (_X, *_CHANNELS, *_RUNNING, False),
            (_FLAT, np.array([1.0, 3.0]), np.array([0.0, -2.0]), np.zeros(2), np.ones(2), True),
            (_X[:2], *_CHANNELS, np.zeros(3), np.full(3, 1e-5), False),
        ),
        mistakes=(
            Mistake(
                "biased variance stored",
                _slip(store_ddof=0),
                "output and running mean are right. But PyTorch remembers the unbiased variance, "
                "divided by B − 1: {call} gave {got}.",
            ),
            Mistake(
                "unbiased variance used",
                _slip(normalise_ddof=1),
                "the running statistics are right. But for normalising, PyTorch divides the "
                "squares by B, not by B − 1: {call} gave {got}.",
            ),
            Mistake(
                "variances swapped",
                _slip(normalise_ddof=1, store_ddof=0),
                "you use the unbiased variance to normalise and remember the other one. It is the "
                "other way round.",
            ),
            Mistake(
                "wrong axis",
                _slip(axis=1),
                "your output uses means over the features of one sample: that is layer norm. In "
                "batch norm each feature is compared with itself, over the samples.",
            ),
            Mistake(
                "momentum turned round",
                _slip(share=0.9),
                "the output is right. In PyTorch momentum 0.1 is the share of the new batch, and "
                "0.9 of the old statistics stay: {call} gave {got}.",
            ),
            Mistake(
                "batch statistics in use",
                _slip(always_batch=True),
                "train mode is right. In eval mode you still take mean and variance of the batch: "
                "there a sample's answer must not depend on its neighbours. What else is at hand?",
            ),
            Mistake(
                "running statistics in training",
                _slip(always_running=True),
                "eval mode is right, and so are the running statistics. But in train mode the "
                "batch is normalised with its own mean and variance.",
            ),
            Mistake(
                "moved in use",
                _slip(always_move=True),
                "all is right in train mode. But in eval mode your running statistics move: "
                "looking at test data would change the network.",
            ),
            Mistake(
                "never moved",
                _slip(never_move=True),
                "the output is right. But the running statistics come back as they were, also in "
                "train mode. How would eval mode learn of this batch?",
            ),
            Mistake(
                "modes swapped",
                lambda *given: _slip()(*given[:-1], not given[-1]),
                "train mode and eval mode have changed places. In which one are the batch's own "
                "mean and variance used, and the running ones moved?",
            ),
            Mistake(
                "moved first",
                _slip(moved_first=True),
                "eval mode is right, and so are the running statistics. But in train mode you "
                "normalise with the running ones, just moved; the batch takes its own mean and "
                "variance.",
            ),
            Mistake(
                "replaced",
                _slip(share=1.0),
                "the output is right. But the running statistics forget all earlier batches; "
                "only a tenth of them should be new.",
            ),
            Mistake(
                "no ε",
                _slip(eps=0.0),
                "nearly right: the small ε is missing. It is added to the variance, in both modes.",
            ),
            Mistake(
                "ε outside the root",
                _slip(outside=True),
                "right where the features vary a lot. Where they hardly do, yours differs: the ε "
                "is added to the variance, before the root is taken.",
            ),
            Mistake(
                "no root",
                _slip(root=False),
                "the output is divided by the variance. Which power of it has the unit of x?",
            ),
            Mistake(
                "no weight, no bias",
                _slip(scale=False),
                "the running statistics are right, and the output is normalised. What are `weight` "
                "and `bias` for?",
            ),
            Mistake(
                "standard deviation stored",
                _slip(store_spread=True),
                "output and running mean are right. The third result should be a variance; yours "
                "remembers standard deviations.",
            ),
        ),
    ),
    Exercise(
        key="11.group_norm",
        answer=_group_norm,
        praise="`group_norm` is right for every number of groups, one and C included.",
        cases=((_IMAGES, 2), (_FEW_CHANNELS, 1), (_IMAGES, 3), (_IMAGES, 6), (_FAINT, 2)),
        mistakes=(
            Mistake(
                "groups of that size",
                lambda x, groups: _group_norm(x, x.shape[1] // groups),
                "you make groups with `groups` channels each. `groups` is the number of "
                "groups; how many channels does each get?",
            ),
            Mistake(
                "instance norm",
                lambda x, groups: _over(x, (2, 3)),
                "this is instance norm: each channel is alone. It is right only if there are as "
                "many groups as channels.",
            ),
            Mistake(
                "layer norm",
                lambda x, groups: _over(x, (1, 2, 3)),
                "this is layer norm: all channels of an image share one mean. It is right only if "
                "there is one group.",
            ),
            Mistake(
                "batch norm",
                lambda x, groups: _over(x, (0, 2, 3)),
                "this is batch norm in train mode: your mean runs over the images of the batch. "
                "Group norm looks at one image at a time.",
            ),
            Mistake(
                "across images",
                _across_images,
                "the channels are grouped well. But your mean also runs over the images: with "
                "another image in the batch the answer would change.",
            ),
            Mistake(
                "images in one row",
                _images_in_one_row,
                "your rows hold numbers of several images. Each image has `groups` rows of its "
                "own: how many rows are there in all?",
            ),
            Mistake(
                "no ε",
                lambda x, groups: _group_norm(x, groups, eps=0.0),
                "nearly right: the small ε is missing. It is added to the variance.",
            ),
            Mistake(
                "channels taken in turn",
                _interleaved,
                "the groups have the right size and the wrong members: you deal channels out like "
                "cards. Neighbouring channels belong together; in which order do the new axes "
                "stand in your `reshape`?",
            ),
            Mistake(
                "unbiased variance",
                lambda x, groups: _group_norm(x, groups, ddof=1),
                "the groups are right. The squares are divided by one number too few: here the "
                "variance is the plain mean of the squares.",
            ),
            Mistake(
                "ε outside the root",
                lambda x, groups: _group_norm(x, groups, outside=True),
                "right for images that vary a lot. For faint ones yours differs: the ε is added to "
                "the variance, before the root is taken.",
            ),
            Mistake(
                "no root",
                lambda x, groups: _group_norm(x, groups, root=False),
                "you divide by the variance. Which power of it has the unit of x?",
            ),
        ),
    ),
)
