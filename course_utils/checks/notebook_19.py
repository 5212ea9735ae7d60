"""The exercises of notebook 19, augmentation."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.checks.engine import Exercise, Mistake

Array = NDArray[Any]

_IMAGES = np.arange(24.0).reshape(4, 2, 3)
_OTHERS = np.random.default_rng(0).uniform(0, 1, (3, 3, 4)).round(2)
_COINS = np.array([1, 0, 0, 1])
_FEW_COINS = np.array([0, 1, 0])

# Three views of three images, three classes. Each wrong way to combine them (the mean of logits, a
# vote, the surest view, the first one, powers that are not divided) fails at one image or more.
_VIEWS = np.array(
    [
        [[4.0, 3.0, 0.0], [2.0, 6.0, 1.5], [0.2, 0.0, 0.5]],
        [[3.0, 1.5, 1.5], [6.0, 3.0, 1.0], [2.0, 1.5, 4.0]],
        [[0.5, 4.0, 6.0], [4.0, 2.0, 3.0], [6.0, 1.5, 0.5]],
    ]
)
# Four views; at the third image most views say 0, but the middle of the probabilities says 1.
_MORE_VIEWS = np.array(
    [
        [[9.0, 0.0, 0.0], [0.0, 0.1, 0.0], [1.6, 1.4, 0.0]],
        [[0.0, 3.0, 0.0], [0.2, 0.0, 5.0], [1.6, 1.4, 0.0]],
        [[0.0, 3.0, 0.0], [0.3, 3.0, 0.0], [0.0, 2.1, 0.0]],
        [[1.0, 0.0, 2.0], [0.0, 2.5, 0.0], [0.0, 1.4, 1.6]],
    ]
)

_LOGITS = np.array([[2.0, 0.5, -1.0], [0.3, 0.1, 1.2]])
_SHARES = np.array([0.7, 0.2])
_MORE_LOGITS = np.array([[0.5, -0.5], [1.5, 0.0], [-2.0, 1.0]])


def _mirror_some(images: Array, coins: Array) -> Any:
    return np.where(np.asarray(coins)[:, None, None], images[:, :, ::-1], images)


def _mirror_places(images: Array, places: Array) -> Any:
    result = images.copy()
    result[places] = images[places][:, :, ::-1]
    return result


def _softmax(logits: Array, axis: int) -> Array:
    powers = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return np.asarray(powers / powers.sum(axis=axis, keepdims=True))


def _averaged_class(logits: Array) -> Any:
    return _softmax(logits, 2).mean(axis=0).argmax(axis=1)


def _vote(logits: Array) -> Any:
    classes = logits.shape[2]
    said = logits.argmax(axis=2)
    return np.array([np.bincount(column, minlength=classes).argmax() for column in said.T])


def _losses(logits: Array, classes: Array, axis: int = 1) -> Array:
    return -np.log(_softmax(logits, axis))[np.arange(len(logits)), classes]


def _mixed_loss(logits: Array, first: Array, second: Array, shares: Array) -> Any:
    return (shares * _losses(logits, first) + (1 - shares) * _losses(logits, second)).mean()


def _log_of_mixture(logits: Array, first: Array, second: Array, shares: Array) -> Any:
    p, rows = _softmax(logits, 1), np.arange(len(logits))
    return -np.log(shares * p[rows, first] + (1 - shares) * p[rows, second]).mean()


def _over_images(logits: Array, first: Array, second: Array, shares: Array) -> Any:
    one, two = _losses(logits, first, 0), _losses(logits, second, 0)
    return (shares * one + (1 - shares) * two).mean()


def _of_labels_rounded(logits: Array, first: Array, second: Array, shares: Array) -> Any:
    return _losses(logits, np.where(shares >= 0.5, first, second)).mean()


def _crop_matrix(top: float, left: float, height: float, width: float, side: float) -> Any:
    right, down = (2 * left + width) / side - 1, (2 * top + height) / side - 1
    return np.array([[width / side, 0, right], [0, height / side, down]])


def _pushed_crop(top: float, left: float, height: float, width: float, side: float) -> Any:
    right, down = (2 * left + width) / side - 1, (2 * top + height) / side - 1
    zoom = side / width, side / height
    return np.array([[zoom[0], 0, -zoom[0] * right], [0, zoom[1], -zoom[1] * down]])


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        key="19.mirror_some",
        answer=_mirror_some,
        praise="`mirror_some` is right: each image has its own coin.",
        cases=((_IMAGES, _COINS), (_OTHERS, _FEW_COINS)),
        mistakes=(
            Mistake(
                "all mirrored",
                lambda images, coins: images[:, :, ::-1],
                "you mirror every image. The coins say which ones.",
            ),
            Mistake(
                "upside down",
                lambda images, coins: np.where(coins[:, None, None], images[:, ::-1], images),
                "the right images are changed, but they stand on their heads now: the axes are "
                "(image, row, column). Along which one do left and right lie?",
            ),
            Mistake(
                "half turn",
                lambda images, coins: np.where(coins[:, None, None], images[:, ::-1, ::-1], images),
                "the right images are changed, but by half a turn: left and right are exchanged, "
                "and up and down as well.",
            ),
            Mistake(
                "batch reversed",
                lambda images, coins: np.where(coins[:, None, None], images[::-1], images),
                "where the coin is 1 you put another image of the batch: `[::-1]` reverses the "
                "first axis. Which axis runs along a row of pixels?",
            ),
            Mistake(
                "the others mirrored",
                lambda images, coins: np.where(coins[:, None, None], images, images[:, :, ::-1]),
                "you mirror those images whose coin is 0. It is the other way round.",
            ),
            Mistake(
                "one coin for all",
                lambda images, coins: images[:, :, ::-1] if coins[0] else images,
                "one coin decides for the whole batch. Each image has its own.",
            ),
            Mistake(
                "coins as positions",
                _mirror_places,
                "you mirror the images 0 and 1: an index made of 0s and 1s picks by position. "
                "To pick by yes and no, compare first: `coins == 1`.",
            ),
            Mistake(
                "only the mirrored ones",
                lambda images, coins: images[coins == 1][:, :, ::-1],
                "you return only those images that are mirrored. The others belong to the batch, "
                "too, each at its place.",
            ),
        ),
    ),
    Exercise(
        key="19.averaged_class",
        answer=_averaged_class,
        praise="`averaged_class` is right, for any number of views.",
        cases=((_VIEWS,), (_MORE_VIEWS,)),
        mistakes=(
            Mistake(
                "mean of the logits",
                lambda logits: logits.mean(axis=0).argmax(axis=1),
                "you average logits, or logarithms of probabilities. One very sure view then "
                "outweighs all the others. Average the probabilities themselves.",
            ),
            Mistake(
                "vote",
                _vote,
                "you count votes. A view that is hardly sure then weighs as much as a sure one. "
                "Average the probabilities instead.",
            ),
            Mistake(
                "median",
                lambda logits: np.median(_softmax(logits, 2), axis=0).argmax(axis=1),
                "you take the median of the probabilities. The mean is asked for: every view "
                "counts with all that it says.",
            ),
            Mistake(
                "surest view",
                lambda logits: _softmax(logits, 2).max(axis=0).argmax(axis=1),
                "the surest single view decides in your version. All views should have a say: "
                "mean, not largest.",
            ),
            Mistake(
                "first view",
                lambda logits: logits[0].argmax(axis=1),
                "only the first view decides. Where do the others come in?",
            ),
            Mistake(
                "one answer for each view",
                lambda logits: _softmax(logits, 2).mean(axis=1).argmax(axis=1),
                "you average over the images and get an answer for each view. The first axis "
                "holds the views.",
            ),
            Mistake(
                "powers not divided",
                lambda logits: np.exp(logits).mean(axis=0).argmax(axis=1),
                "you average powers of e, so a view with large logits weighs more. Divide each "
                "view's powers by their sum first: that is softmax.",
            ),
            Mistake(
                "probabilities",
                lambda logits: _softmax(logits, 2).mean(axis=0),
                "these are the mean probabilities, and they are right. The class of each image is "
                "asked for.",
            ),
        ),
    ),
    Exercise(
        key="19.mixed_loss",
        answer=_mixed_loss,
        praise="`mixed_loss` is right: two ordinary losses, each image with its own share.",
        cases=(
            (_LOGITS, np.array([0, 1]), np.array([2, 2]), _SHARES),
            (_MORE_LOGITS, np.array([0, 1, 1]), np.array([1, 0, 1]), np.array([0.6, 0.9, 0.35])),
        ),
        mistakes=(
            Mistake(
                "shares exchanged",
                lambda logits, first, second, shares: _mixed_loss(logits, second, first, shares),
                "{call} gave {got}, expected {expected}. Your shares are exchanged: `shares` "
                "belongs to the first image.",
            ),
            Mistake(
                "sum",
                lambda logits, first, second, shares: (
                    len(logits) * _mixed_loss(logits, first, second, shares)
                ),
                "{got} is the sum over the images. The mean is asked for.",
            ),
            Mistake(
                "sign",
                lambda logits, first, second, shares: -_mixed_loss(logits, first, second, shares),
                "the size is right, but your loss is negative: a logarithm of a probability is "
                "below 0, and cross-entropy has a minus sign.",
            ),
            Mistake(
                "half and half",
                lambda logits, first, second, shares: _mixed_loss(
                    logits, first, second, np.full(len(shares), 0.5)
                ),
                "you give both images the same weight. How much of each one is there?",
            ),
            Mistake(
                "one share for all",
                lambda logits, first, second, shares: _mixed_loss(
                    logits, first, second, np.full(len(shares), shares.mean())
                ),
                "{call} gave {got}, expected {expected}. You use the mean share for all. Weigh "
                "before you average: each image has its own share.",
            ),
            Mistake(
                "logarithm of the mixture",
                _log_of_mixture,
                "{call} gave {got}, expected {expected}. You mix the two probabilities and take "
                "the logarithm then. Two losses are to be mixed: logarithm first.",
            ),
            Mistake(
                "no softmax",
                lambda logits, first, second, shares: (
                    -(
                        shares * logits[np.arange(len(logits)), first]
                        + (1 - shares) * logits[np.arange(len(logits)), second]
                    ).mean()
                ),
                "{call} gave {got}, expected {expected}. You weigh the logits as they are. Turn "
                "them into logarithms of probabilities first: softmax, then log.",
            ),
            Mistake(
                "softmax over the images",
                _over_images,
                "{call} gave {got}, expected {expected}. Your softmax runs over the images. Each "
                "row, the classes of one image, adds up to 1.",
            ),
            Mistake(
                "larger share only",
                _of_labels_rounded,
                "you count the image with the larger share only. The other one is in the picture, "
                "too.",
            ),
            Mistake(
                "weights forgotten",
                lambda logits, first, second, shares: (
                    _losses(logits, first) + _losses(logits, second)
                ).mean(),
                "you add both losses in full. The shares say how much each of them counts.",
            ),
        ),
    ),
    Exercise(
        key="19.crop_matrix",
        answer=_crop_matrix,
        praise="`crop_matrix` is right: crops for a whole batch, one matrix each.",
        cases=((2, 4, 22, 20, 28), (0, 10, 8, 5, 20), (6, 0, 3, 9, 16)),
        mistakes=(
            Mistake(
                "where it goes",
                _pushed_crop,
                "your matrix says where each point of the old image goes. `affine_grid` asks the "
                "other way round: where does a pixel of the new image come from?",
            ),
            Mistake(
                "rows and columns",
                lambda top, left, height, width, side: _crop_matrix(left, top, width, height, side),
                "the numbers are right, but rows and columns have changed places: the first row "
                "of the matrix is for x, to the right.",
            ),
            Mistake(
                "corner for middle",
                lambda top, left, height, width, side: np.array(
                    [[width / side, 0, 2 * left / side - 1], [0, height / side, 2 * top / side - 1]]
                ),
                "the sizes are right, the shift is not: the last column says where the middle of "
                "the new image fetches from. You have put the rectangle's corner there.",
            ),
            Mistake(
                "pixels",
                lambda top, left, height, width, side: np.array(
                    [[width / side, 0, left], [0, height / side, top]]
                ),
                "the sizes are right. But your last column is in pixels, and the matrix works "
                "from -1 to 1, with 0 in the middle.",
            ),
            Mistake(
                "parts of the side",
                lambda top, left, height, width, side: np.array(
                    [[width / side, 0, left / side], [0, height / side, top / side]]
                ),
                "the sizes are right. Your last column counts from the upper left corner, from 0 "
                "to 1. The matrix counts from -1 to 1, and means the rectangle's middle.",
            ),
            Mistake(
                "sign of the shift",
                lambda top, left, height, width, side: (
                    _crop_matrix(top, left, height, width, side) * np.array([1, 1, -1])
                ),
                "the sizes are right, the shift has the wrong sign. A rectangle to the left of "
                "the middle is fetched from the left: x below 0.",
            ),
            Mistake(
                "no shift",
                lambda top, left, height, width, side: (
                    _crop_matrix(top, left, height, width, side) * np.array([1, 1, 0])
                ),
                "the sizes are right, but you always cut out the middle. Where do `top` and "
                "`left` come in?",
            ),
        ),
    ),
)
