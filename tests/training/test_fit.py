"""fit and evaluate: the same numbers as by hand, modes put back, stopping in every way."""

import math

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from course_utils.metrics import accuracy
from course_utils.training import BatchLoader, Callback, Run, TrainingError, evaluate, fit
from tests.training.examples import Recorder, data, network, press_stop, same, sgd, weights

LOSS = nn.CrossEntropyLoss()


def measure(targets, outputs):
    return accuracy(targets, outputs.argmax(1))


def test_fit_is_the_loop_written_out_bit_for_bit():
    x, y = data(rows=50)
    loader = BatchLoader(x, y, size=16)  # the last batch has 2 rows
    theirs, ours = network(), network()
    optimizer = sgd(theirs)
    by_hand = []
    torch.manual_seed(3)
    for _ in range(3):
        theirs.train()
        total = 0.0
        for features, targets in loader:
            optimizer.zero_grad()
            loss = LOSS(theirs(features), targets)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(targets)
        by_hand.append(total / 50)
    torch.manual_seed(3)
    run = fit(ours, LOSS, sgd(ours), loader, epochs=3)
    assert same(weights(ours), weights(theirs))
    assert run.history == [{"epoch": n, "loss": loss} for n, loss in enumerate(by_hand, 1)]
    assert (run.epoch, run.step, run.stopped_because) == (3, 12, "all 3 epochs done")


def test_validation_changes_nothing_but_the_history():
    x, y = data()
    loader, held_out = BatchLoader(x, y, size=16), BatchLoader(x, y, size=7, shuffle=False)
    alone, watched = network(), network()
    torch.manual_seed(3)
    fit(alone, LOSS, sgd(alone), loader, epochs=2)
    torch.manual_seed(3)
    run = fit(
        watched, LOSS, sgd(watched), loader,
        epochs=2, validation=held_out, metrics={"accuracy": measure},
    )  # fmt: skip
    assert same(weights(alone), weights(watched))
    last = evaluate(watched, LOSS, held_out, metrics={"accuracy": measure})
    assert run.history[-1]["validation_loss"] == last["loss"]
    assert run.history[-1]["validation_accuracy"] == last["accuracy"]


def test_a_torch_loader_will_do():
    x, y = data()
    model = network(dropout=0.0)
    run = fit(model, LOSS, sgd(model), DataLoader(TensorDataset(x, y), batch_size=16), epochs=2)
    other = network(dropout=0.0)
    fit(other, LOSS, sgd(other), BatchLoader(x, y, size=16, shuffle=False), epochs=2)
    assert same(weights(model), weights(other))
    assert run.step == 6


def test_a_stream_without_a_length_will_do():
    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            return zip(*data(), strict=True)

    model = network()
    assert fit(model, LOSS, sgd(model), DataLoader(Stream(), batch_size=16), epochs=2).step == 6


def test_evaluation_weighs_samples_not_batches():
    x, y = data(rows=10)
    model = network().eval()
    uneven = BatchLoader(x, y, size=9, shuffle=False)
    result = evaluate(model, LOSS, uneven, metrics={"accuracy": measure})
    assert result["loss"] == pytest.approx(LOSS(model(x), y).item(), rel=1e-6)
    assert result["accuracy"] == measure(y, model(x))
    means = sum(LOSS(model(a), b).item() for a, b in uneven) / 2
    assert means != pytest.approx(result["loss"], rel=1e-3)


def test_a_measure_that_is_no_mean_comes_out_right():
    x, y = data(rows=10)
    result = evaluate(
        network(), LOSS, BatchLoader(x, y, size=4), metrics={"largest": lambda t, _: t.max()}
    )
    assert result["largest"] == y.max()


def test_evaluation_needs_no_gradients_and_changes_nothing():
    x, y = data()
    model = network()
    before = weights(model)
    seen = []
    evaluate(
        model, LOSS, [(x, y)], metrics={"grad": lambda _, o: seen.append(o.requires_grad) or 0}
    )
    assert seen == [False]
    assert same(weights(model), before)  # batch norm's running statistics, too


def modes(model):
    return [module.training for module in model.modules()]


class Broken(nn.Module):
    def forward(self, x):
        raise ZeroDivisionError


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("broken", [True, False])
def test_every_layer_returns_to_its_mode(training, broken):
    x, y = data()
    model = network().train(training)
    model[1].eval()  # a frozen batch norm
    if broken:
        model.append(Broken())
    before = modes(model)
    for work in (
        lambda: evaluate(model, LOSS, [(x, y)]),
        lambda: fit(model, LOSS, sgd(model), [(x, y)], epochs=1),
    ):
        if broken:
            with pytest.raises(ZeroDivisionError):
                work()
        else:
            work()
        assert modes(model) == before


def test_training_is_in_train_mode_though_evaluation_is_not():
    x, y = data()
    seen = []
    model = network().eval()
    model.register_forward_hook(lambda module, *_: seen.append(module.training))
    fit(model, LOSS, sgd(model), [(x, y)], epochs=2, validation=[(x, y)])
    assert seen == [True, False, True, False]


