"""Derived columns: computed by DuckDB as numpy would, and by nothing that can look around."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mlcycle.graph.expression import Expression, parse
from mlcycle.kinds.sources.arrays import dtype_of, to_arrays, to_series
from mlcycle.kinds.sources.derive import apply, computed
from mlcycle.steps.expression import evaluate
from mlcycle.task import WorkError


def derived(frame: pl.DataFrame, **columns: tuple[str, str]) -> pl.DataFrame:
    entries = [{"name": name, "sql": sql, "dtype": dtype} for name, (sql, dtype) in columns.items()]
    return apply(frame, {"columns": entries})


def test_columns_in_order_each_seeing_those_before() -> None:
    frame = pl.DataFrame({"delay": [20.0, None, 3.0]})
    found = derived(frame, late=("delay >= 15", "bool"), points=("CAST(late AS int64) * 2", "int64"))
    assert found["late"].to_list() == [True, None, False]
    assert found["points"].to_list() == [2, None, 0]
    assert found.schema == {"delay": pl.Float64, "late": pl.Boolean, "points": pl.Int64}


def test_rows_keep_their_order_over_many_batches() -> None:
    frame = pl.DataFrame({"a": range(400_000)})
    assert derived(frame, b=("a + 1", "int64"))["b"].equals(pl.Series("b", range(1, 400_001)))


def test_flights_are_late_in_duckdb_as_in_numpy(example_data: Path) -> None:
    frame = pl.read_parquet(example_data / "flights.parquet", n_rows=20_000)
    names = {name: dtype_of(kind) for name, kind in frame.schema.items()}
    sql = (
        "CASE WHEN arrival_delay >= 15 THEN 'late ' || carrier WHEN arrival_delay IS NULL THEN NULL "
        "ELSE concat(origin, '-', destination, ' ', CAST(timestamp_part(scheduled_departure, 'hour_of_day', "
        "'America/New_York') AS string)) END"
    )
    expression = parse(sql, names)
    by_numpy = to_series("x", evaluate(expression.tree, to_arrays(frame)), expression.dtype)
    assert computed(frame, expression).alias("x").equals(by_numpy)
    assert by_numpy[0] == "EWR-IAH 5"


@pytest.mark.parametrize(
    ("sql", "dtype", "code", "says"),
    [
        ("read_csv('/etc/passwd')", "string", "MLC334", "`read_csv` is not one of the functions"),
        ("nothing + 1", "int64", "MLC336", "there is no column `nothing`"),
        ("a / 2", "int64", "MLC817", "`x` is declared int64, but its expression gives float64"),
        ("is_holiday(t, 'US')", "bool", "MLC817", "for features only"),
        ("A + a", "float64", "MLC821", "`A` and `a` differ only in case"),
    ],
)
def test_what_is_refused_at_run_time_too(sql: str, dtype: str, code: str, says: str) -> None:
    moment = pl.Series(["2013-01-01"]).str.to_datetime(time_unit="us", time_zone="UTC")
    frame = pl.DataFrame({"a": [1.0], "A": [2.0], "t": moment})
    with pytest.raises(WorkError) as caught:
        derived(frame, x=(sql, dtype))
    assert (caught.value.code, caught.value.step) == (code, "derive")
    assert says in caught.value.message


@pytest.mark.parametrize(
    "sql",
    [
        "(SELECT count(*) FROM read_csv('{file}'))",
        "(SELECT count(*) FROM read_text('{file}'))",
        "(SELECT count(*) FROM '{file}')",
        "(SELECT count(*) FROM glob('{file}'))",
    ],
)
def test_the_database_itself_reaches_no_file(tmp_path: Path, sql: str) -> None:
    """The second wall: were a query to pass the allow list, DuckDB would not run it."""
    file = tmp_path / "secret.csv"
    file.write_text("a\n1\n")
    forged = Expression(
        tree={"literal": 1}, dtype="int64", references=frozenset({"a"}), duckdb=sql.format(file=file)
    )
    import duckdb

    with pytest.raises(duckdb.Error, match=r"(?i)permission|disabled|not allowed"):
        computed(pl.DataFrame({"a": [1]}), forged)


def test_odd_names_of_columns(tmp_path: Path) -> None:
    frame: Any = pl.DataFrame({'say "hi"': [1], "a.b": [2], "select": [3]})
    found = derived(frame, x=('"say ""hi""" + "a.b" + "select"', "int64"))
    assert found["x"].to_list() == [6]
