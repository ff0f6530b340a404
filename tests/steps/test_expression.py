"""The rules of docs/expressions.md, each pinned by a value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mlcycle.graph.column import DType
from mlcycle.graph.expression import parse
from mlcycle.steps.expression import evaluate

NONE = None
COLUMNS: dict[str, DType] = {"x": "float64", "n": "int64", "p": "bool", "t": "string", "m": "timestamp"}


def value(sql: str, x: float = np.nan, n: float = np.nan, p: float = np.nan, t: str | None = None) -> Any:
    text = np.empty(1, dtype=object)
    text[0] = t
    row = {
        "x": np.array([x]),
        "n": np.array([n]),
        "p": np.array([p]),
        "t": text,
        "m": np.array(["NaT"], "M8[us]"),
    }
    (found,) = evaluate(parse(sql, COLUMNS).tree, row).tolist()
    return None if isinstance(found, float) and np.isnan(found) else found


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("1 / 0", None),
        ("0 / 0", None),
        ("5 % 0", None),
        ("-7 % 3", -1.0),
        ("7 % -3", 1.0),
        ("7 / 2", 3.5),
        ("floor(-7 / 2)", -4.0),
        ("CAST(-3.5 AS int64)", -4.0),
        ("CAST(2.5 AS int64)", 2.0),
        ("round(2.5)", 3.0),
        ("round(-2.5)", -3.0),
        ("round(0.125, 2)", 0.13),
        ("ln(0)", None),
        ("ln(-1)", None),
        ("sqrt(-1)", None),
        ("exp(1000)", None),
        ("power(-8, 0.5)", None),
        ("power(2, 10)", 1024.0),
        ("1e300 * 1e300", None),
        ("9007199254740992 * 9007199254740992", None),
        ("log10(1000)", 3.0),
        ("abs(-3)", 3.0),
        ("- -3", 3.0),
    ],
)
def test_arithmetic(sql: str, wanted: float | None) -> None:
    assert value(sql) == wanted


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("NULL AND false", 0.0),
        ("NULL AND true", None),
        ("NULL OR true", 1.0),
        ("NULL OR false", None),
        ("NOT (NULL AND p)", None),
        ("NULL = NULL", None),
        ("x = x", None),
        ("x IS NULL", 1.0),
        ("x IS NOT NULL", 0.0),
        ("x > 1", None),
        ("NOT (x < 0.5)", None),
        ("1 IN (1, NULL)", 1.0),
        ("2 IN (1, NULL)", None),
        ("2 NOT IN (1)", 1.0),
        ("x BETWEEN 1 AND 2", None),
        ("3 BETWEEN x AND 2", 0.0),
        ("p = true", None),
        ("t = 'x'", None),
        ("m < TIMESTAMP '2013-01-01'", None),
    ],
)
def test_three_valued_logic(sql: str, wanted: float | None) -> None:
    assert value(sql) == wanted


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("CASE WHEN x > 1 THEN 1 ELSE 2 END", 2.0),
        ("CASE WHEN x > 1 THEN 1 END", None),
        ("CASE WHEN x IS NULL THEN 'none' ELSE t END", "none"),
        ("coalesce(x, n, 4)", 4.0),
        ("coalesce(t, 'x')", "x"),
        ("greatest(x, 1)", 1.0),
        ("least(x, n)", None),
        ("greatest('a', t, 'b')", "b"),
        ("nullif(3, 3)", None),
        ("nullif(3, x)", 3.0),
        ("IF(x IS NULL, 'a', 'b')", "a"),
    ],
)
def test_choices(sql: str, wanted: object) -> None:
    assert value(sql) == wanted


@pytest.mark.parametrize(
    ("sql", "text", "wanted"),
    [
        ("t || '!'", None, None),
        ("concat(t, '!')", None, "!"),
        ("upper(t)", "straße", "STRAẞE"),
        ("lower(t)", "ÉCOLE", "école"),
        ("trim(t)", " \u00a0 a\tb ", "a\tb"),
        ("length(t)", "né👍", 3.0),
        ("length(t)", None, None),
        ("CAST(t AS float64)", "1e3", 1000.0),
        ("CAST(t AS float64)", "1_000", None),
        ("CAST(t AS float64)", "nan", None),
        ("CAST(t AS float64)", " 1", None),
        ("CAST(t AS int64)", "12", 12.0),
        ("CAST(t AS int64)", "12.5", None),
        ("CAST(CAST(t AS int64) AS string)", "007", "7"),
        ("t < 'b'", "a", 1.0),
        ("t < 'a'", "B", 1.0),
        ("CAST(length(t) > 1 AS string)", "ab", "true"),
    ],
)
def test_text(sql: str, text: str | None, wanted: object) -> None:
    assert value(sql, t=text) == wanted


def test_moments() -> None:
    sql = "seconds_between(TIMESTAMP '2013-01-01T00:00:00+01:00', TIMESTAMP '2013-01-01')"
    assert value(sql) == 3600.0
    assert value("CAST(TIMESTAMP '2013-01-01T23:30:00-02:00' AS date) = DATE '2013-01-02'") == 1.0
    assert value("timestamp_part(m, 'year')") is None
