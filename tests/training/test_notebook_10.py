"""The trainer that notebook 10 builds in view does what the package's does, bit for bit."""

import io
import math

import matplotlib.pyplot as plt
import pytest
import torch
from torch import nn

from course_utils import plotting, training
from course_utils.metrics import accuracy
from tests.lesson import definitions
from tests.training.examples import bare_run, data, end_epoch, network, same, sgd, weights

NAMES = (
    "BatchLoader", "BestCheckpoint", "Callback", "EarlyStopping", "ProgressBar", "Run", "Schedule",
    "TensorBoardLogger", "end_epoch", "evaluate", "fit", "load_checkpoint", "one_epoch",
    "save_checkpoint",
)  # fmt: skip
LOSS = nn.CrossEntropyLoss()
METRICS = {"accuracy": lambda targets, outputs: accuracy(targets, outputs.argmax(1))}
HELD_OUT = 16


@pytest.fixture(scope="module")
def lesson():
    return definitions("10_training_in_pytorch", *NAMES)


def trained(trainer, make_callbacks=lambda *_: [], *, epochs=6, seed=3):
    """A small classifier with dropout and batch norm, trained with either trainer's parts."""
    x, y = data(rows=90)
    batches = trainer.BatchLoader(x[HELD_OUT:], y[HELD_OUT:], size=16)  # uneven: 74 rows
    validation = trainer.BatchLoader(x[:HELD_OUT], y[:HELD_OUT], size=7, shuffle=False)
    model = network()
    optimizer = sgd(model, lr=0.3)
    callbacks = make_callbacks(trainer, optimizer)
    torch.manual_seed(seed)
    return trainer.fit(
        model, LOSS, optimizer, batches,
        epochs=epochs, validation=validation, metrics=METRICS, callbacks=callbacks,
    )  # fmt: skip


def assert_agree(ours, theirs):
    assert same(weights(ours.model), weights(theirs.model))
    assert ours.history == theirs.history
    assert (ours.epoch, ours.step, ours.stop) == (theirs.epoch, theirs.step, theirs.stop)
    assert ours.stopped_because == theirs.stopped_because
    assert ours.model.training == theirs.model.training


@pytest.mark.parametrize(("rows", "size"), [(10, 3), (10, 5), (4, 9), (1, 1)])
@pytest.mark.parametrize("shuffle", [True, False])
def test_loaders_give_the_same_batches(lesson, rows, size, shuffle):
    def two_epochs(trainer):
        torch.manual_seed(1)
        numbers = torch.arange(rows)
        loader = trainer.BatchLoader(numbers, numbers**2, size=size, shuffle=shuffle)
        return len(loader), [[part.tolist() for part in b] for _ in range(2) for b in loader]

    assert two_epochs(lesson) == two_epochs(training)


def test_fit_agrees(lesson):
    ours, theirs = trained(lesson), trained(training)
    assert_agree(ours, theirs)
    assert set(ours.history[-1]) == {"epoch", "loss", "validation_loss", "validation_accuracy"}
    assert ours.history[-1]["loss"] < 0.7 * ours.history[0]["loss"]  # it is a real training


def test_another_seed_is_another_training(lesson):
    assert not same(weights(trained(lesson).model), weights(trained(training, seed=4).model))


@pytest.mark.parametrize("mode", [True, False])
def test_evaluate_agrees_and_leaves_the_mode_alone(lesson, mode):
    x, y = data(rows=50)
    model = network().train(mode)
    uneven = [(x[:49], y[:49]), (x[49:], y[49:])]
    assert lesson.evaluate(model, LOSS, uneven, metrics=METRICS) == training.evaluate(
        model, LOSS, uneven, metrics=METRICS
    )
    assert model.training == mode
    with pytest.raises(ZeroDivisionError):
        lesson.evaluate(model, lambda *_: 1 / 0, uneven)
    assert model.training == mode


