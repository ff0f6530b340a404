"""A model's dataset: each row of the label's source as it looked when it would have been predicted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl

from mlcycle.kinds.features.events import EPOCH, TIME
from mlcycle.kinds.features.holidays_resolved import resolve, resolve_tree
from mlcycle.kinds.features.row import columns_of
from mlcycle.kinds.features.store import refuse_other_tables
from mlcycle.kinds.sources.arrays import polars_type, to_arrays, to_series
from mlcycle.kinds.training.labels import Labels, encode
from mlcycle.steps.expression import evaluate
from mlcycle.steps.program import parse_program, run_program
from mlcycle.task import Outcome, Table, Task, WorkError

DATASET_FILE = "dataset.parquet"
ROW, EVENT, AT = "row_id", "event_timestamp", "predict_at"
_LABEL, _WEIGHT = "label", "weight"
_SHOWN = 50

_Config = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dropped:
    """Rows that are not in the dataset, by reason."""

    without_time: int
    filtered_out: int


def build(task: Task) -> Outcome:
    """Write `dataset.parquet`, sorted by time and key; equal input gives equal bytes.

    Rows without a time cannot be predicted and are left out; rows without a label stay, with a null label.
    Raises WorkError MLC831 if the feature store holds other tables than those given, MLC834 if a row's own
    label would be in its features.
    """
    config = task.node.config
    source = pl.read_parquet(task.inputs["rows"].path / "data.parquet")
    rows = _rows(source, config)
    refuse_known_labels(rows, config)
    task.progress("looking up features", 0.2)
    looked_up = _look_up(task, rows)
    task.progress("computing features", 0.7)
    complete = _compute(looked_up, config)
    kept = _filter(complete, config)
    labels = encode(config["task"], kept.get_column(_LABEL))
    dataset = kept.with_columns(
        labels.values.alias(_LABEL), pl.int_range(pl.len(), dtype=pl.Int64).alias(ROW)
    )
    dataset = dataset.select(_in_order(dataset.columns))
    dataset.write_parquet(task.out / DATASET_FILE, compression="zstd")
    dropped = _Dropped(without_time=source.height - rows.height, filtered_out=rows.height - kept.height)
    return _report(dataset, config, labels, dropped)


def _in_order(columns: Sequence[str]) -> list[str]:
    """The label, the weight and the groups last."""
    last = [
        *(name for name in (_LABEL, _WEIGHT) if name in columns),
        *(name for name in columns if name.startswith("by.")),
    ]
    return [*(name for name in columns if name not in last), *last]


def _rows(source: pl.DataFrame, config: _Config) -> pl.DataFrame:
    """The rows with their times, keys, request columns, label and groups, sorted by time and key."""
    timestamp = config.get("timestamp")
    event = pl.col(timestamp) if timestamp is not None else pl.lit(EPOCH, dtype=TIME)
    horizon = timedelta(seconds=config.get("horizon_seconds", 0))
    at = pl.col(config["predict_at"]) if "predict_at" in config else event - horizon
    keys = config["key"]
    chosen = source.select(
        event.alias(EVENT),
        at.alias(AT),
        *(pl.col(name).alias(f"key.{name}") for name in keys),
        *(
            pl.col(c["name"]).cast(polars_type(c["dtype"])).alias(f"request.{c['name']}")
            for c in config["request"]
        ),
        pl.col(config["label"]).alias(_LABEL),
        *(pl.col(name).alias(f"by.{name}") for name in config.get("by", ())),
        *(
            [pl.col(config["sample_weight"]).cast(pl.Float64).alias(_WEIGHT)]
            if "sample_weight" in config
            else []
        ),
    )
    timed = chosen.drop_nulls([EVENT, AT]).sort(EVENT, *(f"key.{name}" for name in keys), maintain_order=True)
    return timed.with_row_index(ROW).with_columns(pl.col(ROW).cast(pl.Int64))


def refuse_known_labels(rows: pl.DataFrame, config: _Config) -> None:
    """Raise WorkError MLC834 for rows that are predicted when features of earlier labels know their own.

    Without `label_known_after_seconds` there are no such features, or the horizon keeps rows out of them.
    """
    if "label_known_after_seconds" not in config:
        return
    known = pl.col(EVENT) + pl.duration(seconds=config["label_known_after_seconds"])
    late = rows.filter(pl.col(AT) >= known)
    if late.height:
        first = late.row(0, named=True)
        message = (
            f"{late.height:,} rows are predicted when their own label is known already, and in the features "
            f"(first: of {first[EVENT]:%Y-%m-%d %H:%M}, predicted {first[AT]:%Y-%m-%d %H:%M} UTC)"
        )
        help = f"`{config['predict_at']}` has to lie before that, or leave the features of earlier labels out"
        raise WorkError("MLC834", message, help=help)


def _look_up(task: Task, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with the features of other rows as of `predict_at`, in one call over all views."""
    lookups = task.node.config["lookups"]
    if not lookups:
        return rows
    store, project = task.ports.feature_store, task.node.group
    versions = {
        lookup["store_name"]: task.inputs[f"view:{lookup['view']}"].data_version for lookup in lookups
    }
    refuse_other_tables(store, project, versions)
    keys = dict.fromkeys(key for lookup in lookups for key in lookup["keys"])
    asked = rows.select(ROW, AT, *(pl.col(f"request.{key}").alias(key) for key in keys))
    features = {lookup["store_name"]: [f["name"] for f in lookup["features"]] for lookup in lookups}
    names = {
        f"{lookup['store_name']}__{feature['name']}": f"{lookup['view']}.{feature['name']}"
        for lookup in lookups
        for feature in lookup["features"]
    }
    found = store.historical(project, asked, features).rename(names)
    return rows.join(found, on=ROW, how="left", maintain_order="left", validate="1:1")