def test_callbacks_are_told_in_order_and_savers_last():
    x, y = data()
    told = []

    class Named(Callback):
        def __init__(self, name, *, saves=False):
            self.name, self.saves = name, saves

        def on_epoch_end(self, run):
            told.append(self.name)

    model, recorder = network(), Recorder()
    callbacks = [Named("saver", saves=True), Named("a"), recorder, Named("b")]
    fit(model, LOSS, sgd(model), BatchLoader(x, y, size=24), epochs=2, callbacks=callbacks)
    assert told == ["a", "b", "saver"] * 2
    assert recorder.told == ["start", *["batch", "batch", "epoch"] * 2, "end"]


@pytest.mark.parametrize(
    ("at", "epochs", "steps"),
    [(("start", 1), 0, 0), (("batch", 1), 0, 1), (("batch", 3), 1, 3), (("epoch", 2), 2, 4)],
)
@pytest.mark.parametrize("by_hand", [True, False])
def test_the_stop_button_and_the_flag_return_what_was_learnt(at, epochs, steps, by_hand):
    def raise_flag(run):
        run.stop, run.stopped_because = True, "enough"

    x, y = data()
    model = network().eval()
    recorder = Recorder(at=at, do=press_stop if by_hand else raise_flag)
    loader = BatchLoader(x, y, size=24)
    run = fit(model, LOSS, sgd(model), loader, epochs=5, callbacks=[recorder])
    assert (run.epoch, len(run.history), run.step) == (epochs, epochs, steps)
    reason = f"stopped by hand after {epochs} whole epochs" if by_hand else "enough"
    assert (run.stop, run.stopped_because) == (True, reason)
    assert recorder.told[-1] == "end"
    assert recorder.told.count("end") == 1
    assert not any(modes(model))
    assert math.isfinite(evaluate(model, LOSS, loader)["loss"])


@pytest.mark.parametrize("where", ["data", "forward", "validation", "metric"])
def test_the_stop_button_works_wherever_the_training_is(where):
    x, y = data()
    model, recorder = network(), Recorder()

    def interrupted():
        yield x, y
        raise KeyboardInterrupt

    class Interrupted:
        def __iter__(self):
            return interrupted()

    if where == "forward":
        model.register_forward_hook(lambda *_: press_stop(None))
    run = fit(
        model, LOSS, sgd(model), Interrupted() if where == "data" else [(x, y)],
        epochs=2,
        validation=Interrupted() if where == "validation" else [(x, y)],
        metrics={"stop": lambda *_: press_stop(None)} if where == "metric" else {},
        callbacks=[recorder],
    )  # fmt: skip
    assert run.history == []
    assert run.stopped_because == "stopped by hand after 0 whole epochs"
    assert recorder.told[-1] == "end"
    assert all(modes(model))


def test_every_callback_ends_though_one_fails():
    x, y = data()
    model = network()

    def fail(_run):
        raise ZeroDivisionError

    recorders = [Recorder(), Recorder(at=("end", 1), do=fail), Recorder(at=("batch", 1), do=fail)]
    with pytest.raises(ZeroDivisionError):
        fit(model, LOSS, sgd(model), [(x, y)], epochs=1, callbacks=recorders)
    assert [recorder.told[-1] for recorder in recorders] == ["end"] * 3


def test_a_run_goes_on_where_it_stopped():
    x, y = data()
    loader = BatchLoader(x, y, size=16)
    whole, parts = network(), network()
    torch.manual_seed(2)
    fit(whole, LOSS, sgd(whole), loader, epochs=4)
    torch.manual_seed(2)
    optimizer = sgd(parts)
    run = fit(parts, LOSS, optimizer, loader, epochs=1)
    assert fit(parts, LOSS, optimizer, loader, epochs=4, run=run) is run
    assert same(weights(whole), weights(parts))
    assert [record["epoch"] for record in run.history] == [1, 2, 3, 4]
    assert fit(parts, LOSS, optimizer, loader, epochs=4, run=run).step == 12  # nothing left to do


def test_zero_epochs_train_nothing():
    x, y = data()
    model = network()
    before = weights(model)
    run = fit(model, LOSS, sgd(model), [(x, y)], epochs=0)
    assert (run.history, run.stopped_because) == ([], "all 0 epochs done")
    assert same(weights(model), before)


def test_a_run_shows_where_it_stands():
    x, y = data()
    model = network()
    run = Run(model, sgd(model), LOSS)
    assert repr(run) == "Run(epoch 0 of 0)"
    fit(model, LOSS, run.optimizer, [(x, y)], epochs=1, run=run)
    loss = run.history[0]["loss"]
    assert repr(run) == f"Run(epoch 1 of 1, loss {loss:.4g}, all 1 epochs done)"


def test_a_run_of_another_model_is_refused():
    x, y = data()
    model, other = network(), network()
    with pytest.raises(TrainingError, match="run of the same model and optimizer"):
        fit(model, LOSS, sgd(model), [(x, y)], epochs=1, run=Run(other, sgd(other), LOSS))
