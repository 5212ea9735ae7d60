"""Deeper towers, plain and residual, trained for longer than notebook 16 has time for.

    python -m benchmarks.depth [--garments 8000] [--epochs 8] [--rate 0.1] [--seeds 3] [--threads 2]

The cells of notebook 16 themselves (towers, blocks, recipe, measure): run it from the project's
root. For every depth and kind of block a line with the training loss and the percentage right of
2,000 new garments, for every seed. Seconds are those of the training alone.
"""

import argparse
import time

import torch
from torch.nn.functional import avg_pool2d

from course_utils.datasets import fashion_mnist
from tests.lesson import definitions

NAMES = (
    *("PlainBlock", "ResidualBlock", "tower", "cross_entropy", "learn"),
    *("percent_right", "loss_and_right", "device"),
)


def main() -> None:
    """Read the arguments, train, print a line for every depth and kind."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--garments", type=int, default=8000)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--rate", type=float, default=0.1)
    parser.add_argument("--blocks", type=int, nargs="+", default=[1, 4, 8, 16])
    wanted = parser.parse_args()
    lesson = definitions("16_resnet_and_after", *NAMES)
    torch.set_num_threads(wanted.threads)
    own = fashion_mnist("train")
    pixels, labels = own.pixels(), own.labels.long().to(lesson.device)
    images = avg_pool2d((pixels - pixels.mean()) / pixels.std(), 4).to(lesson.device)
    new = images[50_000:52_000], labels[50_000:52_000]
    for blocks in wanted.blocks:
        for kind in (lesson.PlainBlock, lesson.ResidualBlock):
            seconds, found = 0.0, []
            for seed in range(wanted.seeds):
                chance = torch.Generator().manual_seed(seed)
                rows = torch.randperm(50_000, generator=chance)[: wanted.garments]
                mine = images[rows.to(images.device)], labels[rows.to(images.device)]
                model = lesson.tower(kind, blocks, seed=seed)
                began = time.perf_counter()
                lesson.learn(model, *mine, epochs=wanted.epochs, size=100, rate=wanted.rate)
                seconds += time.perf_counter() - began
                loss, _ = lesson.loss_and_right(model, *mine)
                _, right = lesson.loss_and_right(model, *new)
                found.append(f"{loss:.3f} ({right:.1f} %)")
            name = f"{2 * blocks + 2:2d} layers, {kind.__name__:13s}"
            print(f"{name}: {', '.join(found)}; {seconds / wanted.seeds:.1f} s each", flush=True)


if __name__ == "__main__":
    main()
