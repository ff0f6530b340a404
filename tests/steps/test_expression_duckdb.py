"""Generated expressions over generated rows: numpy gives what DuckDB gives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlcycle.graph.expression import Expression, parse
from mlcycle.graph.expression_duckdb import PARTS
from mlcycle.kinds.sources.arrays import polars_type, to_arrays, to_series
from mlcycle.steps.expression import evaluate

COLUMNS = {
    "a": "float64", "b": "float64", "i": "int64", "j": "int64", "p": "bool", "q": "bool",
    "s": "string", "t": "string", "m": "timestamp", "n": "timestamp", "d": "date",
}  # fmt: skip

LETTERS = st.sampled_from("abzAZ 019.-+eéÉçüÜäßñøØĀāčŠΑαΣςÅǅΩωБбЖж日👍\t\u2003İı")
TEXTS = st.one_of(
    st.text(LETTERS, max_size=4), st.sampled_from(["", " 12", "12", "-3.5", "1e3", "nan", ".5"])
)
FLOATS = st.one_of(
    st.sampled_from(
        [
            0.0,
            -0.0,
            0.5,
            -0.5,
            1.5,
            2.5,
            -2.5,
            1.0,
            -7.0,
            3.0,
            1e-300,
            1e300,
            -1e300,
            0.1,
            0.49999999999999994,
        ]
    ),
    st.floats(width=32, allow_nan=False, allow_infinity=False),
    st.sampled_from([float("nan"), float("inf"), float("-inf")]),
)
WHOLE = st.one_of(st.integers(-5, 5), st.integers(-(2**53), 2**53))
MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2037, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)
DAYS = st.dates(date(1971, 1, 1), date(2037, 1, 1))
ROW = st.fixed_dictionaries(
    {
        name: st.none() | {"float64": FLOATS, "int64": WHOLE, "bool": st.booleans(), "string": TEXTS,
                           "timestamp": MOMENTS, "date": DAYS}[dtype]
        for name, dtype in COLUMNS.items()
    }
)  # fmt: skip
ZONES = st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _numbers(inner: dict[str, st.SearchStrategy[str]]) -> st.SearchStrategy[str]:
    number, text, condition, moment = inner["number"], inner["text"], inner["bool"], inner["timestamp"]
    pair = st.tuples(number, number)
    return st.one_of(
        st.tuples(number, st.sampled_from("+-*/%"), number).map(lambda x: f"({x[0]} {x[1]} {x[2]})"),
        number.map(lambda x: f"(- {x})"),
        st.tuples(st.sampled_from(["abs", "floor", "ceil", "sqrt", "round"]), number).map(
            lambda x: f"{x[0]}({x[1]})"
        ),
        st.tuples(number, st.integers(0, 3)).map(lambda x: f"round({x[0]}, {x[1]})"),
        st.tuples(st.sampled_from(["greatest", "least", "coalesce", "nullif"]), pair).map(
            lambda x: f"{x[0]}({x[1][0]}, {x[1][1]})"
        ),
        st.tuples(condition, number, number).map(lambda x: f"CASE WHEN {x[0]} THEN {x[1]} ELSE {x[2]} END"),
        st.tuples(condition, number).map(lambda x: f"CASE WHEN {x[0]} THEN {x[1]} END"),
        number.map(lambda x: f"CAST(CAST({x} AS float64) AS int64)"),
        condition.map(lambda x: f"CAST({x} AS int64)"),
        text.map(lambda x: f"length({x})"),
        text.map(lambda x: f"CAST({x} AS float64)"),
        text.map(lambda x: f"CAST({x} AS int64)"),
        st.tuples(moment, st.sampled_from(PARTS), ZONES).map(
            lambda x: f"timestamp_part({x[0]}, '{x[1]}', '{x[2]}')"
        ),
        st.tuples(moment, moment).map(lambda x: f"seconds_between({x[0]}, {x[1]})"),
    )


def _conditions(inner: dict[str, st.SearchStrategy[str]]) -> st.SearchStrategy[str]:
    comparison = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
    condition = inner["bool"]
    same = st.sampled_from(["number", "text", "timestamp", "date"])

    def compared(family: str) -> st.SearchStrategy[str]:
        value = inner[family]
        return st.one_of(
            st.tuples(value, comparison, value).map(lambda x: f"({x[0]} {x[1]} {x[2]})"),
            st.tuples(value, value, value).map(lambda x: f"({x[0]} BETWEEN {x[1]} AND {x[2]})"),
            st.tuples(value, value, value).map(lambda x: f"({x[0]} IN ({x[1]}, {x[2]}, NULL))"),
            st.tuples(value, value).map(lambda x: f"({x[0]} NOT IN ({x[1]}))"),
            value.map(lambda x: f"({x} IS NULL)"),
        )

    return st.one_of(
        same.flatmap(compared),
        st.tuples(condition, st.sampled_from(["AND", "OR", "=", "<>"]), condition).map(
            lambda x: f"({x[0]} {x[1]} {x[2]})"
        ),
        condition.map(lambda x: f"(NOT {x})"),
        condition.map(lambda x: f"({x} IS NOT NULL)"),
        inner["number"].map(lambda x: f"CAST({x} AS bool)"),
    )


def _texts(inner: dict[str, st.SearchStrategy[str]]) -> st.SearchStrategy[str]:
    text, condition = inner["text"], inner["bool"]
    return st.one_of(
        st.tuples(st.sampled_from(["lower", "upper", "trim"]), text).map(lambda x: f"{x[0]}({x[1]})"),
        st.tuples(text, text).map(lambda x: f"({x[0]} || {x[1]})"),
        st.tuples(st.sampled_from(["concat", "coalesce", "greatest", "least", "nullif"]), text, text).map(
            lambda x: f"{x[0]}({x[1]}, {x[2]})"
        ),
        st.tuples(condition, text).map(lambda x: f"CASE WHEN {x[0]} THEN {x[1]} ELSE NULL END"),
        condition.map(lambda x: f"CAST({x} AS string)"),
        inner["number"].map(lambda x: f"CAST(CAST(CAST({x} AS float64) AS int64) AS string)"),
    )


def _times(inner: dict[str, st.SearchStrategy[str]]) -> st.SearchStrategy[str]:
    moment = inner["timestamp"]
    return st.one_of(
        inner["date"].map(lambda x: f"CAST({x} AS timestamp)"),
        st.tuples(st.sampled_from(["coalesce", "greatest", "least"]), moment, moment).map(
            lambda x: f"{x[0]}({x[1]}, {x[2]})"
        ),
        st.tuples(inner["bool"], moment).map(lambda x: f"CASE WHEN {x[0]} THEN {x[1]} END"),
    )


def _leaves() -> dict[str, st.SearchStrategy[str]]:
    return {
        "number": st.one_of(
            st.sampled_from(["a", "b", "i", "j"]),
            st.integers(-9, 9).map(str),
            st.sampled_from(["0.5", "1e3", "2.5", "0", "-1e300", "NULL + 1"]).map(lambda x: f"({x})"),
        ),
        "bool": st.sampled_from(["p", "q", "true", "false", "(NULL AND p)"]),
        "text": st.one_of(st.sampled_from(["s", "t"]), TEXTS.map(_quoted)),
        "timestamp": st.one_of(
            st.sampled_from(["m", "n"]),
            MOMENTS.map(lambda moment: f"TIMESTAMP '{moment.isoformat()}'"),
        ),
        "date": st.one_of(st.just("d"), DAYS.map(lambda day: f"DATE '{day.isoformat()}'")),
    }


def _deeper(inner: dict[str, st.SearchStrategy[str]]) -> dict[str, st.SearchStrategy[str]]:
    made = {
        "number": _numbers(inner),
        "bool": _conditions(inner),
        "text": _texts(inner),
        "timestamp": _times(inner),
        "date": inner["timestamp"].map(lambda x: f"CAST({x} AS date)"),
    }
    return {family: st.one_of(inner[family], made[family]) for family in inner}


EXPRESSIONS = st.one_of(*_deeper(_deeper(_deeper(_leaves()))).values())


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


@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(sql=EXPRESSIONS, rows=st.lists(ROW, min_size=1, max_size=6))
def test_numpy_gives_what_duckdb_gives(
    database: duckdb.DuckDBPyConnection, sql: str, rows: list[dict[str, object]]
) -> None:
    frame = _frame(rows)
    expression = parse(sql, COLUMNS)
    computed = to_series("value", evaluate(expression.tree, to_arrays(frame)), expression.dtype)
    wanted = _with_duckdb(database, frame, expression)
    if wanted.dtype == pl.Float64:
        assert not wanted.is_nan().any()
    assert _agree(computed, wanted), f"{sql}\nnumpy  {computed.to_list()}\nduckdb {wanted.to_list()}"


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
