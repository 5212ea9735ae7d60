"""A real JupyterLab on loopback and a real Chromium, for tests that need hands and eyes."""

import secrets
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.hands import end_kernels
from tests.browser.servers import free_port, serving

PROJECT = Path(__file__).parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "chrome"])), None)


@pytest.fixture
def lab(running_lab: str) -> Iterator[str]:
    """The address of a JupyterLab over a copy of the notebooks, with ``{}`` for the file."""
    yield running_lab
    end_kernels(running_lab)


@pytest.fixture(scope="session")
def running_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same for all tests; `lab` ends the kernels after each of them."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    folder = tmp_path_factory.mktemp("lab with a space")
    shutil.copytree(PROJECT / "notebooks", folder / "notebooks")
    settings = folder / "settings"
    settings.mkdir()
    (settings / "overrides.json").write_text(
        '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}', "utf-8"
    )
    port, token = free_port(), secrets.token_hex(16)
    options = {
        "ServerApp.root_dir": folder,
        "ServerApp.port": port,
        "IdentityProvider.token": token,
        "LabApp.app_settings_dir": settings,
        "LabApp.expose_app_in_browser": True,
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--{name}={value}" for name, value in options.items()]
    # A home of its own: the reader's settings and open tabs stay out of the test.
    home = {"JUPYTER_CONFIG_DIR": str(folder / "config"), "HOME": str(folder)}
    with serving(
        command,
        answers_at=f"http://127.0.0.1:{port}/api/status?token={token}",
        log=folder / "server.log",
        environment={"PYTHONPATH": str(PROJECT), "COURSE_THREADS": "1", **home},
    ):
        yield f"http://127.0.0.1:{port}/lab/tree/notebooks/{{}}?reset&token={token}"


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    # The sandbox of Chromium does not start for the root user of a container.
    quiet = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=quiet)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser):
    window = browser.new_page(viewport={"width": 1400, "height": 1050})
    yield window
    window.close()
