"""Right answers and typical mistakes for notebook 19, as learners would write them."""

from typing import Any

import numpy as np
import torch


def _mirror_loop(images, coins):
    return np.array([np.fliplr(x) if coin else x for x, coin in zip(images, coins, strict=True)])


def _mirror_in_a_copy(images, coins):
    result = images.copy()
    result[coins == 1] = images[coins == 1, :, ::-1]
    return result


def _mirror_of_pytorch(images, coins):
    images, coins = torch.tensor(images), torch.tensor(coins).bool()
    return torch.where(coins[:, None, None], images.flip(2), images)


def _mirror_by_index(images, coins):
    result = images.copy()
    result[coins] = np.flip(images[coins], axis=2)
    return result


def _class_of_pytorch(logits):
    return torch.tensor(logits).softmax(dim=-1).sum(dim=0).argmax(dim=-1)


def _class_by_loops(logits):
    answers = []
    for image in range(logits.shape[1]):
        total = np.zeros(logits.shape[2])
        for view in logits[:, image]:
            total += np.exp(view) / np.exp(view).sum()
        answers.append(int(total.argmax()))
    return answers


def _loss_of_soft_targets(logits, first, second, shares):
    eye, shares = torch.eye(logits.shape[1]).double(), torch.tensor(shares)[:, None]
    targets = shares * eye[first] + (1 - shares) * eye[second]
    return torch.nn.functional.cross_entropy(torch.tensor(logits), targets)


def _loss_by_loop(logits, first, second, shares):
    total = 0.0
    for row, a, b, share in zip(logits, first, second, shares, strict=True):
        p = np.exp(row) / np.exp(row).sum()
        total -= share * np.log(p[a]) + (1 - share) * np.log(p[b])
    return total / len(logits)


def _line_through(pixel, pixels, side):
    begin, end = 2 * pixel / side - 1, 2 * (pixel + pixels) / side - 1
    return (end - begin) / 2, (end + begin) / 2


def _crop_by_two_points(top, left, height, width, side):
    (a, x), (b, y) = _line_through(left, width, side), _line_through(top, height, side)
    return torch.tensor([[a, 0, x], [0, b, y]])


def _crop_by_the_middle(top, left, height, width, side):
    half = side / 2
    right, down = (left + width / 2 - half) / half, (top + height / 2 - half) / half
    return [[width / side, 0.0, right], [0.0, height / side, down]]


def _log_p(logits):
    return torch.tensor(logits).log_softmax(dim=1).numpy()


def _mixed(one, two):
    """A loss of n rows from two ways to get the loss of one image."""

    def loss(logits, first, second, shares):
        rows = range(len(logits))
        parts = [one(logits, i, first, second, shares) for i in rows]
        others = [two(logits, i, first, second, shares) for i in rows]
        return float(np.mean(np.add(parts, others)))

    return loss


ALTERNATIVES: dict[str, list[Any]] = {
    "19.mirror_some": [_mirror_loop, _mirror_in_a_copy, _mirror_of_pytorch],
    "19.averaged_class": [_class_of_pytorch, _class_by_loops],
    "19.mixed_loss": [_loss_of_soft_targets, _loss_by_loop],
    "19.crop_matrix": [_crop_by_two_points, _crop_by_the_middle],
}


MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "19.mirror_some": [
        ("all mirrored", lambda images, coins: np.flip(images, axis=2)),
        ("upside down", lambda images, coins: np.array(
            [np.flipud(x) if coin else x for x, coin in zip(images, coins, strict=True)]
        )),
        ("half turn", lambda images, coins: np.array(
            [np.rot90(x, 2) if coin else x for x, coin in zip(images, coins, strict=True)]
        )),
        ("batch reversed", lambda images, coins: np.array(
            [images[-1 - i] if coin else images[i] for i, coin in enumerate(coins)]
        )),
        ("the others mirrored", lambda images, coins: np.array(
            [x if coin else np.fliplr(x) for x, coin in zip(images, coins, strict=True)]
        )),
        ("one coin for all", lambda images, coins: (
            np.flip(images, axis=-1) if coins[0] else images.copy()
        )),
        ("coins as positions", _mirror_by_index),
        ("only the mirrored ones", lambda images, coins: np.array(
            [np.fliplr(x) for x, coin in zip(images, coins, strict=True) if coin]
        )),
    ],
    "19.averaged_class": [
        ("mean of the logits", lambda logits: torch.tensor(logits).mean(0).softmax(1).argmax(1)),
        ("vote", lambda logits: torch.tensor(logits).argmax(dim=2).mode(dim=0).values),
        ("median", lambda logits: np.median(
            torch.tensor(logits).softmax(dim=2).numpy(), axis=0
        ).argmax(axis=1)),
        ("surest view", lambda logits: (
            torch.tensor(logits).softmax(dim=2).amax(dim=0).argmax(dim=1)
        )),
        ("first view", lambda logits: torch.tensor(logits).softmax(dim=2)[0].argmax(dim=1)),
        ("one answer for each view", lambda logits: (
            torch.tensor(logits).softmax(dim=2).sum(dim=1).argmax(dim=1)
        )),
        ("powers not divided", lambda logits: np.sum(np.exp(logits), axis=0).argmax(axis=-1)),
        ("probabilities", lambda logits: torch.tensor(logits).softmax(dim=2).mean(dim=0)),
    ],
    "19.mixed_loss": [
        ("shares exchanged", _mixed(
            lambda z, i, a, b, q: -(1 - q[i]) * _log_p(z)[i, a[i]],
            lambda z, i, a, b, q: -q[i] * _log_p(z)[i, b[i]],
        )),
        ("sum", lambda *given: len(given[0]) * _loss_by_loop(*given)),
        ("sign", lambda *given: -_loss_of_soft_targets(*given)),
        ("half and half", _mixed(
            lambda z, i, a, b, q: -_log_p(z)[i, a[i]] / 2,
            lambda z, i, a, b, q: -_log_p(z)[i, b[i]] / 2,
        )),
        ("one share for all", lambda z, a, b, q: (
            q.mean() * -_log_p(z)[range(len(z)), a].mean()
            + (1 - q.mean()) * -_log_p(z)[range(len(z)), b].mean()
        )),
        ("logarithm of the mixture", lambda z, a, b, q: float(np.mean(
            [-np.log(s * np.exp(p[i]) + (1 - s) * np.exp(p[j]))
             for p, i, j, s in zip(_log_p(z), a, b, q, strict=True)]
        ))),
        ("no softmax", lambda z, a, b, q: float(np.mean(
            [-(s * p[i] + (1 - s) * p[j]) for p, i, j, s in zip(z, a, b, q, strict=True)]
        ))),
        ("softmax over the images", lambda z, a, b, q: float(np.mean(
            [-(s * p[i] + (1 - s) * p[j])
             for p, i, j, s in zip(_log_p(z.T).T, a, b, q, strict=True)]
        ))),
        ("larger share only", lambda z, a, b, q: float(np.mean(
            [-p[i] if s > 0.5 else -p[j] for p, i, j, s in zip(_log_p(z), a, b, q, strict=True)]
        ))),
        ("weights forgotten", _mixed(
            lambda z, i, a, b, q: -_log_p(z)[i, a[i]],
            lambda z, i, a, b, q: -_log_p(z)[i, b[i]],
        )),
    ],
    "19.crop_matrix": [
        ("where it goes", lambda *given: np.linalg.inv(
            np.vstack([_crop_by_the_middle(*given), [0, 0, 1]])
        )[:2]),
        ("rows and columns", lambda t, u, h, w, n: np.array(
            [[h / n, 0, (2 * t + h) / n - 1], [0, w / n, (2 * u + w) / n - 1]]
        )),
        ("corner for middle", lambda t, u, h, w, n: np.array(
            [[w / n, 0, (u - n / 2) / (n / 2)], [0, h / n, (t - n / 2) / (n / 2)]]
        )),
        ("pixels", lambda t, u, h, w, n: [[w / n, 0.0, u], [0.0, h / n, t]]),
        ("parts of the side", lambda t, u, h, w, n: [[w / n, 0, u / n], [0, h / n, t / n]]),
        ("sign of the shift", lambda t, u, h, w, n: np.array(
            [[w / n, 0, 1 - (2 * u + w) / n], [0, h / n, 1 - (2 * t + h) / n]]
        )),
        ("no shift", lambda t, u, h, w, n: [[w / n, 0, 0], [0, h / n, 0]]),
    ],
}  # fmt: skip
