"""The executor: the same bytes twice, nothing written when a run fails, clear sentences."""

import builtins
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tests.good_lesson import NAME, good_lesson
from tools import execute as executor
from tools import kernel
from tools.execute import main
from tools.storage import NotebookError, read_notebook, serialise, write_whole

SCRIPT = Path(executor.__file__)

FIGURE = """import matplotlib.pyplot as plt
plt.plot([1, 2])
plt.show()
"""
STREAM = """import sys, time
for number in range(5):
    print(number, end=" ")
    sys.stdout.flush()
    time.sleep(0.02)
"""
BUNDLE = """import ipywidgets
from IPython.display import display
slider = ipywidgets.IntSlider()
live = slider._repr_mimebundle_()
display({**live, "text/plain": "A slider"}, raw=True)
ipywidgets.interact(lambda x: print(x), x=slider)
"""


def write(folder: Path, *sources: str, name: str = "03_run.ipynb") -> Path:
    """A notebook with these code cells, and ids that are always the same."""
    cells = [new_code_cell(source, id=f"cell-{n}") for n, source in enumerate(sources)]
    path = folder / name
    path.write_bytes(serialise(new_notebook(cells=cells)))
    return path


def outputs(path: Path) -> list[str]:
    """What each cell shows as text: its streams, or the text form of its data."""
    return [
        "".join(out["text"] if "text" in out else out["data"]["text/plain"] for out in cell.outputs)
        for cell in read_notebook(path).cells
    ]


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes, bytes]:
    """A notebook of all that used to differ, run by the script from another folder; twice."""
    folder = tmp_path_factory.mktemp("a folder with spaces")
    path = write(
        folder,
        FIGURE,
        STREAM,
        BUNDLE,
        "print(set('abcdefgh'))",
        "print(object())\nobject()",
        "for share in range(3):\n    print('\\r', share, end='')",
        "from pathlib import Path\nprint(Path.cwd().name)",
        "print('before')\nplt.plot([2, 1])\nplt.show()\nprint('after')",
        "import os, random\nprint(random.Random('seed').random(), os.environ['COURSE_THREADS'])",
    )
    contents = []
    for seed in ("1", "2"):
        subprocess.run(
            [sys.executable, str(SCRIPT), str(path)],
            check=True,
            cwd=folder.parent,
            env=os.environ
            | {"PYTHONHASHSEED": seed, "COURSE_THREADS": "7", "MPLBACKEND": "agg", "COLUMNS": seed},
        )
        contents.append(path.read_bytes())
    return path, contents[0], contents[1]


def test_two_runs_give_the_same_bytes(executed: tuple[Path, bytes, bytes]) -> None:
    _, first, second = executed
    assert first == second


def test_a_run_stores_what_a_reader_sees(executed: tuple[Path, bytes, bytes]) -> None:
    shown = outputs(executed[0])
    assert shown[1] == "0 1 2 3 4 "
    assert shown[2].startswith("A slider")
    assert shown[4] == "<object object at 0x0>\n<object at 0x0>"
    assert shown[5] == " 2"
    assert shown[6] == "a folder with spaces0\n"


def test_a_picture_stays_between_two_prints(executed: tuple[Path, bytes, bytes]) -> None:
    kinds = [output.output_type for output in read_notebook(executed[0]).cells[7].outputs]
    assert kinds == ["stream", "display_data", "stream"]


def test_nothing_of_the_run_or_the_machine_is_stored(executed: tuple[Path, bytes, bytes]) -> None:
    notebook = read_notebook(executed[0])
    assert b"widget-view" not in executed[1]
    assert set(notebook.metadata) == {"course", "kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
    assert all(not cell.metadata for cell in notebook.cells)
    assert [cell.execution_count for cell in notebook.cells] == list(range(1, 10))
    assert [cell.id for cell in notebook.cells] == [f"cell-{n}" for n in range(9)]


def test_what_editors_leave_in_the_metadata_is_removed(tmp_path: Path) -> None:
    clean = write(tmp_path, "1", name="01_clean.ipynb")
    edited = write(tmp_path, "1", name="02_edited.ipynb")
    notebook = read_notebook(edited)
    notebook.cells[0].metadata = {"collapsed": True, "execution": {}, "lines_to_next_cell": 2}
    notebook.metadata = {"widgets": {}, "jupytext": {}, "language_info": {"name": "python"}}
    edited.write_bytes(serialise(notebook))
    assert main([str(clean), str(edited)]) == 0
    assert edited.read_bytes() == clean.read_bytes()


def test_editing_as_text_keeps_ids_and_tags(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(serialise(good_lesson()))
    executor.execute(path)
    before = path.read_bytes()
    jupytext = [sys.executable, "-m", "jupytext", "--quiet"]
    subprocess.run([*jupytext, "--to", "py:percent", str(path)], check=True)
    text = path.with_suffix(".py")
    subprocess.run([*jupytext, "--update", "--to", "ipynb", str(text)], check=True)
    executor.execute(path)
    assert path.read_bytes() == before
    text.write_text(text.read_text(encoding="utf-8").replace("guess = 2", "guess = 5"), "utf-8")
    subprocess.run([*jupytext, "--update", "--to", "ipynb", str(text)], check=True)
    executor.execute(path)
    assert path.read_bytes().count(b'"5"') == 1
    ids = [cell.id for cell in read_notebook(path).cells]
    assert ids == [cell.id for cell in good_lesson().cells]


def test_check_says_what_would_change_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, "1 + 1", "2 + 2")
    before = path.read_bytes()
    assert main(["--check", str(path)]) == 1
    assert "would change (cells 1, 2)" in capsys.readouterr().out
    assert path.read_bytes() == before
    assert main([str(path)]) == 0
    assert main(["--check", str(path)]) == 0
    assert "unchanged" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("\nx = 1\nraise ValueError('too\\nbad')", "cell 2 of 3, 'x = 1', ValueError: too bad"),
        ("import os\nos._exit(1)", "its kernel died"),
        ("input('name?')", "does not support input"),
    ],
)
def test_a_failing_cell_leaves_the_file_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], source: str, reason: str
) -> None:
    path = write(tmp_path, "print('fine')", source, "print('never')")
    before = path.read_bytes()
    assert main([str(path)]) == 1
    said = capsys.readouterr().err
    assert reason in said
    assert said.count("\n") == 1
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_cell_without_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "CELL_TIMEOUT", 1)
    path = write(tmp_path, "import time\ntime.sleep(60)")
    with pytest.raises(NotebookError, match="no end after 1 seconds"):
        executor.execute(path)


