"""Whether a service gives the scores that training gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from mlcycle.steps.agreement import differences
from mlcycle.steps.columns import Array
from mlcycle.steps.manifest import Manifest
from mlcycle.task import CheckResult, Table

CHECK = "replay_parity"
_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What the service said of each row: its score (float64 [N] or [N, C], NaN if refused), or why not."""

    scores: Array
    refused: Mapping[int, str]


def predicted(predictions: list[Mapping[str, Any]], manifest: Manifest) -> Array:
    """Scores of an answer as float64 [N], or [N, C] in the order of the manifest's classes."""
    scores = [one["score"] for one in predictions]
    if manifest.task == "multiclass_classification":
        return np.array([list(score.values()) for score in scores], np.float64)
    return np.array(scores, np.float64)


def judge(
    frame: pl.DataFrame, expected: Array, answered: Answered, limit: float, secret: Sequence[str] = ()
) -> CheckResult:
    """The check `replay_parity`: every row was answered, and none differs by more than `limit`.

    secret: columns of the rows' key that are in no table.
    """
    found = differences(answered.scores, expected)
    bad = np.flatnonzero(~(found <= limit))
    largest = float(np.nanmax(found)) if not np.isnan(found).all() else None
    rows = len(found)
    if not bad.size:
        message = f"{rows:,} rows over HTTP give the scores of training."
    else:
        refused = len(answered.refused)
        message = f"{bad.size:,} of {rows:,} rows differ, {refused:,} of them without an answer."
    return CheckResult(
        name=CHECK,
        verdict="fail" if bad.size else "pass",
        message=message,
        figure=largest,
        limit=f"<= {limit:g}",
        rows=rows,
        table=_table(frame, expected, answered, bad, secret) if bad.size else None,
    )


def _table(
    frame: pl.DataFrame, expected: Array, answered: Answered, bad: Array, secret: Sequence[str]
) -> Table:
    keyed = [name for name in frame.columns if name.startswith("key.")]
    keys = [name for name in keyed if name.removeprefix("key.") not in secret]
    shown = [
        (
            *(str(frame[name][index]) for name in keys),
            str(expected[index]),
            str(answered.scores[index]),
            answered.refused.get(index, ""),
        )
        for index in bad[:_SHOWN].tolist()
    ]
    names = tuple(name.removeprefix("key.") for name in keys)
    return Table(
        title="Rows that differ",
        columns=(*names, "training", "service", "refused because"),
        rows=tuple(shown),
    )
