"""Bad input to the trainer: each fault is planted, and one clear sentence names it."""

import re

import pytest
from torch import nn
from torch.nn import functional

from course_utils.training import (
    BatchLoader,
    EarlyStopping,
    TrainingError,
    evaluate,
    find_learning_rate,
    fit,
    minibatches,
)
from tests.training.examples import Recorder, data, network, sgd

CLASSES, NUMBERS = nn.CrossEntropyLoss(), nn.MSELoss()


def changed(change):
    x, y = data()
    return x, change(y)


def with_label(label):
    def plant(y):
        y[-1] = label
        return y

    return plant


def one_hot(y):
    return functional.one_hot(y, 3)


FAULTS = {
    "numbers for classes": (
        CLASSES, lambda y: y.float(),
        "class numbers as targets, torch.int64, got torch.float32: use targets.long()",
    ),
    "a function for classes": (
        functional.cross_entropy, lambda y: y.double(), "torch.int64, got torch.float64",
    ),
    "small integers": (CLASSES, lambda y: y.int(), "got torch.int32: use targets.long()"),
    "a column of classes": (CLASSES, lambda y: y[:, None], "one class number for each output"),
    "a class too many": (
        CLASSES, with_label(3), "class numbers from 0 to 2 were expected, got 3 among the targets",
    ),
    "a class below zero": (CLASSES, with_label(-1), "from 0 to 2 were expected, got -1"),
    "classes for numbers": (
        NUMBERS, one_hot, "targets of torch.float32, got torch.int64: use targets.float()",
    ),
    "whole numbers for probabilities": (
        nn.BCEWithLogitsLoss(), one_hot, "targets of torch.float32, got torch.int64",
    ),
    "a row for a column": (
        NUMBERS, lambda y: y.float(), "one shape, got (48, 3) and (48,)",
    ),
    "no mean": (
        nn.CrossEntropyLoss(reduction="none"), lambda y: y, "one number for a batch",
    ),
    "a loss of one's own": (
        lambda outputs, targets: (outputs - targets).mean(), lambda y: y[:7, None],
        "cannot compare outputs (shape (48, 3), torch.float32) with targets (shape (7, 1)",
    ),
    "features elsewhere": (None, None, "the features where the model is, on cpu, got them on meta"),
    "targets elsewhere": (
        CLASSES, lambda y: y.to("meta"), "the targets where the model is, on cpu, got them on meta",
    ),
}  # fmt: skip


def work_on(model, loss, batches):
    """Everything that takes batches."""
    return {
        "fit": lambda: fit(model, loss, sgd(model), batches, epochs=1),
        "validation": lambda: fit(
            model, CLASSES, sgd(model), [data()], epochs=1, validation=batches
        ),
        "evaluate": lambda: evaluate(model, loss, batches),
        "search": lambda: find_learning_rate(model, loss, sgd(model), batches),
    }


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("work", ["fit", "evaluate", "search"])
def test_a_batch_that_does_not_fit_is_named(fault, work):
    loss, change, sentence = FAULTS[fault]
    x, y = changed(change or (lambda y: y))
    if change is None:
        x, loss = x.to("meta"), CLASSES
    with pytest.raises(TrainingError, match=re.escape(sentence)) as caught:
        work_on(network(), loss, [(x, y)])[work]()
    said = str(caught.value)
    assert "\n" not in said
    assert len(said) < 300


@pytest.mark.parametrize("label", [3, -1])
def test_a_bad_class_is_named_in_any_batch(label):
    x, y = changed(with_label(label))
    model = network()
    loader = BatchLoader(x, y, size=8, shuffle=False)  # in the last one of six
    with pytest.raises(TrainingError, match=f"got {label} among the targets"):
        fit(model, CLASSES, sgd(model), loader, epochs=1)


def test_ignored_classes_and_probabilities_are_fine():
    x, y = data()
    some = y.clone()
    some[:5] = -100
    for targets in (y, some, one_hot(y).float(), y.byte()):
        assert evaluate(network(), CLASSES, [(x, targets)])["loss"] > 0
    some[:5] = -1
    assert evaluate(network(), nn.CrossEntropyLoss(ignore_index=-1), [(x, some)])["loss"] > 0


@pytest.mark.parametrize("work", ["fit", "validation", "evaluate", "search"])
@pytest.mark.parametrize("empty", [[], ()])
def test_no_batch_is_named(work, empty):
    with pytest.raises(TrainingError, match=r"at least one batch from .*, got none"):
        work_on(network(), CLASSES, empty)[work]()


