"""What a score decides: one rule for the service, batches and reports."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from mlcycle.steps.columns import Array
from mlcycle.steps.manifest import Manifest

Class = bool | int | str


def class_names(manifest: Manifest) -> list[str]:
    """The classes as texts, as answers and columns name them: `true`, `3`, `late`."""
    return [str(one).lower() if isinstance(one, bool) else str(one) for one in manifest.classes]


def scored(scores: Array) -> Array:
    """For each row whether it has a score: all of its numbers are finite."""
    finite: Array = np.isfinite(scores)
    return finite if finite.ndim == 1 else np.all(finite, axis=1)


def decisions(manifest: Manifest, scores: Array) -> list[Class | None]:
    """The decision for each score: by the threshold, or the likeliest class; None for a regression and NaN.

    The threshold is compared as float32, in which the graph computes.
    """
    classes = manifest.classes
    if manifest.task == "binary_classification":
        limit = float(np.float32(manifest.threshold or 0.0))
        return [classes[score >= limit] if isfinite(score) else None for score in scores.tolist()]
    if manifest.task == "multiclass_classification":
        likeliest = scores.argmax(axis=1).tolist()
        known = scored(scores).tolist()
        return [classes[index] if sure else None for index, sure in zip(likeliest, known, strict=True)]
    return [None] * len(scores)


def plain_scores(manifest: Manifest, scores: Array) -> list[Any]:
    """Scores as JSON has them: numbers, or for several classes a map of class to probability."""
    if manifest.task != "multiclass_classification":
        numbers: list[Any] = scores.tolist()
        return numbers
    names = class_names(manifest)
    return [dict(zip(names, row, strict=True)) for row in scores.tolist()]