@pytest.mark.parametrize("patience", [1, 2, 4])
def test_early_stopping_agrees_in_a_real_training(lesson, patience):
    def callbacks(trainer, _optimizer):
        return [trainer.EarlyStopping(patience=patience)]

    ours, theirs = (trained(trainer, callbacks, epochs=40) for trainer in (lesson, training))
    assert_agree(ours, theirs)
    assert ours.epoch < 40
    assert f"has not improved for {patience} epochs" in ours.stopped_because


@pytest.mark.parametrize(
    ("losses", "patience"),
    [
        ([3.0, 2.0, 2.5, 1.0, 1.5, 1.0, 2.0, 0.5], 3),
        ([1.0, 1.0, 1.0], 2),
        ([3.0, 2.0, 1.0], 1),
        ([1.0, 2.0], 1),
    ],
)
def test_early_stopping_agrees_on_invented_losses(lesson, losses, patience):
    ends = []
    for trainer in (lesson, training):
        run, stopping = bare_run(), trainer.EarlyStopping(patience=patience)
        for loss in losses:
            if not run.stop:
                end_epoch(run, stopping, validation_loss=loss)
        stopping.on_end(run)
        ends.append((run.epoch, run.stop, run.model.weight.item()))  # the weight is its epoch
    assert ends[0] == ends[1]


def test_stopping_before_the_first_epoch_leaves_the_weights(lesson):
    run = bare_run()
    before = run.model.weight.item()
    lesson.EarlyStopping().on_end(run)
    assert run.model.weight.item() == before


@pytest.mark.parametrize("per", ["batch", "epoch"])
def test_schedules_agree(lesson, per):
    def callbacks(trainer, optimizer):
        return [trainer.Schedule(torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9), per=per)]

    ours, theirs = trained(lesson, callbacks), trained(training, callbacks)
    assert_agree(ours, theirs)
    rates = [run.optimizer.param_groups[0]["lr"] for run in (ours, theirs)]
    assert rates[0] == rates[1] == pytest.approx(0.3 * 0.9 ** (30 if per == "batch" else 6))


