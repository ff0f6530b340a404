"""Drift of the model's features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlcycle.kinds.signals.drift import Drift, prepared
from mlcycle.kinds.signals.measured import Chunk, Reference, silent
from mlcycle.ports import Monitor
from mlcycle.task import CheckResult


def measure(
    config: Mapping[str, Any], chunks: Sequence[Chunk], reference: Reference, port: Monitor
) -> Sequence[tuple[CheckResult, ...]]:
    """config: `method`, `min_rows`, optional `max` and `columns` (full feature names; all if absent).

    One check a feature, `data_drift.<view>.<feature>`. What the log may not hold is not applicable.
    """
    dtypes = {feature.name: str(feature.dtype) for feature in reference.manifest.features}
    wanted = {name: dtypes[name] for name in config.get("columns", dtypes) if name in dtypes}
    kept = [
        name for name in wanted if all(name in chunk.rows.columns for chunk in chunks if chunk.rows.height)
    ]
    names = {name: f"data_drift.{name}" for name in kept}
    if reference.rows is None:
        text = "there are no rows of this package to compare with"
        return [
            tuple(silent(name, "inconclusive", text, chunk.rows.height) for name in names.values())
            for chunk in chunks
        ]
    columns = {name: wanted[name] for name in kept}
    drift = Drift(config=config, names=names, reference=prepared(reference.rows, columns), port=port)
    found = drift.measure([prepared(chunk.rows, columns) for chunk in chunks])
    redacted = [name for name in wanted if name not in columns]
    return [(*checks, *_redacted(redacted, chunk)) for checks, chunk in zip(found, chunks, strict=True)]


def _redacted(names: Sequence[str], chunk: Chunk) -> tuple[CheckResult, ...]:
    return tuple(
        silent(
            f"data_drift.{name}", "not_applicable", f"the log holds nothing of `{name}`", chunk.rows.height
        )
        for name in names
    )
