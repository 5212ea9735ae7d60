"""What a learner's hands do in JupyterLab: open a notebook and run it whole."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Complaints:
    """What a page complained about: exceptions, and errors on the browser's console."""

    exceptions: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    def listen(self, page: Any) -> None:
        """Collect from now on."""
        page.on("pageerror", lambda error: self.exceptions.append(str(error)))
        page.on("console", self._note)

    def _note(self, message: Any) -> None:
        if message.type == "error":
            self.console.append(message.text)


def put(lab: str, name: str, notebook: dict[str, Any]) -> None:
    """Save a notebook beside the others, by way of the server."""
    body = json.dumps({"type": "notebook", "content": notebook}).encode()
    ask(lab, "PUT", f"contents/notebooks/{name}", body)


def end_kernels(lab: str) -> None:
    """Shut down all kernels: closing a page leaves them running, each with its memory."""
    for kernel in json.loads(ask(lab, "GET", "kernels")):
        ask(lab, "DELETE", f"kernels/{kernel['id']}")


def ask(lab: str, method: str, what: str, body: bytes | None = None) -> bytes:
    """What the server's own interface answers."""
    address = urlsplit(lab)
    token = parse_qs(address.query)["token"][0]
    request = urllib.request.Request(
        f"{address.scheme}://{address.netloc}/api/{what}",
        data=body,
        headers={"Authorization": f"token {token}"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.read()


def open_and_run(page: Any, address: str) -> Complaints:
    """Open the notebook at `address`, run all its cells, and wait until the last one has run."""
    complaints = Complaints()
    complaints.listen(page)
    page.goto(address)
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    _run_everything(page)
    page.wait_for_function(
        "() => ![...document.querySelectorAll('.jp-InputPrompt')]"
        ".some(prompt => prompt.textContent.includes('*'))",
        timeout=400_000,
    )
    return complaints


@contextmanager
def opened(lab: str, browser: Any, name: str, notebook: dict[str, Any]) -> Iterator[Any]:
    """Save and run a notebook in a window of its own; in the end nothing runs or complained."""
    put(lab, name, notebook)
    window = browser.new_page(viewport={"width": 1400, "height": 1050})
    complaints = open_and_run(window, lab.format(name))
    yield window
    window.close()
    end_kernels(lab)
    assert not complaints.exceptions
    assert not complaints.console


def _run_everything(page: Any) -> None:
    """Run all cells; "run all" is sometimes lost while Lab still starts, so ask until it took."""
    page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.kernelDisplayStatus"
        " === 'idle'",
        timeout=60_000,
    )
    for _ in range(10):
        page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells') && null")
        page.wait_for_timeout(1000)
        if page.locator(".jp-InputPrompt", has_text="[*]").count():
            return
    raise AssertionError("JupyterLab did not start to run the notebook")


def stretch(picture):
    """How many times as tall as its own proportions ask for a picture is shown; 1 is right."""
    return picture.evaluate(
        "image => (image.clientHeight / image.clientWidth)"
        " / (image.naturalHeight / image.naturalWidth)"
    )
