"""The pictures of the optional package: whole, as the card says, and every fault one sentence."""

import importlib.util
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
import torch

from course_utils.datasets import DatasetError, solar_cells
from tests.datasets.kit import assert_one_sentence
from tests.datasets.test_card import assert_says, table_rows

CARD = "Solar cells (optional package)"


@pytest.fixture
def own_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package that a test may damage; its pictures are links until replaced."""
    found = importlib.util.find_spec("elpv_dataset")
    assert found is not None
    assert found.origin is not None
    original, copy = Path(found.origin).parent, tmp_path / "elpv_dataset"
    (copy / "data" / "images").mkdir(parents=True)
    for name in ("__init__.py", "utils.py", "data/labels.csv"):
        (copy / name).write_bytes((original / name).read_bytes())
    for picture in (original / "data" / "images").iterdir():
        (copy / "data" / "images" / picture.name).symlink_to(picture)
    monkeypatch.syspath_prepend(str(tmp_path))
    for module in ("elpv_dataset", "elpv_dataset.utils"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    return copy / "data"


def test_cells_are_what_the_card_says() -> None:
    cells = solar_cells()
    assert cells.images.shape == (len(cells), 300, 300)
    assert cells.images.dtype == torch.uint8
    assert cells.probability.dtype == torch.float32
    assert repr(cells) == "SolarCells(images (2624, 300, 300))"
    assert len({picture.numpy().tobytes() for picture in cells.images}) == len(cells)
    pixels = cells.images.float() / 255
    changes = sum(one != other for one, other in pairwise(cells.kind))
    assert_says(
        CARD,
        f"{len(cells):,} grey pictures",
        f"mean {pixels.mean():.4f}",
        f"deviation {pixels.std():.4f}",
        f"changes only {changes} times",
    )
    counts = Counter(zip(cells.kind, (cells.probability * 3).int().tolist(), strict=True))
    for kind in ("mono", "poly"):
        row = [counts[kind, thirds] for thirds in range(4)]
        assert [kind, *(f"{count:,}" for count in [*row, sum(row)])] in table_rows(CARD)
    unsure = sum(count for (_, thirds), count in counts.items() if thirds in (1, 2))
    assert round(len(cells) / unsure) == 7


def test_package_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "elpv_dataset", None)
    monkeypatch.delitem(sys.modules, "elpv_dataset.utils", raising=False)
    with pytest.raises(DatasetError) as caught:
        solar_cells()
    assert_one_sentence(caught, "elpv-dataset", "non-commercial", "%pip install elpv-dataset")


@pytest.mark.parametrize("content", [None, b"", b"not a picture", "half"])
def test_damaged_picture(own_copy: Path, content: bytes | str | None) -> None:
    picture = own_copy / "images" / "cell0001.png"
    whole = picture.read_bytes()
    picture.unlink()
    if content is not None:
        picture.write_bytes(whole[: len(whole) // 2] if isinstance(content, str) else content)
    with pytest.raises(DatasetError) as caught:
        solar_cells()
    assert_one_sentence(caught, "2,624 pictures", "cannot be read", "--force-reinstall")


@pytest.mark.parametrize(("old", "new"), [("1.0", "0.5"), ("mono", "thin")])
def test_other_labels(own_copy: Path, old: str, new: str) -> None:
    labels = own_copy / "labels.csv"
    text = labels.read_text(encoding="utf-8")
    assert old in text
    labels.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DatasetError) as caught:
        solar_cells()
    assert_one_sentence(caught, "other labels", "--force-reinstall")


@pytest.mark.filterwarnings("ignore:genfromtxt")
@pytest.mark.parametrize("keep", [0, 1, 40])
def test_short_table(own_copy: Path, keep: int) -> None:
    labels = own_copy / "labels.csv"
    lines = labels.read_text(encoding="utf-8").splitlines(keepends=True)
    labels.write_text("".join(lines[:keep]), encoding="utf-8")
    with pytest.raises(DatasetError) as caught:
        solar_cells()
    assert_one_sentence(caught, "2,624 pictures", "--force-reinstall")
