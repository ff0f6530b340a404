"""The port `Monitor` by NannyML, with each of its silent failures made loud.

It is asked for figures alone: thresholds and alerts are not its business (a misspelt threshold is accepted,
and a figure that is NaN is no alert). Each figure that was asked for is there, or NaN, or CannotMeasure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from mlcycle.adapters.nannyml.library import by_index, frame, library, quiet
from mlcycle.ports import CannotMeasure, Series

#: Method -> (for numbers, for texts).
METHODS: Mapping[str, tuple[str, str]] = {
    "jensen_shannon": ("jensen_shannon", "jensen_shannon"),
    "hellinger": ("hellinger", "hellinger"),
    "kolmogorov_smirnov": ("kolmogorov_smirnov", "l_infinity"),
}

#: Our metrics by task -> NannyML's names. What is not here it cannot estimate.
ESTIMATED: Mapping[str, Mapping[str, str]] = {
    "binary_classification": {
        "roc_auc": "roc_auc",
        "average_precision": "average_precision",
        "accuracy": "accuracy",
        "precision": "precision",
        "recall": "recall",
        "f1": "f1",
    },
    "multiclass_classification": {"accuracy": "accuracy", "balanced_accuracy": "recall", "f1_macro": "f1"},
    "regression": {
        "mean_absolute_error": "mae",
        "mean_squared_error": "mse",
        "root_mean_squared_error": "rmse",
    },
}
_PROBLEM = {
    "binary_classification": "classification_binary",
    "multiclass_classification": "classification_multiclass",
}

#: LightGBM writes to the terminal and takes every core unless told.
_LIGHTGBM = {"verbosity": -1, "num_threads": 1, "seed": 1, "deterministic": True}


class NannyMonitor:
    """Univariate drift, and performance estimated by CBPE (classification) and DLE (regression)."""

    def drift(
        self, reference: pl.DataFrame, chunks: Sequence[pl.DataFrame], *, method: str, chunk_rows: int
    ) -> Mapping[str, Series]:
        """Each column's distance from the reference; NaN for a column that is missing throughout a chunk."""
        columns = list(reference.columns)
        _same_columns(reference, chunks)
        texts = [name for name in columns if reference.schema[name] == pl.String]
        usable = [name for name in columns if _values(reference[name]) > 0]
        nothing = Series(reference=(), chunks=tuple(float("nan") for _ in chunks))
        found: dict[str, Series] = dict.fromkeys(columns, nothing)
        if usable and chunks:
            numbers, words = METHODS[method]
            calculator = library().UnivariateDriftCalculator(
                column_names=usable,
                treat_as_categorical=[name for name in texts if name in usable],
                treat_as_numerical=[name for name in usable if name not in texts],
                continuous_methods=[numbers],
                categorical_methods=[words],
                chunker=by_index(),
            )
            cut = _cut(reference.select(usable), chunk_rows)
            with quiet():
                calculator.fit(frame(cut))
                table = calculator.calculate(frame([chunk.select(usable) for chunk in chunks])).to_df()
            for name in usable:
                key = (name, words if name in texts else numbers, "value")
                found[name] = _series(table, key, ("chunk", "chunk", "period"), len(cut), len(chunks))
        return found

    def estimate(
        self,
        reference: pl.DataFrame,
        chunks: Sequence[pl.DataFrame],
        *,
        task: str,
        metric: str,
        features: Sequence[str] = (),
    ) -> Series:
        """The metric of each chunk without its labels, with an interval of three standard errors."""
        if metric not in ESTIMATED[task]:
            raise CannotMeasure(f"`{metric}` cannot be estimated for the task {task}")
        name = ESTIMATED[task][metric]
        if task == "regression":
            _finite([reference, *chunks], ["score"])
            return self._losses(reference, chunks, name, features)
        scores = [column for column in reference.columns if column.split(".")[0] == "score"]
        _probabilities([reference, *chunks], scores)
        _every_class(reference, 2 if task == "binary_classification" else len(scores))
        probabilities: Any = dict(enumerate(scores))
        estimator = library().CBPE(
            metrics=[name],
            y_pred_proba="score" if task == "binary_classification" else probabilities,
            y_pred="decision",
            y_true="label",
            problem_type=_PROBLEM[task],
            chunker=by_index(),
        )
        used = [*scores, "decision"]
        with quiet():
            estimator.fit(_whole([reference.select(*used, "label")], "label", "decision"))
            table = estimator.estimate(_whole([chunk.select(used) for chunk in chunks], "decision")).to_df()
        return _estimates(table, name, len(chunks))

    def _losses(
        self, reference: pl.DataFrame, chunks: Sequence[pl.DataFrame], name: str, features: Sequence[str]
    ) -> Series:
        if not features:
            raise CannotMeasure("there are no features to estimate losses by")
        estimator = library().DLE(
            feature_column_names=list(features),
            y_pred="score",
            y_true="label",
            metrics=[name],
            chunker=by_index(),
            hyperparameters=_LIGHTGBM,
        )
        used = [*features, "score"]
        with quiet():
            estimator.fit(frame([reference.select(*used, "label")]))
            table = estimator.estimate(frame([chunk.select(used) for chunk in chunks])).to_df()
        return _estimates(table, name, len(chunks))


