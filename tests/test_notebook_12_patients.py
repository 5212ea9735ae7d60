"""The instruments of notebook 12: each tells ill from well, and none changes what it examines."""

import copy
import math
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from course_utils.checks import exercises_of
from tests.lesson import definitions
from tools.storage import NOTEBOOKS, read_notebook

NOTEBOOK = "12_debugging_clinic"


@pytest.fixture(scope="module")
def clinic() -> SimpleNamespace:
    names = ["device", "cross_entropy", "mlp", "several_epochs", "falling", "percent_right"]
    names += ["gradient_norms", "dead_shares", "Chart", "train", "loss_at_start", "learn_by_heart"]
    names += ["movement", "answers_that_change", "permuted", "loss_7", "loss_8", "loss_9", "CAUSES"]
    return definitions(NOTEBOOK, *names)


@pytest.fixture
def images(clinic: SimpleNamespace) -> tuple[torch.Tensor, torch.Tensor]:
    """Ten blurred prototypes with noise, standardised, with their classes."""
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(400) % 10
    prototypes = torch.randn(10, 784, generator=generator)
    X = prototypes[y] + torch.randn(400, 784, generator=generator)
    return ((X - X.mean()) / X.std()).to(clinic.device), y.to(clinic.device)


def _state(model: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def _unchanged(model: nn.Module, state: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(state[name], value) for name, value in model.state_dict().items())


def _with_norm_and_dropout(clinic: SimpleNamespace) -> nn.Sequential:
    torch.manual_seed(0)
    hidden = [nn.Linear(784, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.5)]
    return nn.Sequential(*hidden, nn.Linear(64, 10)).to(clinic.device)


def test_loss_at_start_tells_bytes_from_standardised_pixels(clinic, images) -> None:
    X, y = images
    well = clinic.loss_at_start(clinic.mlp(), clinic.cross_entropy, X, y)
    ill = clinic.loss_at_start(clinic.mlp(), clinic.cross_entropy, 100 * X, y)
    assert abs(well - math.log(10)) < 0.1
    assert ill > 4


def test_loss_at_start_tells_the_axis(clinic, images) -> None:
    X, y = images
    for size in (20, 200):
        ill = clinic.loss_at_start(clinic.mlp(), clinic.loss_8, X[:size], y[:size])
        assert abs(ill - math.log(size)) < 0.1


def test_one_batch_by_heart_tells_broken_losses(clinic, images) -> None:
    batch = [tensor[:64] for tensor in images]
    assert clinic.learn_by_heart(clinic.mlp(), clinic.cross_entropy, *batch, steps=150) < 0.05
    floor = math.log(1 + 9 / math.e)
    assert clinic.learn_by_heart(clinic.mlp(), clinic.loss_7, *batch, steps=150) > floor - 1e-4
    assert clinic.learn_by_heart(clinic.mlp(), clinic.loss_8, *batch, steps=150) > 1


def test_one_batch_by_heart_tells_shapes_that_broadcast(clinic, images) -> None:
    X, _ = images
    X, targets = X[:64], X[:64].mean(dim=1) / X[:64].mean(dim=1).std()
    for loss, well in [(nn.functional.mse_loss, True), (clinic.loss_9, False)]:
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 1)).to(clinic.device)
        given = targets[:, None] if well else targets
        left = clinic.learn_by_heart(model, loss, X, given, rate=0.05, steps=200)
        assert (left < 0.05) == well


def test_gradient_norms_and_dead_shares_tell_dead_units(clinic, images) -> None:
    X, y = images
    well, ill = clinic.mlp(), clinic.mlp()
    nn.init.constant_(ill[2].bias, -100.0)
    for model, dead in [(well, False), (ill, True)]:
        clinic.cross_entropy(model(X), y).backward()
        assert (clinic.gradient_norms(model)[0] == 0) == dead
        assert (clinic.dead_shares(model, X)[1] == 1) == dead
        assert clinic.dead_shares(model, X)[0] < 0.2


