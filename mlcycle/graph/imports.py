"""What a Python file imports, read from its syntax alone: nothing is executed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path

_Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def find(module: str, path: list[str] | None = None) -> Path | None:
    """The file a module name stands for, or None; a package its `__init__.py`, else its folder.

    Asks `PathFinder` part by part, which unlike `importlib.util.find_spec` executes no parent package. It is
    asked for the part alone: under its full name it would want the parent of a folder to be imported.
    `path` is where the first part is looked for; None means `sys.path`.
    """
    parts = module.split(".")
    origin: str | None = None
    locations: list[str] | None = path
    for i, part in enumerate(parts, start=1):
        spec = PathFinder.find_spec(part, locations)
        if spec is None:
            return None
        origin = spec.origin
        locations = list(spec.submodule_search_locations or [])
        if origin is None and locations:
            origin = locations[0]
        if not locations and i < len(parts):
            return None
    return Path(origin) if origin and origin not in ("built-in", "frozen") else None


def imported(tree: ast.Module, module: str, *, package: bool) -> Iterator[str]:
    """Every module name that `tree` may import, those inside functions included.

    `from a import b` gives `a.b` as well, as b may be a module. What stands under `if TYPE_CHECKING:` is
    never executed and is left out. `module` and `package` say what relative imports count from.
    """
    base = module.split(".") if package else module.split(".")[:-1]
    for node in _executed(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = base[: len(base) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names if alias.name != "*")


def _executed(tree: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            for other in child.orelse:
                yield other
                yield from _executed(other)
            continue
        yield child
        yield from _executed(child)


def used_of(tree: ast.Module, name: str) -> Iterator[str]:
    """Every attribute that the code reads of something called `name`: `x` in `name.x` and `task.name.x`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = node.value
            if (isinstance(owner, ast.Name) and owner.id == name) or (
                isinstance(owner, ast.Attribute) and owner.attr == name
            ):
                yield node.attr


def meaning(tree: ast.Module) -> str:
    """The code without comments, formatting and docstrings, as text: equal texts behave alike."""
    for node in ast.walk(tree):
        if isinstance(node, _Documented) and _has_docstring(node):
            node.body = node.body[1:]
    return ast.unparse(tree)


def _has_docstring(node: _Documented) -> bool:
    first = node.body[0] if node.body else None
    return (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )
