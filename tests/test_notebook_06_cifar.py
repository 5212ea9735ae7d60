"""Notebook 06 with its one switch on CIFAR-10: from files in CIFAR's form to colourful templates.

The real data are not shipped. A small stand-in is written to the cache in torchvision's own file
format, with its own checksums, so that the course's loader and every cell of the notebook run as
they would on the real files; only the band for the test accuracy is replaced.
"""

import ast
import hashlib
import pickle
import types
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from torchvision.datasets import CIFAR10

from course_utils.datasets import DatasetError
from tools.storage import NOTEBOOKS, code_cells, read_notebook

NOTEBOOK = NOTEBOOKS / "06_softmax_classifier.ipynb"
SWITCH = 'DATA = "fashion_mnist"'
NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def _photographs(count: int, random: np.random.Generator) -> dict[str, Any]:
    """A batch as CIFAR stores it: rows of 3,072 bytes, each class with a colour, and much noise."""
    labels = np.arange(count) % len(NAMES)
    colours = np.random.default_rng(1).integers(90, 166, (len(NAMES), 3, 1, 1))
    images = colours[labels] + random.normal(0, 60, (count, 3, 32, 32))
    data = images.clip(0, 255).astype(np.uint8).reshape(count, 3072)
    return {"data": data, "labels": labels.tolist()}


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "a cache"))
    return tmp_path / "a cache"


@pytest.fixture
def stand_in(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    batches: dict[str, Any] = {f"data_batch_{k}": _photographs(240, random) for k in range(1, 6)}
    batches |= {"test_batch": _photographs(400, random), "batches.meta": {"label_names": NAMES}}
    folder = empty_cache / "torchvision" / CIFAR10.base_folder
    folder.mkdir(parents=True)
    sums = {}
    for name, content in batches.items():
        written = pickle.dumps(content)
        (folder / name).write_bytes(written)
        sums[name] = hashlib.md5(written, usedforsecurity=False).hexdigest()
    train = [[name, sums[name]] for name, _ in CIFAR10.train_list]
    monkeypatch.setattr(CIFAR10, "train_list", train)
    monkeypatch.setattr(CIFAR10, "test_list", [["test_batch", sums["test_batch"]]])
    monkeypatch.setattr(CIFAR10, "meta", {**CIFAR10.meta, "md5": sums["batches.meta"]})


class _Run:
    """The notebook's cells with the switch on CIFAR-10: the names and the pictures they make."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"__name__": "notebook_06"}
        self.pictures: list[tuple[str, list[np.ndarray]]] = []

    def cell(self, source: str) -> None:
        exec(compile(source.replace(SWITCH, 'DATA = "cifar10"'), NOTEBOOK.name, "exec"), self.names)
        if "TEST_ACCURACY" in _assigned(source):
            self.names["TEST_ACCURACY"]["cifar10"] = (0.3, 1.0)  # other images, another band
        drawn = [
            np.asarray(picture.get_array())
            for number in plt.get_fignums()
            for ax in plt.figure(number).axes
            for picture in ax.images
        ]
        self.pictures.append((source, drawn))
        plt.close("all")

    def all_cells(self, sources: list[str]) -> None:
        for source in sources:
            self.cell(source)

    def pictures_of(self, part: str) -> list[np.ndarray]:
        """The pictures that the one cell with `part` in its source has drawn."""
        (drawn,) = [drawn for source, drawn in self.pictures if part in source]
        return drawn


def _assigned(source: str) -> set[str]:
    return {
        target.id
        for statement in ast.parse(source).body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("COURSE_THREADS", "1")
    monkeypatch.setenv("COURSE_DEVICE", "cpu")
    monkeypatch.chdir(NOTEBOOKS)
    monkeypatch.setattr(plt, "show", lambda: None)
    cells = [cell.source for cell in code_cells(read_notebook(NOTEBOOK))]
    assert "\n".join(cells).count(SWITCH) == 1, "one switch, and only one"
    return cells


@pytest.fixture
def run(stand_in: None, sources: list[str]) -> types.SimpleNamespace:
    whole = _Run()
    with mpl.rc_context():
        whole.all_cells(sources)
    return types.SimpleNamespace(pictures_of=whole.pictures_of, **whole.names)


def test_every_cell_runs_on_colour_photographs(run: types.SimpleNamespace) -> None:
    assert (run.channels, run.height, run.width) == (3, 32, 32)
    assert (run.D, run.K) == (3072, 10)
    assert tuple(run.X.shape) == (1200, 3072)
    assert tuple(run.X_test.shape) == (400, 3072)
    assert tuple(run.model.weight.shape) == (10, 3072)
    assert run.parameters == 10 * 3072 + 10
    assert list(run.test.classes) == NAMES
    assert run.here["title"] == "CIFAR-10"

    templates = run.pictures_of("stages = ")
    assert len(templates) == 3 * 10
    for picture in templates:
        assert picture.shape == (32, 32, 3)
        assert 0 <= picture.min() < picture.max() <= 1
        red, green, blue = np.moveaxis(picture, 2, 0)
        assert not np.allclose(red, green)
        assert not np.allclose(green, blue)

    for part in (
        "titles=train.classes)",
        "to_look_at(averages)",
        "sure_errors = ",
        "to_look_at(digits[top])",
    ):
        assert {picture.shape for picture in run.pictures_of(part)} == {(32, 32, 3)}

    # A channel is not mistaken for a row: the average picture of a class has the class's colour.
    shown = run.pictures_of("to_look_at(averages)")[3]
    stored = run.train.images[run.train.labels == 3].double().mean(dim=(0, 2, 3)) / 255
    np.testing.assert_allclose(shown.mean(axis=(0, 1)), stored, atol=1e-3)


def test_missing_files_are_one_clear_sentence(empty_cache: Path, sources: list[str]) -> None:
    run = _Run()
    with pytest.raises(DatasetError, match=r"found nothing there; call cifar10\('train', download"):
        run.all_cells(sources)
    assert "X" not in run.names


def test_the_default_is_fashion_mnist(sources: list[str]) -> None:
    run = _Run()
    for source in sources:
        exec(compile(source, NOTEBOOK.name, "exec"), run.names)
        if "K" in run.names:
            break
    assert (run.names["D"], run.names["K"]) == (784, 10)
    plt.close("all")
