"""A table that the author's own function makes: when it runs, when it does not, and how it fails."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from mlcycle.graph.code_digest import CodeReader
from tests.support.read import Reading

pytestmark = pytest.mark.slow

CODE = """
import polars as pl
from {name}_rules import FACTOR

def orders(params):
    with open(params["log"], "a") as log:
        print("ran", file=log)
    return pl.DataFrame({{"id": [1, 2], "amount": [FACTOR * 1.5, None], "more": ["a", "b"]}})
"""
COLUMNS = "id: {dtype: int64}, amount: {dtype: float64, nullable: true}"


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    """A project with a module of its own name: a process keeps what it imported once."""
    reading = Reading(tmp_path)
    name = tmp_path.name.replace("[", "_").replace("]", "_").replace("-", "_")
    (tmp_path / f"{name}.py").write_text(CODE.format(name=name))
    (tmp_path / f"{name}_rules.py").write_text("FACTOR = 2\n")
    reading.spec(f"python: '{name}:orders', params: {{log: '{tmp_path}/log'}}", columns=COLUMNS)
    return reading


def _module(reading: Reading, suffix: str = "") -> Path:
    (found,) = (p for p in reading.root.glob("*.py") if p.stem.endswith("_rules") == (suffix == "_rules"))
    return found


def _runs(reading: Reading) -> int:
    log = reading.root / "log"
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_it_runs_when_the_table_is_made_and_for_no_other_reason(reading: Reading) -> None:
    reading.graph()
    reading.plan()
    assert _runs(reading) == 0
    assert reading.table().equals(pl.DataFrame({"id": [1, 2], "amount": [3.0, None]}))
    reading.plan()
    assert reading.run().status == "reused"
    assert _runs(reading) == 1
    _module(reading, "_rules").write_text("FACTOR = 3\n")
    step = reading.step()
    assert "this step's code changed" in str(step.decision)
    assert _runs(reading) == 1


@pytest.mark.parametrize(
    ("instead", "code", "message"),
    [
        ("return 3", "MLC816", "returned int, not a Polars DataFrame"),
        ("raise ValueError('no')", "MLC816", "raised ValueError: no"),
        ("import sys; sys.exit(0)", "MLC816", "raised SystemExit"),
        ("return pl.DataFrame({'id': ['a']})", "MLC812", "there is no column `amount`"),
        (
            "return pl.DataFrame({'id': ['a'], 'amount': [1.0]})",
            "MLC820",
            "declared int64, and the data has string",
        ),
    ],
)
def test_what_it_must_not_do(instead: str, code: str, message: str, reading: Reading) -> None:
    module = _module(reading)
    module.write_text(module.read_text().replace("    with open", f"    {instead}\n    with open"))
    found = reading.refused()
    assert found.code == code
    assert message in found.message
    assert found.span.line == 3


def test_its_code_is_a_part_of_the_table(reading: Reading) -> None:
    node = reading.graph().nodes[0]
    code = CodeReader(reading.root).code([step.work for step in node.steps])
    assert {_module(reading).stem, _module(reading, "_rules").stem} <= set(code.modules)


def test_columns_are_declared_as_cleaning_leaves_them(reading: Reading) -> None:
    """The data calls it `id` and has text; `gone` is left out of what is read."""
    module = _module(reading)
    frame = "pl.DataFrame({'id': [1, 1, 2], 'day': ['31.01.2020', '31.01.2020', None], 'gone': [0, 0, 0]})"
    module.write_text(module.read_text().replace("    with open", f"    return {frame}\n    with open"))
    reading.spec(
        f"python: '{module.stem}:orders', "
        "clean: [{kind: rename, columns: {id: key}}, {kind: drop_nulls, columns: day}]",
        columns="key: {dtype: int64}, day: {dtype: date, format: '%d.%m.%Y'}",
    )
    assert reading.table().rows() == [(1, date(2020, 1, 31))] * 2
