"""Expressions and rows that try every rule: each construct alone, and compositions of them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import polars as pl
from hypothesis import strategies as st

from mlcycle.graph.column import DType
from mlcycle.graph.expression_duckdb import PARTS
from mlcycle.kinds.sources.arrays import polars_type

COLUMNS: dict[str, DType] = {
    "a": "float64",
    "b": "float64",
    "i": "int64",
    "j": "int64",
    "p": "bool",
    "q": "bool",
    "s": "string",
    "t": "string",
    "m": "timestamp",
    "n": "timestamp",
    "d": "date",
}

NAN, INF = float("nan"), float("inf")
SPECIAL: dict[DType, list[object]] = {
    "float64": [
        None,
        NAN,
        INF,
        -INF,
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
        0.1,
        1e-300,
        1e300,
        -1e300,
        0.49999999999999994,
        4503599627370497.5,
        1234.5678,
    ],
    "int64": [None, 0, 1, -1, 2, -3, 7, 2**53, -(2**53), 1_000_000_007],
    "bool": [None, True, False],
    "string": [
        None,
        "",
        " ",
        "a",
        "A",
        "b",
        "ab",
        " 12",
        "12",
        "-3.5",
        "1e3",
        "nan",
        ".5",
        "0012",
        "true",
        "é",
        "É",
        "straße",
        "ΑΣ",
        "ǅ",
        "İ",
        "日本",
        "👍",
        "\tx\u2003",
        "it's",
        'say "x"',
    ],
    "timestamp": [
        None,
        *(
            datetime(*parts, tzinfo=UTC)
            for parts in [
                (1971, 1, 1),
                (1999, 12, 31, 23, 59, 59, 999_999),
                (2000, 2, 29, 12),
                (2012, 12, 31, 4, 59),
                (2013, 3, 10, 6, 59, 59),
                (2013, 3, 10, 7),
                (2013, 11, 3, 5, 30),
                (2013, 11, 3, 6, 30),
                (2013, 4, 6, 15, 15),
                (2036, 12, 31, 23),
            ]
        ),
    ],
    "date": [None, date(1971, 1, 1), date(2000, 2, 29), date(2013, 11, 3), date(2036, 12, 31)],
}


def rows(count: int, seed: int = 7) -> pl.DataFrame:
    """Rows of special values in many combinations, the same at every run."""
    generator = np.random.default_rng(seed)
    drawn = {
        name: [SPECIAL[dtype][k] for k in generator.integers(0, len(SPECIAL[dtype]), count)]
        for name, dtype in COLUMNS.items()
    }
    return pl.DataFrame(
        drawn, schema={name: polars_type(dtype) for name, dtype in COLUMNS.items()}, strict=False
    )


#: Every construct over plain columns.
SINGLE = [
    *(f"{x} {sign} {y}" for sign in "+-*/%" for x, y in (("a", "b"), ("i", "j"), ("a", "i"))),
    *(
        f"{x} {sign} {y}"
        for sign in ("=", "<>", "<", "<=", ">", ">=")
        for x, y in ("ab", "ij", "aj", "st", "mn")
    ),
    *(
        f"{x} BETWEEN {y} AND {z}"
        for x, y, z in (("a", "b", "i"), ("i", "j", "3"), ("s", "t", "'b'"), ("m", "n", "m"))
    ),
    *(
        f"{x} {word} ({y}, {z})"
        for word in ("IN", "NOT IN")
        for x, y, z in (
            ("a", "b", "1"),
            ("i", "j", "NULL"),
            ("s", "t", "'a'"),
            ("p", "q", "NULL"),
            ("m", "n", "NULL"),
        )
    ),
    *(f"{x} IS {word}" for word in ("NULL", "NOT NULL") for x in "aipsmd"),
    "p = q",
    "p <> q",
    "p AND q",
    "p OR q",
    "NOT p",
    "-a",
    "-i",
    *(f"{name}({x})" for name in ("abs", "floor", "ceil", "round", "sqrt") for x in "ai"),
    *(f"round(a, {digits})" for digits in (0, 1, 2, 5, 15)),
    *(
        f"{name}({x}, {y})"
        for name in ("greatest", "least", "coalesce", "nullif")
        for x, y in ("ab", "ij", "aj", "st", "mn")
    ),
    "greatest(a, b, i)",
    "coalesce(s, t, 'none')",
    "coalesce(p, q)",
    "nullif(p, q)",
    "CASE WHEN p THEN a ELSE b END",
    "CASE WHEN p THEN a WHEN q THEN b END",
    "CASE WHEN p THEN s ELSE NULL END",
    "CASE i WHEN 1 THEN 'one' WHEN 2 THEN 'two' ELSE s END",
    "if(p, m, n)",
    "CASE WHEN p THEN i ELSE j END",
    "s || t",
    "concat(s, t)",
    "concat(s, '-', t)",
    "lower(s)",
    "upper(s)",
    "trim(s)",
    "length(s)",
    "CAST(a AS int64)",
    "CAST(i AS float64)",
    "CAST(a AS bool)",
    "CAST(i AS bool)",
    "CAST(p AS int64)",
    "CAST(p AS float64)",
    "CAST(p AS string)",
    "CAST(i AS string)",
    "CAST(s AS float64)",
    "CAST(s AS int64)",
    "CAST(m AS date)",
    "CAST(d AS timestamp)",
    "d = CAST(m AS date)",
    "m < TIMESTAMP '2013-03-10T03:00:00-04:00'",
    "d >= DATE '2013-11-03'",
    "seconds_between(m, n)",
    *(
        f"timestamp_part(m, '{part}', '{timezone}')"
        for part in PARTS
        for timezone in ("UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")
    ),
    "i * j * i * j",
    "CAST(1e30 AS int64)",
    "a",
    "i",
    "p",
    "s",
    "m",
    "d",
    "1",
    "'x'",
]

Families = dict[str, st.SearchStrategy[str]]

TEXTS = st.sampled_from([text for text in SPECIAL["string"] if isinstance(text, str)])
MOMENTS = st.sampled_from([moment for moment in SPECIAL["timestamp"] if isinstance(moment, datetime)])
DAYS = st.sampled_from([day for day in SPECIAL["date"] if isinstance(day, date)])
ZONES = st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _numbers(inner: Families) -> st.SearchStrategy[str]:
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


def _conditions(inner: Families) -> st.SearchStrategy[str]:
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


def _texts(inner: Families) -> st.SearchStrategy[str]:
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


def _times(inner: Families) -> st.SearchStrategy[str]:
    moment = inner["timestamp"]
    return st.one_of(
        inner["date"].map(lambda x: f"CAST({x} AS timestamp)"),
        st.tuples(st.sampled_from(["coalesce", "greatest", "least"]), moment, moment).map(
            lambda x: f"{x[0]}({x[1]}, {x[2]})"
        ),
        st.tuples(inner["bool"], moment).map(lambda x: f"CASE WHEN {x[0]} THEN {x[1]} END"),
    )


def _leaves() -> Families:
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


def _deeper(inner: Families) -> Families:
    return {
        "number": _numbers(inner),
        "bool": _conditions(inner),
        "text": _texts(inner),
        "timestamp": _times(inner),
        "date": inner["timestamp"].map(lambda x: f"CAST({x} AS date)"),
    }


def _either(one: Families, other: Families) -> Families:
    return {family: st.one_of(one[family], other[family]) for family in one}


_FIRST = _deeper(_leaves())
_SECOND = _deeper(_either(_leaves(), _FIRST))

#: Two and three constructs deep.
EXPRESSIONS = st.one_of(*_SECOND.values(), *_deeper(_either(_FIRST, _SECOND)).values())
