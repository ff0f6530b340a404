"""Drift of columns: how far each lies from the reference, its missing values included."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from mlcycle.kinds.signals.limits import chunk_rows, of_distance, too_small
from mlcycle.kinds.signals.measured import silent
from mlcycle.kinds.signals.verdicts import check, given
from mlcycle.ports import Monitor, Series
from mlcycle.task import CheckResult

#: Column name -> the name of its check.
Names = Mapping[str, str]

_MISSING = "missing:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Distances:
    """Of one column: values and missing values apart, the reference's chunks and the chunks asked about."""

    values: Series
    missing: Series | None = None

    @property
    def reference(self) -> tuple[float, ...]:
        if self.missing is None or not self.values.reference:
            return self.values.reference if self.missing is None else self.missing.reference
        return tuple(map(_larger, self.values.reference, self.missing.reference))

    def figure(self, index: int) -> float:
        """The larger of the two: a column that goes missing has drifted as well."""
        missing = math.nan if self.missing is None else self.missing.chunks[index]
        return _larger(self.values.chunks[index], missing)


def _larger(one: float, other: float) -> float:
    return max((value for value in (one, other) if not math.isnan(value)), default=math.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Measures prepared columns of chunks against those of the reference; `names` are checks by column."""

    config: Mapping[str, Any]
    names: Names
    reference: pl.DataFrame
    port: Monitor
    limits: Mapping[str, float] = field(default_factory=dict)

    def measure(self, chunks: Sequence[pl.DataFrame]) -> list[tuple[CheckResult, ...]]:
        """The checks of each chunk; chunks of about one size are measured together."""
        found: dict[int, tuple[CheckResult, ...]] = {}
        sizes: dict[int | None, list[int]] = {}
        least = self.config["min_rows"]
        for index, chunk in enumerate(chunks):
            if chunk.height < least:
                text = f"{chunk.height:,} rows are fewer than the {least:,} that say anything"
                found[index] = tuple(
                    silent(name, "inconclusive", text, chunk.height) for name in self.names.values()
                )
            else:
                sizes.setdefault(chunk_rows(self.reference.height, chunk.height), []).append(index)
        for size, indexes in sizes.items():
            found |= zip(indexes, self._of_one_size(size, [chunks[index] for index in indexes]), strict=True)
        return [found[index] for index in range(len(chunks))]

    def _of_one_size(self, size: int | None, chunks: list[pl.DataFrame]) -> list[tuple[CheckResult, ...]]:
        flagged = _flagged(self.reference, chunks)
        measured = self.port.drift(
            flagged[0], flagged[1:], method=self.config["method"], chunk_rows=size or self.reference.height
        )
        distances = {
            name: Distances(values=measured[name], missing=measured.get(_MISSING + name))
            for name in self.names
        }
        return [
            tuple(self._check(name, distances[name], index, chunk, size) for name in self.names)
            for index, chunk in enumerate(chunks)
        ]

    def _check(
        self, column: str, distances: Distances, index: int, chunk: pl.DataFrame, size: int | None
    ) -> CheckResult:
        limits = given(self.config)
        figure = distances.figure(index)
        name, rows = self.names[column], chunk.height
        if math.isnan(figure):
            return silent(
                name, "not_applicable", f"`{column}` is missing in every row, here and before", rows
            )
        if not limits and size is None:
            return silent(name, "inconclusive", too_small(self.reference.height, rows), rows)
        if not limits:
            limits = {"max": of_distance(distances.reference, len(self.names))}
        return check(name, figure, limits, self._sentence(column, figure, distances, index, chunk), rows=rows)

    def _sentence(
        self, column: str, figure: float, distances: Distances, index: int, chunk: pl.DataFrame
    ) -> str:
        if distances.missing is not None and figure == distances.missing.chunks[index]:
            now, before = (_share_missing(frame[column]) for frame in (chunk, self.reference))
            return f"`{column}` is missing in {now:.1%} of the rows, in {before:.1%} of the reference"
        return f"`{column}` lies {figure:.3f} from the reference ({self.config['method'].replace('_', ' ')})"


def prepared(rows: pl.DataFrame, columns: Mapping[str, str]) -> pl.DataFrame:
    """The columns (name -> dtype) as float64 or text, NaN as null; what the rows lack is left out."""
    made = []
    for name, dtype in columns.items():
        if name not in rows.columns:
            continue
        if dtype in ("string", "bool"):
            made.append(pl.col(name).cast(pl.String))
        else:
            made.append(pl.col(name).cast(pl.Float64).fill_nan(None))
    return rows.select(made)


def _flagged(reference: pl.DataFrame, chunks: Sequence[pl.DataFrame]) -> list[pl.DataFrame]:
    """The frames with a text column `missing:<name>` for each column that lacks a value anywhere."""
    frames = [reference, *chunks]
    holes = [name for name in reference.columns if any(frame[name].null_count() for frame in frames)]
    flags = [pl.col(name).is_null().cast(pl.String).alias(_MISSING + name) for name in holes]
    return [frame.with_columns(flags) for frame in frames]


def _share_missing(values: pl.Series) -> float:
    return values.null_count() / max(1, len(values))
