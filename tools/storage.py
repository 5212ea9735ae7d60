"""Notebook files: read them, sign them, write them whole or not at all.

This module knows files and digests; it neither runs notebooks nor judges them.
"""

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.validator import iter_validate

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE_INFO = {"name": "python"}


class NotebookError(RuntimeError):
    """What is wrong with a notebook file, or with a run of it, in one sentence."""


def lesson_notebooks(folder: Path = NOTEBOOKS) -> list[Path]:
    """The lessons of the course, `NN_topic.ipynb`, in order."""
    return sorted(folder.glob("[0-9][0-9]_*.ipynb"))


def chosen_notebooks(paths: list[Path]) -> list[Path]:
    """The notebooks named on a command line, or all lessons where none is named.

    Raises:
        NotebookError: when none is named and there are no lessons.
    """
    chosen = paths or lesson_notebooks()
    if not chosen:
        raise NotebookError(
            f"{NOTEBOOKS.name}/ holds no lesson: expected files such as 03_gradient_descent.ipynb; "
            "name the notebooks on the command line."
        )
    return chosen


def lesson_number(path: Path) -> str:
    """The two digits that a lesson's file name starts with: "03" of `03_gradient_descent.ipynb`.

    Raises:
        NotebookError: for a file name that does not start with two digits and an underscore.
    """
    match = re.match(r"(\d\d)_", path.name)
    if match is None:
        raise NotebookError(
            f"{path.name}: expected a name such as 03_gradient_descent.ipynb (two digits, an "
            "underscore, the topic); rename the file."
        )
    return match.group(1)


def read_notebook(path: Path) -> NotebookNode:
    """Read a notebook of format 4.5, with the text of each cell joined to one string.

    Raises:
        NotebookError: for a missing, unreadable, damaged or too old file.
    """
    content = _read_json(path)
    if not isinstance(content, dict) or content.get("nbformat") != 4:
        raise NotebookError(
            f"{path.name} is not a notebook of format 4: open and save it in JupyterLab, "
            "or restore it with git."
        )
    if content.get("nbformat_minor", 0) < 5:
        raise NotebookError(
            f"{path.name} has format 4.{content.get('nbformat_minor', 0)}, but 4.5 (with cell ids) "
            "is needed: open and save it in JupyterLab."
        )
    fault = next(iter_validate(nbformat.from_dict(content)), None)  # type: ignore[no-untyped-call]
    if fault is not None:
        reason = str(fault).splitlines()[0]
        raise NotebookError(
            f"{path.name} is not a valid notebook ({reason}): restore it with git, or mend the "
            "part that the message names."
        )
    notebook: NotebookNode = nbformat.v4.to_notebook(content)  # type: ignore[no-untyped-call]
    return notebook


def _read_json(path: Path) -> Any:
    """The content of a JSON file.

    Raises:
        NotebookError: for a file that cannot be read as JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        reason = "it does not exist: check the spelling of the path"
    except (IsADirectoryError, PermissionError) as error:
        reason = f"the system says '{error.strerror}': name a notebook file that you may read"
    except UnicodeDecodeError:
        reason = "it is not UTF-8 text: restore it with git"
    except json.JSONDecodeError as error:
        reason = (
            f"its JSON is damaged in line {error.lineno}, column {error.colno} ({error.msg}): "
            "restore it with git"
        )
    raise NotebookError(f"{path} cannot be read as a notebook, {reason}.")


def serialise(notebook: NotebookNode) -> bytes:
    """The bytes of a notebook's file: sorted keys, UTF-8, Unix line ends."""
    text: str = nbformat.v4.writes(notebook)  # type: ignore[no-untyped-call]
    return (text + "\n").encode("utf-8")


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file in one step: whoever looks sees the old content or the new, never a part.

    Raises:
        NotebookError: when the folder or the disk does not take the file; the old one stays.
    """
    target = path.resolve()
    partial = target.with_name(f".{target.name}.part")
    try:
        partial.write_bytes(content)
        if target.exists():
            shutil.copymode(target, partial)
        partial.replace(target)
    except OSError as error:
        raise NotebookError(
            f"{path} cannot be written, the system says '{error.strerror}': the old file is "
            "untouched; make room or get the right to write there, then try again."
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The code cells of a notebook, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def sources_digest(notebook: NotebookNode) -> str:
    """SHA-256 over what decides the outputs: the sources of the code cells, in order.

    Blank ends do not count: editors and Jupytext add and remove them.
    """
    return _digest([cell.source.rstrip() for cell in code_cells(notebook)])


def outputs_digest(notebook: NotebookNode) -> str:
    """SHA-256 over the stored outputs and execution counts, in order."""
    return _digest([[cell.execution_count, cell.outputs] for cell in code_cells(notebook)])


def _digest(value: object) -> str:
    """SHA-256 of a value's canonical JSON, as hexadecimal digits."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode("ascii")).hexdigest()


def keep_varying(notebook: NotebookNode, *, stored: NotebookNode) -> None:
    """Put back the stored outputs of cells tagged `varies`, unless the sources changed since.

    Seconds and versions differ from run to run; without this no file would be the same twice.
    """
    digest = stored.metadata.get("course", {}).get("sources_sha256")
    if digest != sources_digest(notebook):
        return
    for new, old in zip(notebook.cells, stored.cells, strict=True):
        if "varies" in new.metadata.get("tags", []) and old.outputs:
            new["outputs"] = old.outputs


def sign(notebook: NotebookNode) -> None:
    """Note in the metadata which sources gave which outputs, so that a later edit is noticed."""
    notebook.metadata["course"] = {
        "sources_sha256": sources_digest(notebook),
        "outputs_sha256": outputs_digest(notebook),
    }
