"""Read by partitions or whole, a source has the same rows: every kind, at the edges of months."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from tests.kinds.sources.sql import databases
from tests.kinds.sources.sql.databases import Database
from tests.support.parts import Parts, at, share_code
from tests.support.servers import POSTGRES

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _code(monkeypatch: pytest.MonkeyPatch) -> None:
    share_code(monkeypatch)


MONTHS = "partitions: {every: month, start: 2020-01-01, end: 2020-06-01}"
COLUMNS = "id: {dtype: int64}, placed_at: {dtype: timestamp}"
_LEAST = timedelta(microseconds=1)
#: The edges of months, two rows of one moment, nothing in May, what is before the first and after the last.
TIMES = [
    *(edge + shift for edge in map(at, ("2020-01-01", "2020-02-01", "2020-03-01", "2020-04-01"))
      for shift in (-_LEAST, timedelta(0), _LEAST)),
    at("2020-04-30T23:59:59.999999"), at("2020-02-29T12:00"), at("2020-02-29T12:00"), at("2020-06-01"),
]  # fmt: skip
FUNCTION = """
from datetime import UTC, datetime
import polars as pl


def rows(params, start=None, end=None):
    frame = pl.read_parquet("{file}")
    if start is not None:
        assert end > start and start.day == end.day == 1
        frame = frame.filter(pl.col("placed_at").is_between(start, end, closed="left"))
    return frame


def whole(params):
    return pl.read_parquet("{file}")
"""


def frame() -> pl.DataFrame:
    return pl.DataFrame(
        {"id": list(range(len(TIMES))), "placed_at": TIMES},
        schema={"id": pl.Int64, "placed_at": pl.Datetime("us", "UTC")},
    )


def both(shop: Parts, source: str, columns: str = COLUMNS) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of the partitions as they are read whole, and as they are read by partitions."""
    shop.now = at("2021-01-01")
    shop.spec(f"{source}, timestamp: placed_at", columns=columns)
    inside = pl.col("placed_at").is_between(at("2020-01-01"), at("2020-06-01"), closed="left")
    whole = shop.table().filter(inside)
    shop.spec(f"{source}, timestamp: placed_at, {MONTHS}", columns=columns)
    gathered, source_ran = shop.bring()
    assert gathered.result is not None
    assert gathered.result.figures["empty"] == ["2020-05"]
    parts = shop.rows(source_ran)
    assert (parts["first_seen"] == parts["placed_at"]).all()
    return whole, parts.drop("first_seen")


def same(shop: Parts, source: str, columns: str = COLUMNS) -> None:
    whole, parts = both(shop, source, columns)
    assert parts.equals(whole.select(parts.columns))
    assert parts.height == 14


def parquet(root: Path) -> str:
    frame().write_parquet(root / "orders.parquet", row_group_size=3)
    return "kind: parquet, path: orders.parquet"


def naive_parquet(root: Path) -> str:
    frame().with_columns(
        pl.col("placed_at").dt.replace_time_zone(None).dt.cast_time_unit("ns")
    ).write_parquet(root / "orders.parquet", row_group_size=3)
    return "kind: parquet, path: orders.parquet"


def text_parquet(root: Path) -> str:
    frame().with_columns(pl.col("placed_at").dt.to_string("iso")).write_parquet(root / "orders.parquet")
    return "kind: parquet, path: orders.parquet"


def hive(root: Path) -> str:
    """The folders go by New York's months: they do not tell which partition a row is in."""
    for number, (id, time) in enumerate(frame().iter_rows()):
        local = time - timedelta(hours=5)
        folder = root / f"orders/year={local.year}/month={local.month}"
        folder.mkdir(parents=True, exist_ok=True)
        pl.DataFrame({"id": [id], "placed_at": [time]}, schema=frame().schema).write_parquet(
            folder / f"{number:02}.parquet"
        )
    return 'kind: parquet, path: "orders/**/*.parquet", hive: true'


def csv(root: Path) -> str:
    frame().write_csv(root / "orders.csv")
    return "kind: csv, path: orders.csv"


def delta(root: Path) -> str:
    import deltalake

    deltalake.write_deltalake(root / "orders", frame())
    return "kind: delta, path: orders"


def function(name: str) -> Callable[[Path], str]:
    def write(root: Path) -> str:
        frame().write_parquet(root / "orders.parquet")
        (root / "shop_rows.py").write_text(FUNCTION.replace("{file}", str(root / "orders.parquet")))
        return f"python: shop_rows:{name}"

    return write


