"""Right answers and typical mistakes for notebook 14, as learners would write them."""

from typing import Any

import numpy as np
import torch
from torch import nn


def _count_by_pytorch(table, window):
    layers = [nn.Conv2d(len(seen), 1, window) for seen in table]
    return sum(p.numel() for layer in layers for p in layer.parameters())


def _windows_first(table, window):
    windows = 0
    for seen in table:
        windows += len(seen)
    return windows * window * window + len(table)


def _confused_in_loops(matrix):
    best, pair = -1, None
    for true, row in enumerate(matrix.tolist()):
        for said, count in enumerate(row):
            if true != said and count > best:
                best, pair = count, [true, said]
    return pair


def _confused_by_unravel(matrix):
    off = matrix - np.diag(np.diag(matrix))
    return np.unravel_index(off.argmax(), off.shape)


def _confused_by_pytorch(matrix):
    off = torch.tensor(matrix).fill_diagonal_(-1)
    place = off.flatten().argmax()
    return torch.stack([place // len(off), place % len(off)])


def _shifted_pixel_by_pixel(image, down, right):
    rows, columns = image.shape
    result = [[0] * columns for _ in range(rows)]
    for r in range(rows):
        for c in range(columns):
            if 0 <= r + down < rows and 0 <= c + right < columns:
                result[r + down][c + right] = image[r, c]
    return result


def _rolled_and_cleared(image, down, right):
    result = torch.tensor(image).roll((down, right), dims=(0, 1))
    if down >= 0:
        result[:down] = 0
    else:
        result[down:] = 0
    if right >= 0:
        result[:, :right] = 0
    else:
        result[:, right:] = 0
    return result


def _shifted_by_matrices(image, down, right):
    rows, columns = image.shape
    return np.eye(rows, k=-down) @ image @ np.eye(columns, k=right)


def _accepted_in_a_loop(p_hat, labels, rejected):
    order = sorted(range(len(labels)), key=lambda i: max(p_hat[i]))
    wrong = [int(np.argmax(p_hat[i]) != labels[i]) for i in order[rejected:]]
    return sum(wrong) / len(wrong)


def _accepted_by_topk(p_hat, labels, rejected):
    sure, said = torch.tensor(p_hat).max(dim=1)
    kept = sure.topk(len(sure) - rejected).indices
    return (said[kept] != torch.tensor(labels)[kept]).double().mean()


def _accepted_by_threshold(p_hat, labels, rejected):
    sure = p_hat.max(1)
    kept = sure >= np.sort(sure)[rejected]
    return 1 - np.mean(p_hat.argmax(1)[kept] == labels[kept])


ALTERNATIVES: dict[str, list[Any]] = {
    "14.count_partial": [_count_by_pytorch, _windows_first],
    "14.most_confused": [_confused_in_loops, _confused_by_unravel, _confused_by_pytorch],
    "14.shift_image": [_shifted_pixel_by_pixel, _rolled_and_cleared, _shifted_by_matrices],
    "14.error_of_accepted": [_accepted_in_a_loop, _accepted_by_topk, _accepted_by_threshold],
}


def _weights_only(table, window):
    return sum(len(seen) for seen in table) * window * window


def _bias_inside(table, window):
    total = 0
    for seen in table:
        for _ in seen:
            total += window * window + 1
    return total


def _one_bias(table, window):
    return 1 + sum(len(seen) * window**2 for seen in table)


def _a_window_each(table, window):
    return sum(window**2 + 1 for _ in table)


def _conv2d(table, window):
    maps = set()
    for seen in table:
        maps |= set(seen)
    layer = nn.Conv2d(len(maps), len(table), window)
    return layer.weight.numel() + layer.bias.numel()


def _side_only(table, window):
    total = 0
    for seen in table:
        total += len(seen) * window + 1
    return total


def _sum_of_seen(table, window):
    return sum(sum(seen) * window * window + 1 for seen in table)


def _argmax_of_all(matrix):
    return np.unravel_index(np.argmax(matrix), matrix.shape)


def _without_diagonal(matrix):
    off = matrix.copy()
    np.fill_diagonal(off, 0)
    return off


def _said_then_true(matrix):
    true, said = np.unravel_index(_without_diagonal(matrix).argmax(), matrix.shape)
    return said, true


def _how_often(matrix):
    return _without_diagonal(matrix).max()


def _flat(matrix):
    return np.argmax(_without_diagonal(matrix))


def _pairs(matrix):
    off, best, pair = _without_diagonal(matrix), -1, None
    for i in range(len(off)):
        for j in range(i + 1, len(off)):
            if off[i, j] + off[j, i] > best:
                best, pair = off[i, j] + off[j, i], (i, j)
    return pair


def _recall_like(matrix):
    off = _without_diagonal(matrix) / matrix.sum(1)[:, None]
    return np.unravel_index(off.argmax(), off.shape)


def _counted_from_one(matrix):
    true, said = np.unravel_index(_without_diagonal(matrix).argmax(), matrix.shape)
    return true + 1, said + 1


def _roll(image, down, right):
    return np.roll(np.roll(image, down, axis=0), right, axis=1)


def _right_down(image, down, right):
    return _shifted_by_matrices(image, right, down)


def _up_left(image, down, right):
    rows, columns = image.shape
    result = np.zeros_like(image)
    for r in range(rows):
        for c in range(columns):
            if 0 <= r + down < rows and 0 <= c + right < columns:
                result[r, c] = image[r + down, c + right]
    return result


def _nearest(image, down, right):
    rows, columns = image.shape
    return [
        [
            image[min(max(r - down, 0), rows - 1), min(max(c - right, 0), columns - 1)]
            for c in range(columns)
        ]
        for r in range(rows)
    ]


def _first_cleared(image, down, right):
    result = _roll(image, down, right)
    result[0:down, :] = 0
    result[:, 0:right] = 0
    return result


def _forgot_zero(image, down, right):
    result = _roll(image, down, right)
    if down > 0:
        result[:down] = 0
    else:
        result[down:] = 0
    if right > 0:
        result[:, :right] = 0
    else:
        result[:, right:] = 0
    return result


def _cleared_too_far(image, down, right):
    result = _roll(image, down, right)
    if down > 0:
        result[: down + 1] = 0
    if down < 0:
        result[down - 1 :] = 0
    if right > 0:
        result[:, : right + 1] = 0
    if right < 0:
        result[:, right - 1 :] = 0
    return result


def _wrong(p_hat, labels):
    return p_hat.argmax(axis=1) != labels


def _sure_ones_out(p_hat, labels, rejected):
    order = p_hat.max(axis=1).argsort()[::-1]
    return _wrong(p_hat, labels)[order[rejected:]].mean()


def _over_all(p_hat, labels, rejected):
    order = p_hat.max(axis=1).argsort()
    return _wrong(p_hat, labels)[order[rejected:]].sum() / len(labels)


def _right_share(p_hat, labels, rejected):
    order = p_hat.max(axis=1).argsort()[rejected:]
    return (p_hat[order].argmax(axis=1) == labels[order]).mean()


def _number(p_hat, labels, rejected):
    order = p_hat.max(axis=1).argsort()[rejected:]
    return _wrong(p_hat, labels)[order].sum()


def _label_probability(p_hat, labels, rejected):
    order = np.argsort([p[label] for p, label in zip(p_hat, labels, strict=True)])
    return _wrong(p_hat, labels)[order[rejected:]].mean()


def _plain_error(p_hat, labels, rejected):
    return _wrong(p_hat, labels).mean()


def _of_the_person(p_hat, labels, rejected):
    order = p_hat.max(axis=1).argsort()[:rejected]
    return _wrong(p_hat, labels)[order].mean()


def _rows_as_they_come(p_hat, labels, rejected):
    return _wrong(p_hat, labels)[rejected:].mean()


def _labels_left_behind(p_hat, labels, rejected):
    least_sure_first = p_hat[np.argsort(np.max(p_hat, axis=1))]
    return _wrong(least_sure_first[rejected:], labels[rejected:]).mean()


def _smallest_lead(p_hat, labels, rejected):
    ranked = -np.sort(-p_hat, axis=1)
    order = np.argsort(ranked[:, 0] - ranked[:, 1])
    return _wrong(p_hat, labels)[order[rejected:]].mean()


def _minus_zero(p_hat, labels, rejected):
    order = p_hat.max(axis=1).argsort()[::-1][:-rejected]
    return _wrong(p_hat, labels)[order].mean()


MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "14.count_partial": [
        ("no bias", _weights_only),
        ("a bias for each window", _bias_inside),
        ("one bias in all", _one_bias),
        ("one window for each map", _a_window_each),
        ("every map sees all", _conv2d),
        ("window not squared", _side_only),
        ("numbers of maps added", _sum_of_seen),
    ],
    "14.most_confused": [
        ("the right ones", _argmax_of_all),
        ("swapped", _said_then_true),
        ("a count", _how_often),
        ("the place counted through", _flat),
        ("both directions added", _pairs),
        ("shares of the row", _recall_like),
        ("from one", _counted_from_one),
    ],
    "14.shift_image": [
        ("comes round", _roll),
        ("axes swapped", _right_down),
        ("the other way", _up_left),
        ("edge repeated", _nearest),
        ("always the first lines", _first_cleared),
        ("zero clears all", _forgot_zero),
        ("one line too many", _cleared_too_far),
    ],
    "14.error_of_accepted": [
        ("surest rejected", _sure_ones_out),
        ("divided by all", _over_all),
        ("share right", _right_share),
        ("a count", _number),
        ("sorted by the label's probability", _label_probability),
        ("nothing rejected", _plain_error),
        ("error of the rejected", _of_the_person),
        ("not sorted", _rows_as_they_come),
        ("labels not sorted", _labels_left_behind),
        ("sorted by the lead over the second", _smallest_lead),
        ("nobody left at 0", _minus_zero),
    ],
}
