"""What the executor stores is what nbval, with the project's settings, expects."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbval.plugin import get_sanitize_patterns

from tools.execute import execute
from tools.normalise import hide_addresses
from tools.storage import ROOT, read_notebook, serialise

SETTINGS = ROOT / "tests" / "nbval_sanitize.cfg"


@pytest.fixture
def executed(tmp_path: Path) -> Path:
    """A notebook whose outputs with addresses, streams and pictures are all compared."""
    sources = (
        "print([1, 2, 3])",
        "print(object())\nobject()",
        "import matplotlib.pyplot as plt\nprint('a')\nplt.plot([1])\nplt.show()\nprint('b')",
    )
    cells = [new_code_cell(source, metadata={"tags": ["nbval-check-output"]}) for source in sources]
    path = tmp_path / "07_compared.ipynb"
    path.write_bytes(serialise(new_notebook(cells=cells)))
    execute(path)
    return path


def nbval(path: Path) -> subprocess.CompletedProcess[str]:
    """Compare a notebook as the test suite does, from the project's folder."""
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q"),
            *(f"--config-file={ROOT / 'pyproject.toml'}", f"--rootdir={ROOT}", str(path)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_a_stored_notebook_passes_and_an_edited_one_fails(executed: Path) -> None:
    passed = nbval(executed)
    assert passed.returncode == 0, passed.stdout
    assert "3 passed" in passed.stdout
    notebook = read_notebook(executed)
    notebook.cells[0].outputs[0].text = "[1, 2, 4]\n"
    notebook.cells[1].outputs[0].text = "<another object at 0x0>\n"
    executed.write_bytes(serialise(notebook))
    failed = nbval(executed)
    assert failed.returncode == 1
    assert "2 failed, 1 passed" in failed.stdout


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("<A at 0x7f0A12bc>", "<A at 0x0>"),
        ("<A at 0x0000021F5D1C3E50>", "<A at 0x0>"),
        ("<function f at 0x7f0a12bc> and <b at 0x7f0a12bd>", "<function f at 0x0> and <b at 0x0>"),
        ("the bits 0x3f800000 of 1.0, look at 0x1", "the bits 0x3f800000 of 1.0, look at 0x1"),
    ],
)
def test_nbval_and_the_executor_hide_the_same(text: str, hidden: str) -> None:
    patterns = get_sanitize_patterns(SETTINGS.read_text(encoding="ascii"))
    assert len(patterns) == 1
    assert hide_addresses(text) == hidden
    assert re.sub(*patterns[0], text) == hidden
