"""What the course's trainer costs over bare forward, backward and step.

    python benchmarks/trainer_overhead.py [--rounds 5] [--json FILE]

Garment classifier (44,426 parameters) on Fashion-MNIST, SGD with rate 0.001 and momentum 0.9, one
thread. "bare" takes one fixed batch again and again; "trainer" is `fit` over a `BatchLoader` of all
60,000 shuffled images, with progress bar and history; "by hand" is the plain loop over rows indexed
with a permutation. Each makes the steps of one epoch in a round; they take turns of 50 steps, so
that whatever else the machine does meets all of them alike. A ratio is that of the sums of a round,
the table shows the median of the rounds. Wall time counts, on a machine that is otherwise idle;
where it is not, CPU time tells more.
"""

import argparse
import io
import json
import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from course_utils.datasets import fashion_mnist
from course_utils.training import BatchLoader, ProgressBar, fit

#: Batch size: the largest ratio, trainer to bare, that counts as good.
ALLOWED = {64: 1.08, 256: 1.04}
#: Steps of one loop before it is the next one's turn.
TURN = 50
Batch = tuple[torch.Tensor, ...]


def fresh() -> tuple[nn.Module, torch.optim.Optimizer]:
    """The garment classifier, always with the same weights, and its optimizer."""
    torch.manual_seed(0)
    model = nn.Sequential(
        *(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
    )
    return model, torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)


def plain(batches: Callable[[], Iterable[Batch]]) -> Iterator[None]:
    """Forward, backward and step, and nothing else; pause after each batch."""
    model, optimizer = fresh()
    while True:
        for features, targets in batches():
            optimizer.zero_grad()
            loss = cross_entropy(model(features), targets)
            loss.backward()
            optimizer.step()
            yield


class TakingTurns:
    """A loader that, after some batches, lets the other loops make as many steps.

    Attributes:
        seconds: wall and CPU time of each other loop.
    """

    def __init__(self, loader: BatchLoader, others: dict[str, Iterator[None]]) -> None:
        self.loader, self.others = loader, others
        self.seconds = {name: Seconds() for name in others}

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[Batch]:
        steps = 0
        for steps, batch in enumerate(self.loader, 1):
            yield batch
            if steps % TURN == 0:
                self._turn(TURN)
        self._turn(steps % TURN)

    def _turn(self, steps: int) -> None:
        for name, loop in self.others.items():
            with self.seconds[name]:
                for _ in islice(loop, steps):
                    pass


class Seconds:
    """A stopwatch: wall and CPU seconds, summed over all ``with`` blocks."""

    def __init__(self) -> None:
        self.sums = [0.0, 0.0]

    def __enter__(self) -> None:
        self._began = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        for clock, now in enumerate((time.perf_counter(), time.process_time())):
            self.sums[clock] += now - self._began[clock]


def measure(images: torch.Tensor, labels: torch.Tensor, size: int) -> dict[str, list[float]]:
    """One round: wall and CPU seconds of each loop for the steps of one epoch."""
    fixed = (images[:size].clone(), labels[:size].clone())

    def by_hand() -> Iterator[Batch]:
        for rows in torch.randperm(len(images)).split(size):
            yield images[rows], labels[rows]

    others = {"bare": plain(lambda: [fixed]), "by hand": plain(by_hand)}
    turns = TakingTurns(BatchLoader(images, labels, size=size), others)
    model, optimizer = fresh()
    bar = ProgressBar(file=io.StringIO())
    with (whole := Seconds()):
        fit(model, cross_entropy, optimizer, turns, epochs=1, callbacks=[bar])
    sums = {name: seconds.sums for name, seconds in turns.seconds.items()}
    rest = [whole.sums[clock] - sum(each[clock] for each in sums.values()) for clock in (0, 1)]
    return {"bare": sums["bare"], "trainer": rest, "by hand": sums["by hand"]}


def summary(rounds: list[dict[str, list[float]]], size: int, steps: int) -> list[dict[str, object]]:
    """A row for each contestant: milliseconds a step and ratios to bare, medians of the rounds."""
    rows: list[dict[str, object]] = []
    for name in rounds[0]:
        row: dict[str, object] = {"batch": size, "loop": name}
        row["ms"] = 1000 * statistics.median(each[name][0] for each in rounds) / steps
        for kind, clock in (("wall", 0), ("cpu", 1)):
            ratios = [each[name][clock] / each["bare"][clock] for each in rounds]
            row[kind], row[f"{kind}_rounds"] = statistics.median(ratios), ratios
        rows.append(row)
    return rows


def main() -> None:
    """Measure, print the table, write the numbers."""
    parser = argparse.ArgumentParser(description="What fit costs over bare training steps.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="file for all numbers")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    data = fashion_mnist()
    images, labels = data.pixels(), data.labels
    results = []
    print("batch  loop     ms a step  ratio (wall)  ratio (CPU)  allowed")
    for size, allowed in ALLOWED.items():
        measure(images[:6000], labels[:6000], size)  # warm up
        rounds = [measure(images, labels, size) for _ in range(arguments.rounds)]
        for row in summary(rounds, size, steps=-(-len(images) // size)):
            results.append(row)
            end = f"{allowed:9.2f}" if row["loop"] == "trainer" else ""
            numbers = f"{row['ms']:9.3f}  {row['wall']:12.3f}  {row['cpu']:11.3f}"
            print(f"{size:5}  {row['loop']:7}  {numbers}{end}")
    if arguments.json:
        facts = {"torch": torch.__version__, "threads": 1, "cores": os.cpu_count()}
        content = json.dumps({**facts, "rounds": arguments.rounds, "rows": results}, indent=2)
        arguments.json.write_text(content + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
