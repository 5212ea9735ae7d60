"""The part of a notebook that some of its cells need: they, and those whose names they use."""

import ast
import copy
import symtable
from collections.abc import Iterator

from nbformat import NotebookNode

Names = set[str]


def only_for(notebook: NotebookNode, text: str) -> NotebookNode:
    """A copy of a notebook with the code cells that the cells containing `text` need.

    Whole cells are kept as they are, in their order: each cell with `text`, and before it each
    cell that assigns a name which a kept cell uses.

    Raises:
        LookupError: no code cell contains `text`.
    """
    kept: list[NotebookNode] = []
    needed: Names = set()
    for cell in reversed([cell for cell in notebook.cells if cell.cell_type == "code"]):
        assigned, used = _names(cell.source)
        if text in cell.source or assigned & needed:
            kept.insert(0, cell)
            needed |= used
    if not any(text in cell.source for cell in kept):
        raise LookupError(f"No code cell contains {text!r}.")
    part = copy.deepcopy(notebook)
    part.cells = copy.deepcopy(kept)
    return part


def _names(source: str) -> tuple[Names, Names]:
    """The notebook's names that a cell assigns, and those that it uses, in functions too.

    Who assigns to an item or an attribute, as in ``seen["first"] = 3``, assigns `seen` too.
    """
    top = symtable.symtable(source, "cell", "exec")
    assigned = {name.get_name() for name in top.get_symbols() if name.is_assigned()}
    assigned |= {name.get_name() for name in top.get_symbols() if name.is_imported()}
    assigned |= {name for statement in ast.parse(source).body for name in _changed(statement)}
    used = {name.get_name() for name in top.get_symbols() if name.is_referenced()}
    for scope in _inside(top):
        used |= {name.get_name() for name in scope.get_symbols() if name.is_global()}
    return assigned, used


def _changed(statement: ast.stmt) -> Iterator[str]:
    """The names to whose items or attributes a statement outside of functions assigns."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
            owner: ast.expr = node
            while isinstance(owner, ast.Subscript | ast.Attribute):
                owner = owner.value
            if isinstance(owner, ast.Name):
                yield owner.id


def _inside(scope: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for child in scope.get_children():
        yield child
        yield from _inside(child)