def test_gradient_norm_is_the_root_of_the_sum_of_squares(clinic) -> None:
    model = nn.Sequential(nn.Linear(2, 2))
    model[0].weight.grad = torch.tensor([[1.0, 2.0], [2.0, 4.0]])
    assert clinic.gradient_norms(model) == [5.0]


def test_movement_tells_who_was_left_out(clinic, images) -> None:
    X, y = images
    before, model = clinic.mlp(), clinic.mlp()
    optimizer = torch.optim.SGD([*model[0].parameters(), *model[4].parameters()], lr=0.1)
    clinic.cross_entropy(model(X), y).backward()
    optimizer.step()
    first, second, third = clinic.movement(before, model)
    assert second == 0
    assert min(first, third) > 0


def test_movement_is_measured_in_lengths_of_the_weights(clinic) -> None:
    before, after = nn.Linear(2, 1), nn.Linear(2, 1)
    before.weight.data = torch.tensor([[3.0, 4.0]])
    after.weight.data = torch.tensor([[3.0, 5.0]])
    assert clinic.movement(before, after) == [pytest.approx(0.2)]


@pytest.mark.parametrize("training", [True, False])
def test_ask_twice_tells_train_mode(clinic, images, training: bool) -> None:
    X, _ = images
    model = _with_norm_and_dropout(clinic).train(training)
    state = _state(model)
    changed = clinic.answers_that_change(model, X)
    assert (changed > 5) == training
    assert (changed < 0.3) == (not training)
    assert model.training == training
    assert _unchanged(model, state), "asking has changed the model"


@pytest.mark.parametrize("training", [True, False])
def test_looking_for_dead_units_changes_nothing(clinic, images, training: bool) -> None:
    model = _with_norm_and_dropout(clinic).train(training)
    state = _state(model)
    clinic.dead_shares(model, images[0])
    assert model.training == training
    assert _unchanged(model, state)


def test_permutation_keeps_the_labels_and_moves_them(clinic, images) -> None:
    _, y = images
    moved = clinic.permuted(y)
    assert torch.equal(moved.sort().values, y.sort().values)
    assert (moved == y).float().mean() < 0.2
    assert torch.equal(moved, clinic.permuted(y)), "the same seed, the same permutation"


