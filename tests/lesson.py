"""Names defined in the code cells of a notebook, for unit tests, without running the lesson."""

import ast
from types import SimpleNamespace

from tools.storage import NOTEBOOKS, code_cells, read_notebook


def definitions(notebook: str, *names: str) -> SimpleNamespace:
    """Run the imports of a notebook and the top-level statements that define `names`.

    Where a name is defined more than once (an exercise and its solution), the last one counts.

    Args:
        notebook: the file's name without its ending, as in ``"08_backpropagation"``.
        *names: functions, classes and constants, and whatever of the lesson they use.

    Raises:
        LookupError: the notebook does not define one of the names.
    """
    tree = [
        statement
        for cell in code_cells(read_notebook(NOTEBOOKS / f"{notebook}.ipynb"))
        for statement in ast.parse(cell.source).body
    ]
    found = {name: statement for statement in tree for name in _defined(statement)}
    if missing := [name for name in names if name not in found]:
        raise LookupError(f"{notebook} defines no {', '.join(missing)} at the top level of a cell.")
    imports = [node for node in tree if isinstance(node, ast.Import | ast.ImportFrom)]
    wanted = {id(found[name]) for name in names}
    chosen = [statement for statement in tree if id(statement) in wanted]
    module = ast.Module(body=[*imports, *chosen], type_ignores=[])
    space: dict[str, object] = {"__name__": notebook}
    exec(compile(module, f"{notebook}.ipynb", "exec"), space)
    return SimpleNamespace(**{name: space[name] for name in names})


def _defined(statement: ast.stmt) -> list[str]:
    """The names that a top-level statement defines."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        return [target.id for target in statement.targets if isinstance(target, ast.Name)]
    return []
