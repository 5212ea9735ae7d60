"""What is shipped, and that the readers return it with the promised types."""

import gzip
import hashlib
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from course_utils import datasets
from course_utils.datasets import cars, fashion_mnist, mnist, surnames, temperatures
from course_utils.datasets.files import data_folder
from course_utils.datasets.images import ImageSet
from tests.datasets.kit import contents, write_checksums

IMAGE_SETS = {
    # name: reader, training mean, training standard deviation, class counts of both splits
    "FashionMNIST": (fashion_mnist, 0.2860, 0.3530, [6000] * 10, [1000] * 10),
    "MNIST": (
        mnist,
        0.1307,
        0.3081,
        [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
        [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
    ),
}


def test_checksums_list_every_shipped_file_and_agree(shipped: Path) -> None:
    lines = (shipped / "SHA256SUMS").read_text().splitlines()
    listed = dict(reversed(line.split("  ")) for line in lines)
    files = {path.relative_to(shipped).as_posix() for path in shipped.rglob("*") if path.is_file()}
    assert files - {"README.md", "SHA256SUMS"} == set(listed)
    for name, checksum in listed.items():
        assert hashlib.sha256((shipped / name).read_bytes()).hexdigest() == checksum, name


@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize("name", IMAGE_SETS)
def test_image_sets_have_the_known_statistics(name: str) -> None:
    read, mean, deviation, *counts = IMAGE_SETS[name]
    for split, expected in zip(("train", "test"), counts, strict=True):
        images = read(split)
        assert images.images.dtype == torch.uint8
        assert images.images.shape == (sum(expected), 28, 28)
        assert images.labels.dtype == torch.int64
        assert images.labels.bincount().tolist() == expected
        assert len(images) == sum(expected)
        assert len(images.classes) == 10
        if split == "train":
            pixels = images.pixels()
            assert pixels.mean().item() == pytest.approx(mean, abs=5e-5)
            assert pixels.std().item() == pytest.approx(deviation, abs=5e-5)


def test_mnist_is_byte_for_byte_the_original(shipped: Path) -> None:
    packed = (shipped / "MNIST/raw/train-images-idx3-ubyte.gz").read_bytes()
    md5 = hashlib.md5(gzip.decompress(packed), usedforsecurity=False).hexdigest()
    assert md5 == "6bbc9ace898e44ae57da46a324031adb"


@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize("read", [fashion_mnist, mnist])
def test_both_splits_take_little_processor_time(read) -> None:
    # Measured well under half a second. Processor time, because other processes may run beside.
    start = time.process_time()
    read("train")
    read("test")
    assert time.process_time() - start < 2.0


@pytest.mark.parametrize(
    ("images", "shape"),
    [
        (torch.tensor([[[0, 51], [102, 255]]], dtype=torch.uint8), (1, 1, 2, 2)),
        (torch.tensor([[[[0, 51]], [[102, 255]], [[1, 2]]]], dtype=torch.uint8), (1, 3, 1, 2)),
    ],
)
def test_pixels_are_fractions_with_a_channel_dimension(images, shape) -> None:
    before = images.clone()
    image_set = ImageSet(images, torch.tensor([0]), ("only",))
    pixels = image_set.pixels()
    assert pixels.dtype == torch.float32
    assert pixels.shape == shape
    torch.testing.assert_close(pixels.flatten()[:4], torch.tensor([0.0, 0.2, 0.4, 1.0]))
    assert torch.equal(image_set.images, before)


def test_image_set_is_frozen_and_prints_short() -> None:
    image_set = ImageSet(torch.zeros(2, 3, 4, dtype=torch.uint8), torch.tensor([0, 1]), ("a", "b"))
    assert repr(image_set) == "ImageSet(images (2, 3, 4), 2 classes)"
    with pytest.raises(AttributeError):
        image_set.labels = torch.tensor([1, 1])


@pytest.mark.usefixtures("shipped")
def test_cars_are_typed_and_complete() -> None:
    table = cars()
    types = {name: str(dtype) for name, dtype in table.dtypes.items()}
    assert types == {
        "name": "str",
        "miles_per_gallon": "float64",
        "cylinders": "int64",
        "displacement": "float64",
        "horsepower": "float64",
        "weight_in_lbs": "float64",
        "acceleration": "float64",
        "year": "int64",
        "origin": "category",
    }
    assert len(table) == 406
    missing = table.isna().sum()
    assert missing[missing > 0].to_dict() == {"miles_per_gallon": 8, "horsepower": 6}
    assert table["origin"].value_counts().to_dict() == {"USA": 254, "Japan": 79, "Europe": 73}
    assert sorted(table["year"].unique()) == [*range(1970, 1981), 1982]
    first = ["chevrolet chevelle malibu", 18.0, 8, 307.0, 130.0, 3504.0, 12.0, 1970, "USA"]
    assert table.iloc[0].tolist() == first


@pytest.mark.usefixtures("shipped")
def test_temperatures_are_in_time_order_with_one_hour_missing() -> None:
    table = temperatures()
    assert list(table.columns) == ["temperature_fahrenheit"]
    assert table["temperature_fahrenheit"].dtype == np.float64
    assert isinstance(table.index, pd.DatetimeIndex)
    assert table.index.name == "date"
    year = pd.date_range("2010-01-01 00:00", "2010-12-31 23:00", freq="h")
    assert year.difference(table.index).tolist() == [pd.Timestamp("2010-03-14 03:00")]
    assert table.index.is_monotonic_increasing
    assert len(table) == 8759
    assert table["temperature_fahrenheit"].agg(["min", "max"]).tolist() == [37.5, 75.9]
    assert table.loc["2010-12-31 23:00", "temperature_fahrenheit"] == 39.6


@pytest.mark.usefixtures("shipped")
def test_surnames_are_complete_text() -> None:
    table = surnames()
    assert {name: str(kind) for name, kind in table.dtypes.items()} == {
        "surname": "str",
        "language": "category",
    }
    assert len(table) == 20_372
    assert not table.isna().any().any()
    assert not table.duplicated().any()
    assert table["language"].nunique() == 17
    assert list(table["language"].cat.categories) == sorted(table["language"].unique())
    assert table.iloc[0].tolist() == ["Bartoš", "Czech"]
    assert (table.groupby("surname")["language"].nunique() > 1).sum() == 553


def test_a_surname_that_looks_like_a_missing_value_stays_a_name(data: Path) -> None:
    (data / "surnames.csv").write_text("surname,language\nNull,German\nNA,Irish\nnan,Zulu\n")
    write_checksums(data)
    assert surnames()["surname"].tolist() == ["Null", "NA", "nan"]


def test_the_folder_argument_wins_over_the_environment(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_DATA", str(data / "elsewhere"))
    assert len(fashion_mnist("test", folder=data)) == 3
    assert len(fashion_mnist("test", folder=str(data))) == 3


def test_the_environment_names_the_data_folder(data: Path) -> None:
    assert data_folder() == data
    assert len(mnist("train")) == 7


@pytest.mark.usefixtures("shipped")
def test_the_data_folder_is_the_course_s_own_by_default() -> None:
    assert data_folder() == Path(datasets.__file__).resolve().parents[2] / "data"


def test_reading_works_from_a_read_only_folder_and_writes_nothing(data: Path) -> None:
    paths = [data, *data.rglob("*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        before = contents(data)
        assert len(fashion_mnist("train")) == 7
        assert len(mnist("test")) == 3
        for read in (cars, temperatures, surnames):
            assert len(read())
        assert contents(data) == before
    finally:
        for path in paths:
            path.chmod(0o755 if path.is_dir() else 0o644)


def test_importing_loads_nothing_heavy() -> None:
    script = (
        "import torch, sys; before = set(sys.modules); import course_utils.datasets;"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(datasets.__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    heavy = {"pandas", "torchvision", "pooch", "requests", "tqdm", "matplotlib", "IPython"}
    assert heavy.isdisjoint(run.stdout.split())
    assert "course_utils" in run.stdout.split()
