"""Right answers and typical mistakes for notebook 12, as learners would write them."""

import math
from typing import Any

import numpy as np
import torch
from torch import nn

F = nn.functional


def _by_optimizer(X, y, rate, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=rate)
    for _ in range(steps):
        optimizer.zero_grad()
        F.mse_loss(X @ w, y).backward()
        optimizer.step()
    return "Gradients not reset ", w.detach().numpy()


def _by_grad(X, y, rate, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype)
    for _ in range(steps):
        w = w.requires_grad_()
        (slope,) = torch.autograd.grad(((X @ w - y) ** 2).mean(), w)
        w = (w - rate * slope).detach()
    return ["gradients not reset", w]


def _zeroed_at_the_end(X, y, rate, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, requires_grad=True)
    for _ in range(steps):
        ((X @ w - y) ** 2).mean().backward()
        with torch.no_grad():
            w -= rate * w.grad
            w.grad.zero_()
    return "gradients not reset", w  # not detached: right all the same


def _in_a_loop(logits, labels):
    total = 0.0
    for row, label in zip(logits, labels, strict=True):
        shifted = row - row.max()
        total += math.log(shifted.exp().sum().item()) - shifted[label].item()
    return total / len(labels)


def _garment_by_garment(garments, count):
    tested = sorted(set(garments.tolist()))[-count:]
    rows = list(enumerate(garments.tolist()))
    train = [row for row, garment in rows if garment not in tested]
    return "test samples in the training set", train, [r for r, g in rows if g in tested]


def _with_mask(garments, count):
    limit = np.unique(garments)[-count]
    mask = torch.as_tensor(garments) >= limit
    cause = "test samples in the training set"
    return cause, (~mask).nonzero().flatten(), mask.nonzero().flatten()


ALTERNATIVES: dict[str, list[Any]] = {
    "12.repaired_5": [_by_optimizer, _by_grad, _zeroed_at_the_end],
    "12.repaired_7": [
        lambda logits, labels: ("softmax twice", F.nll_loss(logits.log_softmax(dim=1), labels)),
        lambda logits, labels: ["SOFTMAX TWICE", nn.CrossEntropyLoss()(logits, labels).item()],
        lambda logits, labels: ("softmax twice", _in_a_loop(logits, labels)),
    ],
    "12.repaired_8": [
        lambda logits, labels: ("wrong axis", _in_a_loop(logits, labels)),
        lambda logits, labels: (
            "wrong axis",
            -torch.log_softmax(logits, dim=-1).gather(1, labels[:, None]).mean(),
        ),
    ],
    "12.repaired_9": [
        lambda predicted, targets: ("shapes broadcast", F.mse_loss(predicted, targets[:, None])),
        lambda predicted, targets: ("shapes broadcast", F.mse_loss(predicted.flatten(), targets)),
        lambda predicted, targets: (
            "shapes broadcast",
            np.mean((predicted.squeeze(1).numpy() - targets.numpy()) ** 2),
        ),
    ],
    "12.repaired_11": [
        lambda y_file: ("labels shifted", (y_file + 9) % 10),
        lambda y_file: ("labels shifted", [label - 1 for label in y_file.tolist()]),
    ],
    "12.repaired_13": [_garment_by_garment, _with_mask],
}


def _never_emptied(X, y, rate, steps, cause="gradients not reset"):
    w = torch.zeros(X.shape[1], dtype=X.dtype, requires_grad=True)
    for _ in range(steps):
        ((X @ w - y) ** 2).mean().backward()
        with torch.no_grad():
            w -= rate * w.grad
    return cause, w.detach()


def _emptied_too_early(X, y, rate, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, requires_grad=True)
    for _ in range(steps):
        ((X @ w - y) ** 2).mean().backward()
        w.grad.zero_()
        with torch.no_grad():
            w -= rate * w.grad
    return "gradients not reset", w.detach()


def _pile_divided(X, y, rate, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, requires_grad=True)
    for step in range(steps):
        ((X @ w - y) ** 2).mean().backward()
        with torch.no_grad():
            w -= rate * w.grad / (step + 1)
    return "gradients not reset", w.detach()


def _made_anew(X, y, rate, steps):
    for _ in range(steps):
        w = torch.zeros(X.shape[1], dtype=X.dtype, requires_grad=True)
        ((X @ w - y) ** 2).mean().backward()
        with torch.no_grad():
            w -= rate * w.grad
    return "gradients not reset", w.detach()


def _sometimes(X, y, rate, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, requires_grad=True)
    for step in range(steps):
        ((X @ w - y) ** 2).mean().backward()
        with torch.no_grad():
            w -= rate * w.grad
        if step % 2:
            w.grad = None
    return "gradients not reset", w.detach()


def _last_rows(garments, count):
    cut = len(garments) - count
    return "test samples in the training set", list(range(cut)), list(range(cut, len(garments)))


def _first_photo(garments, count):
    _, first = np.unique(garments, return_index=True)
    test = sorted(first[-count:].tolist())
    train = [row for row in range(len(garments)) if row not in test]
    return "test samples in the training set", train, test


def _chosen(garments, choose):
    numbers = sorted(set(garments.tolist()))
    test = [row for row, garment in enumerate(garments) if choose(garment, numbers)]
    train = [row for row in range(len(garments)) if row not in test]
    return "test samples in the training set", train, test


def _numbers(garments, count):
    cause, train, test = _garment_by_garment(garments, count)
    return cause, [garments[row] for row in train], [garments[row] for row in test]


def _turned(garments, count):
    cause, train, test = _garment_by_garment(garments, count)
    return cause, test, train


def _labels_picked(values, labels):
    return values.gather(1, labels[:, None])[:, 0]


MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "12.repaired_5": [
        ("not repaired", _never_emptied),
        ("emptied before the update", _emptied_too_early),
        ("averaged", _pile_divided),
        ("new weights in each step", _made_anew),
        ("every other step", _sometimes),
        ("blames the rate", lambda *given: ("rate too large", _by_optimizer(*given)[1])),
    ],
    "12.repaired_7": [
        (
            "not repaired",
            lambda logits, labels: (
                "softmax twice",
                F.cross_entropy(torch.softmax(logits, dim=1), labels),
            ),
        ),
        (
            "no logarithm",
            lambda logits, labels: ("softmax twice", F.nll_loss(logits.softmax(1), labels)),
        ),
        (
            "no softmax at all",
            lambda logits, labels: ("softmax twice", F.nll_loss(logits, labels)),
        ),
        (
            "over the batch",
            lambda logits, labels: (
                "softmax twice",
                F.nll_loss(torch.log(torch.softmax(logits, dim=0)), labels),
            ),
        ),
        (
            "sum",
            lambda logits, labels: (
                "softmax twice",
                F.cross_entropy(logits, labels, reduction="sum"),
            ),
        ),
        (
            "one loss for each image",
            lambda logits, labels: (
                "softmax twice",
                F.cross_entropy(logits, labels, reduction="none"),
            ),
        ),
        ("blames the axis", lambda logits, labels: ("wrong axis", F.cross_entropy(logits, labels))),
    ],
    "12.repaired_8": [
        (
            "not repaired",
            lambda logits, labels: (
                "wrong axis",
                F.nll_loss(F.log_softmax(logits, dim=0), labels),
            ),
        ),
        (
            "over everything",
            lambda logits, labels: (
                "wrong axis",
                -_labels_picked(logits - logits.logsumexp(dim=(0, 1)), labels).mean(),
            ),
        ),
        (
            "mean over all entries",
            lambda logits, labels: ("wrong axis", -torch.log_softmax(logits, dim=-1).mean()),
        ),
        (
            "no logarithm",
            lambda logits, labels: (
                "wrong axis",
                -_labels_picked(logits.softmax(dim=1), labels).mean(),
            ),
        ),
        (
            "every label for every image",
            lambda logits, labels: (
                "wrong axis",
                -(logits - logits.logsumexp(dim=1, keepdim=True))[:, labels].mean(),
            ),
        ),
        (
            "sum",
            lambda logits, labels: ("wrong axis", _in_a_loop(logits, labels) * len(labels)),
        ),
        (
            "sign",
            lambda logits, labels: (
                "wrong axis",
                _labels_picked(logits.log_softmax(dim=1), labels).mean(),
            ),
        ),
        (
            "blames the second softmax",
            lambda logits, labels: ("softmax twice", _in_a_loop(logits, labels)),
        ),
    ],
    "12.repaired_9": [
        (
            "not repaired",
            lambda predicted, targets: (
                "shapes broadcast",
                (predicted - targets).square().mean(),
            ),
        ),
        (
            "mean before the square",
            lambda predicted, targets: (
                "shapes broadcast",
                (predicted.flatten() - targets).mean().square(),
            ),
        ),
        (
            "sum",
            lambda predicted, targets: (
                "shapes broadcast",
                F.mse_loss(predicted.flatten(), targets, reduction="sum"),
            ),
        ),
        (
            "one for each image",
            lambda predicted, targets: (
                "shapes broadcast",
                F.mse_loss(predicted.flatten(), targets, reduction="none"),
            ),
        ),
        (
            "root",
            lambda predicted, targets: (
                "shapes broadcast",
                math.sqrt(F.mse_loss(predicted.flatten(), targets).item()),
            ),
        ),
        (
            "absolute differences",
            lambda predicted, targets: (
                "shapes broadcast",
                F.l1_loss(predicted.flatten(), targets),
            ),
        ),
        (
            "blames the axis",
            lambda predicted, targets: ("wrong axis", F.mse_loss(predicted.flatten(), targets)),
        ),
    ],
    "12.repaired_11": [
        ("not repaired", lambda y_file: ("labels shifted", torch.remainder(y_file, 10))),
        ("as in the file", lambda y_file: ("labels shifted", y_file.clone())),
        (
            "remainder first",
            lambda y_file: ("labels shifted", [label % 10 - 1 for label in y_file.tolist()]),
        ),
        (
            "other direction",
            lambda y_file: ("labels shifted", torch.where(y_file >= 9, y_file - 9, y_file + 1)),
        ),
        (
            "smallest label of the batch",
            lambda y_file: ("labels shifted", y_file - min(y_file.tolist())),
        ),
        (
            "ranks in the batch",
            lambda y_file: (
                "labels shifted",
                [sorted(set(y_file.tolist())).index(label) for label in y_file.tolist()],
            ),
        ),
        (
            "9 and 10 together",
            lambda y_file: ("labels shifted", torch.where(y_file == 10, 9, y_file)),
        ),
        ("blames a permutation", lambda y_file: ("labels permuted", (y_file + 9) % 10)),
    ],
    "12.repaired_13": [
        ("rows, not garments", _last_rows),
        ("one photo of each", _first_photo),
        (
            "photos counted, not garments",
            lambda garments, count: _chosen(
                garments, lambda g, _: g in sorted(garments.tolist())[-count:]
            ),
        ),
        (
            "smallest numbers",
            lambda garments, count: _chosen(garments, lambda g, numbers: g in numbers[:count]),
        ),
        (
            "largest number taken as a limit",
            lambda garments, count: _chosen(garments, lambda g, numbers: g > numbers[-1] - count),
        ),
        ("garments instead of rows", _numbers),
        ("swapped", _turned),
        (
            "blames the choice",
            lambda *given: ("chosen on the test set", *_garment_by_garment(*given)[1:]),
        ),
    ],
}
