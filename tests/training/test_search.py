"""The search for a learning rate: a sensible suggestion, and no trace of it afterwards."""

import copy
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader, TensorDataset

from course_utils.training import BatchLoader, find_learning_rate, fit
from tests.lesson import definitions
from tests.training.examples import data, network, press_stop, same, sgd, weights

LOSS = nn.CrossEntropyLoss()


class Moving(nn.Module):
    """A layer that puts a new buffer in the old one's place, one of them not saved."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(3))
        self.register_buffer("calls", torch.zeros(()), persistent=False)

    def forward(self, x):
        self.mean = 0.9 * self.mean + 0.1 * x.detach().mean(0)
        self.calls = self.calls + 1
        return x


def experienced(make=sgd):
    """A model and an optimizer that have trained before, in a mode and with gradients to keep."""
    model = network().append(Moving())
    optimizer = make(model)
    fit(model, LOSS, optimizer, [data()], epochs=2)
    model.train()
    model[1].eval()
    model[0].weight.grad = torch.full_like(model[0].weight, 7.0)
    return model, optimizer


def everything(model, optimizer):
    """All that a search could change, by value, and the tensors themselves."""
    parameters = list(model.parameters())
    values = {
        "weights": weights(model),
        "buffers": {name: value.clone() for name, value in model.named_buffers()},
        "gradients": [None if p.grad is None else p.grad.clone() for p in parameters],
        "optimizer": copy.deepcopy(optimizer.state_dict()),
        "modes": [module.training for module in model.modules()],
        "torch": torch.get_rng_state(),
    }
    tensors = [*parameters, *model.buffers(), *(p.grad for p in parameters)]
    tensors += [value for state in optimizer.state.values() for value in state.values()]
    return values, [id(tensor) for tensor in tensors]


def assert_untouched(before, after):
    torch.testing.assert_close(before[0], after[0], rtol=0, atol=0)
    assert before[1] == after[1]


OPTIMIZERS = {
    "sgd": sgd,
    "adam": lambda model: torch.optim.Adam(model.parameters()),
    "groups": lambda model: torch.optim.SGD(
        [{"params": model[0].parameters(), "lr": 0.5}, {"params": model[4].parameters()}], lr=0.1
    ),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("end", ["itself", "error", "stop button"])
def test_a_search_leaves_everything_as_it_was(optimizer, end):
    model, optimizer = experienced(OPTIMIZERS[optimizer])
    calls = []

    def loss(outputs, targets):
        calls.append(0)
        if len(calls) == 4 and end == "error":
            raise ZeroDivisionError
        if len(calls) == 4 and end == "stop button":
            press_stop(None)
        return LOSS(outputs, targets)

    loader = BatchLoader(*data(), size=16)
    before = everything(model, optimizer)
    if end == "itself":
        find_learning_rate(model, loss, optimizer, loader)
    else:
        with pytest.raises((ZeroDivisionError, KeyboardInterrupt)):
            find_learning_rate(model, loss, optimizer, loader)
    assert_untouched(before, everything(model, optimizer))


def test_a_new_optimizer_stays_new():
    model = network()
    optimizer = torch.optim.Adam(model.parameters())
    find_learning_rate(model, LOSS, optimizer, [data()])
    assert not optimizer.state
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize("where", ["loader", "sampler"])
def test_a_loader_with_its_own_generator_goes_on_as_if_nothing_had_been(where):
    x, y = data()

    def loader():
        generator = torch.Generator().manual_seed(4)
        items = TensorDataset(x, y)
        if where == "loader":
            return DataLoader(items, batch_size=16, shuffle=True, generator=generator)
        sampler = torch.utils.data.RandomSampler(items, generator=generator)
        return DataLoader(items, batch_size=16, sampler=sampler)

    searched, fresh = loader(), loader()
    model = network()
    find_learning_rate(model, LOSS, sgd(model), searched)
    order = [y.tolist() for _, y in searched]
    assert order == [y.tolist() for _, y in fresh]


def test_training_after_a_search_is_as_without():
    def trained(*, search):
        model = network()
        optimizer = sgd(model)
        schedule = lr_scheduler.StepLR(optimizer, 1)
        loader = BatchLoader(*data(), size=16)
        torch.manual_seed(8)
        if search:
            find_learning_rate(model, LOSS, optimizer, loader)
        fit(model, LOSS, optimizer, loader, epochs=2)
        return weights(model), schedule.get_last_lr()

    (a, rate_a), (b, rate_b) = trained(search=False), trained(search=True)
    assert same(a, b)
    assert rate_a == rate_b


def test_rates_grow_by_one_factor_from_low_to_high():
    model = network()
    found = find_learning_rate(model, LOSS, sgd(model), [data()], low=1e-5, high=1e-2, steps=31)
    assert found.rates[0] == 1e-5
    assert found.rates[-1] == pytest.approx(1e-2)
    assert len(found.rates) == len(found.losses) == 31
    np.testing.assert_allclose(np.diff(np.log10(found.rates)), 0.1, rtol=1e-9)


def test_each_loss_is_that_before_the_step_with_its_rate():
    model = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        model.weight.fill_(1.0)
    batch = (torch.ones(1, 1), torch.zeros(1, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=9.0)
    found = find_learning_rate(model, nn.MSELoss(), optimizer, [batch], low=0.01, high=0.1, steps=3)
    weight, expected = 1.0, []
    for rate in (0.01, 0.1**1.5, 0.1):
        expected.append(weight**2)
        weight -= rate * 2 * weight
    assert found.losses == pytest.approx(expected, rel=1e-5)


def test_the_search_ends_when_the_loss_explodes():
    """On a parabola the loss explodes above a rate of 1: the slope is 2w."""
    model = nn.Linear(1, 1, bias=False)
    batch = (torch.ones(4, 1), torch.zeros(4, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loss = nn.MSELoss()
    found = find_learning_rate(model, loss, optimizer, [batch], low=1e-4, high=1e4, steps=200)
    assert 1 < found.rates[-1] < 100
    assert all(math.isfinite(value) for value in found.losses)
    assert 0.01 < found.suggestion < 1


def test_the_suggestion_trains():
    x, y = data(rows=300)
    model = network(dropout=0.0)
    loader = BatchLoader(x, y, size=32)
    found = find_learning_rate(model, LOSS, sgd(model), loader)
    assert found.suggestion in [rate / 10 for rate in found.rates]
    for factor, learns in ((1, True), (1e-4, False)):
        trial = network(dropout=0.0)
        run = fit(trial, LOSS, sgd(trial, lr=factor * found.suggestion), loader, epochs=3)
        assert (run.history[-1]["loss"] < 0.5) == learns


def test_the_search_is_that_of_notebook_09():
    lesson = definitions("09_optimizers", "find_learning_rate")
    batches = list(BatchLoader(*data(rows=200), size=4))
    model = network(dropout=0.0)
    work = (model, LOSS, sgd(model), batches)
    rates, losses, smooth = lesson.find_learning_rate(*work, low=1e-4, high=1e3, steps=50)
    found = find_learning_rate(*work, low=1e-4, high=1e3, steps=50)
    assert len(found.rates) == len(rates) < 50  # both ended when the loss exploded
    np.testing.assert_allclose(found.rates, rates, rtol=1e-12)
    np.testing.assert_allclose(found.losses, losses, rtol=1e-6)
    assert found.suggestion == pytest.approx(rates[smooth.argmin()] / 10)
