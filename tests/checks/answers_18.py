"""Right answers and typical mistakes for notebook 18, as learners would write them."""

import copy
from typing import Any

import numpy as np
import torch
from torch import nn


def _what_happens(function):
    """The notebook's own wrapper: one update, and what it changed."""

    def trial():
        torch.manual_seed(0)
        backbone = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.5))
        head = nn.Sequential(nn.Dropout(0.5), nn.Linear(6, 2))
        model = nn.Sequential(backbone, head).train()
        if function(model) is ...:
            return ...
        before = copy.deepcopy(model.state_dict())
        loss = model(torch.randn(8, 4)).square().sum()
        if loss.requires_grad:
            loss.backward()
        torch.optim.SGD(model.parameters(), lr=0.1).step()
        moved = {k for k, w in model.state_dict().items() if not torch.equal(w, before[k])}
        return {
            "backbone's weights change": bool(moved & {"0.0.weight", "0.1.weight"}),
            "backbone's statistics change": "0.1.running_mean" in moved,
            "backbone's dropout is on": backbone[3].training,
            "head's weights change": "1.1.weight" in moved,
            "head's dropout is on": head[0].training,
        }

    return trial


def _fed_by_channel(photograph, mean, std):
    channels = [(photograph[:, :, c] / 255 - mean[c]) / std[c] for c in range(3)]
    return np.stack(channels)


def _fed_of_pytorch(photograph, mean, std):
    image = torch.tensor(photograph).double().permute(2, 0, 1) / 255
    mean, std = (torch.tensor(three).double()[:, None, None] for three in (mean, std))
    return (image - mean) / std


def _ready_by_loop(model):
    for weight in model[0].parameters():
        weight.requires_grad = False
    model[0].train(False)


def _ready_from_scratch(model):
    model.eval()
    model[1].train()
    model.requires_grad_(False)
    model[1].requires_grad_(True)


def _nearest_by_loop(rows, labels, new_rows):
    mean, std = rows.mean(0), np.sqrt(((rows - rows.mean(0)) ** 2).mean(0))
    classes = []
    for row in new_rows:
        off = [
            np.linalg.norm((row - mean) / std - ((rows[labels == k] - mean) / std).mean(0))
            for k in np.unique(labels)
        ]
        classes.append(int(np.argmin(off)))
    return classes


def _nearest_of_pytorch(rows, labels, new_rows):
    rows, new_rows = torch.tensor(rows), torch.tensor(new_rows)
    std = rows.std(dim=0, correction=0)
    means = torch.stack([rows[labels == k].mean(dim=0) for k in range(max(labels) + 1)])
    return torch.cdist(new_rows / std, means / std).argmin(dim=1)


def _grey_by_loop(w, mean, std):
    weights, biases = np.zeros((len(w), 1, *w.shape[2:])), np.zeros(len(w))
    for d in range(len(w)):
        for c in range(3):
            weights[d, 0] += w[d, c] / std[c]
            biases[d] -= mean[c] / std[c] * w[d, c].sum()
    return weights, biases


def _grey_by_einsum(w, mean, std):
    mean, std = np.array(mean), np.array(std)
    return np.einsum("dcij,c->dij", w, 1 / std)[:, None], -np.einsum("dcij,c->d", w, mean / std)


ALTERNATIVES: dict[str, list[Any]] = {
    "18.fed": [_fed_by_channel, _fed_of_pytorch],
    "18.ready_for_head": [_what_happens(_ready_by_loop), _what_happens(_ready_from_scratch)],
    "18.nearest_mean": [_nearest_by_loop, _nearest_of_pytorch],
    "18.grey_filters": [_grey_by_loop, _grey_by_einsum],
}


def _bytes_kept(photograph, mean, std):
    return np.moveaxis((photograph - np.array(mean)) / std, 2, 0)


def _not_moved(photograph, mean, std):
    return (photograph / 255 - mean) / std


def _cut_anew(photograph, mean, std):
    height, width, channels = photograph.shape
    return _not_moved(photograph, mean, std).reshape(channels, height, width)


def _turned(photograph, mean, std):
    return _not_moved(photograph, mean, std).T


def _times_std(photograph, mean, std):
    return np.moveaxis((photograph / 255 - mean) * std, -1, 0)


def _std_first(photograph, mean, std):
    return np.moveaxis(photograph / 255 / std - mean, -1, 0)


def _own_numbers(photograph, mean, std):
    image = photograph / 255
    return np.moveaxis((image - image.mean((0, 1))) / image.std((0, 1)), -1, 0)


def _no_gradients(model):
    for weight in model[0].parameters():
        weight.requires_grad = False


def _mode_only(model):
    model[0].eval()


def _all_eval(model):
    model[0].requires_grad_(False)
    model.eval()


def _all_eval_only(model):
    model.eval()


def _all_frozen(model):
    model.requires_grad_(False)
    model[0].eval()


def _all_of_both(model):
    model.requires_grad_(False).eval()


def _head_instead(model):
    model[1].requires_grad_(False)
    model[1].eval()


