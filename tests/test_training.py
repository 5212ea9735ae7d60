"""Training, without training: batches as notebook 04 cut them."""

import numpy as np
import pytest
import torch

from course_utils.training import minibatches, train_epoch
from tests.lesson import definitions


@pytest.mark.parametrize(("rows", "size"), [(10, 3), (10, 5), (4, 9), (1, 1)])
def test_batches_are_those_of_notebook_04(rows, size):
    lesson = definitions("04_linear_regression", "minibatches")
    theirs = lesson.minibatches(rows, size, seed=0)
    ours = [batch for (batch,) in minibatches(torch.arange(rows), size=size)]
    assert [len(batch) for batch in ours] == [len(batch) for batch in theirs]
    assert sorted(np.concatenate(theirs)) == sorted(torch.cat(ours).tolist()) == [*range(rows)]


def test_samples_keep_their_targets():
    features = torch.arange(20.0).reshape(10, 2)
    for x, y in minibatches(features, features.sum(1), size=4):
        torch.testing.assert_close(x.sum(1), y)


def test_the_order_is_new_each_epoch_and_given_by_the_seed():
    def epoch():
        return torch.cat([batch for (batch,) in minibatches(torch.arange(100), size=7)]).tolist()

    torch.manual_seed(1)
    first, second = epoch(), epoch()
    torch.manual_seed(1)
    assert first == epoch() != second


def test_unshuffled_rows_come_as_they_stand():
    (first,), (second,) = minibatches(torch.arange(5), size=3, shuffle=False)
    assert (first.tolist(), second.tolist()) == ([0, 1, 2], [3, 4])


def _trained(train, batches):
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    mean = train(model, torch.nn.functional.cross_entropy, optimizer, batches)
    return model, mean


def _uneven_batches():
    generator = torch.Generator().manual_seed(1)
    x, y = torch.randn(10, 3, generator=generator), torch.arange(10) % 2
    return list(minibatches(x, y, size=4, shuffle=False))


def test_an_epoch_is_that_of_notebook_07():
    lesson = definitions("07_multilayer_perceptron", "train_epoch")
    ours, our_loss = _trained(train_epoch, _uneven_batches())
    theirs, their_loss = _trained(lesson.train_epoch, _uneven_batches())
    assert our_loss == their_loss
    torch.testing.assert_close(ours.weight, theirs.weight, rtol=0, atol=0)


def test_the_loss_of_an_epoch_is_a_mean_over_samples_not_batches():
    def still(model, loss_function, _optimizer, batches):
        frozen = torch.optim.SGD(model.parameters(), lr=0.0)
        return train_epoch(model, loss_function, frozen, batches)

    batches = _uneven_batches()
    model, mean = _trained(still, batches)
    x, y = (torch.cat(parts) for parts in zip(*batches, strict=True))
    whole = torch.nn.functional.cross_entropy(model(x), y).item()
    uneven = [torch.nn.functional.cross_entropy(model(a), b).item() for a, b in batches]
    assert mean == pytest.approx(whole, rel=1e-6)
    assert np.mean(uneven) != pytest.approx(whole, rel=1e-3)


def test_an_epoch_without_batches_is_refused():
    with pytest.raises(ValueError, match="got no batch"):
        _trained(train_epoch, iter(()))
