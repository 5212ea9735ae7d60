"""List the public names of course_utils with their signatures: the interface that lessons rely on.

python tools/public_api.py      write tests/public_api.txt anew

Public is what has no underscore: in a package that has `__all__`, the names there; elsewhere what a
module defines. The source is read, not imported, so the list is the same on every Python.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "tests" / "public_api.txt"


def is_public(name: str) -> bool:
    """Whether a name has no leading underscore."""
    return not name.startswith("_")


def name_of(node: ast.stmt) -> str | None:
    """The name that a statement at the top of a module or class defines, if it defines one."""
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
    return None


def definitions(tree: ast.AST) -> dict[str, ast.stmt]:
    """What a module or class defines, by name."""
    body: list[ast.stmt] = getattr(tree, "body", [])
    return {name: node for node in body if (name := name_of(node)) is not None}


def describe(full_name: str, node: ast.stmt) -> Iterator[str]:
    """The lines for one definition; a class is followed by its public members."""
    match node:
        case ast.FunctionDef():
            decorators = "".join(f"@{ast.unparse(name)} " for name in node.decorator_list)
            returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
            yield f"{decorators}{full_name}({ast.unparse(node.args)}){returns}"
        case ast.ClassDef():
            bases = ", ".join(ast.unparse(base) for base in node.bases)
            yield f"class {full_name}({bases})"
            for name, member in definitions(node).items():
                if is_public(name) or name == "__init__":
                    default = getattr(member, "value", None)  # a field's, part of the signature
                    end = f" = {ast.unparse(default)}" if default else ""
                    yield from (line + end for line in describe(f"{full_name}.{name}", member))
        case ast.AnnAssign():
            yield f"{full_name}: {ast.unparse(node.annotation)}"
        case _:
            yield full_name


def read(path: Path) -> ast.Module:
    """A module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


def exported(package: Path) -> list[tuple[str, ast.stmt]] | None:
    """The names in a package's `__all__` with their definitions, None if it has no `__all__`."""
    tree = read(package / "__init__.py")
    here = definitions(tree)
    if "__all__" not in here:
        return None
    there: dict[str, ast.stmt] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            source = package.joinpath(*node.module.split(".")[-1:]).with_suffix(".py")
            found = definitions(read(source)) if source.is_file() else {}
            there |= {name.name: found[name.name] for name in node.names if name.name in found}
    listed = here["__all__"]
    assert isinstance(listed, ast.Assign)
    return [(name, {**there, **here}[name]) for name in ast.literal_eval(listed.value)]


def modules(package: Path) -> Iterator[tuple[str, list[tuple[str, ast.stmt]]]]:
    """The public modules of a package, each with what it offers."""
    for path in sorted(package.iterdir()):
        if path.is_dir() and (path / "__init__.py").is_file():
            offered = exported(path)
            if offered is None:
                yield from ((f"{path.name}.{name}", names) for name, names in modules(path))
            else:
                yield path.name, offered
        elif path.suffix == ".py" and is_public(path.stem):
            found = definitions(read(path))
            yield path.stem, [(name, node) for name, node in found.items() if is_public(name)]


def public_api(package: Path) -> str:
    """The whole list, a line for each name, sorted within each module."""
    lines: list[str] = []
    for module, names in modules(package):
        for name, node in sorted(names):
            lines += describe(f"{package.name}.{module}.{name}", node)
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the list; returns the exit status."""
    LIST.write_text(public_api(ROOT / "course_utils"), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
