"""Cross-validation: what each fold learns from, stops early by and holds out; what no fold sees."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcycle.graph.node import Step
from mlcycle.kinds.splits import folds
from mlcycle.kinds.splits.k_fold import work as k_fold
from mlcycle.kinds.splits.leakage import torn_groups
from mlcycle.kinds.splits.split import split
from mlcycle.kinds.splits.time.work import assign as by_time
from mlcycle.kinds.splits.time_series import work as time_series
from mlcycle.ports import Ports
from mlcycle.task import Outcome, WorkError
from tests.support.datasets import dataset_input, make_task

START = datetime(2013, 1, 1, tzinfo=UTC)
CONFIG: dict[str, Any] = {"folds": 4, "validation": 0.1, "test": 0.2}
DEALT = {**CONFIG, "stratified": False, "seed": 3}


def dataset(hours: list[int], **columns: list[Any]) -> pl.DataFrame:
    times = [START + timedelta(hours=hour) for hour in sorted(hours)]
    frame = pl.DataFrame({"event_timestamp": times}, schema={"event_timestamp": pl.Datetime("us", "UTC")})
    key = pl.Series("key.id", [f"row-{i}" for i in range(len(hours))])
    return frame.with_columns(key, *(pl.Series(name, values) for name, values in columns.items()))


def divided(work: Any, frame: pl.DataFrame, config: dict[str, Any]) -> pl.DataFrame:
    return frame.hstack(work.assign(frame, config))


def counts(frame: pl.DataFrame, column: str) -> dict[str | None, int]:
    return dict(frame[column].value_counts().iter_rows())


@pytest.mark.parametrize("stratified", [False, True])
@pytest.mark.parametrize("by", [{}, {"by": ["customer"]}])
def test_each_row_before_the_test_side_is_held_out_once(stratified: bool, by: dict[str, Any]) -> None:
    columns = {
        "label": [float(i % 7 == 0) for i in range(2_000)],
        "by.customer": [i % 211 for i in range(2_000)],
    }
    frame = divided(k_fold, dataset(list(range(2_000)), **columns), {**DEALT, "stratified": stratified, **by})
    names = folds.fold_names(frame.columns)
    assert len(names) == 4
    held_out = frame.select(
        pl.sum_horizontal((pl.col(name) == "held_out").fill_null(False) for name in names)
    )
    assert (held_out.to_series() == (frame["side"] != "test").cast(pl.UInt32)).all()
    for name in names:
        assert (frame[name].is_null() == (frame["side"] == "test")).all()
        parts = counts(frame, name)
        assert parts["held_out"] == pytest.approx(400, abs=50)
        assert parts["validation"] == pytest.approx(150, abs=40)


def test_folds_are_equal_in_size_and_mix_where_they_are_stratified() -> None:
    frame = dataset(list(range(1_000)), label=[float(i % 50 == 0) for i in range(1_000)])
    found = divided(k_fold, frame, {**DEALT, "stratified": True})
    assert counts(found, "side") == {"train": 700, "validation": 100, "test": 200}
    for name in folds.fold_names(found.columns):
        held_out = found.filter(pl.col(name) == "held_out")
        assert (held_out.height, held_out["label"].sum()) == (200, 4.0)
    classes = dataset(list(range(900)), label=[i % 3 for i in range(900)])
    found = divided(k_fold, classes, {**DEALT, "stratified": True})
    assert set(counts(found.filter(pl.col("fold.2") == "held_out"), "label").values()) == {60}


def test_a_row_keeps_its_fold_as_data_grows_and_another_seed_deals_anew() -> None:
    small, large = (divided(k_fold, dataset(list(range(n))), DEALT) for n in (200, 400))
    assert small.equals(large.head(200))
    again = divided(k_fold, dataset(list(range(200))), {**DEALT, "seed": 4})
    assert again["fold.1"].to_list() != small["fold.1"].to_list()


@pytest.mark.parametrize("stratified", [False, True])
def test_a_group_is_in_one_fold_and_a_torn_one_is_found(stratified: bool) -> None:
    columns = {"label": [float(i % 5) for i in range(600)], "by.customer": [i % 60 for i in range(600)]}
    frame = dataset(list(range(600)), **columns)
    found = divided(k_fold, frame, {**DEALT, "stratified": stratified, "by": ["customer"]})
    assert torn_groups(found, ["customer"]).verdict == "pass"
    halves = pl.Series("fold.1", ["train"] * 300 + ["held_out"] * 300)
    torn = torn_groups(found.with_columns(halves), ["customer"])
    assert (torn.verdict, torn.figure) == ("fail", 60)


def test_folds_in_time_walk_forward_with_the_gap_of_a_time_split() -> None:
    found = divided(
        time_series,
        dataset(list(range(20))),
        {"folds": 2, "validation": 0.4, "test": 0.2, "gap_seconds": 7200},
    )
    short = {"train": "t", "validation": "v", "held_out": "h", "gap": "-", "test": "T", None: "."}
    # the test side begins at hour 16: the label of hour 15 was not known then, so 15 rows are cut in three
    lines = ["".join(short[value] for value in found[name]) for name in ("fold.1", "fold.2", "side")]
    assert lines == ["t-vv-hhhhh..........", "tttt-vvvv-hhhhh.....", "ttttttt-vvvvvvv-TTTT"]


def test_the_sides_are_those_of_a_time_split() -> None:
    frame = dataset([i // 3 for i in range(900)])
    mine = time_series.assign(frame, {**CONFIG, "gap_seconds": 7200})["side"]
    assert (
        mine.to_list()
        == by_time(frame, {"train": 0.7, "validation": 0.1, "test": 0.2, "gap_seconds": 7200}).to_list()
    )


def test_a_window_slides_for_the_folds_and_for_the_model() -> None:
    config = {"folds": 2, "validation": 0.2, "test": 0.2, "window_seconds": 4 * 3600}
    found = divided(time_series, dataset(list(range(20))), config)
    assert counts(found, "side") == {"unused": 12, "train": 3, "validation": 1, "test": 4}
    learned = found.filter(pl.col("fold.2").is_in(["train", "validation"]))
    assert learned["event_timestamp"].dt.hour().to_list() == [7, 8, 9, 10]


def test_the_gap_ends_at_the_first_prediction_where_rows_have_a_time_of_their_own() -> None:
    """Every row is predicted six hours before its event; its label is known an hour after it."""
    frame = dataset(list(range(400))).with_columns(predict_at=pl.col("event_timestamp").dt.offset_by("-6h"))
    config = {**CONFIG, "gap_seconds": 3600, "gap_ends_at": "predict_at"}
    found = divided(time_series, frame, config)
    assert folds.in_time(found, config).verdict == "pass"
    held_out = found.filter(pl.col("fold.2") == "held_out")["event_timestamp"].min()
    learned = found.filter(pl.col("fold.2").is_in(["train", "validation"]))["event_timestamp"].max()
    assert isinstance(held_out, datetime)
    assert learned == held_out - timedelta(hours=7)
    late = found.with_columns(
        pl.when(pl.col("fold.2") == "gap").then(pl.lit("train")).otherwise("fold.2").alias("fold.2")
    )
    result = folds.in_time(late, config)
    assert (result.verdict, result.severity) == ("fail", "error")
    assert "fold.2" in result.message


def test_a_label_of_later_events_is_waited_for_from_the_prediction_on() -> None:
    """Every third row is predicted five hours after its event, and its label known an hour after that."""
    delay = pl.when(pl.int_range(pl.len()) % 3 == 0).then(5).otherwise(0)
    frame = dataset(list(range(400))).with_columns(
        predict_at=pl.col("event_timestamp") + pl.duration(hours=delay)
    )
    config = {**CONFIG, "gap_seconds": 3600, "gap_ends_at": "predict_at", "gap_begins_at": "predict_at"}
    found = divided(time_series, frame, config)
    assert folds.in_time(found, config).verdict == "pass"
    first: Any = found.filter(pl.col("fold.2") == "held_out")["predict_at"].min()
    learned = found.filter(pl.col("fold.2").is_in(["train", "validation"]))
    assert learned["predict_at"].max() <= first - timedelta(hours=1)  # type: ignore[operator]
    assert folds.in_time(found, {**config, "gap_seconds": 3 * 3600}).verdict != "pass"
    sides = by_time(frame, {"train": 0.7, "validation": 0.1, "test": 0.2, **config})
    assert found["side"].to_list() == sides.to_list()


@pytest.mark.slow
@settings(max_examples=30)
@given(
    hours=st.lists(st.integers(0, 300), min_size=12, max_size=60),
    count=st.integers(2, 5),
    gap=st.integers(0, 40),
    window=st.none() | st.integers(5, 200),
)
def test_no_fold_learns_from_what_was_not_known(
    hours: list[int], count: int, gap: int, window: int | None
) -> None:
    config = {"folds": count, "validation": 0.1, "test": 0.2, "gap_seconds": gap * 3600}
    config |= {} if window is None else {"window_seconds": window * 3600}
    found = divided(time_series, dataset(hours), config)
    test = found.filter(pl.col("side") == "test")["event_timestamp"].min()
    for name in folds.fold_names(found.columns):
        times = {side: found.filter(pl.col(name) == side)["event_timestamp"] for side in folds.SIDES}
        first: Any = times["held_out"].min()
        for earlier, later in (("train", "validation"), ("train", "held_out"), ("validation", "held_out")):
            end: Any = times[earlier].max()
            start: Any = times[later].min()
            assert None in (start, end) or end + timedelta(hours=gap) <= start
            assert None in (start, end) or end < start
        newest: Any = times["held_out"].max()
        assert newest is None or newest + timedelta(hours=gap) <= test
        oldest: Any = times["train"].min()
        assert None in (window, oldest, first) or oldest >= first - timedelta(hours=window or 0)


def run(folder: Path, frame: pl.DataFrame, kind: str, checks: tuple[str, ...] = (), **config: Any) -> Outcome:
    step = Step(name="split", kind=kind, work=f"mlcycle.kinds.splits.{kind}.work:assign", config=config)
    frame = frame.with_columns(row_id=pl.int_range(pl.len(), dtype=pl.Int64))
    task = make_task(
        folder / "split",
        "split",
        config={
            "task": "binary_classification",
            "features": [{"name": "v.a", "dtype": "float64"}],
            "timestamp": "at",
            "together": ["customer"],
        },
        checks=checks,
        inputs={"dataset": dataset_input(folder / "dataset", frame)},
        ports=cast(Ports, None),
        steps=(step,),
    )
    return split(task)


def drifting(rows: int) -> pl.DataFrame:
    numbers = [float(i) for i in range(rows)]
    label = [float(i % 3 == 0) for i in range(rows)]
    return dataset(
        list(range(rows)), **{"v.a": numbers, "label": label, "by.customer": [i % 40 for i in range(rows)]}
    )


def test_the_asset_shows_each_fold(tmp_path: Path) -> None:
    config = {**CONFIG, "gap_seconds": 7200}
    outcome = run(tmp_path, drifting(1_000), "time_series", ("folds_in_time",), **config)
    assert [check.verdict for check in outcome.checks] == ["pass"]
    first, *_, last = outcome.figures["folds"]
    assert len(outcome.figures["folds"]) == 4
    assert first["held_out"]["to"] < last["held_out"]["from"]
    assert first["train"]["rows"] < last["train"]["rows"]
    assert first["held_out"]["label"] == pytest.approx(1 / 3, abs=0.01)
    assert last["drift"]["v.a"] > 1
    table = outcome.tables[-1]
    assert (table.title, len(table.rows), table.rows[3][-2]) == ("Folds", 4, "v.a")
    written = pl.read_parquet(tmp_path / "split" / "split.parquet")
    assert written.columns == ["row_id", "side", "fold.1", "fold.2", "fold.3", "fold.4"]


def test_a_dealt_split_shows_its_folds_and_keeps_groups_apart(tmp_path: Path) -> None:
    outcome = run(tmp_path, drifting(1_000), "k_fold", ("groups_apart", "shuffled"), **DEALT, by=["customer"])
    assert [check.verdict for check in outcome.checks] == ["pass", "fail"]
    held_out = [fold["held_out"]["rows"] for fold in outcome.figures["folds"]]
    assert sum(held_out) == 1_000 - outcome.figures["test"]["rows"]


def test_a_fold_that_the_gap_eats_up_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WorkError, match=r"fold 1 has no validation rows; \d+ of its rows fell") as caught:
        run(tmp_path, drifting(200), "time_series", **CONFIG, gap_seconds=12 * 3600)
    assert (caught.value.code, caught.value.step) == ("MLC885", "split")


def test_more_folds_than_rows_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WorkError, match="fold 1 has no") as caught:
        run(tmp_path, drifting(12), "time_series", folds=20, validation=0.1, test=0.2)
    assert caught.value.code == "MLC885"
