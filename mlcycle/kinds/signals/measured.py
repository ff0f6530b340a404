"""What signals measure: a closed chunk of predictions, and the rows that it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from mlcycle.kinds.gates.catalog import BINARY, MULTICLASS
from mlcycle.kinds.gates.losses import Judged
from mlcycle.ports import Monitor
from mlcycle.steps.decision import class_names
from mlcycle.steps.manifest import Manifest
from mlcycle.task import CheckResult, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Predictions of one span of time, by the package that answered most of them.

    rows: as `ports.Predicted.frames` has them. requests: one line a request of any package.
    """

    start: datetime
    end: datetime
    rows: pl.DataFrame
    requests: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Rows that the chunks' package never learned from, in order of time, scored by it; all have a label.

    rows: its features, `score` (`score.<class>`), `decision` and `label` as chunks have them. None where
    nobody kept any.
    """

    manifest: Manifest
    rows: pl.DataFrame | None


#: The work of a signal: for each chunk its checks, without their severity.
Measure = Callable[
    [Mapping[str, Any], Sequence[Chunk], Reference, Monitor], Sequence[tuple[CheckResult, ...]]
]


def silent(name: str, verdict: Verdict, message: str, rows: int, limit: str | None = None) -> CheckResult:
    """A check without a figure."""
    return CheckResult(name=name, verdict=verdict, message=message, rows=rows, limit=limit)


def scored(rows: pl.DataFrame, manifest: Manifest) -> pl.DataFrame:
    """The rows that have a score, with `decision` as 0/1 or the index of the class (float64)."""
    names = score_columns(manifest)
    finite = rows.filter(pl.all_horizontal(pl.col(name).is_finite().fill_null(False) for name in names))
    judged = _judged(finite, manifest, np.zeros(finite.height))
    return finite.with_columns(pl.Series("decision", judged.decisions(), dtype=pl.Float64))


def score_columns(manifest: Manifest) -> list[str]:
    """The columns that hold the score."""
    if manifest.task == MULTICLASS:
        return [f"score.{name}" for name in class_names(manifest)]
    return ["score"]


def judged(rows: pl.DataFrame, manifest: Manifest) -> Judged:
    """Scores with labels, as gates judge them; every row has both."""
    return _judged(rows, manifest, rows["label"].cast(pl.Float64).to_numpy())


def _judged(rows: pl.DataFrame, manifest: Manifest, labels: np.ndarray[Any, Any]) -> Judged:
    names = score_columns(manifest)
    columns = [rows[name].cast(pl.Float64).to_numpy() for name in names]
    return Judged(
        task=manifest.task,
        labels=labels,
        scores=np.stack(columns, axis=1) if manifest.task == MULTICLASS else columns[0],
        classes=len(manifest.classes),
        threshold=(manifest.threshold or 0.5) if manifest.task == BINARY else 0.5,
    )
