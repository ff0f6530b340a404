"""Modules and functions stay small enough to read in one sitting."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

REPOSITORY = Path(__file__).resolve().parents[2]
MODULES = sorted((REPOSITORY / "mlcycle").rglob("*.py"))


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield node.name, node.end_lineno - node.lineno + 1


def test_modules_are_small() -> None:
    sizes = [_lines(path) for path in MODULES if path.name != "__init__.py"]
    assert median(sizes) < 100
    assert quantiles(sizes, n=20)[-1] < 300


def test_no_module_is_long() -> None:
    assert [f"{path.relative_to(REPOSITORY)}: {_lines(path)}" for path in MODULES if _lines(path) > 400] == []


def test_no_function_is_long() -> None:
    long = [
        f"{path.relative_to(REPOSITORY)}:{name}: {size}"
        for path in MODULES
        for name, size in _functions(path)
        if size > 40
    ]
    assert long == []
