"""Score rows in bulk: those newer than what the model learned from, labelled or not."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl

from mlcycle.kinds.packages.frames import score as score_rows
from mlcycle.kinds.trainers.sides import read
from mlcycle.steps.columns import Array
from mlcycle.steps.decision import class_names, decisions, scored
from mlcycle.steps.manifest import Manifest
from mlcycle.steps.package import load
from mlcycle.task import Outcome, Table, Task

FILE = "predictions.parquet"
_TIME = "event_timestamp"
_KEY = "key."


def score(task: Task) -> Outcome:
    """Write `predictions.parquet`: the rows' key, event_timestamp, score, decision and package.

    The package itself scores them, as the service does. For several classes there is one column each,
    `score.<class>`. A row without a finite score keeps it, has no decision, and is counted.
    """
    dataset, split = read(task.inputs["dataset"], task.inputs["split"])
    given = task.inputs["package"]
    package = load(given.path / "package", given.data_version)
    newer = _newer(dataset, split)
    scores = score_rows(package, newer) if newer.height else _nothing(package.manifest)
    keys = [pl.col(name).alias(name.removeprefix(_KEY)) for name in dataset.columns if name.startswith(_KEY)]
    digest = pl.lit(package.digest).alias("package")
    predictions = newer.select(*keys, _TIME).with_columns(*_scored(scores, package.manifest), digest)
    predictions.write_parquet(task.out / FILE, compression="zstd")
    unlabelled = newer["label"].null_count()
    return Outcome(
        figures={
            "rows": newer.height,
            "unlabelled": unlabelled,
            "without_score": int((~scored(scores)).sum()),
            "learned_from_or_older": dataset.height - newer.height,
        },
        key_figure=f"{newer.height:,} rows, {unlabelled:,} without a label",
        tables=(_shares(predictions),) if "decision" in predictions.columns else (),
    )


def _newer(dataset: pl.DataFrame, split: pl.DataFrame) -> pl.DataFrame:
    """Rows after the newest training row; where the split does not follow time, those not learned from."""
    sides = dataset.select("row_id", _TIME).join(split, on="row_id", how="left")
    last = _time(sides.filter(pl.col("side") == "train")[_TIME].max())
    first = _time(sides.filter(pl.col("side") == "test")[_TIME].min())
    if last is None:
        return dataset
    if first is not None and first <= last:
        learned = split.filter(pl.col("side").is_in(["train", "validation"]))
        return dataset.join(learned, on="row_id", how="anti", maintain_order="left")
    return dataset.filter(pl.col(_TIME) > last)


def _time(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None


def _nothing(manifest: Manifest) -> Array:
    several = manifest.task == "multiclass_classification"
    return np.empty((0, len(manifest.classes)) if several else (0,))


def _scored(scores: Array, manifest: Manifest) -> list[pl.Series]:
    if manifest.task == "regression":
        return [pl.Series("score", scores)]
    decided = pl.Series("decision", decisions(manifest, scores))
    if manifest.task == "binary_classification":
        return [pl.Series("score", scores), decided]
    return [
        *(pl.Series(f"score.{name}", scores[:, index]) for index, name in enumerate(class_names(manifest))),
        decided,
    ]


def _shares(predictions: pl.DataFrame) -> Table:
    counted = predictions.group_by("decision").len().sort("decision", nulls_last=True)
    rows = tuple((str(decision), number) for decision, number in counted.iter_rows())
    return Table(title="Decisions", columns=("decision", "rows"), rows=rows)
