"""Every function that may be written can be computed, by both engines, and is written down."""

from __future__ import annotations

from pathlib import Path

from mlcycle.graph.expression_duckdb import PARTS
from mlcycle.graph.expression_functions import FUNCTIONS as DECLARED
from mlcycle.graph.expression_functions import OPERATORS, SPECIAL
from mlcycle.steps.expression import compile_tree
from mlcycle.steps.functions import FUNCTIONS
from mlcycle.steps.time import zone


def test_each_declared_function_is_computed() -> None:
    special = {"round", "timestamp_part", "is_holiday"}
    assert (DECLARED.keys() | OPERATORS.keys() | set(SPECIAL)) - special <= FUNCTIONS.keys()


def test_each_computed_function_is_declared() -> None:
    forms = {"case", "in", "between", "is_null"}
    assert FUNCTIONS.keys() <= DECLARED.keys() | OPERATORS.keys() | set(SPECIAL) | forms


def test_each_part_is_computed() -> None:
    zone("UTC")
    for part in PARTS:
        compile_tree(
            {"call": "timestamp_part", "arguments": [{"column": "t"}, {"literal": part}, {"literal": "UTC"}]}
        )


def test_the_page_names_every_function_and_part(repository: Path) -> None:
    page = (repository / "docs" / "expressions.md").read_text()
    missing = [name for name in (*DECLARED, *SPECIAL, *PARTS) if f"`{name}" not in page]
    assert missing == []