def test_one_failure_does_not_keep_the_others_from_running(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = write(tmp_path, "1 / 0", name="01_bad.ipynb")
    good = write(tmp_path, "6 * 7", name="02_good.ipynb")
    assert main([str(bad), str(good)]) == 1
    assert "02_good.ipynb: written" in capsys.readouterr().out
    assert outputs(good) == ["42"]


def test_a_file_that_is_edited_during_the_run_is_not_overwritten(tmp_path: Path) -> None:
    path = write(tmp_path, "open('03_run.ipynb', 'a').write(' ')")
    with pytest.raises(NotebookError, match="was edited while it ran"):
        executor.execute(path)
    assert read_notebook(path).cells[0].outputs == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_an_interrupted_run_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = write(tmp_path, "open('started', 'w').close()\nimport time\ntime.sleep(60)")
    before = path.read_bytes()
    with subprocess.Popen(
        [sys.executable, str(SCRIPT), str(path)], stderr=subprocess.PIPE, text=True
    ) as process:
        give_up = time.monotonic() + 60
        while not (tmp_path / "started").exists() and time.monotonic() < give_up:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert said == "Interrupted: the notebook that was running is as it was before.\n"
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"cells": [\n {"a": }', "JSON is damaged in line 2, column 8"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"[1]", "not a notebook of format 4"),
        (b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 2}', "format 4.2"),
        (
            b'{"cells": [{"source": ""}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
            "not a valid notebook",
        ),
        (
            b'{"cells": [], "metadata": {"kernelspec": {"name": "ir", "display_name": "R", '
            b'"language": "R"}}, "nbformat": 4, "nbformat_minor": 5}',
            "asks for a kernel of R",
        ),
    ],
)
def test_a_damaged_file_is_named_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, reason: str
) -> None:
    path = tmp_path / "03_damaged.ipynb"
    path.write_bytes(content)
    assert main([str(path)]) == 1
    said = capsys.readouterr().err
    assert reason in said
    assert path.name in said
    assert said.count("\n") == 1
    assert path.read_bytes() == content


def test_a_missing_file_is_named_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no_such_file.ipynb"]) == 1
    assert "no_such_file.ipynb cannot be read as a notebook, it does not exist" in (
        capsys.readouterr().err
    )


def test_no_kernel_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "1")
    imports = builtins.__import__

    def refuse(name: str, *rest: object, **more: object) -> object:
        if name == "ipykernel.kernelspec":
            raise ImportError(name)
        return imports(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(NotebookError, match="no kernel: the package ipykernel"):
        executor.execute(path)


def test_a_kernel_that_does_not_start_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, "1")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    with pytest.raises(NotebookError, match=r"the kernel of .*no-python did not start"):
        executor.execute(path)


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "03_run.ipynb"
    path.write_bytes(b"old")

    def full(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(content[:1])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(NotebookError, match="No space left on device"):
            write_whole(path, b"new content")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    write_whole(path, b"new content")
    assert path.read_bytes() == b"new content"


def test_without_names_all_lessons_are_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(executor, "chosen_notebooks", lambda paths: paths or [tmp_path / "00_x"])
    assert main([]) == 1
    assert "00_x" in capsys.readouterr().err


def test_outputs_that_vary_are_kept_until_a_source_changes(tmp_path):
    path = write(tmp_path, "import time\nprint(time.perf_counter())", "print('steady')")
    notebook = read_notebook(path)
    notebook.cells[0].metadata["tags"] = ["varies"]
    path.write_bytes(serialise(notebook))
    assert main([str(path)]) == 0
    first = path.read_bytes()
    before = outputs(path)
    assert main([str(path)]) == 0
    assert path.read_bytes() == first

    notebook = read_notebook(path)
    notebook.cells[1]["source"] = "print('steady')\nprint('and new')"
    path.write_bytes(serialise(notebook))
    assert main([str(path)]) == 0
    assert outputs(path)[0] != before[0]
    assert outputs(path)[1] == "steady\nand new\n"


def test_outputs_that_vary_are_stored_anew_on_request(tmp_path):
    path = write(tmp_path, "import time\nprint(time.perf_counter())")
    notebook = read_notebook(path)
    notebook.cells[0].metadata["tags"] = ["varies"]
    path.write_bytes(serialise(notebook))
    assert main([str(path)]) == 0
    before = outputs(path)
    assert main([str(path), "--renew"]) == 0
    assert outputs(path) != before


def test_outputs_that_vary_without_saying_so_are_stored_anew(tmp_path):
    path = write(tmp_path, "import time\nprint(time.perf_counter())")
    assert main([str(path)]) == 0
    before = outputs(path)
    assert main([str(path)]) == 0
    assert outputs(path) != before