class Unsized:
    """An empty loader that cannot tell its length."""

    def __iter__(self):
        return iter(())


@pytest.mark.parametrize("work", ["fit", "validation", "evaluate", "search"])
def test_no_batch_is_named_when_it_shows_late(work):
    with pytest.raises(TrainingError, match=r"at least one batch from .*, got none"):
        work_on(network(), CLASSES, Unsized())[work]()


def test_batches_for_one_epoch_are_refused_for_two():
    model = network()
    for epochs in (1, 2):
        recorder = Recorder()
        work = {"epochs": epochs, "callbacks": [recorder]}
        once = minibatches(*data(), size=8)
        if epochs == 1:
            fit(model, CLASSES, sgd(model), once, **work)
        else:
            with pytest.raises(TrainingError, match="every epoch anew, got a generator"):
                fit(model, CLASSES, sgd(model), once, **work)
            assert recorder.told == []  # before anything happened
    with pytest.raises(TrainingError, match="every epoch anew, got a generator"):
        find_learning_rate(model, CLASSES, sgd(model), minibatches(*data(), size=8))


@pytest.mark.parametrize("batch", [1, 4, 60])
@pytest.mark.parametrize("bad", ["nan", "inf"])
def test_a_loss_that_is_no_number_is_found_in_its_batch(batch, bad):
    calls = []

    def loss(outputs, targets):
        calls.append(0)
        spoilt = float(bad) if len(calls) == 70 + batch else 1.0
        return CLASSES(outputs, targets) * spoilt

    loader = BatchLoader(*data(rows=140), size=2)
    model, recorder = network(), Recorder()
    with pytest.raises(TrainingError) as caught:
        fit(model, loss, sgd(model), loader, epochs=3, callbacks=[recorder])
    assert f"got {bad} in epoch 2, batch {batch}: the learning rate 0.1 may be" in str(caught.value)
    # The loss is looked at after the first batch, after every 50 more and at the epoch's end.
    assert len(calls) == 70 + {1: 1, 4: 51, 60: 70}[batch]
    assert recorder.told.count("epoch") == 1
    assert recorder.told[-1] == "end"


def test_a_rate_that_is_too_high_is_named():
    x, y = data()
    model = nn.Linear(6, 3)
    with pytest.raises(TrainingError, match=r"got (nan|inf) in epoch .* the learning rate 1e\+06"):
        fit(model, NUMBERS, sgd(model, lr=1e6), [(x, one_hot(y).float())], epochs=30)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_features_that_are_no_numbers_are_named(bad):
    x, y = data()
    x[17, 2] = bad
    model = network()
    loader = BatchLoader(x, y, size=8)
    with pytest.raises(TrainingError, match="the features contain NaN or infinite values"):
        fit(model, CLASSES, sgd(model), loader, epochs=1)
    with pytest.raises(TrainingError, match="finite loss at the start"):
        find_learning_rate(network(), CLASSES, sgd(model), [(x, y)])


def test_what_is_left_of_a_failed_run():
    x, y = data()
    spoilt = [(x, y), (x * float("nan"), y)]
    model = network()
    stopping = EarlyStopping(monitor="loss")
    run = fit(model, CLASSES, optimizer := sgd(model), [(x, y)], epochs=2, callbacks=[stopping])
    with pytest.raises(TrainingError, match="epoch 3, batch 2"):
        fit(model, CLASSES, optimizer, spoilt, epochs=4, callbacks=[stopping], run=run)
    assert run.epoch == len(run.history) == 2
    assert all(value.isfinite().all() for value in model.state_dict().values())  # the best again


def test_what_fit_is_asked_for_must_make_sense():
    model = network()
    with pytest.raises(ValueError, match="0 or more epochs, got -1"):
        fit(model, CLASSES, sgd(model), [data()], epochs=-1)
    with pytest.raises(ValueError, match="give validation="):
        fit(model, CLASSES, sgd(model), [data()], epochs=1, metrics={"a": lambda *_: 0})
    for low, high, steps in ((0, 1, 10), (1, 1, 10), (0.1, 1, 1)):
        with pytest.raises(ValueError, match="0 < low < high and 2 or more steps, got low"):
            find_learning_rate(
                model, CLASSES, sgd(model), [data()], low=low, high=high, steps=steps
            )
