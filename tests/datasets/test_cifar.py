"""CIFAR in the cache: what is read, fetched once, mended when damaged, and never half written."""

import errno
import shutil
import tarfile
from pathlib import Path

import pooch
import pytest
import torch
import torchvision.datasets

from course_utils.datasets import DatasetError, cifar10
from course_utils.datasets.staging import LEFTOVER_AFTER_SECONDS, PREFIX
from tests.datasets.cifar_server import (
    KINDS,
    READERS,
    Server,
    assert_complete,
    assert_nothing_written,
    publish,
)
from tests.datasets.kit import age, assert_one_sentence, contents

both = pytest.mark.parametrize("name", READERS)


@both
def test_download_unpacks_and_returns_what_the_files_hold(
    name: str, server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    files = publish(name, server, monkeypatch)
    images = READERS[name]("test", download=True)
    assert_complete(name, cache)
    assert server.asked == 1
    progress = capsys.readouterr().err
    assert f"{KINDS[name].__name__}: 100%" in progress
    assert f"{len(server.archive) / 1000:.0f}k/{len(server.archive) / 1000:.0f}k" in progress

    batch = files["test_batch" if name == "cifar10" else "test"]
    assert images.images.dtype == torch.uint8
    assert images.images.is_contiguous()
    assert torch.equal(images.images, torch.from_numpy(batch["data"]).reshape(4, 3, 32, 32))
    assert images.labels.dtype == torch.int64
    assert images.labels.tolist() == batch["labels" if name == "cifar10" else "fine_labels"]
    assert images.classes == ("a", "b", "c")
    assert images.pixels().shape == (4, 3, 32, 32)


def test_the_network_is_asked_only_once(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("cifar10", server, monkeypatch)
    cifar10("train", download=True)
    before = contents(cache)
    cifar10("train", download=True)
    cifar10("test")
    assert server.asked == 1
    assert contents(cache) == before


@both
def test_without_download_nothing_is_asked_and_the_sentence_says_how(
    name: str, server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(name, server, monkeypatch)
    with pytest.raises(DatasetError) as caught:
        READERS[name]("test")
    call = f"{name}('test', download=True)"
    assert_one_sentence(caught, KINDS[name].__name__, "nothing there", call, "170 MB")
    assert server.asked == 0
    assert not cache.exists()


def plant_full_disk_while_downloading(patch: pytest.MonkeyPatch) -> None:
    def half(_self, _url, output_file, _pooch) -> None:
        Path(output_file).write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    patch.setattr(pooch.HTTPDownloader, "__call__", half)


def plant_full_disk_while_unpacking(patch: pytest.MonkeyPatch) -> None:
    def half(_self, path, **_kwargs) -> None:
        folder = Path(path) / torchvision.datasets.CIFAR10.base_folder
        folder.mkdir()
        (folder / "data_batch_1").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    patch.setattr(tarfile.TarFile, "extractall", half)


def plant_refused_rename(patch: pytest.MonkeyPatch) -> None:
    def refuse(_path, target) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(target))

    patch.setattr(Path, "replace", refuse)


@pytest.mark.parametrize(
    ("plant", "parts"),
    [
        (plant_full_disk_while_downloading, ("No space left", "free about 360 MB")),
        (plant_full_disk_while_unpacking, ("No space left", "free about 360 MB")),
        (plant_refused_rename, ("Permission denied", "writable")),
    ],
)
def test_a_disk_that_takes_no_more_leaves_nothing(
    plant, parts: tuple[str, ...], server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("cifar10", server, monkeypatch)
    with monkeypatch.context() as patch:
        plant(patch)
        with pytest.raises(DatasetError) as caught:
            cifar10(download=True)
    assert_one_sentence(caught, str(cache), "COURSE_CACHE", *parts)
    assert_nothing_written(cache)
    cifar10(download=True)
    assert_complete("cifar10", cache)


def test_an_interrupted_download_leaves_nothing(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("cifar10", server, monkeypatch)

    def interrupted(_self, _url, output_file, _pooch) -> None:
        Path(output_file).write_bytes(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pooch.HTTPDownloader, "__call__", interrupted)
        with pytest.raises(KeyboardInterrupt):
            cifar10(download=True)
    assert_nothing_written(cache)


def test_what_a_killed_download_left_is_removed(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("cifar10", server, monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda *_args, **_kwargs: None)
        server.mode = "cut"
        with pytest.raises(DatasetError):
            cifar10(download=True)
    (left,) = (cache / "torchvision").iterdir()
    assert left.name.startswith(PREFIX)
    age(left, LEFTOVER_AFTER_SECONDS + 60)
    server.mode = "whole"
    cifar10(download=True)
    assert_complete("cifar10", cache)


@both
@pytest.mark.parametrize("damage", ["altered batch", "missing batch", "altered names", "no files"])
def test_damaged_files_in_the_cache_are_told_and_fetched_again(
    name: str, damage: str, server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(name, server, monkeypatch)
    READERS[name](download=True)
    kind = KINDS[name]
    folder = cache / "torchvision" / kind.base_folder
    batch = folder / kind.test_list[0][0]
    if damage == "altered batch":
        batch.write_bytes(batch.read_bytes()[:-1] + b"?")
    elif damage == "missing batch":
        batch.unlink()
    elif damage == "altered names":
        (folder / kind.meta["filename"]).write_bytes(b"?")
    else:
        shutil.rmtree(folder)
        folder.mkdir()
    with pytest.raises(DatasetError) as caught:
        READERS[name]()
    assert_one_sentence(caught, str(folder), "damaged", f"{name}('train', download=True)")

    READERS[name](download=True)
    assert server.asked == 2
    assert_complete(name, cache)


def test_an_archive_that_torchvision_does_not_know(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("cifar10", server, monkeypatch)
    kind = torchvision.datasets.CIFAR10
    with monkeypatch.context() as patch:
        patch.setattr(kind, "test_list", [["test_batch", "0" * 32]])
        with pytest.raises(DatasetError) as caught:
            cifar10(download=True)
    assert_one_sentence(caught, "CIFAR10", "checksums differ", "newer torchvision")
    assert_nothing_written(cache)
    cifar10(download=True)
    assert_complete("cifar10", cache)
