"""Features on disk: the right ones, whole or not at all, as notebook 18 builds them."""

import errno
import hashlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from course_utils import features
from course_utils.datasets.staging import PREFIX
from course_utils.features import Preprocessing, cached_features, extract, fingerprint
from tests.lesson import definitions

RULE = Preprocessing(side=8)
NAMES = ("F", "device", "Preprocessing", "extract", "fingerprint", "write_whole", "read_whole")
SENTENCE = "is damaged or cut short: the features are computed again.\n"


class Counting(nn.Module):
    """A small network with batch norm that counts the images it has seen."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten())
        self.seen = 0

    def forward(self, x):
        self.seen += len(x)
        return self.net(x)


@pytest.fixture
def model():
    return Counting().eval()


@pytest.fixture
def pixels():
    return torch.rand(6, 1, 10, 10, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def lesson():
    return definitions("18_transfer_learning", *NAMES, "cached_features")


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


def test_preparing_resizes_repeats_and_normalises():
    rule = Preprocessing(4, mean=(0.5, 0.25, 0), std=(0.5, 0.25, 2))
    prepared = rule(torch.full((2, 1, 7, 9), 0.75))
    assert prepared.shape == (2, 3, 4, 4)
    expected = torch.tensor([0.5, 2, 0.375]).reshape(1, 3, 1, 1).expand(2, 3, 4, 4)
    torch.testing.assert_close(prepared, expected)
    torch.testing.assert_close(RULE(torch.ones(1, 3, 8, 8)), torch.ones(1, 3, 8, 8))


def test_extracting_is_the_model_in_batches(model, pixels):
    rows = extract(model, pixels, RULE, size=4)
    assert not rows.requires_grad
    with torch.no_grad():
        torch.testing.assert_close(rows, model.net(RULE(pixels)))


def test_a_model_in_train_mode_is_refused(model, pixels):
    model.net[1].train()
    with pytest.raises(ValueError, match=r"eval mode.*model\.eval\(\)"):
        extract(model, pixels, RULE)
    with pytest.raises(ValueError, match="one image or more"):
        extract(Counting().eval(), pixels[:0], RULE)


def test_computed_once(model, pixels, tmp_path, capsys):
    first = cached_features(model, pixels, RULE, folder=tmp_path)
    again = cached_features(model, pixels, RULE, folder=tmp_path)
    assert model.seen == len(pixels)
    assert torch.equal(first, again)
    assert len(files(tmp_path)) == 1
    assert capsys.readouterr().out == ""


def test_default_folder_is_the_users_cache(model, pixels, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "a cache"))
    cached_features(model, pixels, RULE)
    (file,) = (tmp_path / "a cache" / "features").iterdir()
    assert file.suffix == ".features"


def test_the_key_changes_with_everything_that_matters(model, pixels):
    keys = {fingerprint(model, pixels, RULE)}

    def new(other_model=model, other_pixels=pixels, rule=RULE):
        key = fingerprint(other_model, other_pixels, rule)
        assert key not in keys
        keys.add(key)

    changed = pixels.clone()
    changed[3, 0, 2, 2] += 1e-6
    new(other_pixels=changed)
    new(other_pixels=pixels.reshape(6, 1, 5, 20))
    new(other_pixels=pixels.double())
    new(other_pixels=pixels.flip(0))
    new(rule=Preprocessing(side=16))
    new(rule=Preprocessing(side=8, mean=(0, 0, 0)))
    with torch.no_grad():
        model.net[0].weight[0, 0, 0, 0] += 1e-6
    new()
    model.net[1].running_mean += 1e-6  # a buffer, no parameter
    new()
    model.net[0].stride = (2, 2)  # in no weight, but in the repr
    new()
    assert fingerprint(model, pixels.clone(), Preprocessing(side=8)) in keys


def test_the_key_does_not_depend_on_the_memory_layout(model, pixels):
    key = fingerprint(model, pixels, RULE)
    same = model.to(memory_format=torch.channels_last)
    assert fingerprint(same, pixels.transpose(2, 3).contiguous().transpose(2, 3), RULE) == key


@pytest.mark.parametrize("damage", ["cut", "empty", "header", "bit"])
def test_a_damaged_file_is_computed_again_with_a_sentence(model, pixels, tmp_path, capsys, damage):
    good = cached_features(model, pixels, RULE, folder=tmp_path)
    (file,) = files(tmp_path)
    content = file.read_bytes()
    broken = {
        "cut": content[: len(content) // 2],
        "empty": b"",
        "header": content[:20],
        "bit": content[:-1] + bytes([content[-1] ^ 1]),
    }
    file.write_bytes(broken[damage])
    assert torch.equal(cached_features(model, pixels, RULE, folder=tmp_path), good)
    assert capsys.readouterr().out == f"{file.name} {SENTENCE}"
    assert file.read_bytes() == content
    cached_features(model, pixels, RULE, folder=tmp_path)
    assert model.seen == 2 * len(pixels)


def test_a_file_that_cannot_be_read_is_computed_again(model, pixels, tmp_path, capsys):
    good = cached_features(model, pixels, RULE, folder=tmp_path)
    (file,) = files(tmp_path)
    file.unlink()
    file.mkdir()  # as unreadable as a file gets on every system
    assert torch.equal(cached_features(model, pixels, RULE, folder=tmp_path), good)
    assert "the features are computed again" in capsys.readouterr().out


def test_an_interrupted_write_leaves_nothing(model, pixels, tmp_path, monkeypatch):
    def interrupted(_self, content):
        with Path.open(_self, "wb") as file:
            file.write(content[:10])
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cached_features(model, pixels, RULE, folder=tmp_path)
    assert files(tmp_path) == []


def test_a_full_disk_does_not_cost_the_features(model, pixels, tmp_path, monkeypatch, capsys):
    def full(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    rows = cached_features(model, pixels, RULE, folder=tmp_path)
    assert torch.equal(rows, extract(model, pixels, RULE))
    said = capsys.readouterr().out
    assert said.startswith("The features are not kept. Expected to write ")
    assert "No space left" in said
    assert "free about" in said
    assert files(tmp_path) == []


def test_concurrent_writers_agree(pixels, tmp_path, capsys):
    together = threading.Barrier(4)
    models = [Counting().eval() for _ in range(4)]  # not in the threads: they share the seed

    def work(own):
        together.wait()
        return [cached_features(own, pixels, RULE, folder=tmp_path) for _ in range(5)]

    with ThreadPoolExecutor(4) as pool:
        rows = [row for found in pool.map(work, models) for row in found]
    for row in rows:
        torch.testing.assert_close(row, rows[0])
    assert len(files(tmp_path)) == 1
    assert capsys.readouterr().out == ""


def test_the_leftovers_of_a_killed_run_are_tidied_up(model, pixels, tmp_path, monkeypatch):
    leftover = tmp_path / f"{PREFIX}abc"
    leftover.mkdir()
    monkeypatch.setattr("course_utils.datasets.staging.LEFTOVER_AFTER_SECONDS", -1.0)
    cached_features(model, pixels, RULE, folder=tmp_path)
    assert not leftover.exists()


def test_the_notebooks_version_is_the_same(lesson, model, pixels, tmp_path, capsys):
    theirs = lesson.Preprocessing(side=8)
    assert repr(theirs) == repr(RULE)
    torch.testing.assert_close(theirs(pixels), RULE(pixels))
    assert lesson.fingerprint(model, pixels, theirs) == fingerprint(model, pixels, RULE)
    rows = lesson.cached_features(model, pixels, theirs, tmp_path)
    seen = model.seen
    assert torch.equal(cached_features(model, pixels, RULE, folder=tmp_path), rows)
    assert model.seen == seen, "the package reads what the notebook wrote"
    (file,) = files(tmp_path)
    written = file.read_bytes()
    file.unlink()
    cached_features(model, pixels, RULE, folder=tmp_path)
    assert file.read_bytes() == written
    file.write_bytes(written[:50])
    assert torch.equal(lesson.cached_features(model, pixels, theirs, tmp_path), rows)
    assert capsys.readouterr().out == f"{file.name} {SENTENCE}"
    with pytest.raises(AssertionError):
        lesson.extract(model.train(), pixels, theirs)


def test_only_numbers_are_read(tmp_path, model, pixels, capsys):
    """A stranger's file must not bring code, even with a checksum that fits."""
    buffer = BytesIO()
    np.save(buffer, np.array([{}], dtype=object), allow_pickle=True)
    payload = buffer.getvalue()
    file = tmp_path / f"{features.fingerprint(model, pixels, RULE)}.features"
    file.write_bytes(hashlib.sha256(payload).digest() + payload)
    rows = cached_features(model, pixels, RULE, folder=tmp_path)
    assert torch.equal(rows, extract(model, pixels, RULE))
    assert capsys.readouterr().out == f"{file.name} {SENTENCE}"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root writes everywhere")
def test_a_locked_folder_does_not_cost_the_features(model, pixels, tmp_path, capsys):
    tmp_path.chmod(0o500)
    try:
        rows = cached_features(model, pixels, RULE, folder=tmp_path / "features")
    finally:
        tmp_path.chmod(0o700)
    assert torch.equal(rows, extract(model, pixels, RULE))
    assert "make that folder writable" in capsys.readouterr().out


def test_a_file_where_the_folder_should_be(model, pixels, tmp_path, capsys):
    place = tmp_path / "features"
    place.write_text("not a folder", "utf-8")
    rows = cached_features(model, pixels, RULE, folder=place)
    assert torch.equal(rows, extract(model, pixels, RULE))
    assert "The features are not kept." in capsys.readouterr().out
    assert place.read_text("utf-8") == "not a folder"
