"""torchvision accepts what `torchvision_root` unpacks, and a failed run leaves nothing behind."""

import errno
import gzip
import shutil
import tempfile
from pathlib import Path

import pytest
import torch
import torchvision.datasets

from course_utils.datasets import DatasetError, fashion_mnist, mnist, torchvision_root
from course_utils.datasets.staging import LEFTOVER_AFTER_SECONDS, PREFIX, cache_folder
from tests.datasets.kit import age, assert_one_sentence, contents

FILES = {
    "torchvision/MNIST/raw/t10k-images-idx3-ubyte",
    "torchvision/MNIST/raw/t10k-labels-idx1-ubyte",
    "torchvision/MNIST/raw/train-images-idx3-ubyte",
    "torchvision/MNIST/raw/train-labels-idx1-ubyte",
}
FOLDERS = {"torchvision", "torchvision/MNIST", "torchvision/MNIST/raw"}


def files(cache: Path) -> set[str]:
    return {name for name, version in contents(cache).items() if version is not None}


def assert_unpacked(data: Path, cache: Path) -> None:
    assert set(contents(cache)) == FILES | FOLDERS
    for name in FILES:
        packed = data / f"{name.removeprefix('torchvision/')}.gz"
        assert (cache / name).read_bytes() == gzip.decompress(packed.read_bytes())


@pytest.mark.usefixtures("shipped", "cache")
@pytest.mark.parametrize(("name", "read"), [("FashionMNIST", fashion_mnist), ("MNIST", mnist)])
def test_torchvision_reads_the_same_images_and_labels(name: str, read) -> None:
    root = torchvision_root(name)
    for split in ("train", "test"):
        theirs = getattr(torchvision.datasets, name)(root, train=split == "train", download=False)
        ours = read(split)
        assert torch.equal(ours.images, theirs.data)
        assert torch.equal(ours.labels, theirs.targets)
    if name == "FashionMNIST":
        assert list(ours.classes) == theirs.classes
    else:
        # torchvision says "0 - zero" where we say "0".
        assert list(ours.classes) == [label[0] for label in theirs.classes]


def test_unpacks_once_and_works_from_a_read_only_cache(
    data: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert torchvision_root("MNIST") == cache / "torchvision"
    assert_unpacked(data, cache)
    before = contents(cache)

    def refuse(*_args, **_kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    assert torchvision_root("MNIST") == cache / "torchvision"
    assert contents(cache) == before


@pytest.mark.parametrize("damage", ["missing", "truncated", "altered", "empty"])
def test_a_damaged_file_in_the_cache_is_unpacked_again(
    data: Path, cache: Path, damage: str
) -> None:
    torchvision_root("MNIST")
    victim = cache / "torchvision/MNIST/raw/train-images-idx3-ubyte"
    whole = victim.read_bytes()
    if damage == "missing":
        victim.unlink()
    else:
        new = {"truncated": whole[:100], "altered": whole[:-1] + b"?", "empty": b""}[damage]
        assert new != whole
        victim.write_bytes(new)
    torchvision_root("MNIST")
    assert_unpacked(data, cache)


def plant_full_disk(patch: pytest.MonkeyPatch) -> None:
    original = Path.write_bytes

    def half(path: Path, content: bytes) -> int:
        original(path, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    patch.setattr(Path, "write_bytes", half)


def plant_read_only_folder(patch: pytest.MonkeyPatch) -> None:
    def refuse(*_args, **_kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    patch.setattr(tempfile, "mkdtemp", refuse)


def plant_refused_folder(patch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, *_args, **_kwargs):
        raise PermissionError(errno.EROFS, "Read-only file system", str(path))

    patch.setattr(Path, "mkdir", refuse)


def plant_refused_rename(patch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, target: Path):
        raise PermissionError(errno.EACCES, "Permission denied", str(target))

    patch.setattr(Path, "replace", refuse)


@pytest.mark.parametrize(
    ("plant", "reason", "advice"),
    [
        (plant_full_disk, "No space left on device", "free about"),
        (plant_read_only_folder, "Permission denied", "writable"),
        (plant_refused_folder, "Read-only file system", "writable"),
        (plant_refused_rename, "Permission denied", "writable"),
    ],
)
def test_nothing_stays_when_the_cache_cannot_be_written(
    data: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, plant, reason: str, advice: str
) -> None:
    with monkeypatch.context() as patch:
        plant(patch)
        with pytest.raises(DatasetError) as caught:
            torchvision_root("MNIST")
    assert_one_sentence(caught, str(cache), reason, advice, "COURSE_CACHE")
    assert set(contents(cache)) <= FOLDERS
    torchvision_root("MNIST")
    assert_unpacked(data, cache)


def test_a_file_where_the_cache_folder_should_be(data: Path, cache: Path) -> None:
    cache.write_text("in the way")
    with pytest.raises(DatasetError) as caught:
        torchvision_root("MNIST")
    assert_one_sentence(caught, str(cache), "COURSE_CACHE")
    cache.unlink()
    torchvision_root("MNIST")
    assert_unpacked(data, cache)


def test_nothing_stays_when_the_learner_interrupts(
    data: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Path.write_bytes

    def interrupted(path: Path, content: bytes) -> int:
        original(path, content[:50])
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", interrupted)
        with pytest.raises(KeyboardInterrupt):
            torchvision_root("MNIST")
    assert files(cache) == set()
    torchvision_root("MNIST")
    assert_unpacked(data, cache)


def test_what_a_killed_run_left_is_removed_but_not_what_another_run_is_writing(
    data: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        # A killed process cleans nothing up.
        patch.setattr(shutil, "rmtree", lambda *_args, **_kwargs: None)
        plant_full_disk(patch)
        with pytest.raises(DatasetError):
            torchvision_root("MNIST")
    (left,) = (cache / "torchvision/MNIST/raw").iterdir()
    assert left.name.startswith(PREFIX)
    assert list(left.iterdir())

    torchvision_root("MNIST")
    assert left.exists(), "another process may still be writing there"
    assert files(cache) >= FILES

    age(left, LEFTOVER_AFTER_SECONDS + 60)
    next(left.iterdir()).touch()
    (cache / "torchvision/MNIST/raw/train-labels-idx1-ubyte").unlink()
    torchvision_root("MNIST")
    assert left.exists(), "a file in it was just written"

    age(left, LEFTOVER_AFTER_SECONDS + 60)
    (cache / "torchvision/MNIST/raw/train-labels-idx1-ubyte").unlink()
    torchvision_root("MNIST")
    assert_unpacked(data, cache)


def test_a_file_that_another_process_finished_first_is_taken(
    data: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Path.replace

    def too_late(path: Path, target: Path) -> None:
        original(path, target)
        raise PermissionError(errno.EACCES, "Permission denied", str(target))

    monkeypatch.setattr(Path, "replace", too_late)
    torchvision_root("MNIST")
    assert_unpacked(data, cache)


def test_the_cache_is_per_user_unless_the_environment_names_one(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache_folder() == cache
    monkeypatch.delenv("COURSE_CACHE")
    assert cache_folder().is_absolute()
    assert "deep-learning-course" in cache_folder().parts
