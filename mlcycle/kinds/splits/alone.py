"""How well a feature predicts the label all by itself, found on rows that it was not learned from."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

_PARTS = 200
_MOST_ROWS = 50_000
_LEAST_ROWS = 100
_LEAST_OF_A_CLASS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """The score of one feature: 1 is perfect; roc_auc for two classes, else what it explains."""

    feature: str
    score: float


def alone(rows: pl.DataFrame, features: tuple[str, ...], task: str) -> tuple[Alone, ...] | None:
    """The score of each feature, the best first; None where there are too few rows to tell.

    Every other row teaches the mean label (for several classes: the commonest) of each value of the feature,
    a number in up to 200 parts; the rows between are predicted. So a key, which is never seen twice, predicts
    nothing. At most 50,000 rows are used.
    """
    rows = rows.gather_every(-(-rows.height // _MOST_ROWS)) if rows.height > _MOST_ROWS else rows
    if _too_few(rows["label"], task):
        return None
    score = {"binary_classification": _roc_auc, "regression": _r2}.get(task)
    found = []
    for name in features:
        pairs = pl.DataFrame({"value": _parts(rows[name]), "label": rows["label"].cast(pl.Float64)})
        learned, asked = pairs.gather_every(2), pairs.gather_every(2, offset=1)
        value = _mistakes_avoided(learned, asked) if score is None else score(_predicted(learned, asked))
        found.append(Alone(feature=name, score=value))
    return tuple(sorted(found, key=lambda each: (-each.score, each.feature)))


def _too_few(label: pl.Series, task: str) -> bool:
    if len(label) < _LEAST_ROWS:
        return True
    if task == "regression":
        return label.n_unique() < 2
    counts = label.value_counts()["count"]
    return len(counts) < 2 or int(counts.sort()[-2]) < _LEAST_OF_A_CLASS


def _parts(column: pl.Series) -> pl.Series:
    """Values to learn by: a text as it is, a number by the part of the ranks that it is in."""
    if column.dtype == pl.String:
        return column
    numbers = column.cast(pl.Float64).fill_nan(None)
    return (numbers.rank("average") * _PARTS / (len(numbers) + 1)).cast(pl.Int64)


def _predicted(learned: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """The rows asked about with `guess`, the mean label of their value; of all if it was never seen."""
    means = learned.group_by("value").agg(pl.col("label").mean().alias("guess"))
    joined = asked.join(means, on="value", how="left", nulls_equal=True)
    return joined.with_columns(pl.col("guess").fill_null(learned["label"].mean()))


def _roc_auc(rows: pl.DataFrame) -> float:
    """The area under the ROC curve, as the Mann-Whitney statistic."""
    ranks = rows["guess"].rank("average")
    true = rows["label"] > 0.5
    positives, negatives = int(true.sum()), int((~true).sum())
    if not positives or not negatives:
        return 0.5
    above = float(ranks.filter(true).sum()) - positives * (positives + 1) / 2
    return above / (positives * negatives)


def _r2(rows: pl.DataFrame) -> float:
    label, left = rows["label"], rows["label"] - rows["guess"]
    total = float(((label - label.mean()) ** 2).sum())
    return 1 - float((left**2).sum()) / total if total else 0.0


def _mistakes_avoided(learned: pl.DataFrame, asked: pl.DataFrame) -> float:
    """The share of the mistakes of always guessing the commonest class that the feature avoids."""
    usual = learned["label"].mode().sort()[0]
    votes = learned.group_by("value").agg(pl.col("label").mode().sort().first().alias("guess"))
    joined = asked.join(votes, on="value", how="left", nulls_equal=True)
    right = int((joined["guess"].fill_null(usual) == joined["label"]).sum()) / max(asked.height, 1)
    base = int((asked["label"] == usual).sum()) / max(asked.height, 1)
    return (right - base) / (1 - base) if base < 1 else 0.0