def test_permutation_control_tells_copies_in_the_test(clinic, images) -> None:
    """The nearest training row decides: copies in the test make even random labels right."""
    X, y = images

    def right(labels: torch.Tensor, copies: bool) -> float:
        rows = X.repeat(2, 1) if copies else X
        labels = labels.repeat(2) if copies else labels
        own, others = slice(0, len(rows) // 2), slice(len(rows) // 2, None)
        nearest = torch.cdist(rows[others], rows[own]).argmin(dim=1)
        return (labels[own][nearest] == labels[others]).float().mean().item()

    assert right(y, copies=False) > 0.5
    assert right(clinic.permuted(y), copies=False) < 0.25
    assert right(clinic.permuted(y), copies=True) == 1


def test_chart_begins_after_the_first_step_and_training_ends_at_rate_0(clinic, images) -> None:
    X, y = images
    chart, fresh = clinic.Chart(X[:50]), clinic.mlp()
    start = copy.deepcopy(fresh)
    model = clinic.train(chart, fresh, X, y, epochs=3)
    assert len(chart.losses) == 3 * math.ceil(400 / 64)
    assert len(chart.norms) == len(chart.dead) == math.ceil(len(chart.losses) / 10)
    assert 0 < max(clinic.movement(start, chart.first)) < max(clinic.movement(start, model))
    assert np.mean(chart.losses[-5:]) < chart.losses[0]
    assert clinic.percent_right(model, X, y) > 50


def test_every_cause_is_on_the_list_and_the_list_has_more(clinic) -> None:
    causes = set()
    for exercise in exercises_of("12").values():
        causes.add(exercise.answer(*copy.deepcopy(exercise.cases[0]))[0])
        for mistake in exercise.mistakes:
            assert mistake.answer(*copy.deepcopy(exercise.cases[0]))[0] in clinic.CAUSES
    assert causes < set(clinic.CAUSES)
    assert len(causes) == 6


def test_no_cause_is_told_before_its_solution() -> None:
    cells = read_notebook(NOTEBOOKS / f"{NOTEBOOK}.ipynb").cells
    for key, exercise in exercises_of("12").items():
        cause = str(exercise.answer(*copy.deepcopy(exercise.cases[0]))[0])
        (solution,) = (
            place
            for place, cell in enumerate(cells)
            if "solution" in cell.metadata.get("tags", []) and key in cell.source
        )
        told = [
            place
            for place, cell in enumerate(cells[:solution])
            if re.search(cause, cell.source + str(cell.metadata), re.IGNORECASE)
        ]
        assert len(told) == 1, f"{key}: {cause!r} in the cells {told}, expected in the list only"
        assert cells[told[0]].source.startswith("CAUSES")


@pytest.mark.parametrize(
    ("patient", "cause"),
    [
        (1, "rate too small"),
        (3, "optimizer has other parameters"),
        (4, "inputs not standardised"),
        (6, "rate too large"),
        (10, "data not shuffled"),
        (12, "train mode in the test"),
        (14, "chosen on the test set"),
    ],
)
def test_no_cause_is_told_before_its_diagnosis(clinic, patient: int, cause: str) -> None:
    """Patient 2's cause is left out: an instrument has its name."""
    assert cause in clinic.CAUSES
    cells = read_notebook(NOTEBOOKS / f"{NOTEBOOK}.ipynb").cells
    (diagnosis,) = (
        place
        for place, cell in enumerate(cells)
        if f"**Patient {patient}: {cause}.**" in cell.source
    )
    assert "<details>" in cells[diagnosis].source.split(f"**Patient {patient}:")[0]
    texts = [cell.source + str(cell.metadata) for cell in cells[:diagnosis]]
    told = [text for text in texts if re.search(cause, text, re.IGNORECASE)]
    assert len(told) == 1
    assert told[0].startswith("CAUSES")


def test_gradients_not_reset_are_momentum_1(images) -> None:
    """What the table at the end says of patient 5."""
    X, y = (tensor.cpu().double() for tensor in images)
    piled, rolling = (torch.zeros(784, dtype=torch.float64, requires_grad=True) for _ in range(2))
    optimizers = [torch.optim.SGD([piled], lr=1e-5)]
    optimizers += [torch.optim.SGD([rolling], lr=1e-5, momentum=1)]
    for _ in range(10):
        rolling.grad = None
        for w, optimizer in zip((piled, rolling), optimizers, strict=True):
            ((X @ w - y) ** 2).mean().backward()
            optimizer.step()
    assert piled.abs().max() > 1e-3
    torch.testing.assert_close(piled, rolling)


def test_a_frozen_layer_and_one_cut_off_have_no_gradient(clinic, images) -> None:
    """What the table at the end says of a gradient that is None, not 0."""
    X, y = images
    frozen, cut = clinic.mlp(), clinic.mlp()
    frozen[0].requires_grad_(requires_grad=False)
    clinic.cross_entropy(frozen(X), y).backward()
    clinic.cross_entropy(cut[2:](cut[:2](X).detach()), y).backward()
    for model in (frozen, cut):
        assert model[0].weight.grad is None
        assert model[2].weight.grad.norm() > 0


def test_a_look_in_train_mode_changes_the_patient_and_a_copy_saves_it(clinic, images) -> None:
    """Why `admit` asks a copy, and what the diagnosis of patient 12 says."""
    X, y = images
    model = _with_norm_and_dropout(clinic)
    state = _state(model)
    clinic.percent_right(copy.deepcopy(model), X, y)
    assert _unchanged(model, state)
    clinic.percent_right(model, X, y)
    assert not _unchanged(model, state)
