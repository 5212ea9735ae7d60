"""Taking a notebook's definitions apart for tests."""

import numpy as np
import pytest

from tests.lesson import definitions


def test_a_function_of_a_notebook_can_be_called_alone():
    lesson = definitions("04_linear_regression", "closed_form")
    x = np.arange(4.0)
    assert lesson.closed_form(np.column_stack([np.ones(4), x]), 1 + 2 * x) == pytest.approx([1, 2])


def test_the_last_definition_counts():
    assert list(definitions("04_linear_regression", "add_bias").add_bias([[2.0]])[0]) == [1, 2]


def test_a_name_that_is_not_there_is_named():
    with pytest.raises(LookupError, match="defines no nonsense"):
        definitions("04_linear_regression", "closed_form", "nonsense")
