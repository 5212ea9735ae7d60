"""Small models, data and callbacks for the tests of the trainer."""

import torch
from torch import nn

from course_utils.training import Callback, Run


def data(rows=48, features=6, classes=3):
    """Features and class numbers, always the same."""
    generator = torch.Generator().manual_seed(5)
    x = torch.randn(rows, features, generator=generator)
    return x, x[:, :classes].argmax(1)


def network(*, dropout=0.3):
    """A small classifier with dropout and batch norm, always with the same weights."""
    torch.manual_seed(0)
    layers = [nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(*layers, nn.Linear(16, 3))


def sgd(model, **options):
    return torch.optim.SGD(model.parameters(), **{"lr": 0.1, "momentum": 0.9, **options})


def weights(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(a, b):
    """Whether two state dicts are equal bit for bit."""
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def bare_run():
    """A run of a model with one weight: callbacks are tested on it without training."""
    model = nn.Linear(1, 1, bias=False)
    return Run(model, sgd(model), nn.MSELoss(), epochs=100)


def end_epoch(run, *callbacks, **values):
    """Pretend that an epoch ended with these values; the weight tells which epoch it is of."""
    run.epoch += 1
    run.history.append({"epoch": run.epoch, **values})
    with torch.no_grad():
        run.model.weight.fill_(run.epoch)
    for callback in callbacks:
        callback.on_epoch_end(run)


class Recorder(Callback):
    """Writes down what it was told, and does something at a chosen moment."""

    def __init__(self, *, at=None, do=None):
        self.told = []
        self._at, self._do = at, do

    def _tell(self, name, run):
        self.told.append(name)
        if self._at == (name, self.told.count(name)):
            self._do(run)

    def on_start(self, run):
        self._tell("start", run)

    def on_batch_end(self, run):
        self._tell("batch", run)

    def on_epoch_end(self, run):
        self._tell("epoch", run)

    def on_end(self, run):
        self._tell("end", run)


def press_stop(_run):
    raise KeyboardInterrupt