def _compute(rows: pl.DataFrame, config: _Config) -> pl.DataFrame:
    """The rows with what the request-time program adds, by the code that serves it."""
    program = resolve(config["program"])
    computed = {entry["output"] for entry in program}
    read = dict.fromkeys([ROW, *(name for entry in program for name in columns_of(entry["expression"]))])
    columns = to_arrays(rows, [name for name in read if name not in computed])
    added = run_program(parse_program(program), columns)
    dtypes = {entry["output"]: entry["dtype"] for entry in program}
    return rows.with_columns(to_series(name, added[name], dtype) for name, dtype in dtypes.items())


def _filter(rows: pl.DataFrame, config: _Config) -> pl.DataFrame:
    """The rows for which the filter is true; unknown is not true."""
    if "filter" not in config:
        return rows
    tree = resolve_tree(config["filter"])
    columns = to_arrays(rows, dict.fromkeys([ROW, *columns_of(tree)]))
    return rows.filter(to_series("filter", evaluate(tree, columns), "bool").fill_null(False))


def _report(dataset: pl.DataFrame, config: _Config, labels: Labels, dropped: _Dropped) -> Outcome:
    unlabelled = labels.values.null_count()
    missing = {
        lookup["view"]: _nothing_found(dataset, [f"{lookup['view']}.{f['name']}" for f in lookup["features"]])
        for lookup in config["lookups"]
    }
    figures = {
        "rows": dataset.height,
        "unlabelled": unlabelled,
        "filtered_out": dropped.filtered_out,
        "rows_without_time": dropped.without_time,
        "classes": list(labels.classes),
        "nothing_found": missing,
    }
    if _WEIGHT in dataset.columns:
        figures["weights"] = _weights(dataset.get_column(_WEIGHT))
    aside = {
        "without a label": unlabelled,
        "filtered out": dropped.filtered_out if "filter" in config else None,
        "without a time": dropped.without_time or None,
    }
    told = (f"{count:,} {why}" for why, count in aside.items() if count is not None)
    key_figure = f"{dataset.height:,} rows, {', '.join(told)}"
    return Outcome(figures=figures, key_figure=key_figure, tables=(_missing(dataset, config),))


def _weights(weights: pl.Series) -> dict[str, Any]:
    """What the weights are like: rows of weight 0 teach nothing, rows without one are refused by training."""
    least, most = weights.min(), weights.max()
    return {"min": least, "max": most, "zero": int((weights == 0).sum()), "missing": weights.null_count()}


def _nothing_found(dataset: pl.DataFrame, features: list[str]) -> int:
    """The rows for which a view gave nothing at all."""
    return dataset.filter(pl.all_horizontal(pl.col(features).is_null())).height


def _missing(dataset: pl.DataFrame, config: _Config) -> Table:
    """How much of each feature is missing, the most missing first."""
    names = [feature["name"] for feature in config["features"]]
    counts = {name: dataset.get_column(name).null_count() for name in names}
    ranked = sorted(counts.items(), key=lambda item: -item[1])[:_SHOWN]
    rows = tuple((name, count, round(count / max(dataset.height, 1), 4)) for name, count in ranked)
    return Table(title="Missing values", columns=("feature", "missing", "share"), rows=rows)
