"""Callbacks on made-up sequences of losses: nothing is trained where a sequence will do."""

import io
import math
import pickle

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn
from torch.optim import lr_scheduler
from torch.utils.tensorboard import SummaryWriter

from course_utils.training import (
    BatchLoader,
    BestCheckpoint,
    Callback,
    EarlyStopping,
    ProgressBar,
    Run,
    Schedule,
    TensorBoardLogger,
    TrainingError,
    fit,
    load_checkpoint,
)
from tests.training.examples import Recorder, bare_run, data, end_epoch, network, press_stop, sgd

NAN = float("nan")


def stopped_after(callback, losses):
    """The epoch after which the callback stops a run with these losses, and the run."""
    run = bare_run()
    for epoch, loss in enumerate(losses, 1):
        end_epoch(run, callback, validation_loss=loss)
        if run.stop:
            return epoch, run
    return None, run


# -- early stopping --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("losses", "options", "expected"),
    [
        ([3, 2, 1, 1.1, 1.2], {"patience": 2}, 5),
        ([3, 2, 1, 1.1, 0.9, 1.2], {"patience": 2}, None),  # improved in time
        ([3, 2, 1, 1, 1], {"patience": 2}, 5),  # equal is no better
        ([1, 2], {"patience": 1}, 2),
        ([3, 2, 1], {"patience": 1}, None),
        ([1, 0.95, 0.91, 0.85], {"patience": 2, "minimum_change": 0.1}, 3),
        ([1, 0.95, 0.89, 0.85], {"patience": 2, "minimum_change": 0.1}, None),
        ([0.5, 0.6, 0.6, 0.55], {"patience": 2, "better": "larger"}, 4),
        ([NAN, NAN, NAN], {"patience": 3}, 3),
        ([NAN, 1, NAN, 0.5, NAN], {"patience": 2}, None),
        ([math.inf, 5, 6], {"patience": 2}, None),
    ],
)
def test_early_stopping_stops_in_time(losses, options, expected):
    epoch, run = stopped_after(EarlyStopping(**options), losses)
    assert epoch == expected
    if expected:
        reason = f"validation_loss has not improved for {options['patience']} epochs"
        assert run.stopped_because == reason


@pytest.mark.parametrize(("restore", "weight"), [(True, 2.0), (False, 4.0)])
def test_the_best_weights_come_back(restore, weight):
    stopping = EarlyStopping(patience=2, restore_best=restore)
    _, run = stopped_after(stopping, [3, 1, 2, 2])
    assert run.model.weight.item() == 4.0  # the weight tells its epoch
    stopping.on_end(run)
    assert run.model.weight.item() == weight


def test_what_early_stopping_knows_is_in_the_run():
    whole, _ = stopped_after(EarlyStopping(patience=3), losses := [3, 1, 2, 2, 2, 2])
    run = bare_run()
    for loss in losses[:3]:
        end_epoch(run, EarlyStopping(patience=3), validation_loss=loss)
    other = EarlyStopping(patience=3)  # of a later session
    for loss in losses[3:whole]:
        assert not run.stop
        end_epoch(run, other, validation_loss=loss)
    assert run.stop
    other.on_end(run)
    assert run.model.weight.item() == 2.0


def test_an_impossible_patience_is_refused():
    with pytest.raises(ValueError, match="got 0 and"):
        EarlyStopping(patience=0)
    with pytest.raises(ValueError, match=r"got 3 and -1"):
        EarlyStopping(minimum_change=-1)


@pytest.mark.parametrize(
    "make", [EarlyStopping, lambda: BestCheckpoint("unused.pt")], ids=["stopping", "checkpoint"]
)
def test_a_value_that_is_not_recorded_is_named(make):
    with pytest.raises(TrainingError, match=r"'validation_loss' in the .*, got only epoch, loss: "):
        end_epoch(bare_run(), make(), loss=1.0)


