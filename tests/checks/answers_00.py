"""Notebook 00: right answers written in other ways, and typical wrong ones as a learner would."""

import math
from typing import Any

import numpy as np
import torch


def count_in_a_loop(samples, channels, height, width):
    total = 0
    for _ in range(channels * height):
        total = total + samples * width
    return total


def channels_one_by_one(pictures):
    red, green, blue = pictures[:, :, :, 0], pictures[:, :, :, 1], pictures[:, :, :, 2]
    return torch.stack([red, green, blue], dim=1)


ALTERNATIVES: dict[str, list[Any]] = {
    "00.count_numbers": [
        lambda *shape: math.prod(shape),
        lambda samples, channels, height, width: np.int64(samples) * (channels * height * width),
        lambda a, b, c, d: torch.tensor([a, b, c, d]).prod(),
        lambda a, b, c, d: float(a * b * c * d),
        count_in_a_loop,
    ],
    "00.shapes": [
        {
            "clips": [5, 20, 3, 32, 48],
            "photos": [16, 3, 32, 48],
            "weeks": [4, 168, 2],
            "cars": [50, 2],
        },
        {
            "cars": torch.zeros(50, 2).shape,
            "weeks": torch.zeros(4, 7 * 24, 2).shape,
            "photos": torch.Size([16, 3, 32, 48]),
            "clips": (5, 20, *torch.zeros(3, 32, 48).shape),
        },
    ],
    "00.channels_first": [
        lambda pictures: torch.movedim(pictures, -1, 1),
        lambda pictures: pictures.transpose(2, 3).transpose(1, 2),
        lambda pictures: np.transpose(pictures.numpy(), (0, 3, 1, 2)),
        lambda pictures: torch.einsum("nhwc->nchw", pictures),
        lambda pictures: torch.stack([picture.permute(2, 0, 1) for picture in pictures]),
        channels_one_by_one,
    ],
}


MISTAKES: dict[str, list[tuple[str, Any]]] = {
    "00.count_numbers": [
        ("added", lambda *shape: sum(shape)),
        ("one picture", lambda samples, *shape: math.prod(shape)),
        ("one channel", lambda n, c, h, w: n * (h * w)),
        ("square picture", lambda n, c, h, w: n * c * h**2),
    ],
    "00.shapes": [
        (
            "channels last",
            {
                "cars": (50, 2),
                "weeks": (4, 168, 2),
                "photos": (16, 32, 48, 3),
                "clips": (5, 20, 32, 48, 3),
            },
        ),
        (
            "width before height",
            {
                "cars": (50, 2),
                "weeks": (4, 168, 2),
                "photos": (16, 3, 48, 32),
                "clips": (5, 20, 3, 48, 32),
            },
        ),
        (
            "one of them channels last",
            {
                "cars": (50, 2),
                "weeks": (4, 168, 2),
                "photos": [16, 32, 48, 3],
                "clips": (5, 20, 3, 32, 48),
            },
        ),
        (
            "no channels",
            {
                "cars": (50, 2),
                "weeks": (4, 168, 2),
                "photos": (16, 32, 48),
                "clips": (5, 20, 32, 48),
            },
        ),
        (
            "days as samples",
            {
                "cars": (50, 2),
                "weeks": (4 * 7, 24, 2),
                "photos": (16, 3, 32, 48),
                "clips": (5, 20, 3, 32, 48),
            },
        ),
        (
            "days on an axis",
            {
                "cars": (50, 2),
                "weeks": [4, 7, 24, 2],
                "photos": (16, 3, 32, 48),
                "clips": (5, 20, 3, 32, 48),
            },
        ),
        (
            "features before samples",
            {
                "cars": (2, 50),
                "weeks": (4, 168, 2),
                "photos": (16, 3, 32, 48),
                "clips": (5, 20, 3, 32, 48),
            },
        ),
        (
            "features before timesteps",
            {
                "cars": (50, 2),
                "weeks": (4, 2, 7 * 24),
                "photos": (16, 3, 32, 48),
                "clips": (5, 20, 3, 32, 48),
            },
        ),
        (
            "channels before frames",
            {
                "cars": (50, 2),
                "weeks": (4, 168, 2),
                "photos": (16, 3, 32, 48),
                "clips": (5, 3, 20, 32, 48),
            },
        ),
    ],
    "00.channels_first": [
        ("folded anew", lambda p: p.reshape(len(p), 3, p.shape[1], p.shape[2])),
        ("on their side", lambda p: p.transpose(1, 3)),
        ("the other way", lambda p: torch.movedim(p, 1, 3)),
        ("samples moved", lambda p: torch.movedim(p, 3, 0)),
        ("first picture only", lambda p: torch.movedim(p[0], 2, 0)),
    ],
}
