"""Checkpoints: the state of a run in a file, whole or not at all."""

import io
import os
from pathlib import Path
from typing import Any

import torch

from course_utils.training.problems import TrainingError
from course_utils.training.random_state import random_state, set_random_state
from course_utils.training.run import Run

_PARTS = {"model", "optimizer", "schedulers", "epoch", "step", "history", "kept", "random", "kinds"}


def save_checkpoint(path: str | Path, run: Run) -> None:
    """Save the state of a run. Built in notebook 10.

    Written under a temporary name (``….part``), then renamed: if the power fails or the disk is
    full, a checkpoint that was there before is untouched. Meant for the end of an epoch: a resumed
    run begins with a whole one.

    Args:
        path: the file; its folder must exist.
        run: model, optimizer, schedulers, epoch, step, history and what callbacks remember are
            saved, and PyTorch's random state on every device.

    Raises:
        TrainingError: the file could not be written.
    """
    path = Path(path)
    content = io.BytesIO()
    torch.save(_state(run), content)
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(content.getbuffer())
            file.flush()
            os.fsync(file.fileno())  # on the disk before it gets its name
        part.replace(path)
    except OSError as error:
        raise TrainingError(
            f"Expected to write the checkpoint {path} ({len(content.getbuffer()):,} bytes), got "
            f'"{error.strerror}": make room or choose an existing folder; an earlier checkpoint of '
            "this name is untouched."
        ) from error
    finally:
        part.unlink(missing_ok=True)


def load_checkpoint(path: str | Path, run: Run) -> None:
    """Put a run into the state that a checkpoint holds. Built in notebook 10.

    The random state is set, too: load right before `fit`, and the weights come out bit for bit as
    without the interruption, if the data come in the same order and only PyTorch draws numbers.

    Args:
        path: the file.
        run: ``Run(model, optimizer, loss_function)``, made as for the run that was saved, with
            ``schedulers=[…]`` if it had some. Nothing in it changes if an error is raised.

    Raises:
        TrainingError: the file is missing, cut short, damaged, or of another model or optimizer.
    """
    path = Path(path)
    state = _read(path)
    _check_model(path, state["model"], run)
    _check_kinds(path, state, run)
    run.model.load_state_dict(state["model"])
    run.optimizer.load_state_dict(state["optimizer"])
    for scheduler, saved in zip(run.schedulers, state["schedulers"], strict=True):
        scheduler.load_state_dict(saved)
    run.epoch, run.step = state["epoch"], state["step"]
    run.history[:], run.kept = state["history"], state["kept"]
    set_random_state(state["random"])


def _state(run: Run) -> dict[str, Any]:
    return {
        "model": run.model.state_dict(),
        "optimizer": run.optimizer.state_dict(),
        "schedulers": [scheduler.state_dict() for scheduler in run.schedulers],
        "epoch": run.epoch,
        "step": run.step,
        "history": run.history,
        "kept": run.kept,
        "random": random_state(),
        "kinds": _kinds(run),
    }


def _kinds(run: Run) -> list[str]:
    return [type(part).__name__ for part in (run.optimizer, *run.schedulers)]


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise TrainingError(f"Expected a checkpoint, got no file at {path}: is the path right?")
    try:
        # weights_only: tensors and plain values, never code that a stranger's file could bring.
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever a damaged file makes the reader stumble over
        raise TrainingError(
            f"Expected a whole checkpoint in {path}, got a damaged file, or one cut short, of "
            f"{path.stat().st_size:,} bytes: use an earlier checkpoint or train again."
        ) from error
    if not isinstance(state, dict) or set(state) != _PARTS:
        raise TrainingError(
            f"Expected a checkpoint that save_checkpoint wrote, got another file of PyTorch's in "
            f"{path}: weights alone are read with model.load_state_dict(torch.load(path))."
        )
    return state


def _check_model(path: Path, saved: dict[str, torch.Tensor], run: Run) -> None:
    def described(weights: dict[str, torch.Tensor]) -> dict[str, str]:
        return {name: f"{tuple(v.shape)} {v.dtype}" for name, v in weights.items()}

    here, there = described(run.model.state_dict()), described(saved)
    for name in [*here, *there]:
        if here.get(name) != there.get(name):
            raise TrainingError(
                f"Expected a checkpoint of this model in {path}, got one of another: "
                f"{name!r} is {here.get(name, 'missing')} here and {there.get(name, 'missing')} in "
                "the file; build the model as it was saved."
            )


def _check_kinds(path: Path, state: dict[str, Any], run: Run) -> None:
    def sizes(groups: list[dict[str, Any]]) -> list[int]:
        return [len(group["params"]) for group in groups]

    here = (_kinds(run), sizes(run.optimizer.state_dict()["param_groups"]))
    there = (state["kinds"], sizes(state["optimizer"]["param_groups"]))
    if here != there:
        raise TrainingError(
            f"Expected a checkpoint in {path} with the run's optimizer and schedulers, "
            f"{', '.join(here[0])} for {here[1]} parameters, got {', '.join(there[0])} for "
            f"{there[1]}: make the run as it was saved, Run(…, schedulers=[…]) included."
        )
