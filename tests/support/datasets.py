"""Datasets as the dataset node writes them, made by hand from the example's tables, and tasks over them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from mlcycle.graph.node import Check, Node, Step
from mlcycle.ports import Ports
from mlcycle.task import Input, Outcome, Task

PROJECT = "flight_delays"
REQUEST = (
    ("carrier", "string"),
    ("destination", "string"),
    ("distance", "float64"),
    ("origin", "string"),
    ("scheduled_departure", "timestamp"),
)
WEATHER = ("temperature", "wind_speed", "humidity")
FEATURES = (
    ("schedule.carrier", "string"),
    ("schedule.destination", "string"),
    ("schedule.distance", "float64"),
    ("schedule.hour_of_day", "int64"),
    *((f"weather_at_origin.{name}", "float64") for name in WEATHER),
)
LABELS = {
    "binary_classification": pl.col("arrival_delay") >= 15,
    "multiclass_classification": (pl.col("arrival_delay") > 0).cast(pl.Int8)
    + (pl.col("arrival_delay") > 30).cast(pl.Int8),
    "regression": pl.col("arrival_delay"),
}


def flights_dataset(data: Path, *, rows: int = 20_000, task: str = "binary_classification") -> pl.DataFrame:
    """Every n-th flight with its weather two hours before departure; `data` has the example's tables."""
    flights = pl.read_parquet(data / "flights.parquet")
    flights = flights.gather_every(max(1, flights.height // rows)).sort("scheduled_departure", "flight_id")
    weather = pl.read_parquet(data / "weather.parquet").sort("observed_at")
    flights = flights.with_columns(predict_at=pl.col("scheduled_departure").dt.offset_by("-2h"))
    joined = flights.sort("predict_at").join_asof(
        weather.select("origin", "observed_at", *WEATHER),
        left_on="predict_at",
        right_on="observed_at",
        by="origin",
        strategy="backward",
        tolerance="3h",
        check_sortedness=False,
    )
    joined = joined.sort("scheduled_departure", "flight_id").with_row_index("row_id")
    local = pl.col("scheduled_departure").dt.convert_time_zone("America/New_York")
    return joined.select(
        pl.col("row_id").cast(pl.Int64),
        event_timestamp="scheduled_departure",
        predict_at="predict_at",
        **{"key.flight_id": pl.col("flight_id")},
        **{f"request.{name}": pl.col(name) for name, _ in REQUEST},
        **{f"weather_at_origin.{name}": pl.col(name) for name in WEATHER},
        **{f"schedule.{name}": pl.col(name) for name in ("carrier", "destination", "distance")},
        **{"schedule.hour_of_day": local.dt.hour().cast(pl.Int64)},
        label=LABELS[task].cast(pl.Float64),
        **{"by.origin": pl.col("origin")},
    )


def package_config(task: str = "binary_classification") -> dict[str, Any]:
    """What the compiler would emit for the package node of `flights_dataset`."""
    zone = {"literal": "America/New_York"}
    hour = [{"column": "request.scheduled_departure"}, {"literal": "hour_of_day"}, zone]
    own = [
        {"output": name, "dtype": dtype, "expression": {"column": name.replace("schedule.", "request.")}}
        for name, dtype in FEATURES[:3]
    ]
    config = {
        "task": task,
        "model": "late",
        "packages": ["ubj", "onnx"],
        "request": [{"name": n, "dtype": d, "nullable": n not in ("carrier", "origin")} for n, d in REQUEST],
        "lookups": [
            {
                "view": "weather_at_origin",
                "store_name": "weather_at_origin__00000000",
                "keys": ["origin"],
                "ttl_seconds": 10_800,
                "features": [{"name": name, "dtype": "float64"} for name in WEATHER],
            }
        ],
        "program": [
            *own,
            {
                "output": "schedule.hour_of_day",
                "dtype": "int64",
                "expression": {"call": "timestamp_part", "arguments": hour},
            },
        ],
        "features": features(),
        "horizon_seconds": 7200,
    }
    return config | ({"threshold": 0.5} if task == "binary_classification" else {})


def features() -> list[dict[str, str]]:
    """The model's features as configs list them."""
    return [{"name": name, "dtype": dtype} for name, dtype in FEATURES]


def training_steps(**trainer: Any) -> tuple[Step, ...]:
    """The example's preprocessing and a small trainer; `trainer` overrides its config."""
    numeric = [name for name, dtype in FEATURES if dtype != "string"]
    return (
        preprocess("impute", numeric, strategy="median"),
        preprocess("standardize", ["schedule.distance", "weather_at_origin.temperature"]),
        preprocess("one_hot", ["schedule.carrier", "schedule.destination"]),
        Step(
            name="trainer",
            kind="xgboost",
            work="mlcycle.kinds.trainers.xgboost.work:fit",
            config={
                "seed": 7,
                "rounds": 60,
                "early_stopping_rounds": 10,
                "threads": 1,
                "params": {"max_depth": 5, "eta": 0.2},
                **trainer,
            },
        ),
    )


def preprocess(kind: str, columns: list[str], **config: Any) -> Step:
    """A preprocessing step."""
    return Step(
        name=f"preprocess.{kind}",
        kind=kind,
        work=f"mlcycle.kinds.preprocess.{kind}.work:transformer",
        config={"columns": columns, **config},
    )


def make_task(
    out: Path,
    part: str,
    *,
    config: Mapping[str, Any],
    inputs: Mapping[str, Input],
    ports: Ports,
    steps: tuple[Step, ...] = (),
    checks: tuple[str, ...] = (),
) -> Task:
    """A task of model `late`; `out` is made."""
    out.mkdir(parents=True)
    node = Node(
        name=f"{PROJECT}/models/late/{part}",
        kind=part,
        work=f"tests:{part}",
        config=config,
        steps=steps,
        checks=tuple(Check(name=name, severity="warn") for name in checks),
    )
    return Task(
        node=node,
        inputs=inputs,
        root=out,
        out=out,
        now=datetime(2013, 12, 31, tzinfo=UTC),
        ports=ports,
        run_id="11111111-2222-3333-4444-555555555555",
    )


def as_input(task: Task, outcome: Outcome, *, data_version: str = "") -> Input:
    """What the nodes after `task` see of it."""
    return Input(
        node=task.node.name,
        path=task.out,
        data_version=outcome.data_version or data_version or f"version-of-{task.node.kind}",
        figures=outcome.figures,
        record=outcome.record,
        checks=outcome.checks,
    )


def dataset_input(folder: Path, frame: pl.DataFrame, classes: list[Any] | None = None) -> Input:
    """The dataset node's result, written to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(folder / "dataset.parquet")
    figures = {"rows": frame.height, "classes": classes or []}
    return Input(
        node=f"{PROJECT}/models/late/dataset", path=folder, data_version="dataset-1", figures=figures
    )
