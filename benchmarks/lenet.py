"""How often LeNet-5 errs on MNIST's test images, over several seeds, and how long it learns.

    python benchmarks/lenet.py [--seeds 10] [--threads 2] [--epochs 10] [--limits 1 0] [--pick]

Network and recipe of notebook 14: 61,706 parameters, ReLU, max-pooling, images of 32 × 32; SGD with
Nesterov momentum, batches of 128, a rate that climbs to 0.1 for a quarter of the updates and then
falls in a straight line to 0, weight decay 0.0005, weights stored channels last, full precision.
Each batch is moved as one by up to ``--limits`` pixels; 0 takes the images as they are. With
``--pick`` it trains on the first 50,000 images and is judged on the last 10,000 training images:
that is how the recipe was picked. Without it, it trains on all 60,000 and is judged on the test
images. Seconds are those of the training alone, on a machine that is otherwise idle.
"""

import argparse
import time
from statistics import mean, pstdev

import torch
from torch import nn
from torch.nn.functional import cross_entropy, pad

from course_utils.datasets import ImageSet, mnist
from course_utils.models import lenet5
from course_utils.runtime import pick_device
from course_utils.training import BatchLoader, Schedule, evaluate, fit, triangle

Pair = tuple[torch.Tensor, torch.Tensor]


def network() -> nn.Module:
    """LeNet-5 in today's form, for images (n, 1, 32, 32)."""
    return lenet5().to(memory_format=torch.channels_last)


def moved(images: torch.Tensor, limit: int) -> torch.Tensor:
    """All images moved as one, by up to `limit` pixels; their margin is empty."""
    down, right = torch.randint(-limit, limit + 1, (2,)).tolist()
    return images.roll((down, right), dims=(2, 3))


def trained(learn: Pair, *, epochs: int, limit: int, seed: int) -> tuple[nn.Module, float]:
    """Train once; return the network and the seconds of the training."""
    torch.manual_seed(seed)
    model = network().to(learn[0].device)
    transform = None if limit == 0 else lambda images: moved(images, limit)
    batches = BatchLoader(*learn, size=128, transform=transform)
    options = {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4}
    optimizer = torch.optim.SGD(model.parameters(), **options)
    steps = epochs * len(batches)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, triangle(steps, peak=0.25))
    began = time.perf_counter()
    callbacks = [Schedule(schedule, per="batch")]
    fit(model, cross_entropy, optimizer, batches, epochs=epochs, callbacks=callbacks)
    return model, time.perf_counter() - began


def errors(model: nn.Module, judge: Pair) -> int:
    """How many images the network gets wrong."""
    measures = {"wrong": lambda targets, logits: (targets != logits.argmax(dim=1)).sum()}
    batches = BatchLoader(*judge, size=500, shuffle=False)
    return int(evaluate(model, cross_entropy, batches, metrics=measures)["wrong"])


def inputs(images: ImageSet, average: float, spread: float) -> torch.Tensor:
    """Standardised images with two empty pixels on each side, (n, 1, 32, 32)."""
    return pad((images.pixels() - average) / spread, (2, 2, 2, 2), value=-average / spread)


def data(*, pick: bool) -> tuple[Pair, Pair]:
    """Images and labels to learn from, and those to judge on."""
    device = pick_device()
    train, test = mnist("train"), mnist("test")
    average, spread = train.pixels().mean().item(), train.pixels().std().item()
    images, labels = inputs(train, average, spread).to(device), train.labels.to(device)
    if pick:
        return (images[:50_000], labels[:50_000]), (images[50_000:], labels[50_000:])
    return (images, labels), (inputs(test, average, spread).to(device), test.labels.to(device))


def main() -> None:
    """Read the arguments, train, print a line for each seed and one for all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--limits", type=int, nargs="+", default=[1, 0], help="pixels moved")
    parser.add_argument("--pick", action="store_true", help="judge on the validation split")
    wanted = parser.parse_args()
    torch.set_num_threads(wanted.threads)
    learn, judge = data(pick=wanted.pick)
    print(f"{wanted.epochs} epochs, {wanted.threads} threads, device {learn[0].device.type}")
    for limit in wanted.limits:
        found, seconds = [], []
        for seed in range(wanted.seeds):
            model, took = trained(learn, epochs=wanted.epochs, limit=limit, seed=seed)
            found.append(errors(model, judge))
            seconds.append(took)
            print(
                f"moves {limit}, seed {seed}: {found[-1]} of 10,000 wrong, {took:.1f} s", flush=True
            )
        spread = f"mean {mean(found):.1f}, standard deviation {pstdev(found):.1f}"
        time_shown = f"{min(seconds):.1f} to {max(seconds):.1f} s each"
        print(f"moves {limit}: {found}, {spread}, {time_shown}", flush=True)


if __name__ == "__main__":
    main()
