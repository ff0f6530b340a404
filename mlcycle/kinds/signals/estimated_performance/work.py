"""The model's performance before any label has arrived, as far as its own probabilities tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from mlcycle.kinds.signals.drift import prepared
from mlcycle.kinds.signals.limits import BySize, chunk_rows, of_metric, too_small
from mlcycle.kinds.signals.measured import Chunk, Reference, score_columns, scored, silent
from mlcycle.kinds.signals.verdicts import check, given
from mlcycle.ports import CannotMeasure, Monitor, Series
from mlcycle.steps.manifest import Manifest
from mlcycle.task import CheckResult

#: A calibration, or a model of losses, on fewer rows is no estimate.
LEAST_REFERENCE = 1000


def measure(
    config: Mapping[str, Any], chunks: Sequence[Chunk], reference: Reference, port: Monitor
) -> Sequence[tuple[CheckResult, ...]]:
    """config: `metric`, `min_rows`, optional `min` and `max`. One check, `estimated_performance.<metric>`.

    Confidence-based for classes (CBPE), by a model of losses for numbers (DLE). It sees a change of the rows,
    and is blind to a change of what follows from them: only labels show that.
    """
    name = f"estimated_performance.{config['metric']}"
    known = reference.rows
    if known is None or known.height < LEAST_REFERENCE:
        rows = 0 if known is None else known.height
        text = f"{rows:,} rows to learn from are fewer than the {LEAST_REFERENCE:,} that an estimate needs"
        return [(silent(name, "inconclusive", text, chunk.rows.height),) for chunk in chunks]
    manifest = reference.manifest
    ready = [scored(chunk.rows, manifest) for chunk in chunks]
    enough = [index for index, rows in enumerate(ready) if rows.height >= config["min_rows"]]
    shared = [n for n in _features(manifest) if all(n in ready[index].columns for index in enough)]
    frames = [_frame(ready[index], manifest, shared) for index in enough]
    before = of_metric(config["metric"], known, manifest)
    found: dict[int, CheckResult] = {}
    if frames:
        try:
            series = port.estimate(
                _frame(scored(known, manifest), manifest, shared, label=True),
                frames,
                task=manifest.task,
                metric=config["metric"],
                features=shared,
            )
        except CannotMeasure as error:
            found = {i: silent(name, "inconclusive", str(error), ready[i].height) for i in enough}
        else:
            found = {
                i: _check(name, config, known.height, before, series, place, ready[i].height)
                for place, i in enumerate(enough)
            }
    return [
        (found.get(index) or _few(name, rows.height, config["min_rows"]),) for index, rows in enumerate(ready)
    ]


def _few(name: str, rows: int, least: int) -> CheckResult:
    text = f"{rows:,} rows with a score are fewer than the {least:,} that say anything"
    return silent(name, "inconclusive", text, rows)


def _check(
    name: str,
    config: Mapping[str, Any],
    reference: int,
    before: BySize,
    series: Series,
    place: int,
    rows: int,
) -> CheckResult:
    limits = given(config)
    if not limits:
        size = chunk_rows(reference, rows)
        if size is None:
            return silent(name, "inconclusive", too_small(reference, rows), rows)
        limits = before(size)
    figure = series.chunks[place]
    text = f"{config['metric']} is estimated as {figure:.4g} without labels"
    return check(name, figure, limits, text, rows=rows, interval=(series.low[place], series.high[place]))


def _features(manifest: Manifest) -> dict[str, str]:
    return {feature.name: str(feature.dtype) for feature in manifest.features}


def _frame(
    rows: pl.DataFrame, manifest: Manifest, features: Sequence[str], *, label: bool = False
) -> pl.DataFrame:
    dtypes = _features(manifest)
    own = [*score_columns(manifest), "decision", *(["label"] if label else [])]
    inputs = prepared(rows, {name: dtypes[name] for name in features})
    return pl.concat([rows.select(pl.col(own).cast(pl.Float64)), inputs], how="horizontal")