def test_the_best_checkpoint_is_of_the_same_epoch(lesson, tmp_path):
    def callbacks(trainer, _optimizer):
        path = tmp_path / ("ours.pt" if trainer is lesson else "theirs.pt")
        return [trainer.BestCheckpoint(path)]

    run = trained(lesson, callbacks)
    trained(training, callbacks)
    ours, theirs = (torch.load(tmp_path / f"{name}.pt") for name in ("ours", "theirs"))
    assert ours["epoch"] == theirs["epoch"] < run.epoch  # not simply the last one
    assert same(ours["model"], theirs["model"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ours.pt", "theirs.pt"]  # no .part


def test_a_resumed_training_is_an_uninterrupted_one(lesson, tmp_path):
    whole = trained(training, epochs=5)
    path = tmp_path / "half.pt"

    class Save(lesson.Callback):
        def on_epoch_end(self, run):
            if run.epoch == 2:
                lesson.save_checkpoint(path, run)

    trained(lesson, lambda *_: [Save()], epochs=3)
    x, y = data(rows=90)
    model = network()
    run = lesson.Run(model, sgd(model), LOSS)
    torch.manual_seed(99)
    lesson.load_checkpoint(path, run)
    loader = lesson.BatchLoader(x[HELD_OUT:], y[HELD_OUT:], size=16)
    validation = lesson.BatchLoader(x[:HELD_OUT], y[:HELD_OUT], size=7, shuffle=False)
    lesson.fit(
        model, LOSS, run.optimizer, loader,
        epochs=5, validation=validation, metrics=METRICS, run=run,
    )  # fmt: skip
    assert_agree(run, whole)


def test_a_failed_save_leaves_the_checkpoint_before(lesson, tmp_path, monkeypatch):
    run, path = bare_run(), tmp_path / "best.pt"
    lesson.save_checkpoint(path, run)
    before = path.read_bytes()

    def cut_short(_state, part):
        part.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", cut_short)
    with pytest.raises(OSError, match="No space"):
        lesson.save_checkpoint(path, run)
    assert path.read_bytes() == before


@pytest.mark.parametrize("step", [1, 5, 6, 13])
def test_the_stop_button_agrees(lesson, step):
    def callbacks(trainer, _optimizer):
        class Press(trainer.Callback):
            def on_batch_end(self, run):
                if run.step == step:
                    raise KeyboardInterrupt

        return [Press()]

    try:
        ours, theirs = trained(lesson, callbacks), trained(training, callbacks)
    except KeyboardInterrupt:  # pytest would take it for our own and end
        pytest.fail("fit let the stop button through")
    assert_agree(ours, theirs)
    assert ours.step == step
    assert math.isfinite(lesson.evaluate(ours.model, LOSS, [data()])["loss"])


@pytest.mark.parametrize("step", [1, 7])
def test_the_flag_agrees(lesson, step):
    def callbacks(trainer, _optimizer):
        class Enough(trainer.Callback):
            def on_batch_end(self, run):
                if run.step == step:
                    run.stop, run.stopped_because = True, "enough"

        return [Enough()]

    ours, theirs = trained(lesson, callbacks), trained(training, callbacks)
    assert_agree(ours, theirs)
    assert ours.stopped_because == "enough"


def test_callbacks_end_though_the_training_fails(lesson):
    ended = []

    class Fails(lesson.Callback):
        def on_batch_end(self, run):
            raise ZeroDivisionError

        def on_end(self, run):
            ended.append(run.step)

    with pytest.raises(ZeroDivisionError):
        trained(lesson, lambda *_: [Fails()])
    assert ended == [1]


def test_the_same_numbers_go_to_tensorboard(lesson):
    class Writer:
        def __init__(self):
            self.points, self.closed = [], False

        def add_scalar(self, *point):
            self.points.append(point)

        def close(self):
            self.closed = True

    writers = Writer(), Writer()
    for trainer, writer in zip((lesson, training), writers, strict=True):
        trained(trainer, lambda t, _, w=writer: [t.TensorBoardLogger(w)], epochs=2)
    assert writers[0].points == writers[1].points
    assert len(writers[0].points) == 2 * 4
    assert writers[0].closed
    assert writers[1].closed


def test_progress_bars_agree(lesson, capsys):
    for trainer in (lesson, training):
        screen = io.StringIO()
        trained(trainer, lambda t, _, s=screen: [t.ProgressBar(file=s, leave=True)])
        assert "30/30" in screen.getvalue()  # 6 epochs of 5 batches
    assert capsys.readouterr() == ("", "")


def test_histories_are_drawn_alike():
    drawing = definitions("10_training_in_pytorch", "plot_history")
    history = trained(training, epochs=3).history
    lines = [
        [(line.get_xdata().tolist(), line.get_ydata().tolist()) for line in ax.get_lines()]
        for ax in (drawing.plot_history(history), plotting.plot_history(history))
    ]
    assert lines[0] == lines[1]
    assert len(lines[0]) == 2  # loss and validation loss
    plt.close("all")


def test_training_is_in_train_mode_and_evaluation_without_gradients(lesson):
    seen = []
    x, y = data()
    model = network().eval()
    model.register_forward_hook(
        lambda module, _, outputs: seen.append((module.training, outputs.requires_grad))
    )
    lesson.fit(model, LOSS, sgd(model), [(x, y)], epochs=2, validation=[(x, y)])
    assert seen == [(True, True), (False, False)] * 2
    assert not model.training


def test_triangle_is_that_of_the_notebook():
    theirs = definitions("10_training_in_pytorch", "triangle").triangle
    for steps, peak in [(1, 0.5), (7, 0.3), (938, 0.25)]:
        ours = training.triangle(steps, peak=peak)
        assert [ours(t) for t in range(steps + 1)] == [
            theirs(steps, peak)(t) for t in range(steps + 1)
        ]
    heights = [training.triangle(10)(t) for t in range(11)]
    assert heights[2] == heights[3] == max(heights) == 1
    assert heights[10] == 0


@pytest.mark.parametrize(("steps", "peak"), [(0, 0.3), (10, 0), (10, 1)])
def test_a_triangle_that_cannot_be(steps, peak):
    with pytest.raises(ValueError, match="between 0 and 1"):
        training.triangle(steps, peak=peak)
