"""Measures: as notebook 05 built them, and as scikit-learn computes them."""

import numpy as np
import pytest
import sklearn.metrics
import torch

from course_utils.metrics import accuracy, confusion_matrix
from tests.lesson import definitions


@pytest.fixture(params=[2, 3, 10])
def classes(request):
    return request.param


@pytest.fixture
def targets(classes):
    return np.random.default_rng(classes).integers(classes, size=200)


@pytest.fixture
def predicted(classes):
    return np.random.default_rng(99).integers(classes, size=200)


def test_accuracy_is_that_of_notebook_05_and_of_scikit_learn(targets, predicted):
    lesson = definitions("05_logistic_regression", "accuracy")
    ours = accuracy(torch.tensor(targets), torch.tensor(predicted))
    assert ours == pytest.approx(lesson.accuracy(targets, predicted), abs=1e-15)
    assert ours == pytest.approx(sklearn.metrics.accuracy_score(targets, predicted), abs=1e-15)


def test_counts_are_those_of_notebook_05_and_of_scikit_learn(targets, predicted, classes):
    lesson = definitions("05_logistic_regression", "confusion_matrix", "confusion")
    ours = confusion_matrix(torch.tensor(targets), torch.tensor(predicted), classes=classes)
    assert ours.tolist() == lesson.confusion(targets, predicted, classes).tolist()
    assert ours.tolist() == sklearn.metrics.confusion_matrix(targets, predicted).tolist()
    if classes == 2:
        assert ours.tolist() == lesson.confusion_matrix(targets, predicted).tolist()


def test_a_class_that_never_occurs_keeps_its_row_and_column():
    counts = confusion_matrix([0, 0, 2], [0, 2, 2], classes=4)
    assert counts.tolist() == [[1, 0, 1, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]


def test_arrays_lists_and_bytes_are_taken():
    labels = torch.tensor([1, 2, 3], dtype=torch.uint8)
    assert accuracy(labels, np.array([1, 2, 0])) == pytest.approx(2 / 3)
    assert accuracy([True, False], [1, 1]) == 0.5


def test_what_does_not_fit_is_refused_with_a_sentence():
    with pytest.raises(ValueError, match=r"got \(3,\) and \(3, 10\): logits become"):
        accuracy(torch.zeros(3), torch.zeros(3, 10))
    with pytest.raises(ValueError, match=r"got \(0,\)"):
        accuracy([], [])
    with pytest.raises(ValueError, match="classes 0 to 1, but got values from 0 to 2"):
        confusion_matrix([0, 1], [2, 1], classes=2)
    with pytest.raises(ValueError, match="from -1 to 1"):
        confusion_matrix([0, -1], [0, 1], classes=2)
