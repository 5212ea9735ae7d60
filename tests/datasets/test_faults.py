"""Every fault of the shipped files gives one clear sentence, and mending it is enough."""

import gzip
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from course_utils.datasets import (
    DatasetError,
    cars,
    cifar10,
    cifar100,
    fashion_mnist,
    mnist,
    surnames,
    temperatures,
    torchvision_root,
)
from tests.datasets.kit import assert_one_sentence, contents, idx, write_checksums

Reader = Callable[[], object]


def mnist_for_torchvision() -> Path:
    return torchvision_root("MNIST")


def fashion_mnist_test() -> object:
    return fashion_mnist("test")


READERS: dict[str, Reader] = {
    "FashionMNIST/raw/train-images-idx3-ubyte.gz": fashion_mnist,
    "FashionMNIST/raw/t10k-labels-idx1-ubyte.gz": fashion_mnist_test,
    "MNIST/raw/train-labels-idx1-ubyte.gz": mnist,
    "MNIST/raw/t10k-images-idx3-ubyte.gz": mnist_for_torchvision,
    "cars.csv": cars,
    "seattle_temperatures.csv": temperatures,
    "surnames.csv": surnames,
}
every_reader = pytest.mark.parametrize(("name", "read"), READERS.items(), ids=READERS)

TRAIN_IMAGES = "FashionMNIST/raw/train-images-idx3-ubyte.gz"
TRAIN_LABELS = "FashionMNIST/raw/train-labels-idx1-ubyte.gz"


@pytest.fixture(autouse=True)
def _own_cache(cache: Path) -> None:
    """No test here touches the user's cache."""


def test_the_planted_folder_is_good_before_it_is_broken(data: Path) -> None:
    for read in READERS.values():
        read()


@every_reader
def test_missing_file(data: Path, name: str, read: Reader) -> None:
    whole = (data / name).read_bytes()
    (data / name).unlink()
    with pytest.raises(DatasetError) as caught:
        read()
    assert_one_sentence(caught, str(data / name), "no such file", "fresh copy")
    (data / name).write_bytes(whole)
    read()


@every_reader
def test_altered_byte(data: Path, name: str, read: Reader) -> None:
    whole = (data / name).read_bytes()
    middle = len(whole) // 2
    altered = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    (data / name).write_bytes(altered)
    with pytest.raises(DatasetError) as caught:
        read()
    expected, got = (hashlib.sha256(content).hexdigest()[:12] for content in (whole, altered))
    assert_one_sentence(caught, str(data / name), expected, got, "fresh copy")
    (data / name).write_bytes(whole)
    read()


@every_reader
def test_truncated_file(data: Path, name: str, read: Reader) -> None:
    whole = (data / name).read_bytes()
    (data / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DatasetError) as caught:
        read()
    assert_one_sentence(caught, str(data / name), f"{len(whole) // 2:,} bytes", "fresh copy")
    (data / name).write_bytes(whole)
    read()


@every_reader
def test_missing_checksums(data: Path, name: str, read: Reader) -> None:
    (data / "SHA256SUMS").unlink()
    with pytest.raises(DatasetError) as caught:
        read()
    assert_one_sentence(caught, str(data / "SHA256SUMS"), "no such file", "fresh copy")
    write_checksums(data)
    read()


@every_reader
def test_file_without_a_checksum(data: Path, name: str, read: Reader) -> None:
    lines = (data / "SHA256SUMS").read_text().splitlines(keepends=True)
    (data / "SHA256SUMS").write_text("".join(line for line in lines if name not in line))
    with pytest.raises(DatasetError) as caught:
        read()
    assert_one_sentence(caught, str(data / "SHA256SUMS"), name, "fresh copy")


def test_checksums_that_are_not_text(data: Path) -> None:
    (data / "SHA256SUMS").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DatasetError) as caught:
        cars()
    assert_one_sentence(caught, str(data / "SHA256SUMS"), "UnicodeDecodeError")


@pytest.mark.parametrize("form", ["{sum} *{name}\r\n", "{SUM}  {name}\n"])
def test_checksums_written_by_other_programs(data: Path, form: str) -> None:
    digest = hashlib.sha256((data / "cars.csv").read_bytes()).hexdigest()
    line = form.format(sum=digest, SUM=digest.upper(), name="cars.csv")
    (data / "SHA256SUMS").write_bytes(line.encode())
    assert len(cars()) == 406


