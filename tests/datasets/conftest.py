"""Small data folders to break, an empty cache and a server, for the tests of the data layer."""

import gzip
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.datasets.cifar_server import Handler, Server
from tests.datasets.kit import SHIPPED, TABLES, idx, write_checksums


@pytest.fixture(autouse=True)
def forgotten_checksums(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test starts like a new process: no file has been verified yet."""
    monkeypatch.setattr("course_utils.datasets.files._verified", set())


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "a cache"
    monkeypatch.setenv("COURSE_CACHE", str(folder))
    return folder


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the course's form with a few random images and the real tables."""
    folder = tmp_path / "some data"
    random = np.random.default_rng(0)
    for name in ("FashionMNIST", "MNIST"):
        raw = folder / name / "raw"
        raw.mkdir(parents=True)
        for stem, count in (("train", 7), ("t10k", 3)):
            images = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
            labels = random.integers(0, 10, count, dtype=np.uint8)
            (raw / f"{stem}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
            (raw / f"{stem}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(labels)))
    for name in TABLES:
        shutil.copy(SHIPPED / name, folder / name)
    write_checksums(folder)
    monkeypatch.setenv("COURSE_DATA", str(folder))
    return folder


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder that the course ships, whatever the environment says."""
    monkeypatch.delenv("COURSE_DATA", raising=False)
    return SHIPPED


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    # A proxy of the user's network must not be asked for this machine.
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr("course_utils.datasets.download.PAUSES", (0.0, 0.0))
    monkeypatch.setattr("course_utils.datasets.download.TIMEOUT", (5.0, 5.0))
    with Server(("127.0.0.1", 0), Handler) as running:
        running.released = threading.Event()
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.released.set()
        running.shutdown()
        thread.join()