# -- the best checkpoint ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "better", "best"),
    [([3, 1, 2], "smaller", 2), ([0.1, 0.9, 0.9], "larger", 2), ([NAN, 2, NAN], "smaller", 2)],
)
def test_the_best_epoch_is_in_the_file(values, better, best, tmp_path):
    run = bare_run()
    callback = BestCheckpoint(tmp_path / "best.pt", better=better)
    for value in values:
        end_epoch(run, callback, validation_loss=value)
    found = bare_run()
    load_checkpoint(tmp_path / "best.pt", found)
    assert (found.epoch, found.model.weight.item()) == (best, best)
    assert [file.name for file in tmp_path.iterdir()] == ["best.pt"]


def test_the_checkpoint_holds_what_other_callbacks_changed_whatever_their_order(tmp_path):
    model = network()
    optimizer = sgd(model)
    halve = Schedule(lr_scheduler.StepLR(optimizer, 1, 0.5), per="epoch")
    best = BestCheckpoint(tmp_path / "best.pt", monitor="loss")
    fit(model, nn.CrossEntropyLoss(), optimizer, [data()], epochs=1, callbacks=[best, halve])
    other = network()
    new = sgd(other)
    run = Run(other, new, nn.CrossEntropyLoss(), schedulers=[lr_scheduler.StepLR(new, 1, 0.5)])
    load_checkpoint(tmp_path / "best.pt", run)
    assert new.param_groups[0]["lr"] == 0.05


# -- schedules -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("per", "rates"), [("epoch", [0.1, 0.1, 0.05, 0.05]), ("batch", [0.1, 0.05, 0.025, 0.0125])]
)
def test_a_schedule_moves_by_the_batch_or_by_the_epoch(per, rates):
    model = network()
    optimizer = sgd(model)
    seen = []
    optimizer.register_step_pre_hook(lambda o, *_: seen.append(o.param_groups[0]["lr"]))
    schedule = Schedule(lr_scheduler.StepLR(optimizer, 1, 0.5), per=per)
    loader = BatchLoader(*data(), size=24)
    fit(model, nn.CrossEntropyLoss(), optimizer, loader, epochs=2, callbacks=[schedule])
    assert seen == rates


def test_a_plateau_is_seen_in_the_history():
    run = bare_run()
    plateau = lr_scheduler.ReduceLROnPlateau(run.optimizer, factor=0.5, patience=1)
    schedule = Schedule(plateau, per="epoch", monitor="loss")
    schedule.on_start(run)
    rates = []
    for loss in (3, 2, 2, 2, 1):
        end_epoch(run, schedule, loss=loss)
        rates.append(run.optimizer.param_groups[0]["lr"])
    assert rates == [0.1, 0.1, 0.1, 0.05, 0.05]


def test_a_one_cycle_schedule_fits_the_number_of_batches_exactly():
    model = network()
    optimizer = sgd(model)
    cycle = lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, epochs=3, steps_per_epoch=2)
    loader = BatchLoader(*data(), size=24)
    schedule = Schedule(cycle, per="batch")
    fit(model, nn.CrossEntropyLoss(), optimizer, loader, epochs=3, callbacks=[schedule])
    assert cycle.last_epoch == 6


def test_a_schedule_that_cannot_work_is_refused():
    run, other = bare_run(), bare_run()
    with pytest.raises(ValueError, match="'batch' or 'epoch', got 'step'"):
        Schedule(lr_scheduler.StepLR(run.optimizer, 1), per="step")
    with pytest.raises(ValueError, match="once an epoch"):
        Schedule(lr_scheduler.ReduceLROnPlateau(run.optimizer), per="batch")
    with pytest.raises(TrainingError, match="scheduler of the optimizer that fit was given"):
        Schedule(lr_scheduler.StepLR(run.optimizer, 1), per="epoch").on_start(other)


# -- reports ---------------------------------------------------------------------------------------


def test_the_bar_counts_batches_and_shows_the_record():
    run, written = bare_run(), io.StringIO()
    run.epochs, run.batches = 2, 3
    bar = ProgressBar(file=written, leave=True)
    bar.on_start(run)
    for epoch in (1, 2):
        for _ in range(3):
            bar.on_batch_end(run)
        end_epoch(run, bar, loss=0.5 / epoch, validation_loss=0.125)
    bar.on_end(run)
    assert "0/6" in written.getvalue()
    last = written.getvalue().rstrip().split("\r")[-1]
    assert "epoch 2 of 2: 100%" in last
    assert "6/6" in last
    assert "loss=0.25, validation_loss=0.125" in last


