"""A tiny data set in CIFAR's own form, and a server on this machine that sends it or fails to."""

import hashlib
import io
import pickle
import tarfile
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torchvision.datasets

from course_utils.datasets import ImageSet, cifar10, cifar100
from tests.datasets.kit import contents

KINDS = {"cifar10": torchvision.datasets.CIFAR10, "cifar100": torchvision.datasets.CIFAR100}
READERS: dict[str, Callable[..., ImageSet]] = {"cifar10": cifar10, "cifar100": cifar100}
# More than one network packet, so that a cut connection has sent something.
PADDING = bytes(np.random.default_rng(1).integers(0, 256, 300_000, dtype=np.uint8))


def cifar_files(name: str) -> dict[str, dict]:
    """The pickled dictionaries of a tiny data set in CIFAR's own form."""
    random = np.random.default_rng(2)

    def batch(count: int) -> dict:
        data = random.integers(0, 256, (count, 3072), dtype=np.uint8)
        labels = [int(label) for label in random.integers(0, 3, count)]
        key = "labels" if name == "cifar10" else "fine_labels"
        return {"data": data, key: labels, "filenames": ["x.png"] * count}

    if name == "cifar10":
        files = {f"data_batch_{number}": batch(2) for number in range(1, 6)}
        return files | {"test_batch": batch(4), "batches.meta": {"label_names": ["a", "b", "c"]}}
    meta = {"fine_label_names": ["a", "b", "c"], "coarse_label_names": ["d"]}
    return {"train": batch(10), "test": batch(4), "meta": meta}


class Server(ThreadingHTTPServer):
    """Serves one archive, in the way that `mode` says, and counts what was asked."""

    daemon_threads = True
    mode = "whole"
    archive = b""
    asked = 0
    released: threading.Event


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        server = self.server
        server.asked += 1
        if server.mode.isdigit():
            self.send_error(int(server.mode))
            return
        if server.mode == "once busy":
            server.mode = "whole"
            self.send_error(503)
            return
        if server.mode == "no length":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(server.archive)
            return
        if server.mode == "silent":
            server.released.wait(10)
            return
        body = server.archive
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if server.mode == "cut":
            body = body[: len(body) // 2]
        elif server.mode == "cut early":
            body = body[:100]
        elif server.mode == "altered":
            body = body[:-1] + bytes([body[-1] ^ 1])
        elif server.mode == "stalls":
            self.wfile.write(body[: len(body) // 2])
            server.released.wait(10)
            return
        self.wfile.write(body)

    def log_message(self, *_args) -> None:
        """Keep the test output clean."""


def publish(name: str, server: Server, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict]:
    """Put a tiny data set on the server and make torchvision expect it there."""
    kind = KINDS[name]
    files = cifar_files(name)
    content = {file: pickle.dumps(value) for file, value in files.items()}
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for file, value in {**content, "padding": PADDING}.items():
            entry = tarfile.TarInfo(f"{kind.base_folder}/{file}")
            entry.size = len(value)
            tar.addfile(entry, io.BytesIO(value))
    server.archive = archive.getvalue()

    def md5(value: bytes) -> str:
        return hashlib.md5(value, usedforsecurity=False).hexdigest()

    def listed(entries: list[list[str]]) -> list[list[str]]:
        return [[file, md5(content[file])] for file, _ in entries]

    meta = kind.meta["filename"]
    monkeypatch.setattr(kind, "url", f"http://127.0.0.1:{server.server_port}/{kind.filename}")
    monkeypatch.setattr(kind, "tgz_md5", md5(server.archive))
    monkeypatch.setattr(kind, "train_list", listed(kind.train_list))
    monkeypatch.setattr(kind, "test_list", listed(kind.test_list))
    monkeypatch.setattr(kind, "meta", {**kind.meta, "md5": md5(content[meta])})
    return files


def assert_complete(name: str, cache: Path) -> None:
    folder = KINDS[name].base_folder
    assert [path.name for path in (cache / "torchvision").iterdir()] == [folder]
    read = READERS[name]
    assert (len(read("train")), len(read("test"))) == (10, 4)


def assert_nothing_written(cache: Path) -> None:
    assert set(contents(cache)) <= {"torchvision"}