def _train_again(model):
    model[0].eval()
    model.train()


def _raw(rows, labels, new_rows):
    means = [rows[labels == k].mean(0) for k in range(max(labels) + 1)]
    return [int(np.argmin([np.linalg.norm(row - m) for m in means])) for row in new_rows]


def _two_scalers(rows, labels, new_rows):
    rows = (rows - rows.mean(0)) / rows.std(0)
    new_rows = (new_rows - new_rows.mean(0)) / new_rows.std(0)
    return _raw(rows, labels, new_rows)


def _scaled(rows, labels, new_rows):
    mean, std = rows.mean(0), rows.std(0)
    rows, new_rows = (rows - mean) / std, (new_rows - mean) / std
    return rows, new_rows, np.array([rows[labels == k].mean(0) for k in range(max(labels) + 1)])


def _wrong_end(rows, labels, new_rows):
    _, new_rows, means = _scaled(rows, labels, new_rows)
    return np.array([np.argmax([np.linalg.norm(row - m) for m in means]) for row in new_rows])


def _table(rows, labels, new_rows):
    _, new_rows, means = _scaled(rows, labels, new_rows)
    return np.array([[np.linalg.norm(row - m) for m in means] for row in new_rows])


def _table_of_squares(rows, labels, new_rows):
    return _table(rows, labels, new_rows) ** 2


def _neighbour(rows, labels, new_rows):
    rows, new_rows, _ = _scaled(rows, labels, new_rows)
    return [int(labels[np.argmin(np.linalg.norm(rows - row, axis=1))]) for row in new_rows]


def _product(rows, labels, new_rows):
    _, new_rows, means = _scaled(rows, labels, new_rows)
    return np.argmax(new_rows @ means.T, axis=1)


def _no_square(rows, labels, new_rows):
    _, new_rows, means = _scaled(rows, labels, new_rows)
    return [int(np.argmin([(row - m).sum() for m in means])) for row in new_rows]


def _grey(w, mean, std):
    weights, biases = _grey_by_loop(w, mean, std)
    return weights, biases


def _plain_sum(w, mean, std):
    return w.sum(1, keepdims=True), -np.einsum("dcij,c->d", w, np.array(mean))


def _bias_not_scaled(w, mean, std):
    return _grey(w, mean, std)[0], -np.einsum("dcij,c->d", w, np.array(mean))


def _plus_mean(w, mean, std):
    return _grey(w, mean, std)[0], np.einsum("dcij,c->d", w, np.array(mean) / np.array(std))


def _without_bias(w, mean, std):
    return _grey(w, mean, std)[0], 0 * w[:, 0, 0, 0]


def _averaged(w, mean, std):
    return (w / np.reshape(std, (1, 3, 1, 1))).mean(1, keepdims=True), _grey(w, mean, std)[1]


def _averaged_both(w, mean, std):
    weights, biases = _grey(w, mean, std)
    return weights / 3, biases / 3


def _times(w, mean, std):
    std = np.array(std)
    return np.einsum("dcij,c->dij", w, std)[:, None], -np.einsum("dcij,c->d", w, mean * std)


def _kernel_mean(w, mean, std):
    ratio = np.array(mean) / np.array(std)
    return _grey(w, mean, std)[0], -(w.mean((2, 3)) * ratio).sum(1)


def _three_axes(w, mean, std):
    weights, biases = _grey(w, mean, std)
    return weights.squeeze(1), biases


MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "18.fed": [
        ("not scaled", _bytes_kept),
        ("channels last", _not_moved),
        ("reshaped", _cut_anew),
        ("width first", _turned),
        ("multiplied by std", _times_std),
        ("divided first", _std_first),
        ("its own mean and std", _own_numbers),
    ],
    "18.ready_for_head": [
        ("only requires_grad", _what_happens(_no_gradients)),
        ("only eval", _what_happens(_mode_only)),
        ("the whole model in eval mode", _what_happens(_all_eval)),
        ("only the whole model in eval mode", _what_happens(_all_eval_only)),
        ("everything frozen", _what_happens(_all_frozen)),
        ("everything frozen, everything in eval mode", _what_happens(_all_of_both)),
        ("the wrong part", _what_happens(_head_instead)),
        ("nothing done", _what_happens(_train_again)),
    ],
    "18.nearest_mean": [
        ("not standardised", _raw),
        ("each by itself", _two_scalers),
        ("farthest", _wrong_end),
        ("distances", _table),
        ("squared distances", _table_of_squares),
        ("nearest row", _neighbour),
        ("largest product", _product),
        ("signed differences", _no_square),
    ],
    "18.grey_filters": [
        ("std forgotten", _plain_sum),
        ("std forgotten in the bias", _bias_not_scaled),
        ("sign of the bias", _plus_mean),
        ("no bias", _without_bias),
        ("mean of the channels", _averaged),
        ("mean of everything", _averaged_both),
        ("multiplied by std", _times),
        ("kernel averaged", _kernel_mean),
        ("channel axis gone", _three_axes),
    ],
}
