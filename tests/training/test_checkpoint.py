"""Checkpoints: the same weights as without interruption, whole files or none, clear refusals."""

import errno
import os
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler

from course_utils.training import (
    BatchLoader,
    Callback,
    EarlyStopping,
    Run,
    Schedule,
    TrainingError,
    fit,
    load_checkpoint,
    save_checkpoint,
)
from tests.training.examples import data, network, same, sgd, weights

LOSS = nn.CrossEntropyLoss()
BATCHES, EPOCHS = 3, 6

OPTIMIZERS = {
    "sgd": sgd,
    "nesterov": lambda model: sgd(model, nesterov=True, weight_decay=1e-3),
    "adam": lambda model: torch.optim.Adam(model.parameters(), lr=0.01),
    "adamw": lambda model: torch.optim.AdamW(model.parameters(), lr=0.01),
}
SCHEDULERS = {
    "none": None,
    "step": (lambda o: lr_scheduler.StepLR(o, 2, 0.5), "epoch"),
    "milestones": (lambda o: lr_scheduler.MultiStepLR(o, [1, 4]), "epoch"),
    "cosine": (lambda o: lr_scheduler.CosineAnnealingLR(o, EPOCHS * BATCHES), "batch"),
    "one cycle": (
        lambda o: lr_scheduler.OneCycleLR(o, max_lr=0.1, total_steps=EPOCHS * BATCHES), "batch",
    ),
    "linear": (lambda o: lr_scheduler.LambdaLR(o, lambda n: 1 - n / 20), "batch"),
    "plateau": (lambda o: lr_scheduler.ReduceLROnPlateau(o, patience=0), "epoch"),
}  # fmt: skip


class Session:
    """What a program makes anew each time it starts."""

    def __init__(self, optimizer, scheduler):
        self.model = network()
        self.optimizer = OPTIMIZERS[optimizer](self.model)
        self.schedules = []
        if SCHEDULERS[scheduler]:
            make, per = SCHEDULERS[scheduler]
            self.schedules = [Schedule(make(self.optimizer), per=per, monitor="loss")]
        schedulers = [schedule.scheduler for schedule in self.schedules]
        self.run = Run(self.model, self.optimizer, LOSS, schedulers=schedulers)

    def train(self, epochs, *callbacks):
        x, y = data()
        loader = BatchLoader(x, y, size=16)
        fit(
            self.model, LOSS, self.optimizer, loader,
            epochs=epochs, run=self.run, callbacks=[*callbacks, *self.schedules],
        )  # fmt: skip


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("scheduler", SCHEDULERS)
@pytest.mark.parametrize("interrupted", [1, 4])
def test_a_resumed_run_ends_like_one_without_interruption(
    optimizer, scheduler, interrupted, tmp_path
):
    whole = Session(optimizer, scheduler)
    torch.manual_seed(11)
    whole.train(EPOCHS)
    first = Session(optimizer, scheduler)
    torch.manual_seed(11)
    first.train(interrupted)
    save_checkpoint(tmp_path / "run.pt", first.run)
    second = Session(optimizer, scheduler)
    torch.rand(99)
    load_checkpoint(tmp_path / "run.pt", second.run)
    second.train(EPOCHS)
    assert same(weights(second.model), weights(whole.model))
    assert second.run.history == whole.run.history
    assert (second.run.epoch, second.run.step) == (EPOCHS, EPOCHS * BATCHES)
    assert second.optimizer.param_groups[0]["lr"] == whole.optimizer.param_groups[0]["lr"]


@pytest.mark.parametrize("forgotten", ["optimizer", "schedulers", "random"])
def test_the_comparison_notices_what_is_forgotten(forgotten, tmp_path):
    """The test above can fail: each part of the state matters."""
    whole = Session("sgd", "step")
    torch.manual_seed(11)
    whole.train(EPOCHS)
    first = Session("sgd", "step")
    torch.manual_seed(11)
    first.train(3)
    save_checkpoint(tmp_path / "run.pt", first.run)
    state = torch.load(tmp_path / "run.pt", weights_only=True)
    fresh = Session("sgd", "step")
    if forgotten == "optimizer":
        state["optimizer"]["state"] = {}
    elif forgotten == "schedulers":
        state["schedulers"] = [fresh.run.schedulers[0].state_dict()]
    else:
        state["random"]["cpu"] = [torch.Generator().manual_seed(1).get_state()]
    torch.save(state, tmp_path / "run.pt")
    load_checkpoint(tmp_path / "run.pt", fresh.run)
    fresh.train(EPOCHS)
    assert not same(weights(fresh.model), weights(whole.model))


class SaveEvery(Callback):
    """Saves after every epoch, as a student's own callback would."""

    saves = True

    def __init__(self, path):
        self.path = path

    def on_epoch_end(self, run):
        save_checkpoint(self.path.with_suffix(f".{run.epoch}"), run)


