"""The contract: all failures at once, each with its row, error and warning apart; no data is no pass."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mlcycle.kinds.sources.contract import judge, validate
from mlcycle.kinds.sources.failures import Rows
from mlcycle.kinds.sources.row_checks import Around
from mlcycle.kinds.sources.statistics import Earlier
from mlcycle.task import CheckResult, WorkError
from tests.support.sources import promised

ORDERS = pl.DataFrame(
    {
        "id": ["a", "b", "c", "c", None],
        "amount": [1.0, -5.0, 900.0, None, 3.0],
        "country": ["US", "DE", "XX", "US", "US"],
        "email": ["a@x", "b@x", "c@x", "d@x", "e@x"],
    }
)


def results(frame: pl.DataFrame, config: dict[str, Any], **options: Any) -> tuple[CheckResult, CheckResult]:
    error, warn = validate(frame, config, options.pop("rows", Rows()), **options)
    return error, warn


def rows_of(result: CheckResult) -> list[tuple[Any, ...]]:
    assert result.table is not None
    return list(result.table.rows)


def with_rows(*checks: dict[str, Any]) -> dict[str, Any]:
    return {"columns": {}, "checks": [{"severity": "error", **check} for check in checks]}


def test_everything_that_fails_is_shown_at_once() -> None:
    config = promised(
        id={"unique": True},
        amount={"nullable": True, "checks": {"in_range": {"min_value": 0, "max_value": 100}}},
        country={"checks": {"isin": {"allowed_values": ["US", "DE"]}}},
    )
    error, warn = results(ORDERS, config, rows=Rows(key=("id",)))
    assert (error.name, error.verdict, error.severity, error.rows) == ("contract", "fail", "error", 5)
    assert error.table is not None
    assert error.table.columns == ("row", "id", "column", "check", "value")
    assert rows_of(error) == [
        (2, "b", "amount", "in_range(0, 100)", "-5.0"),
        (3, "c", "amount", "in_range(0, 100)", "900.0"),
        (3, "c", "country", "isin(['US', 'DE'])", "XX"),
        (3, "c", "id", "unique", "c"),
        (4, "c", "id", "unique", "c"),
        (5, "None", "id", "not null", None),
    ]
    assert error.figure == 4
    assert "`amount` in_range(0, 100) fails in 2 rows" in error.message
    assert error.blocks
    assert (warn.name, warn.verdict) == ("contract_warnings", "pass")


def test_a_warning_stops_nothing_and_stands_apart() -> None:
    limits = {"min_value": 0, "max_value": 1000, "severity": "warn"}
    error, warn = results(ORDERS, promised(amount={"nullable": True, "checks": {"in_range": limits}}))
    assert (error.verdict, warn.verdict, warn.severity, warn.blocks) == ("pass", "fail", "warn", False)
    assert rows_of(warn) == [(2, "amount", "in_range(0, 1000)", "-5.0")]


def test_nulls_are_allowed_only_where_declared() -> None:
    assert results(ORDERS, promised(amount={"nullable": True}))[0].verdict == "pass"
    error, _ = results(ORDERS, promised(amount={}))
    assert rows_of(error) == [(4, "amount", "not null", None)]


def test_nulls_are_no_values_that_occur_twice() -> None:
    frame = pl.DataFrame({"a": ["x", None, "y", None]})
    assert results(frame, promised(a={"unique": True, "nullable": True}))[0].verdict == "pass"
    error, _ = results(frame, promised(a={"unique": True}))
    assert [row[0] for row in rows_of(error)] == [2, 4]


def test_an_empty_table_is_inconclusive_and_blocks() -> None:
    error, _ = results(ORDERS.clear(), promised(amount={}))
    assert (error.verdict, error.blocks) == ("inconclusive", True)


def test_the_table_holds_fifty_rows_and_says_how_many_failed() -> None:
    frame = pl.DataFrame({"a": range(1000)})
    error, _ = results(frame, promised(a={"checks": {"less_than": {"max_value": 10}}}))
    assert len(rows_of(error)) == 50
    assert error.table is not None
    assert error.table.title == "failing rows: 50 of 990"
    assert error.figure == 990


@pytest.mark.parametrize(
    ("check", "fails"),
    [
        ({"equal_to": {"value": "US"}}, 2),
        ({"not_equal_to": {"value": "US"}}, 3),
        ({"notin": {"forbidden_values": ["XX"]}}, 1),
        ({"str_matches": {"pattern": "^[UD]"}}, 1),
        ({"str_matches": {"pattern": "S"}}, 5),
        ({"str_matches": {"pattern": "D|S"}}, 4),
        ({"str_contains": {"pattern": "S$"}}, 2),
        ({"str_startswith": {"string": "U"}}, 2),
        ({"str_endswith": {"string": "S"}}, 2),
        ({"str_length": {"min_value": 3}}, 5),
        ({"str_length": {"max_value": 2}}, 0),
    ],
)
def test_checks_of_text(check: dict[str, Any], fails: int) -> None:
    error, _ = results(ORDERS, promised(country={"checks": check}))
    assert (error.figure or 0) == fails


@pytest.mark.parametrize(
    ("check", "fails"),
    [
        ({"greater_than": {"min_value": 1}}, 2),
        ({"greater_than_or_equal_to": {"min_value": 1}}, 1),
        ({"less_than": {"max_value": 900}}, 1),
        ({"less_than_or_equal_to": {"max_value": 900}}, 0),
        ({"in_range": {"min_value": 1, "max_value": 900, "include_min": False}}, 2),
    ],
)
def test_checks_of_numbers_look_at_no_nulls(check: dict[str, Any], fails: int) -> None:
    error, _ = results(ORDERS, promised(amount={"nullable": True, "checks": check}))
    assert (error.figure or 0) == fails


def test_rows_that_are_not_unique_together() -> None:
    frame = pl.DataFrame({"a": [1, 1, 2, None, None], "b": ["x", "x", "x", "y", "y"]})
    error, _ = results(frame, with_rows({"kind": "unique", "columns": ["a", "b"]}), rows=Rows(key=("b",)))
    assert [row[:2] for row in rows_of(error)] == [(1, "x"), (2, "x"), (4, "y"), (5, "y")]
    assert "unique(a, b) fails in 4 rows" in error.message


def test_a_condition_over_rows_does_not_fail_where_it_is_unknown() -> None:
    error, _ = results(ORDERS, with_rows({"kind": "expression", "sql": "amount > 0 OR country = 'XX'"}))
    assert [row[0] for row in rows_of(error)] == [2]
    with pytest.raises(WorkError, match="gives float64"):
        results(ORDERS, with_rows({"kind": "expression", "sql": "amount"}))


def test_a_key_that_is_found_in_another_source(tmp_path: Path) -> None:
    path = tmp_path / "countries.parquet"
    pl.DataFrame({"code": ["US", "DE"]}).write_parquet(path)
    check = {"kind": "foreign_key", "columns": ["country"], "source": "countries", "references": ["code"]}
    error, _ = results(ORDERS, with_rows(check), tables={"countries": path})
    assert [row[0] for row in rows_of(error)] == [3]
    assert "80.00% found" in error.message
    enough, _ = results(ORDERS, with_rows({**check, "min_matched": 0.8}), tables={"countries": path})
    assert enough.verdict == "pass"
    with pytest.raises(WorkError, match="the table of `countries` is not there"):
        results(ORDERS, with_rows(check))


def test_a_null_refers_to_nothing_and_breaks_no_reference(tmp_path: Path) -> None:
    path = tmp_path / "countries.parquet"
    pl.DataFrame({"code": ["US"]}).write_parquet(path)
    frame = pl.DataFrame({"country": ["US", None]})
    check = {"kind": "foreign_key", "columns": ["country"], "source": "countries", "references": ["code"]}
    config = {"columns": {}, "checks": [{**check, "severity": "error"}]}
    error, _ = validate(frame, config, Rows(), {"countries": path})
    assert error.verdict == "pass"


@pytest.mark.parametrize(
    ("limits", "verdict"), [({"min": 6}, "fail"), ({"max": 4}, "fail"), ({"min": 5, "max": 5}, "pass")]
)
def test_the_number_of_rows(limits: dict[str, int], verdict: str) -> None:
    error, _ = results(ORDERS, with_rows({"kind": "row_count", **limits}))
    assert error.verdict == verdict
    assert verdict == "pass" or "there are 5" in error.message
    assert verdict == "pass" or rows_of(error)[0][0] is None


def test_personal_data_is_not_shown() -> None:
    config = promised(email={"unique": True, "checks": {"str_endswith": {"string": "@y"}}})
    error, _ = results(ORDERS, config, rows=Rows(key=("email",), secret=frozenset({"email"})))
    assert "@x" not in repr(error)
    assert rows_of(error)[0] == (1, "(not shown)", "email", "str_endswith('@y')", "(not shown)")


def test_a_row_check_does_not_show_the_row() -> None:
    error, _ = results(ORDERS, with_rows({"kind": "expression", "sql": "amount > 0"}))
    assert "b@x" not in repr(error)


@pytest.mark.parametrize(
    ("config", "code", "says"),
    [
        (promised(missing={}), "MLC812", "`missing`, which is not there"),
        (
            promised(amount={"nullable": True, "checks": {"str_matches": {"pattern": "x"}}}),
            "MLC818",
            "of `amount` cannot be computed",
        ),
        (promised(amount={"checks": {"in_range": {"min_value": 5, "max_value": 1}}}), "MLC818", "in_range"),
        (promised(amount={"checks": {"no_such": {}}}), "MLC818", "pandera has no check `no_such`"),
    ],
)
def test_a_check_that_cannot_be_computed_is_an_error(config: dict[str, Any], code: str, says: str) -> None:
    with pytest.raises(WorkError) as caught:
        results(ORDERS, config)
    assert (caught.value.code, caught.value.step) == (code, "contract")
    assert says in caught.value.message


def test_exactly_these_values() -> None:
    """A value that is not listed fails in its row, one that never occurs fails for the table."""
    check = {"unique_values_eq": {"values": ["US", "DE", "FR"]}}
    error, _ = results(ORDERS, promised(country={"checks": check}))
    assert [(row[0], row[1]) for row in rows_of(error)] == [(None, ""), (3, "country")]
    assert "unique_values_eq(country): 'FR' never occurs fails" in error.message
    all_there = {"unique_values_eq": {"values": ["US", "DE", "XX"]}}
    assert results(ORDERS, promised(country={"checks": all_there}))[0].verdict == "pass"


@pytest.mark.parametrize(
    ("statistic", "column", "figure"),
    [
        ("mean", "amount", 224.75),
        ("median", "amount", 2),
        ("sum", "amount", 899),
        ("min", "amount", -5),
        ("max", "amount", 900),
        ("null_share", "amount", 0.2),
        ("distinct", "country", 3),
        ("distinct_share", "id", 0.75),
    ],
)
def test_figures_of_a_column(statistic: str, column: str, figure: float) -> None:
    check = {"kind": "statistic", "column": column, "statistic": statistic}
    assert results(ORDERS, with_rows({**check, "min": figure, "max": figure}))[0].verdict == "pass"
    error, _ = results(ORDERS, with_rows({**check, "min": figure + 0.01}))
    assert error.verdict == "fail"
    assert f"{statistic}({column}) at least" in error.message
    assert rows_of(error)[0][0] is None


def test_a_quantile_and_a_column_without_values() -> None:
    check = {"kind": "statistic", "column": "amount", "statistic": "quantile", "at": 0.5, "max": 1.99}
    error, _ = results(ORDERS, with_rows(check))
    assert "quantile(amount, 0.5) at most 1.99: it is 2" in error.message
    nothing = ORDERS.with_columns(amount=pl.lit(None, pl.Float64))
    error, _ = results(nothing, with_rows(check))
    assert "there are no values" in error.message
    with pytest.raises(WorkError, match="`missing`, which is not there"):
        results(ORDERS, with_rows({**check, "column": "missing"}))


@pytest.mark.parametrize(
    ("before", "verdict"),
    [
        ({}, "pass"),
        ({"rows": 10}, "pass"),
        ({"rows": 10.1}, "fail"),
        ({"rows": 2.5}, "pass"),
        ({"rows": 2.4}, "fail"),
    ],
)
def test_rows_of_the_last_version(before: dict[str, float], verdict: str) -> None:
    """Five rows now: half of ten, twice of two and a half. The first version has nothing to compare with."""
    config = with_rows({"kind": "row_count", "max_drop": 0.5, "max_increase": 1.0})
    found = judge(ORDERS, config, Rows(), Around(earlier=Earlier(figures=before)))
    assert found.results[0].verdict == verdict
    assert found.figures == {"rows": 5}


def test_failing_rows_with_all_that_they_fail_by() -> None:
    config = promised(
        amount={"nullable": True, "checks": {"in_range": {"min_value": 0, "max_value": 100}}},
        country={"checks": {"isin": {"allowed_values": ["US", "DE"], "severity": "warn"}}},
    )
    found = judge(ORDERS, config, Rows(), Around())
    assert found.failed.rows() == [
        (1, "amount in_range(0, 100)"),
        (2, "amount in_range(0, 100); country isin(['US', 'DE'])"),
    ]
    assert found.set_aside.to_list() == []


def test_few_failing_rows_are_set_aside_and_many_are_not() -> None:
    config = promised(amount={"checks": {"in_range": {"min_value": 0, "max_value": 1000}}})
    enough = judge(ORDERS, {**config, "quarantine": {"max_share": 0.4}}, Rows(), Around())
    assert (enough.results[0].verdict, enough.set_aside.to_list()) == ("pass", [1, 3])
    assert enough.results[0].message.startswith("2 rows (40.00%) are set aside: `amount`")
    assert enough.results[0].table is not None
    few = judge(ORDERS, {**config, "quarantine": {"max_share": 0.3}}, Rows(), Around())
    assert (few.results[0].verdict, few.set_aside.to_list()) == ("fail", [])


def test_a_table_of_which_nothing_would_be_left_fails() -> None:
    config = promised(country={"checks": {"equal_to": {"value": "FR"}}})
    found = judge(ORDERS, {**config, "quarantine": {"max_share": 1.0}}, Rows(), Around())
    assert (found.results[0].verdict, found.set_aside.to_list()) == ("fail", [])


def test_what_fails_for_the_table_sets_no_row_aside() -> None:
    config = {
        **promised(amount={"nullable": True, "checks": {"less_than": {"max_value": 900}}}),
        "checks": [{"kind": "row_count", "min": 6, "severity": "error"}],
        "quarantine": {"max_share": 1.0},
    }
    found = judge(ORDERS, config, Rows(), Around())
    assert (found.results[0].verdict, found.set_aside.to_list()) == ("fail", [])


@pytest.mark.parametrize(
    ("column", "values", "fails"),
    [
        ([1.0, 2.0], [1, 2], 0),
        ([1.0, 2.5], [1, 2], 1),
        ([date(2024, 1, 1), date(2024, 1, 2)], ["2024-01-01"], 1),
        ([datetime(2024, 1, 1, 5, tzinfo=UTC)], ["2024-01-01T05:00:00Z"], 0),
    ],
)
def test_values_are_compared_as_the_column_has_them(column: list[Any], values: list[Any], fails: int) -> None:
    frame = pl.DataFrame({"a": column})
    for check in ({"isin": {"allowed_values": values}}, {"unique_values_eq": {"values": values}}):
        assert (results(frame, promised(a={"checks": check}))[0].figure or 0) == fails
