"""How long the course's trainer takes to 90 and 91 % of Fashion-MNIST's test images.

    python benchmarks/time_to_accuracy.py [--seeds 5] [--threads 2] [--epochs 2 3.5] [--pick]

The good recipe of notebook 10, in full precision: a convolutional network with batch norm, SGD with
Nesterov momentum, batches of 64, a rate that climbs to 0.1 for three tenths of the updates and then
falls in a straight line to 0, weight decay 0.0005, weights stored channels last. With ``--pick`` it
trains on the first 50,000 images and is judged on the last 10,000 training images: that is how the
recipe and the numbers of epochs were picked. Without it, it trains on all 60,000 and is judged on
the test images. Seconds are those of the training alone, on a machine that is otherwise idle.
"""

import argparse
import time

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from course_utils.datasets import fashion_mnist
from course_utils.metrics import accuracy
from course_utils.training import BatchLoader, Callback, Run, Schedule, evaluate, fit, triangle

Pair = tuple[torch.Tensor, torch.Tensor]


class StopAfter(Callback):
    """End the training after a number of batches."""

    def __init__(self, batches: int) -> None:
        self.batches = batches

    def on_batch_end(self, run: Run) -> None:
        """Stop, if it was the last one."""
        run.stop = run.step == self.batches


def network() -> nn.Module:
    """Three convolutions with batch norm, 29,290 parameters, for images (n, 1, 28, 28)."""

    def block(inputs: int, outputs: int, window: int, **options: int) -> list[nn.Module]:
        conv = nn.Conv2d(inputs, outputs, window, bias=False, **options)
        return [conv, nn.BatchNorm2d(outputs), nn.ReLU()]

    layers = block(1, 16, 4, stride=2, padding=1)
    layers += [*block(16, 32, 3, padding=1), nn.MaxPool2d(2)]
    layers += [*block(32, 64, 3, padding=1), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(576, 10)]
    return nn.Sequential(*layers).to(memory_format=torch.channels_last)


def trial(learn: Pair, judge: Pair, *, epochs: float, seed: int) -> tuple[float, float]:
    """Train once; return the accuracy, a fraction, and the seconds of the training."""
    torch.manual_seed(seed)
    model, batches = network(), BatchLoader(*learn, size=64)
    steps = int(epochs * len(batches))
    options = {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4}
    optimizer = torch.optim.SGD(model.parameters(), **options)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, triangle(steps))
    callbacks = [Schedule(schedule, per="batch"), StopAfter(steps)]
    began = time.perf_counter()
    fit(model, cross_entropy, optimizer, batches, epochs=int(epochs) + 1, callbacks=callbacks)
    seconds = time.perf_counter() - began
    measures = {"accuracy": lambda targets, outputs: accuracy(targets, outputs.argmax(dim=1))}
    images = BatchLoader(*judge, size=500, shuffle=False)
    return evaluate(model, cross_entropy, images, metrics=measures)["accuracy"], seconds


def data(*, pick: bool) -> tuple[Pair, Pair]:
    """Images and labels to learn from, and those to judge on."""
    train, test = fashion_mnist("train"), fashion_mnist("test")
    pixels, labels = train.pixels(), train.labels
    mean, spread = pixels.mean(), pixels.std()
    images = (pixels - mean) / spread
    if pick:
        return (images[:50_000], labels[:50_000]), (images[50_000:], labels[50_000:])
    return (images, labels), ((test.pixels() - mean) / spread, test.labels)


def main() -> None:
    """Read the arguments, train, print a line for each number of epochs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epochs", type=float, nargs="+", default=[2, 3.5])
    parser.add_argument("--pick", action="store_true", help="judge on the validation split")
    wanted = parser.parse_args()
    torch.set_num_threads(wanted.threads)
    learn, judge = data(pick=wanted.pick)
    for epochs in wanted.epochs:
        runs = [trial(learn, judge, epochs=epochs, seed=seed) for seed in range(wanted.seeds)]
        rights, seconds = zip(*runs, strict=True)
        shown = ", ".join(f"{100 * right:.2f}" for right in rights)
        time_shown = f"{min(seconds):.1f} to {max(seconds):.1f} s"
        print(f"{epochs:g} epochs: {shown} % right, {time_shown} of training each", flush=True)


if __name__ == "__main__":
    main()
