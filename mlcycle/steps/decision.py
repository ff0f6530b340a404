"""What a score decides: one rule for the service, batches and reports."""

from __future__ import annotations

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
    if manifest.task == "regression":
        return [None] * len(scores)
    chosen: Array
    if manifest.task == "binary_classification":
        chosen = scores.astype(np.float32) >= np.float32(manifest.threshold or 0.0)
    else:
        chosen = scores.argmax(axis=1)
    return [
        manifest.classes[int(index)] if known else None
        for index, known in zip(chosen, scored(scores), strict=True)
    ]


def plain_scores(manifest: Manifest, scores: Array) -> list[Any]:
    """Scores as JSON has them: numbers, or for several classes a map of class to probability."""
    if manifest.task != "multiclass_classification":
        numbers: list[Any] = scores.tolist()
        return numbers
    names = class_names(manifest)
    return [dict(zip(names, row, strict=True)) for row in scores.tolist()]