@pytest.mark.parametrize(
    "write",
    [parquet, naive_parquet, text_parquet, csv, delta, function("rows"), function("whole")],
    ids=["parquet", "naive", "text", "csv", "delta", "function", "whole_function"],
)
def test_partitions_are_the_whole(write: Callable[[Path], str], tmp_path: Path) -> None:
    same(Parts(tmp_path), write(tmp_path))


def test_folders_do_not_tell_which_partition_a_row_is_in(tmp_path: Path) -> None:
    whole, parts = both(Parts(tmp_path), hive(tmp_path))
    assert parts.sort("id").equals(whole.select(parts.columns).sort("id"))
    assert {"year", "month"} <= set(parts.columns)


def forms(id: int, time: datetime) -> str:
    """The ways in which SQLite's texts of times are written, with offsets that move them into another day."""
    shifted = time + timedelta(hours=14)
    return [
        time.isoformat(),
        time.replace(tzinfo=None).isoformat(" "),
        shifted.replace(tzinfo=None).isoformat() + "+14:00",
        (time - timedelta(hours=12)).replace(tzinfo=None).isoformat() + "-12:00",
        f" {time.isoformat()}",
    ][id % 5]


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb", pytest.param("postgres", marks=POSTGRES)])
@pytest.mark.parametrize("kind", ["timestamp", "timestamptz"])
def test_databases_are_asked_for_a_range(
    dialect: str, kind: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if (dialect, kind) == ("sqlite", "timestamptz"):
        kind = "text"  # a column called a timestamp holds numbers where it can
    monkeypatch.setenv("TZ", "America/New_York")  # no session may go by it
    shop = Parts(tmp_path)
    database: Database
    if dialect == "postgres":
        url: str = request.getfixturevalue("postgres_url")
        shop.environ["SHOP"] = url.partition("://")[2]
        database = databases.postgres(url)
    else:
        database = getattr(databases, dialect)(tmp_path)
    database.execute(f"create table parts (id bigint, placed_at {kind})", ())
    for id, time in frame().iter_rows():
        text = (
            forms(id, time)
            if dialect == "sqlite"
            else time.isoformat()
            if kind == "timestamptz"
            else str(time.replace(tzinfo=None))
        )
        database.execute("insert into parts values (?, ?)", (id, text))
    source = f'kind: sql, database: "{database.address}", query: "SELECT * FROM parts ORDER BY id"'
    whole, parts = both(shop, source)
    assert parts.equals(whole.select(parts.columns))
    assert parts.height == 14


def refused(root: Path, database: Database) -> Diagnostic:
    """Why the orders of a database cannot be read by months."""
    shop = Parts(root, now=at("2020-01-03"))
    shop.spec(
        f'kind: sql, database: "{database.address}", query: "SELECT id, placed_at FROM orders", '
        "timestamp: placed_at, partitions: {every: month, start: 2020-01-01}",
        columns=COLUMNS,
    )
    with pytest.raises(Refused) as found:
        shop.bring()
    (diagnostic,) = found.value.diagnostics
    return diagnostic


def test_rows_without_a_time_are_told_of(tmp_path: Path) -> None:
    database = databases.sqlite(tmp_path)
    database.execute("insert into orders (id) values (9)", ())
    found = refused(tmp_path, database)
    assert found.code == "MLC906"
    assert found.message == "2020-01: `placed_at` is missing in 1 row, which is in no partition"


def test_numbers_in_sqlite_are_no_times_and_are_not_passed_over(tmp_path: Path) -> None:
    database = databases.sqlite(tmp_path)
    database.execute("insert into orders (id, placed_at) values (9, 1577872800)", ())
    assert refused(tmp_path, database).code == "MLC820"


def test_flights_by_month(tmp_path: Path, example_data: Path) -> None:
    flights = pl.scan_parquet(example_data / "flights.parquet").gather_every(400).collect()
    flights.write_parquet(tmp_path / "flights.parquet")
    shop = Parts(tmp_path, now=at("2014-03-01"))
    source = "kind: parquet, path: flights.parquet, timestamp: scheduled_departure"
    shop.spec(source)
    whole = shop.table()
    shop.spec(f"{source}, partitions: {{every: month, start: 2013-01-01, end: 2014-02-01}}")
    gathered, source_ran = shop.bring()
    assert gathered.key_figure == f"13 partitions, {whole.height:,} rows, empty: 2014-01"
    assert shop.rows(source_ran).drop("first_seen").equals(whole)
    assert shop.why() == []
    assert [ran.status for ran in shop.bring()] == ["reused", "reused"]
