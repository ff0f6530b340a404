"""Drift of what the model answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlcycle.kinds.gates.catalog import MULTICLASS
from mlcycle.kinds.signals.drift import Drift, prepared
from mlcycle.kinds.signals.measured import Chunk, Reference, silent
from mlcycle.ports import Monitor
from mlcycle.task import CheckResult

NAME = "prediction_drift"


def measure(
    config: Mapping[str, Any], chunks: Sequence[Chunk], reference: Reference, port: Monitor
) -> Sequence[tuple[CheckResult, ...]]:
    """config: `method`, `min_rows`, optional `max`. Scores are compared; for several classes, decisions."""
    if reference.rows is None:
        text = "there are no rows of this package to compare with"
        return [(silent(NAME, "inconclusive", text, chunk.rows.height),) for chunk in chunks]
    several = reference.manifest.task == MULTICLASS
    columns = {"decision": "string"} if several else {"score": "float64"}
    names = dict.fromkeys(columns, NAME)
    drift = Drift(config=config, names=names, reference=prepared(reference.rows, columns), port=port)
    return drift.measure([prepared(chunk.rows, columns) for chunk in chunks])
