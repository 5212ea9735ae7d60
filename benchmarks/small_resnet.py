"""The small ResNet of notebook 16 on Fashion-MNIST, trained for longer and with more seeds.

    python -m benchmarks.small_resnet [--seeds 3] [--threads 2] [--epochs 8 12] [--pick]

The cells of notebook 16 themselves (network, recipe, measure): run it from the project's root. With
``--pick`` it trains on the first 50,000 images and is judged on the last 10,000 training images:
that is how numbers of epochs are picked. Without it, it trains on all 60,000 and is judged on the
test images. Seconds are those of the training alone, on a machine that is otherwise idle.
"""

import argparse
import time

import torch

from course_utils.datasets import fashion_mnist
from tests.lesson import definitions

NAMES = (
    *("BasicBlock", "small_resnet", "cross_entropy", "learn"),
    *("percent_right", "loss_and_right", "device"),
)


def main() -> None:
    """Read the arguments, train, print a line for each number of epochs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epochs", type=int, nargs="+", default=[8, 12])
    parser.add_argument("--pick", action="store_true", help="judge on the validation split")
    wanted = parser.parse_args()
    lesson = definitions("16_resnet_and_after", *NAMES)
    torch.set_num_threads(wanted.threads)
    own, others = fashion_mnist("train"), fashion_mnist("test")
    pixels, labels, device = own.pixels(), own.labels.long().to(lesson.device), lesson.device
    mean, spread = pixels.mean(), pixels.std()
    images = ((pixels - mean) / spread).to(device)
    judge = ((others.pixels() - mean) / spread).to(device), others.labels.long().to(device)
    if wanted.pick:
        judge = images[50_000:], labels[50_000:]
        images, labels = images[:50_000], labels[:50_000]
    for epochs in wanted.epochs:
        rights, seconds = [], []
        for seed in range(wanted.seeds):
            torch.manual_seed(seed)
            model = lesson.small_resnet().to(device, memory_format=torch.channels_last)
            began = time.perf_counter()
            lesson.learn(model, images, labels, epochs=epochs, size=64)
            seconds.append(time.perf_counter() - began)
            rights.append(lesson.loss_and_right(model, *judge)[1])
        shown = ", ".join(f"{right:.2f}" for right in rights)
        times = f"{min(seconds):.1f} to {max(seconds):.1f} s"
        print(f"{epochs} epochs: {shown} % right, {times} of training each", flush=True)


if __name__ == "__main__":
    main()