def test_early_stopping_goes_on_over_an_interruption(tmp_path):
    def stopping():
        return EarlyStopping(monitor="loss", patience=2, minimum_change=0.08)

    whole = Session("sgd", "none")
    torch.manual_seed(11)
    whole.train(50, stopping(), SaveEvery(tmp_path / "run"))
    assert whole.run.stop
    last = whole.run.epoch
    for epoch in (1, last - 1):
        second = Session("sgd", "none")
        load_checkpoint(tmp_path / f"run.{epoch}", second.run)
        second.train(50, stopping())
        assert second.run.history == whole.run.history
        assert same(weights(second.model), weights(whole.model))


@pytest.fixture
def saved(tmp_path):
    session = Session("sgd", "step")
    session.train(2)
    save_checkpoint(tmp_path / "run.pt", session.run)
    return tmp_path / "run.pt"


def snapshot(session):
    run = session.run
    state = {"optimizer": run.optimizer.state_dict(), "run": [run.epoch, run.step, run.history]}
    return weights(run.model), torch.get_rng_state(), repr(state)


def refused(path, session):
    """The sentence with which the checkpoint is refused; the run must be as it was."""
    before = snapshot(session)
    with pytest.raises(TrainingError) as caught:
        load_checkpoint(path, session.run)
    after = snapshot(session)
    assert same(before[0], after[0])
    assert torch.equal(before[1], after[1])
    assert before[2] == after[2]
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("part", [0.0, 0.01, 0.5, 0.9, 0.999])
def test_a_checkpoint_cut_short_is_refused(part, saved):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(part * len(content))])
    said = refused(saved, Session("sgd", "step"))
    assert f"a damaged file, or one cut short, of {int(part * len(content)):,} bytes" in said


def test_a_file_that_is_no_checkpoint_is_refused(saved):
    saved.write_text("hello")
    assert "damaged" in refused(saved, Session("sgd", "step"))
    torch.save(network().state_dict(), saved)
    assert "got another file of PyTorch's" in refused(saved, Session("sgd", "step"))
    saved.unlink()
    assert "got no file" in refused(saved, Session("sgd", "step"))


def test_code_in_a_file_is_not_run(saved, tmp_path):
    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "sprung",))

    torch.save({"model": Trap()}, saved)
    assert "damaged" in refused(saved, Session("sgd", "step"))
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda model: model.append(nn.ReLU()), None),
        (
            lambda model: model.append(nn.Linear(3, 3)),
            "'5.weight' is (3, 3) torch.float32 here",
        ),
        (lambda model: model.__setitem__(0, nn.Linear(7, 16)), "'0.weight' is (16, 7)"),
        (lambda model: model.__delitem__(4), "'4.weight' is missing here"),
        (lambda model: model.double(), "'0.weight' is (16, 6) torch.float64 here"),
    ],
)
def test_a_checkpoint_of_another_model_is_refused(change, sentence, saved):
    session = Session("sgd", "step")
    change(session.model)
    if sentence is None:  # a layer without weights makes no difference
        load_checkpoint(saved, session.run)
    else:
        assert sentence in refused(saved, session)


def test_a_checkpoint_of_another_optimizer_or_schedule_is_refused(saved):
    assert "got SGD, StepLR for [6]" in refused(saved, Session("adam", "step"))
    assert "schedulers, SGD, CosineAnnealingLR for" in refused(saved, Session("sgd", "cosine"))
    assert "Run(…, schedulers=[…])" in refused(saved, Session("sgd", "none"))
    session = Session("sgd", "none")
    halves = [{"params": session.model[0].parameters()}, {"params": session.model[4].parameters()}]
    session.run.optimizer = torch.optim.SGD(halves, lr=0.1)
    assert "SGD for [2, 2] parameters" in refused(saved, session)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_named_and_the_old_checkpoint_stays(saved):
    before = saved.read_bytes()
    session = Session("sgd", "step")
    Path(f"{saved}.part").symlink_to("/dev/full")
    with pytest.raises(TrainingError, match='got "No space left on device": make room'):
        save_checkpoint(saved, session.run)
    assert saved.read_bytes() == before
    assert [file.name for file in saved.parent.iterdir()] == ["run.pt"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_a_failure_in_the_middle_leaves_the_old_checkpoint(step, failure, saved, monkeypatch):
    def fail(*_):
        raise failure

    before = saved.read_bytes()
    session = Session("sgd", "step")
    session.train(1)
    holder = os if step == "fsync" else Path
    monkeypatch.setattr(holder, step, fail)
    with pytest.raises((TrainingError, KeyboardInterrupt)):
        save_checkpoint(saved, session.run)
    assert saved.read_bytes() == before
    assert [file.name for file in saved.parent.iterdir()] == ["run.pt"]


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(TrainingError, match=r'"No such file or directory": .* existing folder'):
        save_checkpoint(tmp_path / "missing" / "run.pt", Session("sgd", "none").run)


def test_saving_changes_nothing(tmp_path):
    session = Session("sgd", "step")
    session.train(2)
    before = snapshot(session)
    save_checkpoint(str(tmp_path / "run.pt"), session.run)
    after = snapshot(session)
    assert same(before[0], after[0])
    assert before[2] == after[2]
    assert torch.equal(before[1], after[1])
