"""The example's dataset over its first month, against its raw tables."""

from __future__ import annotations

import shutil
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mlcycle.graph.node import Node
from mlcycle.task import Outcome, WorkError
from tests.kinds.features.pipeline import Pipeline

pytestmark = pytest.mark.slow

DATASET = "flight_delays/models/late/dataset"
MONTH = pl.date(2013, 2, 1)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
HOLIDAYS = [date(2013, 1, 1), date(2013, 1, 21)]


def january(example_data: Path, root: Path, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Path:
    """The example project with the first month of flights, after `change`, and of weather."""
    (root / "data").mkdir(parents=True)
    (root / "specs").mkdir()
    shutil.copy("specs/flight_delays.yaml", root / "specs")
    shutil.copy("mlcycle.yaml", root)
    shutil.copy(example_data / "planes.csv", root / "data")
    flights = pl.read_parquet(example_data / "flights.parquet").filter(pl.col("scheduled_departure") < MONTH)
    change(flights).write_parquet(root / "data" / "flights.parquet")
    weather = pl.read_parquet(example_data / "weather.parquet").filter(pl.col("observed_at") < MONTH)
    weather.write_parquet(root / "data" / "weather.parquet")
    return root


@pytest.fixture(scope="module")
def pipeline(
    tmp_path_factory: pytest.TempPathFactory,
    example_data: Path,
    repository: Path,
) -> Pipeline:
    folder = tmp_path_factory.mktemp("january")
    with pytest.MonkeyPatch.context() as moved:
        moved.chdir(repository)
        root = january(example_data, folder / "project", lambda flights: flights)
    return Pipeline.of(root, folder / "runs").run_all()


def dataset_of(pipeline: Pipeline) -> pl.DataFrame:
    return pl.read_parquet(pipeline.results[DATASET].path / "dataset.parquet")


@pytest.fixture(scope="module")
def dataset(pipeline: Pipeline) -> pl.DataFrame:
    return dataset_of(pipeline)


@pytest.fixture(scope="module")
def flights(pipeline: Pipeline) -> pl.DataFrame:
    return pl.read_parquet(pipeline.root / "data" / "flights.parquet")


def late(delay: float | None) -> bool | None:
    return None if delay is None else delay >= 15


def test_airline_features_are_exactly_what_the_raw_rows_say(
    dataset: pl.DataFrame, flights: pl.DataFrame
) -> None:
    """Of 300 flights: the share of late ones known in the 7 days before T, and the last one known."""
    events = [
        (
            row["scheduled_departure"] + DAY,
            row["scheduled_departure"],
            row["flight_id"],
            row["carrier"],
            late(row["arrival_delay"]),
        )
        for row in flights.to_dicts()
    ]
    events.sort()
    found = 0
    for row in dataset.sample(300, seed=1).to_dicts():
        at = row["event_timestamp"] - 2 * HOUR
        assert row["predict_at"] == at
        known = [event for event in events if event[3] == row["request.carrier"] and event[0] <= at]
        window = [event[4] for event in known if event[0] > at - 7 * DAY and event[4] is not None]
        rate = sum(window) / len(window) if len(window) >= 20 else None
        assert row["airline_record.late_rate_7d"] == rate
        assert row["airline_record.late_last"] == (known[-1][4] if known else None)
        found += rate is not None
    assert found > 200


def test_weather_is_the_newest_published_within_three_hours(
    dataset: pl.DataFrame, pipeline: Pipeline
) -> None:
    weather = pl.read_parquet(pipeline.root / "data" / "weather.parquet").sort("observed_at")
    stations = {
        name[0]: part.to_dicts() for name, part in weather.partition_by("origin", as_dict=True).items()
    }
    stale = 0
    for row in dataset.sample(300, seed=2).to_dicts():
        rows = stations[row["request.origin"]]
        published = [r["observed_at"] + HOUR / 2 for r in rows]
        at = bisect_right(published, row["predict_at"]) - 1
        usable = at >= 0 and row["predict_at"] - published[at] <= 3 * HOUR
        for name in ("temperature", "wind_speed", "pressure"):
            assert row[f"weather_at_origin.{name}"] == (rows[at][name] if usable else None)
        stale += not usable
    assert stale < 300


def test_static_facts_and_request_time_features_agree_with_the_tables(
    dataset: pl.DataFrame, flights: pl.DataFrame, pipeline: Pipeline
) -> None:
    planes = pl.read_csv(pipeline.root / "data" / "planes.csv", null_values=[""])
    local = pl.col("scheduled_departure").dt.convert_time_zone("America/New_York")
    expected = (
        flights.join(planes, on="tail_number", how="left")
        .sort("scheduled_departure", "flight_id")
        .select(
            pl.col("flight_id").alias("key.flight_id"),
            pl.col("manufacture_year").alias("aircraft_facts.manufacture_year"),
            pl.col("seats").alias("aircraft_facts.seats"),
            pl.col("carrier").alias("schedule.carrier"),
            pl.col("distance").alias("schedule.distance"),
            local.dt.hour().cast(pl.Int64).alias("schedule.hour_of_day"),
            local.dt.weekday().cast(pl.Int64).alias("schedule.day_of_week"),
            local.dt.date().is_in(HOLIDAYS).alias("schedule.is_holiday"),
            (pl.col("arrival_delay") >= 15).cast(pl.Float64).alias("label"),
            pl.col("origin").alias("by.origin"),
        )
    )
    assert dataset.select(expected.columns).equals(expected)
    wind = dataset.get_column("weather_at_origin.wind_speed") * dataset.get_column("schedule.distance")
    assert dataset.get_column("crosses.headwind_miles").equals(wind.alias("crosses.headwind_miles"))


def test_rows_are_numbered_in_the_order_of_time_and_key(
    dataset: pl.DataFrame, flights: pl.DataFrame, pipeline: Pipeline
) -> None:
    assert dataset.get_column("row_id").to_list() == list(range(dataset.height))
    assert dataset.equals(dataset.sort("event_timestamp", "key.flight_id"))
    assert dataset.columns[:4] == ["row_id", "event_timestamp", "predict_at", "key.flight_id"]
    assert dataset.columns[-2:] == ["label", "by.origin"]
    features = [feature["name"] for feature in pipeline.graph[DATASET].config["features"]]
    assert set(features) <= set(dataset.columns)
    figures = pipeline.outcomes[DATASET].figures
    assert figures["rows"] == dataset.height == flights.height
    assert figures["unlabelled"] == dataset.get_column("label").null_count() > 0
    assert figures["classes"] == [False, True]


def test_nothing_known_after_the_prediction_reaches_its_features(
    dataset: pl.DataFrame,
    example_data: Path,
    repository: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Turn every outcome that was known after the 20th: rows predicted by then stay the same."""
    cutoff = datetime.fromisoformat("2013-01-20T12:00:00Z")

    def turned(flights: pl.DataFrame) -> pl.DataFrame:
        later = pl.col("scheduled_departure") + DAY > cutoff
        return flights.with_columns(
            pl.when(later)
            .then(100 - pl.col("arrival_delay"))
            .otherwise("arrival_delay")
            .alias("arrival_delay")
        )

    monkeypatch.chdir(repository)
    other = Pipeline.of(january(example_data, tmp_path / "project", turned), tmp_path / "runs").run_all()
    names = [name for name in dataset.columns if name != "label"]
    before, after = (table.select(names) for table in (dataset, dataset_of(other)))
    early = pl.col("predict_at") <= cutoff
    assert before.filter(early).equals(after.filter(early))
    assert not before.filter(~early).equals(after.filter(~early))


def again(pipeline: Pipeline, node: Node, **changes: Any) -> tuple[Outcome, pl.DataFrame]:
    outcome = pipeline.run(node, **changes)
    return outcome, pl.read_parquet(pipeline.results[node.name].path / "dataset.parquet")


def test_equal_input_in_another_order_gives_equal_bytes(pipeline: Pipeline, tmp_path: Path) -> None:
    node = pipeline.graph[DATASET]
    source = pipeline.results[node.inputs["rows"]]
    mixed = pl.read_parquet(source.path / "data.parquet").sample(fraction=1.0, shuffle=True, seed=4)
    mixed.write_parquet(tmp_path / "data.parquet")
    inputs = {role: pipeline.results[name] for role, name in node.inputs.items()}
    first = (pipeline.results[DATASET].path / "dataset.parquet").read_bytes()
    renamed = replace(node, name="flight_delays/models/late/again")
    pipeline.run(renamed, inputs={**inputs, "rows": replace(source, path=tmp_path)})
    assert (pipeline.results[renamed.name].path / "dataset.parquet").read_bytes() == first


def test_a_filter_keeps_what_is_true_and_counts_the_rest(pipeline: Pipeline, dataset: pl.DataFrame) -> None:
    """A condition that is unknown, as of an aircraft that nobody has seen, is not true."""
    large = {"call": "greater", "arguments": [{"column": "aircraft_facts.seats"}, {"literal": 100}]}
    node = pipeline.graph[DATASET]
    node = replace(node, name="flight_delays/models/large/dataset", config={**node.config, "filter": large})
    outcome, kept = again(pipeline, node)
    assert dataset["aircraft_facts.seats"].null_count() > 0
    expected = dataset.filter(pl.col("aircraft_facts.seats") > 100)
    assert kept.drop("row_id").equals(expected.drop("row_id"))
    assert kept.get_column("row_id").to_list() == list(range(expected.height))
    assert outcome.figures["filtered_out"] == dataset.height - expected.height > 0


def test_predict_at_takes_the_place_of_the_horizon(pipeline: Pipeline, dataset: pl.DataFrame) -> None:
    node = pipeline.graph[DATASET]
    config = {**node.config, "predict_at": "scheduled_departure"}
    _, found = again(pipeline, replace(node, name="flight_delays/models/at_once/dataset", config=config))
    assert found.get_column("predict_at").equals(found.get_column("event_timestamp").alias("predict_at"))
    known = "airline_record.late_rate_7d"
    assert not found.get_column(known).equals(dataset.get_column(known))


def test_a_sample_weight_is_carried_along(pipeline: Pipeline, flights: pl.DataFrame) -> None:
    node = pipeline.graph[DATASET]
    config = {**node.config, "sample_weight": "air_time"}
    _, found = again(pipeline, replace(node, name="flight_delays/models/weighted/dataset", config=config))
    expected = flights.sort("scheduled_departure", "flight_id").get_column("air_time")
    assert found.get_column("weight").equals(expected.alias("weight"))
    assert found.columns[-3:] == ["label", "weight", "by.origin"]


def test_tables_of_another_run_are_refused(pipeline: Pipeline) -> None:
    node = replace(pipeline.graph[DATASET], name="flight_delays/models/refused/dataset")
    inputs = {role: pipeline.results[name] for role, name in node.inputs.items()}
    view = "view:airline_record"
    inputs[view] = replace(inputs[view], data_version="another")
    with pytest.raises(WorkError, match="airline_record__") as refused:
        pipeline.run(node, inputs=inputs)
    assert refused.value.code == "MLC831"
