"""The data cards say what the files hold: every number is computed here and looked up there."""

import re
from pathlib import Path

import pytest
import torchvision.datasets

from course_utils.datasets import cars, fashion_mnist, mnist, surnames, temperatures
from course_utils.datasets.cifar import ARCHIVE_BYTES, UNPACKED_BYTES
from tests.datasets.kit import SHIPPED

pytestmark = pytest.mark.usefixtures("shipped")

CARDS = {
    section.partition("\n")[0]: section
    for section in (SHIPPED / "README.md").read_text(encoding="utf-8").split("\n## ")[1:]
}
PARTS = ("What", "Made by", "How", "Licence", "Size", "Limits", "Cite")
DATA_SETS = [
    "Fashion-MNIST",
    "MNIST",
    "Cars",
    "Seattle temperatures",
    "Surnames",
    "Solar cells (optional package)",
    "CIFAR-10 and CIFAR-100 (optional download)",
]


def assert_says(card: str, *statements: str) -> None:
    for statement in statements:
        assert re.search(rf"(?<![\d,.]){re.escape(statement)}(?!\d)", CARDS[card]), statement


def table_rows(card: str) -> list[list[str]]:
    rows = [line for line in CARDS[card].splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_there_is_a_card_for_each_data_set_and_the_licence_text() -> None:
    assert [*DATA_SETS, "MIT licence"] == list(CARDS)


@pytest.mark.parametrize("card", DATA_SETS)
def test_each_card_is_complete(card: str) -> None:
    for part in PARTS:
        assert re.search(rf"^\*\*{part}[.*]", CARDS[card], re.MULTILINE), part
    if "optional" not in card:
        assert "**How it came here.**" in CARDS[card]


def test_the_cards_name_every_file_with_its_size() -> None:
    for path in SHIPPED.rglob("*"):
        if path.is_dir() or (path.parent == SHIPPED and path.suffix != ".csv"):
            continue
        name, size = path.relative_to(SHIPPED).as_posix(), f"{path.stat().st_size:,}"
        assert any(f"`{name}` | {size} |" in card for card in CARDS.values()) or any(
            f"`{name}`, {size} bytes" in card for card in CARDS.values()
        ), name


@pytest.mark.parametrize(("card", "read"), [("Fashion-MNIST", fashion_mnist), ("MNIST", mnist)])
def test_image_cards(card: str, read) -> None:
    train, test = read("train"), read("test")
    pixels = train.pixels()
    assert_says(
        card,
        f"{len(train) + len(test):,} grey images",
        f"{len(train):,} training and {len(test):,} test images",
        f"mean {pixels.mean():.4f}, standard deviation {pixels.std():.4f}",
    )
    for images in (train, test):
        rows = {image.tobytes() for image in images.images.numpy()}
        assert len(rows) == len(images), "two images are equal"
        assert images.images.flatten(1).amax(dim=1).all(), "an image is blank"
    counts = [train.labels.bincount().tolist(), test.labels.bincount().tolist()]
    if card == "MNIST":
        rows = {row[0]: row[1:] for row in table_rows(card)}
        assert [rows["training"], rows["test"]] == [[f"{n:,}" for n in row] for row in counts]
    else:
        assert [set(row) for row in counts] == [{6000}, {1000}]
        assert_says(card, "6,000 and 1,000 of each class", ", ".join(train.classes))


def test_cars_card() -> None:
    table = cars()
    missing = {row[0].strip("`"): row[2] for row in table_rows("Cars")[1:]}
    assert missing == {name: str(count) for name, count in table.isna().sum().items()}
    origins = ", ".join(f"{name} {n}" for name, n in table["origin"].value_counts().items())
    assert_says(
        "Cars",
        f"{len(table)} cars of the model years {table['year'].min()} to {table['year'].max()}",
        f"{len(table)} rows, {table.shape[1]} columns, no row twice",
        f"{table['name'].nunique()} different names",
        f"{int(table['miles_per_gallon'].notna().sum())} cars",
        f"the {(table['year'] == 1982).sum()} cars of 1981 and 1982",
        origins,
    )
    assert not table.duplicated().any()
    assert 1981 not in set(table["year"])
    names = " ".join(table["name"])
    for slip in ("honda Accelerationord", "chevroelt", "maxda", "toyouta", "vokswagen", "chevy"):
        assert slip in names
        assert slip in CARDS["Cars"]
    *first, last = sorted(table["cylinders"].unique())
    assert_says("Cars", f"{', '.join(map(str, first))} or {last}")


def test_temperatures_card() -> None:
    values = temperatures()["temperature_fahrenheit"]
    assert_says(
        "Seattle temperatures",
        f"{len(values):,} rows",
        f"from {values.min()} °F to {values.max()} °F, mean {values.mean():.1f} °F",
        "2010-03-14 03:00 is missing",
    )


def test_surnames_card() -> None:
    table = surnames()
    counts = table["language"].value_counts()
    rows = {row[0]: row[1] for row in table_rows("Surnames")[1:]}
    assert rows == {language: f"{count:,}" for language, count in counts.items()}
    names = table["surname"]
    lengths = names.str.len()
    languages = table.groupby("surname")["language"].nunique()
    no_capital = ~names.str[0].str.isupper()
    assert_says(
        "Surnames",
        f"{len(table):,} surnames in {len(counts)} languages",
        f"{names.nunique():,} different names",
        f"{lengths.min()} to {lengths.max()} characters",
        f"{len(set(''.join(names)))} different characters",
        f"{(languages > 1).sum()} names stand in more than one language",
        f"{no_capital.sum()} names do not begin with a capital letter",
        f"({counts.iloc[0] / counts.iloc[-1]:.0f} to 1 between {counts.index[0]} and "
        f"{counts.index[-1]})",
    )
    assert languages["Martin"] == languages.max() == 7
    icelandic = names[table["language"] == "Icelandic"]
    assert icelandic.str.endswith("s").all()


def test_cifar_card() -> None:
    card = "CIFAR-10 and CIFAR-100 (optional download)"
    assert_says(card, f"{ARCHIVE_BYTES / 1e6:.0f} MB", f"{UNPACKED_BYTES / 1e6:.0f} MB on disk")
    assert torchvision.datasets.CIFAR10.url.startswith("https://")
    assert torchvision.datasets.CIFAR100.url.startswith("https://")


def test_the_owners_of_mit_data_are_named_above_the_licence_text() -> None:
    text = CARDS["MIT licence"]
    for owner in ("2017 Zalando SE", "2012 Daniele Faraglia", "2018 Jake Vanderplas"):
        assert owner in text
    assert "The above copyright notice and this permission notice shall be included" in text


def test_git_never_converts_the_data(tmp_path: Path) -> None:
    lines = (SHIPPED.parent / ".gitattributes").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    # The last rule that matches wins.
    assert rules[-1] == "data/** -text"
