"""The point-in-time join of training rows with three views, against plain Polars and Feast's own stores.

    python benchmarks/join.py [ROWS]

Flights, repeated year after year until there are ROWS of them (10 million by default), are joined with the
weather at their origin, with their aircraft, and with the newest delay of their airline. Each line is a
process of its own that makes nothing but the join; the time of Python's imports is left out, memory is the
most that the process had, libraries included. Feast's own stores get fewer rows: more take minutes, or all
the memory there is.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

_HOUR = timedelta(hours=1)
_FEATURES = {
    "weather__1": ["temperature", "wind_speed", "visibility"],
    "aircraft__1": ["manufacture_year", "seats"],
    "airline__1": ["arrival_delay"],
}
_KEYS = {"weather__1": "origin", "aircraft__1": "tail_number", "airline__1": "carrier"}
_TTL = {"weather__1": timedelta(hours=3), "aircraft__1": None, "airline__1": None}


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    print(f"{'rows':>12}  {'':<34}{'wall s':>8}{'ratio':>8}{'GiB':>7}")
    for size, names in (
        (rows, ("plain Polars", "mlcycle's store")),
        (min(rows, 336_776), ("plain Polars", "mlcycle's store")),
        (min(rows, 5_000), ("plain Polars", "mlcycle's store", "Feast's DuckDB store", "Feast's file store")),
    ):
        with tempfile.TemporaryDirectory() as folder:
            # In a process of its own: a child begins with the memory figure of its parent.
            subprocess.run([sys.executable, __file__, "--prepare", folder, str(size)], check=True)
            base = None
            for name in names:
                found = _measured(Path(folder), name)
                base = base or found.get("seconds")
                _show(size, name, found, base)


def _measured(folder: Path, name: str) -> dict[str, Any]:
    command = [sys.executable, __file__, "--measure", str(folder), name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        return {"failed": lines[-1] if lines else f"ended with {done.returncode}"}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _show(size: int, name: str, found: dict[str, Any], base: float | None) -> None:
    if "failed" in found or not base:
        print(f"{size:>12,}  {name:<34}{found.get('failed', '')[:60]}")
        return
    ratio = found["seconds"] / base
    figures = f"{found['seconds']:>8.2f}{ratio:>8.1f}{found['gibibytes']:>7.2f}"
    print(f"{size:>12,}  {name:<34}{figures}   {found['note']}")


def _prepare(folder: Path, rows: int) -> None:
    """Write `rows.parquet` and the tables of the views, and apply them to a repository below `folder`."""
    import polars as pl

    from examples.nycflights import prepare
    from mlcycle.adapters.feast.feature_store import FeastFeatureStore

    prepare(REPOSITORY / "data")
    flights = pl.read_parquet(REPOSITORY / "data" / "flights.parquet")
    years = -(-rows // flights.height)
    every = _years(flights, "scheduled_departure", years)
    _asked(every.head(rows) if years > 1 else flights.gather_every(flights.height // rows).head(rows), folder)
    weather = _years(pl.read_parquet(REPOSITORY / "data" / "weather.parquet"), "observed_at", years)
    planes = pl.read_csv(REPOSITORY / "data" / "planes.csv", null_values=[""])
    delays = every.select("carrier", "arrival_delay", at=pl.col("scheduled_departure") + timedelta(days=1))
    tables = {
        "weather__1": weather.with_columns(at=pl.col("observed_at") + timedelta(minutes=30)),
        "aircraft__1": planes.with_columns(at=pl.lit(datetime(1970, 1, 1, tzinfo=UTC))),
        "airline__1": delays.drop_nulls().unique(["carrier", "at"], keep="last", maintain_order=True),
    }
    views = [_view(folder, name, table) for name, table in tables.items()]
    FeastFeatureStore(folder / "home").apply("shop", views)


def _years(table: Any, column: str, years: int) -> Any:
    import polars as pl

    shifted = (table.with_columns(pl.col(column) + timedelta(days=365 * year)) for year in range(years))
    return pl.concat(list(shifted))


def _asked(flights: Any, folder: Path) -> None:
    import polars as pl

    rows = flights.select(*_KEYS.values(), predict_at=pl.col("scheduled_departure") - 2 * _HOUR)
    rows.with_row_index("row_id").with_columns(pl.col("row_id").cast(pl.Int64)).write_parquet(
        folder / "rows.parquet"
    )


def _view(folder: Path, name: str, table: Any) -> Any:
    import polars as pl

    from mlcycle.ports import ViewTable

    at = pl.col("at").cast(pl.Datetime("us", "UTC"))
    values = [pl.col(feature).cast(pl.Float64) for feature in _FEATURES[name]]
    chosen = table.select(_KEYS[name], event_timestamp=at, created_timestamp=at).with_columns(
        table.select(values).get_columns()
    )
    path = folder / f"{name}.parquet"
    chosen.write_parquet(path)
    ttl = _TTL[name]
    return ViewTable(
        name=name,
        entity=_KEYS[name],
        keys=((_KEYS[name], "string"),),
        features=tuple((feature, "float64") for feature in _FEATURES[name]),
        path=path,
        ttl_seconds=int(ttl.total_seconds()) if ttl is not None else None,
    )


def measure(folder: Path, name: str) -> dict[str, object]:
    """Seconds of one join, the most memory of this process, and how many values were found."""
    import polars as pl

    rows = pl.read_parquet(folder / "rows.parquet")
    work = {
        "plain Polars": _polars,
        "mlcycle's store": _ours,
        "Feast's DuckDB store": lambda *given: _feast("duckdb", *given),
        "Feast's file store": lambda *given: _feast("file", *given),
    }[name]
    join = work(folder, rows)
    start = time.perf_counter()
    found = join()
    seconds = time.perf_counter() - start
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    there = sum(found[column].is_not_null().sum() for column in found.columns if "__" in column)
    return {"seconds": seconds, "gibibytes": most, "note": f"{found.height:,} rows, {there:,} values"}


def _polars(folder: Path, rows: Any) -> Callable[[], Any]:
    import polars as pl

    def join() -> Any:
        found = rows.sort("predict_at")
        for name, features in _FEATURES.items():
            table = pl.read_parquet(folder / f"{name}.parquet").sort("event_timestamp")
            named = table.rename({feature: f"{name}__{feature}" for feature in features}).drop(
                "created_timestamp"
            )
            found = found.join_asof(
                named,
                left_on="predict_at",
                right_on="event_timestamp",
                by=_KEYS[name],
                tolerance=_TTL[name],
                check_sortedness=False,
            ).drop("event_timestamp", strict=False)
        return found.sort("row_id")

    return join


def _ours(folder: Path, rows: Any) -> Callable[[], Any]:
    from mlcycle.adapters.feast.feature_store import FeastFeatureStore

    store = FeastFeatureStore(folder / "home")
    store.historical("shop", rows.head(1), _FEATURES)
    return lambda: store.historical("shop", rows, _FEATURES)


def _feast(kind: str, folder: Path, rows: Any) -> Callable[[], Any]:
    import os

    import polars as pl

    from mlcycle.serving import feast_library

    own = folder / kind
    shutil.copytree(folder / "home" / "shop", own)
    config = own / "feature_store.yaml"
    config.write_text(config.read_text().replace("mlcycle.adapters.feast.store.AsOfOfflineStore", kind))
    os.chdir(own)
    store = feast_library.load().FeatureStore(repo_path=str(own))
    asked = rows.rename({"predict_at": "event_timestamp"}).to_pandas()
    features = [f"{view}:{name}" for view, names in _FEATURES.items() for name in names]

    def join() -> Any:
        job = store.get_historical_features(entity_df=asked, features=features, full_feature_names=True)
        return pl.DataFrame(pl.from_arrow(job.to_arrow()))

    return join


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(Path(sys.argv[2]), sys.argv[3])))
    elif sys.argv[1:2] == ["--prepare"]:
        _prepare(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
