"""Downloads against a server on this machine: every failure says so, and the next run works."""

import hashlib
import socket
from pathlib import Path

import pytest
import torchvision.datasets

from course_utils.datasets import DatasetError, cifar10
from course_utils.datasets.download import CHUNK_BYTES
from tests.datasets.cifar_server import (
    READERS,
    Server,
    assert_complete,
    assert_nothing_written,
    publish,
)
from tests.datasets.kit import assert_one_sentence

FAILURES = {
    # mode: (what the sentence says, how often the server is asked)
    "404": (("404 Not Found", "newer torchvision"), 1),
    "403": (("403 Forbidden",), 1),
    "500": (("500 Internal Server Error", "wait"), 3),
    "503": (("503 Service Unavailable", "wait"), 3),
    "cut": (("broke off after", "online"), 3),
    "cut early": (("broke off after 0 bytes", "online"), 3),
    "altered": (("MD5 checksum", "log-in page"), 1),
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("mode", FAILURES)
def test_a_failed_download_leaves_nothing_and_the_next_one_works(
    name: str, mode: str, server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, asked = FAILURES[mode]
    publish(name, server, monkeypatch)
    server.mode = mode
    with pytest.raises(DatasetError) as caught:
        READERS[name]("train", download=True)
    url = f"127.0.0.1:{server.server_port}"
    assert_one_sentence(caught, url, f"{name}('train', download=True)", *parts)
    assert server.asked == asked
    assert_nothing_written(cache)

    server.mode = "whole"
    READERS[name]("train", download=True)
    assert_complete(name, cache)


def test_the_sentences_name_numbers(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("cifar10", server, monkeypatch)
    server.mode = "cut"
    with pytest.raises(DatasetError) as caught:
        cifar10(download=True)
    saved = len(server.archive) // 2 // CHUNK_BYTES * CHUNK_BYTES
    assert saved > 0
    assert_one_sentence(caught, f"broke off after {saved:,} bytes")

    server.mode = "altered"
    expected = torchvision.datasets.CIFAR10.tgz_md5
    sent = server.archive[:-1] + bytes([server.archive[-1] ^ 1])
    got = hashlib.md5(sent, usedforsecurity=False).hexdigest()
    with pytest.raises(DatasetError) as caught:
        cifar10(download=True)
    assert_one_sentence(caught, expected, got, f"{len(sent):,} bytes")


@pytest.mark.parametrize(("mode", "part"), [("silent", "in time"), ("stalls", "broke off after")])
def test_a_silent_server_is_given_up(
    mode: str, part: str, server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("cifar10", server, monkeypatch)
    monkeypatch.setattr("course_utils.datasets.download.TIMEOUT", (0.1, 0.1))
    server.mode = mode
    with pytest.raises(DatasetError) as caught:
        cifar10(download=True)
    assert_one_sentence(caught, part, "online")
    assert_nothing_written(cache)


def test_a_refused_connection(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    publish("cifar10", server, monkeypatch)
    with socket.socket() as taken:
        # Bound but not listening: nobody else can answer there.
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/cifar.tar.gz"
        with monkeypatch.context() as patch:
            patch.setattr(torchvision.datasets.CIFAR10, "url", url)
            with pytest.raises(DatasetError) as caught:
                cifar10(download=True)
    assert_one_sentence(caught, url, "no connection", "online")
    assert capsys.readouterr().err == "", "a progress bar for nothing"
    assert_nothing_written(cache)
    cifar10(download=True)
    assert_complete("cifar10", cache)


def test_a_server_that_is_busy_once_is_asked_again(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("cifar10", server, monkeypatch)
    server.mode = "once busy"
    cifar10(download=True)
    assert server.asked == 2
    assert_complete("cifar10", cache)


def test_a_server_that_does_not_tell_the_size(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    publish("cifar10", server, monkeypatch)
    server.mode = "no length"
    cifar10(download=True)
    assert_complete("cifar10", cache)
    assert "CIFAR10" in capsys.readouterr().err