def _whole(parts: list[pl.DataFrame], *classes: str) -> Any:
    """The parts in pandas, with classes as whole numbers, which is how NannyML compares them."""
    made = frame(parts)
    for name in classes:
        made[name] = made[name].astype("int64")
    return made


def _cut(reference: pl.DataFrame, rows: int) -> list[pl.DataFrame]:
    """Neighbouring pieces of about `rows` rows each, none smaller."""
    pieces = max(1, reference.height // max(1, rows))
    ends = np.linspace(0, reference.height, pieces + 1).astype(int)
    return [reference.slice(start, end - start) for start, end in pairwise(ends)]


def _series(table: Any, key: Any, period: Any, reference: int, chunks: int) -> Series:
    """A figure's rows of both sides; CannotMeasure if one was dropped."""
    if key not in table.columns:
        raise CannotMeasure(f"NannyML left out {key[0]}")
    before, after = table[table[period] == "reference"][key], table[table[period] == "analysis"][key]
    if (len(before), len(after)) != (reference, chunks):
        raise CannotMeasure(f"NannyML gave {len(after)} figures of {key[0]} for {chunks} chunks")
    return Series(reference=tuple(map(float, before)), chunks=tuple(map(float, after)))


def _estimates(table: Any, name: str, chunks: int) -> Series:
    rows = table[table[("chunk", "period")] == "analysis"]
    if (name, "value") not in table.columns or len(rows) != chunks:
        raise CannotMeasure(f"NannyML gave {len(rows)} figures of {name} for {chunks} chunks")

    def column(part: str) -> tuple[float, ...]:
        return tuple(map(float, rows[(name, part)]))

    return Series(
        reference=(),
        chunks=column("value"),
        low=column("lower_confidence_boundary"),
        high=column("upper_confidence_boundary"),
    )


def _values(column: pl.Series) -> int:
    """How many values are not missing."""
    return len(column.fill_nan(None).drop_nulls()) if column.dtype == pl.Float64 else len(column.drop_nulls())


def _same_columns(reference: pl.DataFrame, chunks: Sequence[pl.DataFrame]) -> None:
    for chunk in chunks:
        if chunk.schema != reference.schema:
            raise CannotMeasure("a chunk has other columns, or other types, than the reference")


def _finite(frames: Sequence[pl.DataFrame], columns: Sequence[str]) -> None:
    for part in frames:
        for name in columns:
            if not bool(part[name].is_finite().fill_null(False).all()):
                raise CannotMeasure(f"some of `{name}` are missing or no finite numbers")


def _probabilities(frames: Sequence[pl.DataFrame], scores: Sequence[str]) -> None:
    """With a probability above 1 NannyML estimates an AUC of .99, and says nothing."""
    _finite(frames, scores)
    for part in frames:
        for name in scores:
            if part.height and not bool(part[name].is_between(0, 1).all()):
                raise CannotMeasure(f"`{name}` is no probability: it lies outside 0 to 1")


def _every_class(reference: pl.DataFrame, classes: int) -> None:
    if reference["label"].null_count() or reference["label"].n_unique() < classes:
        raise CannotMeasure("the reference has no label of some class, or rows without a label")
