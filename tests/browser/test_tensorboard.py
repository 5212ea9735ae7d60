"""TensorBoard, really started: a run that was logged shows its curves on the page."""

import sys
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from course_utils.training import BatchLoader, Run, TensorBoardLogger, fit
from tests.browser.hands import Complaints
from tests.browser.servers import free_port, serving

pytestmark = pytest.mark.browser


def logged_run(folder: Path) -> Run:
    """Train for three epochs, with a log in `folder`."""
    torch.manual_seed(0)
    features = torch.randn(40, 2)
    batches = BatchLoader(features, features.sum(dim=1, keepdim=True), size=8)
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    logger = TensorBoardLogger(SummaryWriter(folder))
    return fit(model, nn.MSELoss(), optimizer, batches, epochs=3, callbacks=[logger])


def test_a_logged_training_shows_its_curves_on_tensorboards_page(tmp_path, page):
    run = logged_run(tmp_path / "logs" / "a_line")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "tensorboard.main", f"--logdir={tmp_path / 'logs'}"]
    command += ["--host=127.0.0.1", f"--port={port}", "--load_fast=false"]
    complaints = Complaints()
    complaints.listen(page)
    with serving(
        command,
        answers_at=f"{address}/data/runs",
        log=tmp_path / "tensorboard.log",
        environment={"HOME": str(tmp_path)},
    ):
        page.goto(address)
        for name, last in (("learning_rate", 0.1), ("loss", run.history[-1]["loss"])):
            card = page.locator("scalar-card").filter(has_text=name)
            table = card.locator("scalar-card-data-table").filter(has_text="a_line")
            table.wait_for(timeout=60_000)
            # Under each curve: run, smoothed value, value, step, time.
            _, value, step = table.inner_text().split("a_line")[1].split()[:3]
            assert (float(value), step) == (pytest.approx(last, abs=1e-4), "3")
    assert not complaints.exceptions
