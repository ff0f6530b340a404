"""The model's performance on the rows whose true value has become known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlcycle.kinds.gates.metrics import estimate
from mlcycle.kinds.gates.verdicts import SHOWN_CONFIDENCE
from mlcycle.kinds.signals.limits import BySize, chunk_rows, of_metric, too_small
from mlcycle.kinds.signals.measured import Chunk, Reference, judged, scored, silent
from mlcycle.kinds.signals.verdicts import check, given
from mlcycle.ports import Monitor
from mlcycle.task import CheckResult


def measure(
    config: Mapping[str, Any], chunks: Sequence[Chunk], reference: Reference, port: Monitor
) -> Sequence[tuple[CheckResult, ...]]:
    """config: `metric`, `min_rows` (with a label), optional `min` and `max`.

    One check, `realized_performance.<metric>`, by the code that gates judge with.
    """
    before = (
        None if reference.rows is None else of_metric(config["metric"], reference.rows, reference.manifest)
    )
    return [(_of(config, chunk, reference, before),) for chunk in chunks]


def _of(config: Mapping[str, Any], chunk: Chunk, reference: Reference, before: BySize | None) -> CheckResult:
    metric, least = config["metric"], config["min_rows"]
    name = f"realized_performance.{metric}"
    known = scored(chunk.rows, reference.manifest).drop_nulls("label")
    rows, of_all = known.height, f"{known.height:,} of {chunk.rows.height:,} rows"
    if rows < least:
        text = f"{of_all} have a label, fewer than the {least:,} that say anything"
        return silent(name, "inconclusive", text, rows)
    limits = given(config)
    if not limits:
        there = 0 if reference.rows is None else reference.rows.height
        size = chunk_rows(there, rows)
        if before is None or size is None:
            return silent(name, "inconclusive", too_small(there, rows), rows)
        limits = before(size)
    found = estimate(metric, judged(known, reference.manifest), SHOWN_CONFIDENCE)
    text = f"{metric} is {found.figure:.4g} on {of_all} that have a label"
    return check(name, found.figure, limits, text, rows=rows, interval=(found.low, found.high))
