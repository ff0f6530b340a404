"""Predicted rows with the features as used: looked-up ones as logged, the others computed by the package."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from mlcycle.kinds.sources.arrays import to_series
from mlcycle.steps.columns import MAKERS
from mlcycle.steps.decision import class_names
from mlcycle.steps.manifest import Manifest
from mlcycle.steps.package import Package

_KEPT = ("at", "request_id", "row", "origin", "package", "version", "assigned", "fallback")


def frame(
    rows: pl.DataFrame,
    package: Package,
    *,
    context: Iterable[tuple[str, str]] = (),
    redacted: Sequence[str] = (),
) -> pl.DataFrame:
    """The rows that one package answered.

    rows: of `segments.ROWS`, each with a `row`. context: columns of the request, (name, dtype), that are
    wanted beside those which the model reads. What was redacted is absent, and what is computed from it too.
    """
    manifest = package.manifest
    requests = [json.loads(text) for text in rows["request"]]
    given = _given(requests, [json.loads(text) for text in rows["lookups"]], package)
    features = package.features(given)
    hidden = unavailable(manifest, redacted)
    dtypes = _dtypes(manifest)
    columns = [to_series(name, features[name], dtypes[name]) for name in dtypes if name not in hidden]
    columns += [
        _context(name, dtype, requests)
        for name, dtype in context
        if f"request.{name}" not in dtypes and name not in redacted
    ]
    decisions = pl.Series("decision", [_plain(text) for text in rows["decision"]], dtype=pl.String)
    return rows.select(_KEPT).with_columns(*_scores(rows, manifest), decisions, *columns)


def unavailable(manifest: Manifest, redacted: Iterable[str]) -> frozenset[str]:
    """The columns of a package's rows that a log cannot have without `redacted`: columns of the request, and
    looked-up features as `view.feature`."""
    hidden = {name if "." in name else f"request.{name}" for name in redacted}
    for entry in manifest.program:
        if hidden & set(_read_by(entry.expression)):
            hidden.add(entry.output)
    return frozenset(hidden)


def _read_by(tree: Any) -> Iterable[str]:
    if not isinstance(tree, Mapping):
        return
    if "column" in tree:
        yield tree["column"]
    for argument in tree.get("arguments", ()):
        yield from _read_by(argument)


def _given(
    requests: Sequence[Mapping[str, Any]], lookups: Sequence[Mapping[str, Any]], package: Package
) -> dict[str, Any]:
    views = {
        lookup.view: [found.get(lookup.view) or {} for found in lookups]
        for lookup in package.manifest.lookups
    }
    return package.reader.request(requests) | package.reader.lookups(views)


def _dtypes(manifest: Manifest) -> dict[str, str]:
    """Every column of a row: what the request carries, what is looked up, what is computed."""
    found: dict[str, str] = {f"request.{column.name}": column.dtype for column in manifest.request}
    for lookup in manifest.lookups:
        found |= {f"{lookup.view}.{feature.name}": feature.dtype for feature in lookup.features}
    return found | {entry.output: entry.dtype for entry in manifest.program}


def _context(name: str, dtype: str, requests: Sequence[Mapping[str, Any]]) -> pl.Series:
    """A column that the model does not read; a value of another type than declared is missing."""
    values = [request.get(name) for request in requests]
    try:
        made = MAKERS[dtype](values)
    except (TypeError, ValueError):
        made = MAKERS[dtype]([None] * len(values))
    return to_series(f"request.{name}", made, dtype)


def _scores(rows: pl.DataFrame, manifest: Manifest) -> list[pl.Series]:
    if manifest.task != "multiclass_classification":
        return [rows["score"].fill_nan(None)]
    found = [{} if text is None else json.loads(text) for text in rows["scores"]]
    return [
        pl.Series(f"score.{name}", np.array([one.get(name) for one in found], np.float64), nan_to_null=True)
        for name in class_names(manifest)
    ]


def _plain(text: str | None) -> str | None:
    """A decision as a text, as class names are: `true`, `late`."""
    value = None if text is None else json.loads(text)
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)
