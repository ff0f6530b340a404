"""Signs of leakage: each is seen where it is, named, and not seen where it is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from mlcycle.kinds.splits.leakage import repeated_rows, shuffled, single_features, torn_groups

COUNT = 2_000
START = datetime(2024, 1, 1, tzinfo=UTC)
FEATURES = ("v.noise", "v.twin", "v.text", "v.id", "v.band")


def rows(task: str = "binary_classification") -> pl.DataFrame:
    random = np.random.default_rng(4)
    hidden = random.normal(size=COUNT)
    label = {
        "binary_classification": (hidden > 1).astype(float),
        "multiclass_classification": np.digitize(hidden, [-0.5, 0.5]),
        "regression": hidden,
    }[task]
    outside = np.abs(random.normal(size=COUNT))
    return pl.DataFrame(
        {
            "row_id": range(COUNT),
            "event_timestamp": [START + timedelta(hours=i) for i in range(COUNT)],
            "predict_at": [START + timedelta(hours=i) for i in range(COUNT)],
            "key.id": [f"id-{i}" for i in range(COUNT)],
            "request.amount": outside,
            "request.id": [f"id-{i}" for i in range(COUNT)],
            "v.noise": hidden + 2 * random.normal(size=COUNT),
            "v.twin": hidden * 3 - 7,
            "v.text": [f"class {value}" for value in np.round(label, 1)],
            "v.id": [f"id-{i}" for i in range(COUNT)],
            "v.band": np.where(label == 1, outside % 0.5, outside % 0.5 + 0.5),
            "label": label,
            "side": ["train"] * 1_400 + ["validation"] * 200 + ["test"] * 400,
        }
    )


@pytest.mark.parametrize(
    ("task", "named"),
    [
        ("binary_classification", {"v.twin", "v.text", "v.band"}),
        ("multiclass_classification", {"v.twin", "v.text"}),
        ("regression", {"v.twin", "v.text"}),
    ],
)
def test_a_feature_that_tells_the_label_is_named(task: str, named: set[str]) -> None:
    """A key is never seen twice and tells nothing; a text and a band that no order sees tell all."""
    found = single_features(rows(task), FEATURES, task)
    assert (found.verdict, found.severity, found.blocks) == ("fail", "warn", False)
    assert {name for name in FEATURES if f"`{name}`" in found.message} == named
    honest = single_features(rows(task), ("v.noise", "v.id"), task)
    assert honest.verdict == "pass"
    assert honest.figure is not None
    assert honest.figure < 0.95


def test_too_few_rows_tell_nothing() -> None:
    assert single_features(rows().head(99), FEATURES, "binary_classification").verdict == "inconclusive"
    one_class = rows().filter(pl.col("label") == 0)
    assert single_features(one_class, FEATURES, "binary_classification").verdict == "inconclusive"


def test_rows_on_both_sides_are_counted_apart_from_their_key() -> None:
    frame = rows()
    assert repeated_rows(frame).verdict == "pass"
    other = pl.concat_str(pl.lit("x"), "key.id")
    again = frame.head(7).with_columns(
        pl.lit("test").alias("side"), other.alias("key.id"), other.alias("request.id")
    )
    found = repeated_rows(pl.concat([frame, again]))
    assert (found.verdict, found.figure, found.rows, found.severity) == ("fail", 7, 607, "warn")
    assert "7 of 607 rows" in found.message


def test_a_time_that_is_the_key_makes_no_row_another() -> None:
    frame = (
        rows()
        .drop("request.id")
        .rename({"key.id": "key.at"})
        .with_columns(pl.col("event_timestamp").alias("key.at"))
    )
    later = pl.col("event_timestamp") + pl.duration(days=400)
    again = frame.head(3).with_columns(later, later.alias("key.at"), pl.lit("test").alias("side"))
    assert repeated_rows(pl.concat([frame, again])).figure == 3


def test_a_shuffled_split_is_measured() -> None:
    frame = rows()
    assert shuffled(frame, "at").verdict == "pass"
    mixed = frame.with_columns(pl.Series("side", ["train", "test"] * (COUNT // 2)))
    found = shuffled(mixed, "at")
    assert (found.verdict, found.severity) == ("fail", "warn")
    assert found.figure == pytest.approx(0.999)
    assert "`at`" in found.message


def test_a_group_on_two_sides_is_an_error() -> None:
    frame = rows().with_columns(pl.Series("by.customer", [i // 700 for i in range(COUNT)]))
    found = torn_groups(frame, ["customer"])
    assert (found.verdict, found.severity, found.figure) == ("fail", "error", 1)
    assert torn_groups(frame.head(1_400), ["customer"]).verdict == "pass"
