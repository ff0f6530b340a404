"""A dataset's columns as a model package computes on them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl

from mlcycle.kinds.sources.arrays import to_arrays
from mlcycle.steps.columns import Columns
from mlcycle.steps.manifest import Manifest
from mlcycle.steps.package import Package

_SLICE = 16_384


def needed(manifest: Manifest) -> tuple[str, ...]:
    """The dataset's columns that a package starts from: its request and its lookups."""
    request = (f"request.{column.name}" for column in manifest.request)
    found = (f"{lookup.view}.{feature.name}" for lookup in manifest.lookups for feature in lookup.features)
    return (*request, *found)


def columns(frame: pl.DataFrame, names: Iterable[str]) -> Columns:
    """Columns of `frame` in the representation of `mlcycle.steps`; KeyError names one that is not there."""
    wanted = list(names)
    absent = [name for name in wanted if name not in frame.columns]
    if absent:
        raise KeyError(absent[0])
    return to_arrays(frame, wanted)


def score(package: Package, frame: pl.DataFrame) -> np.ndarray[Any, Any]:
    """Scores float64 [N] or [N, C] of the rows of `frame`, computed as the service computes them."""
    given = columns(frame, needed(package.manifest))
    parts = []
    for start in range(0, frame.height, _SLICE):
        part = {name: values[start : start + _SLICE] for name, values in given.items()}
        parts.append(package.score(part))
    return np.concatenate(parts).astype(np.float64)
