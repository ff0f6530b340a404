"""Split by event time: train before validation before test."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl

from mlcycle.kinds.splits.moments import moments


def assign(dataset: pl.DataFrame, config: Mapping[str, Any]) -> pl.Series:
    """The side of each row of `dataset` (only labelled rows, column `event_timestamp`).

    config: shares `train`, `validation`, `test`, or ISO times `train_until` and optionally `validation_until`
    (without it there is no validation side); and `gap_seconds` (label delay and horizon). Rows of equal time
    stay on one side. Rows of a side whose label was not known when the next side's first row was predicted
    are `gap`. `gap_ends_at` is `predict_at` where rows are predicted at times of their own; the gap is then
    the label delay alone, counted from `gap_begins_at`: `predict_at` for a label of later events.
    """
    of = moments(dataset, config)
    validation, test = _by_dates(config) if "train_until" in config else _by_shares(of.events, config)
    at = pl.col("event_timestamp")
    side = (
        pl.when(at >= test)
        .then(pl.lit("test"))
        .when(of.late(test))
        .then(pl.lit("gap"))
        .when(at >= validation)
        .then(pl.lit("validation"))
        .when(of.late(validation))
        .then(pl.lit("gap"))
        .otherwise(pl.lit("train"))
    )
    return dataset.select(side.alias("side"))["side"]


def _by_dates(config: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """Where validation and test begin."""
    until = _time(config["train_until"])
    later = config.get("validation_until")
    return until, until if later is None else _time(later)


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _by_shares(times: pl.Series, config: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """The event times of the rows at which the shares end."""
    ordered = times.sort()
    ends = (config["train"], config["train"] + config.get("validation", 0.0))
    rows = [min(round(share * len(ordered)), len(ordered) - 1) for share in ends]
    return ordered[rows[0]], ordered[rows[1]]
