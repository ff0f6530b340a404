"""Rows that count as much as a column says, for a gate that names one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from mlcycle.graph.node import Step
from mlcycle.kinds.gates.scores import Scores
from mlcycle.kinds.gates.statistics import Floats
from mlcycle.kinds.trainers.baseline import constant_scores
from mlcycle.task import WorkError


def weighed(scores: Scores, step: Step, test: pl.DataFrame, train: pl.DataFrame) -> Scores:
    """`scores` with the weights that the gate asks for; as they are where it asks for none.

    A baseline then knows the training rows by the same weights: one that counts them alike would be easier
    to beat. MLC893: a weight is missing, negative or infinite, or none is above 0. MLC894: the dataset was
    built before the gate named the column.
    """
    column = step.config.get("sample_weight")
    if column is None:
        return scores
    weighted = replace(scores, weights=_weights(test, column, "test", step))
    if "against" not in step.config:
        return weighted
    learned = _weights(train, column, "training", step)
    known = train["label"].cast(pl.Float64).to_numpy()
    constant = constant_scores(scores.task, known, scores.classes, scores.rows, learned)
    return replace(weighted, baselines=dict.fromkeys(scores.baselines, constant))


def note(step: Step, scores: Scores) -> str:
    """What weights make of the rows, as the end of a gate's sentence."""
    if scores.weights is None:
        return ""
    return f"; weighted by `{step.config['sample_weight']}`, they tell as much as {scores.evidence:,} alike"


def _weights(rows: pl.DataFrame, column: str, side: str, step: Step) -> Floats:
    name = f"by.{column}"
    if name not in rows.columns:
        message = f"the dataset lacks the column `{column}` that the gate weighs rows by"
        help_line = "it was built before the gate named it: run the dataset as well"
        raise WorkError("MLC894", message, step=step.name, help=help_line)
    found = rows[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    unusable = int((~(found >= 0) | np.isinf(found)).sum())
    help_line = "derive a column that is 0 where a row is not to count"
    if unusable:
        message = f"`{column}` is missing, below 0 or infinite in {unusable:,} of {len(found):,} {side} rows"
        raise WorkError("MLC893", message, step=step.name, help=help_line)
    if not found.any():
        message = f"`{column}` is 0 in all {len(found):,} {side} rows: none counts"
        raise WorkError("MLC893", message, step=step.name, help="weigh by another column, or use other rows")
    return found