@every_reader
def test_unreadable_file(
    data: Path, name: str, read: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The administrator may read every file, so the refusal is simulated.
    original = Path.open

    def refuse(path: Path, *args, **kwargs):
        if path == data / name:
            raise PermissionError(13, "Permission denied", str(path))
        return original(path, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        with pytest.raises(DatasetError) as caught:
            read()
    assert_one_sentence(caught, str(data / name), "Permission denied", "readable")
    read()


def test_missing_data_folder(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_DATA", str(data / "nowhere"))
    with pytest.raises(DatasetError) as caught:
        surnames()
    assert_one_sentence(caught, str(data / "nowhere"), "COURSE_DATA")


def test_truncated_gzip_with_a_matching_checksum(data: Path) -> None:
    for keep in (5, 300):
        whole = (data / TRAIN_IMAGES).read_bytes()
        (data / TRAIN_IMAGES).write_bytes(whole[:keep])
        write_checksums(data)
        for read in (fashion_mnist, torchvision_root):
            with pytest.raises(DatasetError) as caught:
                read()
            assert_one_sentence(caught, TRAIN_IMAGES, "whole gzip file", f"{keep} bytes")
        (data / TRAIN_IMAGES).write_bytes(whole)
        write_checksums(data)
        assert len(fashion_mnist()) == 7


@pytest.mark.parametrize(
    "content",
    [
        b"",
        bytes([0, 0, 8]),
        bytes([0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28]),
        idx(np.zeros((2, 28, 28), np.uint8))[:-1],
        idx(np.zeros((2, 28, 28), np.uint8)) + b"\0",
        idx(np.zeros((2, 784), np.uint8)),
        b"\1" + idx(np.zeros((2, 28, 28), np.uint8))[1:],
        idx(np.zeros((2, 28, 28), np.uint8)).replace(b"\x08", b"\x0d", 1),
    ],
    ids=["empty", "cut header", "no images", "short", "long", "flat", "no magic", "floats"],
)
def test_a_file_that_is_no_idx_file_of_images(data: Path, content: bytes) -> None:
    (data / TRAIN_IMAGES).write_bytes(gzip.compress(content))
    write_checksums(data)
    with pytest.raises(DatasetError) as caught:
        fashion_mnist()
    assert_one_sentence(caught, TRAIN_IMAGES, "IDX", "header", "fresh copy")


def test_more_images_than_labels(data: Path) -> None:
    (data / TRAIN_LABELS).write_bytes(gzip.compress(idx(np.zeros(6, np.uint8))))
    write_checksums(data)
    with pytest.raises(DatasetError) as caught:
        fashion_mnist()
    assert_one_sentence(caught, "7 images", "6 labels")


@pytest.mark.parametrize(
    "content",
    [b"name,origin\nmini,Europe\n", b"", b"\xff\xfe,\x00\n", b"a,b\n1,2,3\n4\n"],
    ids=["columns", "empty", "bytes", "ragged"],
)
@pytest.mark.parametrize(
    ("name", "read"), [item for item in READERS.items() if item[0].endswith(".csv")]
)
def test_a_table_of_another_form(data: Path, name: str, read: Reader, content: bytes) -> None:
    (data / name).write_bytes(content)
    write_checksums(data)
    with pytest.raises(DatasetError) as caught:
        read()
    assert_one_sentence(caught, name, "columns", "fresh copy")


def test_a_table_with_a_word_where_a_number_belongs(data: Path) -> None:
    table = (data / "seattle_temperatures.csv").read_text().replace("39.4", "mild", 1)
    (data / "seattle_temperatures.csv").write_text(table)
    write_checksums(data)
    with pytest.raises(DatasetError) as caught:
        temperatures()
    assert_one_sentence(caught, "seattle_temperatures.csv")


@pytest.mark.parametrize("read", [fashion_mnist, mnist, cifar10, cifar100])
@pytest.mark.parametrize("split", ["valid", "Train", ""])
def test_unknown_split(data: Path, cache: Path, read, split: str) -> None:
    with pytest.raises(DatasetError) as caught:
        read(split)
    assert_one_sentence(caught, "'train' or 'test'", repr(split), "set aside")
    assert not cache.exists()


def test_unknown_name_for_torchvision(data: Path, cache: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        torchvision_root("KMNIST")
    assert_one_sentence(caught, "'FashionMNIST' or 'MNIST'", "'KMNIST'")
    assert not cache.exists()


def test_checksums_are_computed_once_for_each_version_of_a_file(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed = []
    original = hashlib.sha256
    monkeypatch.setattr(
        hashlib, "sha256", lambda content: computed.append(len(content)) or original(content)
    )
    before = contents(data)
    for _ in range(3):
        cars()
    assert len(computed) == 1
    assert contents(data) == before, "state was written to the disk"

    path = data / "cars.csv"
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1_000_000_000))
    cars()
    assert len(computed) == 2

    path.write_bytes(path.read_bytes()[:-1] + b"!")
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 5_000_000_000))
    for _ in range(2):
        with pytest.raises(DatasetError):
            cars()
    assert len(computed) == 4, "a damaged file was remembered as good"
