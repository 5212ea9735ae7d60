"""The part of a notebook that one of its cells needs: that cell, and those whose names it uses."""

import copy
import symtable
from collections.abc import Iterator

from nbformat import NotebookNode

Names = set[str]


def only_for(notebook: NotebookNode, text: str) -> NotebookNode:
    """A copy of a notebook with the code cells that the last cell containing `text` needs.

    Whole cells are kept as they are, in their order: the cell with `text`, and before it each cell
    that assigns a name which a kept cell uses.

    Raises:
        LookupError: no code cell contains `text`.
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    places = [place for place, cell in enumerate(cells) if text in cell.source]
    if not places:
        raise LookupError(f"No code cell contains {text!r}.")
    last = cells[places[-1]]
    kept, needed = [last], _names(last.source)[1]
    for cell in reversed(cells[: places[-1]]):
        assigned, used = _names(cell.source)
        if assigned & needed:
            kept.insert(0, cell)
            needed |= used
    part = copy.deepcopy(notebook)
    part.cells = copy.deepcopy(kept)
    return part


def _names(source: str) -> tuple[Names, Names]:
    """The notebook's names that a cell assigns, and those that it uses, in functions too."""
    top = symtable.symtable(source, "cell", "exec")
    assigned = {name.get_name() for name in top.get_symbols() if name.is_assigned()}
    assigned |= {name.get_name() for name in top.get_symbols() if name.is_imported()}
    used = {name.get_name() for name in top.get_symbols() if name.is_referenced()}
    for scope in _inside(top):
        used |= {name.get_name() for name in scope.get_symbols() if name.is_global()}
    return assigned, used


def _inside(scope: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for child in scope.get_children():
        yield child
        yield from _inside(child)
