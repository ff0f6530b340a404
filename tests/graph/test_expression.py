"""Parsing expressions: what is understood, and what is refused with its place."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlcycle.graph.column import DType
from mlcycle.graph.expression import ExpressionError, parse

COLUMNS: dict[str, DType] = {
    "delay": "float64", "seats": "int64", "late": "bool", "carrier": "string", "departure": "timestamp",
    "day": "date", "anything": "unknown", "weather.wind_speed": "float64", "schedule.distance": "float64",
}  # fmt: skip


def refused(sql: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse(sql, COLUMNS)
    return caught.value


def refusal(sql: str) -> ExpressionError | None:
    try:
        parse(sql, COLUMNS)
    except ExpressionError as error:
        return error
    return None


def test_the_tree_is_plain_json_with_qualified_names() -> None:
    found = parse("weather.wind_speed * schedule.distance", COLUMNS)
    assert found.tree == {
        "call": "multiply",
        "arguments": [{"column": "weather.wind_speed"}, {"column": "schedule.distance"}],
    }
    assert found.references == {"weather.wind_speed", "schedule.distance"}
    assert json.loads(json.dumps(found.tree)) == found.tree


@pytest.mark.parametrize(
    ("sql", "dtype"),
    [
        ("delay >= 15", "bool"),
        ("seats + 1", "int64"),
        ("seats + 1.5", "float64"),
        ("seats / 2", "float64"),
        ("seats % 2", "int64"),
        ("-seats", "int64"),
        ("abs(delay)", "float64"),
        ("sqrt(seats)", "float64"),
        ("round(delay, 1)", "float64"),
        ("coalesce(seats, 0.5)", "float64"),
        ("greatest(seats, 3)", "int64"),
        ("CASE WHEN late THEN 1 ELSE 2.5 END", "float64"),
        ("CASE carrier WHEN 'UA' THEN 'united' END", "string"),
        ("IF(late, 1, 0)", "int64"),
        ("carrier IN ('UA', 'B6', NULL)", "bool"),
        ("seats NOT BETWEEN 1 AND 5", "bool"),
        ("delay IS NOT NULL", "bool"),
        ("carrier || '-' || upper(carrier)", "string"),
        ("length(carrier)", "int64"),
        ("nullif(seats, 0)", "int64"),
        ("CAST(seats AS string)", "string"),
        ("delay::int64", "int64"),
        ("CAST(late AS integer)", "int64"),
        ("CAST(departure AS date) = DATE '2013-01-01'", "bool"),
        ("departure >= TIMESTAMP '2013-01-01T00:00:00+02:00'", "bool"),
        ("timestamp_part(departure, 'hour_of_day', 'America/New_York')", "int64"),
        ("is_holiday(departure, 'US', NULL, 'America/New_York')", "bool"),
        ("seconds_between(departure, TIMESTAMP '2013-01-01')", "float64"),
        ("anything + 1", "unknown"),
        ("anything = 'x'", "bool"),
        ('"schedule.distance" ^ 2', "float64"),
    ],
)
def test_dtypes(sql: str, dtype: str) -> None:
    assert parse(sql, COLUMNS).dtype == dtype


@pytest.mark.parametrize(
    ("sql", "code", "at", "message"),
    [
        ("delay +", "MLC330", "+", "the expression cannot be read at `+`"),
        ("", "MLC330", "", "the expression is empty"),
        ("delay > 1; DROP TABLE x", "MLC332", ";", "`;` is not part of an expression"),
        ("seats IN (SELECT 1)", "MLC332", "SELECT", "`SELECT` is not part of an expression"),
        ("dellay > 1", "MLC336", "dellay", "there is no column `dellay`"),
        ("delay > 1 AND\n  distance > 2", "MLC336", "distance", "there is no column `distance`"),
        (
            "delay + carrier",
            "MLC337",
            "carrier",
            "`+` takes numbers, not `delay` (float64) and `carrier` (string)",
        ),
        ("delay = carrier", "MLC337", "carrier", "`=` between `delay` (float64) and `carrier` (string)"),
        ("late < true", "MLC337", "late", "`<` does not order bool values"),
        ("NOT seats", "MLC337", "seats", "`NOT` takes conditions (bool), not `seats` (int64)"),
        (
            "late AND delay",
            "MLC337",
            "delay",
            "`AND` takes conditions (bool), not `late` (bool) and `delay` (float64)",
        ),
        ("NULL", "MLC337", "", "the expression is always null"),
        (
            "departure > '2013-01-01'",
            "MLC337",
            "'2013",
            "`>` between `departure` (timestamp) and '2013-01-01' (string)",
        ),
        ("delay // 2", "MLC333", "delay", "`delay // 2` is not allowed in an expression"),
        ("carrier LIKE 'U%'", "MLC333", "carrier", "`carrier LIKE 'U%'` is not allowed in an expression"),
        ("delay > 1 AND late IS TRUE", "MLC333", "late", "`late IS TRUE` is not allowed in an expression"),
        ("1 + sum(delay) OVER ()", "MLC333", "sum", "`SUM(delay) OVER ()` is not allowed in an expression"),
        ("1 + lowr(carrier)", "MLC334", "lowr", "`lowr` is not one of the functions"),
        ("log(delay)", "MLC334", "log", "`log` is not one of the functions"),
        ("is_holiday(departure)", "MLC335", "is_holiday", "`is_holiday` takes 2 to 4 arguments, not 1"),
        ("trim(carrier, 'x')", "MLC335", "trim", "`trim` takes 1 argument, not 2"),
        ("CAST(delay AS decimal(3, 2))", "MLC338", "", "there is no type `decimal(3, 2)` to cast to"),
        ("CAST(delay AS string)", "MLC338", "delay", "`delay` (float64) cannot be cast to string"),
        ("round(delay, seats)", "MLC339", "seats", "`round` takes a number of digits from 0 to 15"),
        ("timestamp_part(departure, 'hour')", "MLC339", "'hour'", "`hour` is not a part of a timestamp"),
        ("timestamp_part(departure, 'year', 'Mars')", "MLC339", "'Mars'", "there is no time zone `Mars`"),
        ("is_holiday(departure, 'usa')", "MLC339", "'usa'", "`usa` is not a country's code"),
        ("seats > 99999999999999999", "MLC340", "9", "the number 99999999999999999 cannot be computed with"),
        ("day = DATE 'tomorrow'", "MLC340", "'tom", "'tomorrow' is not a date"),
    ],
)
def test_refusals_name_their_place(sql: str, code: str, at: str, message: str) -> None:
    error = refused(sql)
    assert (error.code, error.message[: len(message)]) == (code, message)
    assert sql[error.offset :].startswith(at)


def test_help_lines() -> None:
    assert refused("dellay > 1").help == "did you mean `delay`?"
    assert refused("DELAY > 1").help == "did you mean `delay`?"
    assert refused("distance > 1").help == "did you mean `schedule.distance`?"
    assert refused("lowr(carrier)").help == "did you mean `lower`?"
    assert refused("delay // 2").help == "write floor(a / b)"
    assert refused("late + 1").help == "cast the condition first: CAST(x AS int64)"


HOSTILE = [
    "read_csv('/etc/passwd')", "read_parquet('x')", "read_text('/etc/passwd')", "getenv('HOME')",
    "glob('*')", "pg_sleep(10)", "random()", "now()", "current_timestamp", "current_user", "version()",
    "nextval('s')", "current_setting('threads')", "query('select 1')", "query_table('x')",
    "getvariable('x')", "error('x')", "(SELECT 1)", "EXISTS (SELECT 1)", "seats IN (FROM x)", "SELECT 1",
    "WITH a AS (SELECT 1) SELECT 1", "VALUES (1)", "COPY x TO 'y'", "ATTACH 'x'", "INSTALL httpfs",
    "LOAD httpfs", "SET x = 1", "PRAGMA version", "DROP TABLE x", "CREATE TABLE x (y int)",
    "INSERT INTO x VALUES (1)", "DELETE FROM x", "UPDATE x SET y = 1", "CALL f()", "EXPORT DATABASE 'x'",
    "delay; SELECT 1", "*", "COLUMNS(*)", "list_transform([1], x -> x)", "[1, 2]", "{'a': 1}", "delay[1]",
    "$1", "?", ":name", "sum(delay)", "count(*)", "row_number() OVER ()", "delay FILTER (WHERE late)",
    "unnest([1])", "carrier ~ 'x'", "carrier SIMILAR TO 'x'", "carrier ILIKE 'x'",
    "regexp_matches(carrier, 'x')", "CAST(carrier AS regclass)", "TRY_CAST(carrier AS int64)",
    "INTERVAL 1 DAY", "x'00'", "delay AS other", "carrier COLLATE nocase", "abs(DISTINCT delay)",
    "seats BETWEEN SYMMETRIC 1 AND 2", "CAST(delay AS int64[])", "upper(carrier) AS x",
    "extract(hour FROM departure)", "departure AT TIME ZONE 'UTC'", "main.f(delay)",
]  # fmt: skip


@pytest.mark.parametrize("sql", HOSTILE)
def test_everything_else_is_refused(sql: str) -> None:
    error = refused(sql)
    assert "MLC330" <= error.code <= "MLC340"
    assert 0 <= error.offset <= len(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "(" * 4000 + "1" + ")" * 4000,
        "+".join(["seats"] * 1500),
        "NOT " * 2000 + "late",
        "CASE WHEN late THEN " * 300,
        "- " * 3000 + "1",
        "1" * 10_001,
    ],
)  # fmt: skip
def test_bombs_are_refused(sql: str) -> None:
    assert refused(sql).code in ("MLC330", "MLC331")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40) | st.text("ab'\"();,.*+-/<>=| \n01", max_size=30))
@example("'")
@example('"')
@example("/*")
@example("a.b.c.d.e")
@example("delay\x00")
def test_any_text_is_understood_or_refused_within_itself(text: str) -> None:
    error = refusal(text)
    assert error is None or 0 <= error.offset <= len(text)
    assert error is None or "MLC330" <= error.code <= "MLC340"


def test_what_sqlglot_prints_stays_silent(capsys: pytest.CaptureFixture[str]) -> None:
    for sql in HOSTILE:
        refused(sql)
    assert capsys.readouterr() == ("", "")
