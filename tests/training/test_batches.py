"""BatchLoader: every row once an epoch, in whatever sizes, and what was handed out stays."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.training import BatchLoader, minibatches

SIZES = {"rows": st.integers(1, 70), "size": st.integers(1, 80), "shuffle": st.booleans()}


@settings(deadline=None)  # the first call warms up
@given(**SIZES)
def test_an_epoch_has_every_row_once_with_its_target(rows, size, shuffle):
    x = torch.arange(2.0 * rows).reshape(rows, 2)
    loader = BatchLoader(x, x.sum(1), size=size, shuffle=shuffle)
    for _ in range(2):
        batches = list(loader)
        assert len(batches) == len(loader)
        assert [len(y) for _, y in batches[:-1]] == [size] * (len(loader) - 1)
        assert 1 <= len(batches[-1][1]) <= size
        seen = torch.cat([features for features, _ in batches])
        torch.testing.assert_close(seen.sum(1), torch.cat([y for _, y in batches]))
        assert sorted(seen[:, 0].tolist()) == x[:, 0].tolist()
    assert loader.samples == rows


@settings(deadline=None)
@given(**SIZES, seed=st.integers(0, 99))
def test_batches_are_those_of_minibatches(rows, size, shuffle, seed):
    x = torch.arange(rows)
    torch.manual_seed(seed)
    ours = [batch.tolist() for (batch,) in BatchLoader(x, size=size, shuffle=shuffle)]
    torch.manual_seed(seed)
    theirs = [batch.tolist() for (batch,) in minibatches(x, size=size, shuffle=shuffle)]
    assert ours == theirs


def test_the_order_is_new_each_epoch_and_given_by_the_seed():
    loader = BatchLoader(torch.arange(100), size=7)

    def epoch():
        return torch.cat([batch for (batch,) in loader]).tolist()

    torch.manual_seed(1)
    first, second = epoch(), epoch()
    torch.manual_seed(1)
    assert first == epoch() != second


def test_unshuffled_rows_leave_the_random_numbers_alone():
    before = torch.get_rng_state()
    list(BatchLoader(torch.arange(9), size=2, shuffle=False))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_batch_that_is_kept_stays_as_it_was():
    x = torch.arange(60.0)
    kept, copies = [], []
    for _ in range(3):
        for (batch,) in BatchLoader(x, size=8):
            kept.append(batch)
            copies.append(batch.clone())
    assert all(torch.equal(a, b) for a, b in zip(kept, copies, strict=True))


def test_a_shuffled_batch_is_a_copy():
    x = torch.zeros(10)
    for (batch,) in BatchLoader(x, size=4):
        batch += 1
    assert x.sum() == 0


def test_two_loops_over_one_loader_do_not_disturb_each_other():
    loader = BatchLoader(torch.arange(6), size=2)
    pairs = [(a, b) for (a,) in loader for (b,) in loader]
    assert len(pairs) == 9
    assert sum(int(b.sum()) for _, b in pairs) == 3 * 15


def test_features_alone_are_transformed_batch_by_batch():
    pixels = torch.tensor([[0], [255], [51]], dtype=torch.uint8)
    seen = []

    def to_fractions(batch):
        seen.append(len(batch))
        return batch.float() / 255

    labels = torch.arange(3)
    loader = BatchLoader(pixels, labels, size=2, shuffle=False, transform=to_fractions)
    (x, y), (last, _) = loader
    assert seen == [2, 1]
    assert x.flatten().tolist() == [0, 1]
    assert y.tolist() == [0, 1]
    assert last.item() == pytest.approx(0.2)


@pytest.mark.parametrize("make", [BatchLoader, minibatches])
def test_what_does_not_fit_is_refused_at_once(make):
    with pytest.raises(ValueError, match=rf"{make.__name__} .* same number of rows, got \[3, 2\]"):
        make(torch.zeros(3), torch.zeros(2), size=1)
    with pytest.raises(ValueError, match=r"got \[\]"):
        make(size=1)
    with pytest.raises(ValueError, match="at least one row"):
        make(torch.zeros(0), size=1)
    with pytest.raises(ValueError, match="size of 1 row or more, got 0"):
        make(torch.zeros(3), size=0)
