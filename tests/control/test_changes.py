"""Two tables of one source: rows by key and whole, columns, and distances against other libraries."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import ks_2samp

from mlcycle.control.changes import compare

BEFORE = pl.DataFrame(
    {"id": [1, 2, 3], "kind": ["a", "a", "b"], "amount": [1.0, None, 3.0], "old": [1, 1, 1]}
)
AFTER = pl.DataFrame(
    {"id": [2, 3, 4, 5], "kind": ["a", "c", "b", "b"], "amount": [None, 3.0, 5.0, 7.0], "new": [1, 1, 1, 1]}
)


def test_rows_by_their_key() -> None:
    rows = compare(BEFORE, AFTER, ["id"]).rows
    assert (rows.before, rows.after, rows.added, rows.removed, rows.changed) == (3, 4, 2, 1, 1)
    assert rows.by == ("id",)


@pytest.mark.parametrize("key", [(), ("kind",), ("new",), ("nothing",)], ids=str)
def test_whole_rows_where_no_key_tells_them_apart(key: tuple[str, ...]) -> None:
    rows = compare(BEFORE, AFTER, key).rows
    assert (rows.added, rows.removed, rows.changed, rows.by) == (3, 2, None, ())


def test_equal_rows_are_counted() -> None:
    one, three = pl.DataFrame({"a": [1, None]}), pl.DataFrame({"a": [1, 1, 1, None]})
    assert (compare(one, three).rows.added, compare(one, three).rows.removed) == (2, 0)
    assert (compare(three, one).rows.added, compare(three, one).rows.removed) == (0, 2)


def test_columns() -> None:
    found = compare(BEFORE, AFTER.with_columns(pl.col("id").cast(pl.String)))
    assert found.added == {"new": "Int64"}
    assert found.removed == {"old": "Int64"}
    assert found.retyped == {"id": ("Int64", "String")}
    assert [each.name for each in found.distributions] == ["kind", "amount"]


def test_distributions() -> None:
    kind, amount = (each for each in compare(BEFORE, AFTER).distributions if each.name != "id")
    assert kind.distance == pytest.approx((abs(2 / 3 - 1 / 4) + abs(1 / 3 - 2 / 4) + 1 / 4) / 2)
    assert (kind.mean, kind.missing) == (None, (0.0, 0.0))
    assert amount.missing == (pytest.approx(1 / 3), 0.25)
    assert amount.mean == (2.0, 5.0)
    (hidden,) = (
        each for each in compare(BEFORE, AFTER, hidden={"amount"}).distributions if each.name == "amount"
    )
    assert (hidden.mean, hidden.distance) == (None, amount.distance)


def test_the_statistic_of_numbers_is_that_of_scipy() -> None:
    numbers = np.random.default_rng(1)
    one, other = numbers.normal(size=500).round(1), numbers.normal(0.3, size=300).round(1)
    (found,) = compare(pl.DataFrame({"x": one}), pl.DataFrame({"x": other})).distributions
    assert found.distance == pytest.approx(ks_2samp(one, other).statistic)


def test_a_column_without_a_value_has_no_distance() -> None:
    empty = pl.DataFrame({"x": [None, None]}, schema={"x": pl.Float64})
    (found,) = compare(empty, pl.DataFrame({"x": [1.0]})).distributions
    assert (found.distance, found.mean, found.missing) == (None, None, (1.0, 0.0))
    assert compare(empty.clear(), empty.clear()).rows.added == 0


def test_tables_without_a_column_in_common() -> None:
    rows = compare(pl.DataFrame({"a": [1, 2]}), pl.DataFrame({"b": [1]})).rows
    assert (rows.added, rows.removed) == (1, 2)