def test_the_bar_is_gone_at_the_end_unless_it_is_to_stay():
    run, written = bare_run(), io.StringIO()
    run.batches = 3
    bar = ProgressBar(file=written)
    bar.on_start(run)
    bar.on_batch_end(run)
    bar.on_end(run)
    *_, bars, blank, end = written.getvalue().split("\r")
    assert "batch" in bars
    assert blank.strip() == end == ""  # written over


def test_tensorboard_reads_back_what_was_logged(tmp_path):
    run = bare_run()
    logger = TensorBoardLogger(SummaryWriter(tmp_path))
    for loss in (0.5, 0.25):
        end_epoch(run, logger, loss=loss, validation_loss=2 * loss)
    logger.on_end(run)
    events = EventAccumulator(str(tmp_path)).Reload()
    assert set(events.Tags()["scalars"]) == {"loss", "validation_loss", "learning_rate"}
    points = [(event.step, event.value) for event in events.Scalars("validation_loss")]
    assert points == [(1, 1.0), (2, 0.5)]
    assert events.Scalars("learning_rate")[0].value == pytest.approx(0.1)


# -- the contract that every callback keeps --------------------------------------------------------


class Sheet:
    """A writer that notes what it is told; unlike TensorBoard's, it can be copied and looked at."""

    def __init__(self):
        self.points, self.closed = [], 0

    def add_scalar(self, tag, scalar_value, global_step):
        self.points.append((tag, scalar_value, global_step))

    def close(self):
        self.closed += 1


CALLBACKS = {
    "Callback": lambda optimizer, folder: Callback(),
    "ProgressBar": lambda optimizer, folder: ProgressBar(file=io.StringIO()),
    "EarlyStopping": lambda optimizer, folder: EarlyStopping(monitor="loss"),
    "BestCheckpoint": lambda optimizer, folder: BestCheckpoint(folder / "b.pt", monitor="loss"),
    "Schedule": lambda optimizer, folder: Schedule(lr_scheduler.StepLR(optimizer, 1), per="epoch"),
    "TensorBoardLogger": lambda optimizer, folder: TensorBoardLogger(Sheet()),
}


def test_every_callback_is_under_contract():
    def below(kind):
        return {kind.__name__}.union(*(below(sub) for sub in kind.__subclasses__()))

    ours = {
        name
        for name in below(Callback)
        if hasattr(__import__("course_utils.training", fromlist=["x"]), name)
    }
    assert ours == set(CALLBACKS)


@pytest.fixture(params=CALLBACKS)
def fitted(request, tmp_path):
    """fit with one kind of callback, and that callback."""
    model = network()
    optimizer = sgd(model)
    callback = CALLBACKS[request.param](optimizer, tmp_path)

    def work(epochs, *others):
        loss = nn.CrossEntropyLoss()
        callbacks = [callback, *others]
        return fit(model, loss, optimizer, [data()], epochs=epochs, callbacks=callbacks)

    return work, callback


def test_it_survives_zero_epochs(fitted):
    work, _ = fitted
    assert work(0).history == []


@pytest.mark.parametrize("at", ["start", "batch", "epoch"])
def test_it_ends_once_after_the_stop_button(fitted, at):
    work, callback = fitted
    run = work(3, Recorder(at=(at, 1), do=press_stop))
    assert run.stopped_because.startswith("stopped by hand")
    if isinstance(callback, TensorBoardLogger):
        assert callback._writer.closed == 1
    if isinstance(callback, ProgressBar):
        assert callback._bar is None


def test_it_can_be_used_again(fitted):
    work, _ = fitted
    assert len(work(2).history) == len(work(2).history) == 2


def test_it_ends_without_having_started(fitted):
    _, callback = fitted
    callback.on_end(bare_run())


@pytest.mark.parametrize("epochs", [None, 2])
def test_it_pickles(fitted, epochs):
    work, callback = fitted
    if epochs:
        work(epochs)
    again = pickle.loads(pickle.dumps(callback))
    assert vars(again).keys() == vars(callback).keys()
