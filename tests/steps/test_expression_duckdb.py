"""Generated expressions over special values: numpy gives what DuckDB gives."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings

from mlcycle.graph.expression import Expression, parse
from mlcycle.kinds.sources.arrays import polars_type, to_arrays, to_series
from mlcycle.steps.expression import evaluate
from tests.support.expressions import COLUMNS, EXPRESSIONS, SINGLE, rows

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    yield connection
    connection.close()


def _frame(rows: list[dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={name: polars_type(dtype) for name, dtype in COLUMNS.items()})


def _with_duckdb(
    connection: duckdb.DuckDBPyConnection, frame: pl.DataFrame, expression: Expression
) -> pl.Series:
    cursor = connection.cursor()
    cursor.register("rows", frame.to_arrow())
    found = cursor.sql(f"SELECT {expression.duckdb} AS value FROM rows").to_arrow_table()
    return pl.Series(found["value"]).cast(polars_type(expression.dtype))


def _agree(one: pl.Series, other: pl.Series) -> bool:
    if one.dtype != pl.Float64:
        return one.equals(other)
    left, right = (series.to_numpy() for series in (one, other))
    return bool(np.allclose(left, right, rtol=1e-12, atol=0, equal_nan=True)) and one.is_null().equals(
        other.is_null()
    )


def _assert_same(connection: duckdb.DuckDBPyConnection, frame: pl.DataFrame, sql: str) -> None:
    expression = parse(sql, COLUMNS)
    computed = to_series("value", evaluate(expression.tree, to_arrays(frame)), expression.dtype)
    wanted = _with_duckdb(connection, frame, expression)
    if _agree(computed, wanted):
        return
    pairs = enumerate(zip(computed, wanted, strict=True))
    row = next(index for index, (one, other) in pairs if one != other)
    pytest.fail(f"{sql}\nnumpy {computed[row]!r}, duckdb {wanted[row]!r} for {frame.row(row, named=True)}")


@pytest.mark.parametrize("sql", SINGLE)
def test_each_construct_gives_the_same(database: duckdb.DuckDBPyConnection, sql: str) -> None:
    _assert_same(database, rows(2_000), sql)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(sql=EXPRESSIONS)
def test_compositions_give_the_same(database: duckdb.DuckDBPyConnection, sql: str) -> None:
    _assert_same(database, rows(300), sql)


@pytest.mark.parametrize("sql", ["ln(a)", "log10(a)", "exp(a)", "power(a, b)", "power(i, j)", "exp(ln(a))"])
def test_transcendental_functions_agree_to_the_last_digits(
    database: duckdb.DuckDBPyConnection, sql: str
) -> None:
    generator = np.random.default_rng(7)
    count = 5_000
    frame = _frame(
        [
            {"a": a, "b": b, "i": int(i), "j": int(j)}
            for a, b, i, j in zip(
                generator.normal(0, 300, count), generator.normal(0, 3, count),
                generator.integers(-20, 20, count), generator.integers(-20, 20, count), strict=True,
            )
        ]
    )  # fmt: skip
    expression = parse(sql, COLUMNS)
    computed = to_series("value", evaluate(expression.tree, to_arrays(frame)), expression.dtype)
    wanted = _with_duckdb(database, frame, expression)
    assert 0 < wanted.null_count() < count or sql == "power(i, j)" or sql == "exp(a)"
    assert _agree(computed, wanted)


@pytest.mark.parametrize("function", ["lower", "upper", "trim", "length"])
def test_text_functions_agree_on_every_letter_of_unicode(
    database: duckdb.DuckDBPyConnection, function: str
) -> None:
    letters = [chr(code) for code in range(1, 0x1F000) if not 0xD800 <= code <= 0xDFFF]
    frame = _frame([{"s": f"{letter}x{letter}"} for letter in letters])
    expression = parse(f"{function}(s)", COLUMNS)
    computed = to_series("value", evaluate(expression.tree, to_arrays(frame)), expression.dtype)
    assert _agree(computed, _with_duckdb(database, frame, expression))


def test_a_deep_expression_stays_cheap(database: duckdb.DuckDBPyConnection) -> None:
    sql = "a"
    for _ in range(10):
        sql = f"coalesce(nullif({sql} + 1, 0), b)"
    expression = parse(sql, COLUMNS)
    frame = _frame([{"a": 1.0, "b": 2.0}])
    assert _with_duckdb(database, frame, expression).to_list() == [11.0]
    assert len(expression.duckdb or "") < 5_000
