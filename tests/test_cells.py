"""The part of a notebook that some of its cells need."""

import nbformat
import pytest

from tests.cells import only_for

CELLS = [
    "import math",
    "radius, unused = 2, 3",
    "square = 9",
    # The function's `square` is its own, not the notebook's.
    "def area():\n    square = radius**2\n    return math.pi * square",
    "areas = [area() for _ in range(2)]",
    "print(areas)",
    "print('widget', square)",
]


@pytest.fixture
def notebook():
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    cells.insert(1, nbformat.v4.new_markdown_cell("print(areas)"))
    return nbformat.v4.new_notebook(cells=cells)


def test_what_is_needed_is_kept_in_order_and_the_rest_is_not(notebook):
    part = only_for(notebook, "areas = ")
    assert [cell.source for cell in part.cells] == [CELLS[place] for place in (0, 1, 3, 4)]
    space = {}
    for cell in part.cells:
        exec(cell.source, space)
    assert space["areas"] == pytest.approx([12.566, 12.566], abs=1e-3)


def test_each_cell_with_the_text_is_kept(notebook):
    part = only_for(notebook, "print(")
    assert [cell.source for cell in part.cells] == CELLS
    part = only_for(notebook, "'widget'")
    assert [cell.source for cell in part.cells] == [CELLS[2], CELLS[6]]


def test_a_cell_that_fills_an_item_or_an_attribute_is_kept():
    sources = [
        "charts, other = {}, {}",
        "other['a'] = 1",
        "charts['a'] = 2",
        "for key in 'bc':\n    charts[key].colour += 3",
        "def late():\n    charts['never'] = 4",
        "show(charts)",
    ]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    part = only_for(nbformat.v4.new_notebook(cells=cells), "show(")
    assert [cell.source for cell in part.cells] == [sources[place] for place in (0, 2, 3, 5)]


def test_the_notebook_itself_stays_whole(notebook):
    part = only_for(notebook, "areas = ")
    part.cells[0].source = "changed"
    assert [cell.source for cell in notebook.cells if cell.cell_type == "code"] == CELLS


def test_a_text_that_is_nowhere_is_reported(notebook):
    with pytest.raises(LookupError, match="contains 'volume'"):
        only_for(notebook, "volume")
