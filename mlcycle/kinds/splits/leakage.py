"""Signs that a split, or what it splits, tells the model its answers. All of them warn, and stop nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import polars as pl

from mlcycle.kinds.splits import folds
from mlcycle.kinds.splits.accepted import SUSPECTED
from mlcycle.kinds.splits.alone import Alone, alone
from mlcycle.task import CheckResult, Table

#: Scores from which on a single feature is suspected: the area under the ROC curve of two classes, the share
#: of mistakes avoided with more of them, the share of the variance explained of a number.
_LIMITS: Mapping[str, float] = {
    "binary_classification": 0.99,
    "multiclass_classification": 0.98,
    "regression": 0.98,
}
_FIGURES: Mapping[str, str] = {
    "binary_classification": "roc_auc",
    "multiclass_classification": "mistakes avoided",
    "regression": "r2",
}
_SHOWN = 10


def single_features(train: pl.DataFrame, features: Iterable[str], task: str) -> CheckResult:
    """Whether a feature alone predicts the label of training rows almost perfectly."""
    limit, figure = _LIMITS[task], _FIGURES[task]
    found = alone(train, tuple(features), task)
    name = "single_feature"
    if found is None:
        message = "too few training rows to tell whether a feature alone predicts the label"
        return CheckResult(
            name=name, verdict="inconclusive", severity="warn", message=message, rows=train.height
        )
    suspected = [each for each in found if each.score >= limit]
    told = ", ".join(f"`{each.feature}` ({each.score:.3f})" for each in suspected[:3])
    more = f" and {len(suspected) - 3} more" if len(suspected) > 3 else ""
    return CheckResult(
        name=name,
        verdict="fail" if suspected else "pass",
        severity="warn",
        message=f"{told}{more} alone predict the label: are they known when it is predicted?"
        if suspected
        else "no feature alone predicts the label",
        figure=max((each.score for each in found), default=None),
        limit=f"{figure} < {limit}",
        rows=train.height,
        table=_table(found, figure, len(suspected)),
    )


def _table(found: tuple[Alone, ...], figure: str, suspected: int) -> Table:
    """The best of them, and every suspected one, as each may be accepted by name."""
    rows = tuple(
        (each.feature, round(each.score, 4), SUSPECTED if i < suspected else "")
        for i, each in enumerate(found[: max(_SHOWN, suspected)])
    )
    return Table(title="What each feature predicts alone", columns=("feature", figure, ""), rows=rows)


def repeated_rows(rows: pl.DataFrame) -> CheckResult:
    """Whether rows of validation or test are rows of train as well, apart from their keys.

    rows: labelled rows of the dataset with `side`. Equal means in everything that the dataset has of them:
    time, request, features, label.
    """
    columns = _compared(rows)
    marks = rows.select("side", row=rows.select(columns).hash_rows(seed=0))
    learned = marks.filter(pl.col("side") == "train")["row"].unique()
    judged = marks.filter(pl.col("side").is_in(["validation", "test"]))
    twice = int(judged["row"].is_in(learned.implode()).sum())
    share = twice / max(judged.height, 1)
    message = (
        f"{twice:,} of {judged.height:,} rows of validation and test are rows of train as well ({share:.1%})"
    )
    return CheckResult(
        name="repeated_rows",
        verdict="fail" if twice else "pass",
        severity="warn",
        message=message if twice else "no row of validation or test is a row of train as well",
        figure=float(twice),
        limit="0",
        rows=judged.height,
    )


def _compared(rows: pl.DataFrame) -> list[str]:
    """Everything but what names a row: its number, its key, that key in a request, a time that is a key."""
    keys = {name for name in rows.columns if name.startswith("key.")}
    left_out = {"row_id", "side", "predict_at", *keys, *(f"request.{name[4:]}" for name in keys)}
    if any(
        rows[name].dtype == pl.Datetime and (rows[name] == rows["event_timestamp"]).all() for name in keys
    ):
        left_out.add("event_timestamp")
    return [name for name in rows.columns if name not in left_out]


def shuffled(rows: pl.DataFrame, timestamp: str) -> CheckResult:
    """Whether rows of the test side are older than rows that the model learned from."""
    train, test = (rows.filter(pl.col("side") == side)["event_timestamp"] for side in ("train", "test"))
    newest: Any = train.max()
    older = int((test < newest).sum()) if isinstance(newest, datetime) else 0
    share = older / max(len(test), 1)
    message = (
        f"{share:.1%} of the test rows are older than the newest training row (by `{timestamp}`): the model "
        "is judged on days that it has seen; `kind: time` judges it on days to come"
    )
    return CheckResult(
        name="shuffled",
        verdict="fail" if older else "pass",
        severity="warn",
        message=message if older else f"every test row is newer than the training rows (by `{timestamp}`)",
        figure=share,
        limit="0",
        rows=len(test),
    )


def torn_groups(rows: pl.DataFrame, columns: Iterable[str]) -> CheckResult:
    """Whether a group that belongs together has rows on two sides, of the split or of one of its folds."""
    names = [f"by.{name}" for name in columns]
    used = rows.filter(pl.col("side").is_in(["train", "validation", "test"]))
    sides = used.group_by(names).agg(pl.col("side").n_unique())
    torn = sides.filter(pl.col("side") > 1).height + sum(fold.height for fold in folds.torn(rows, names))
    listed = ", ".join(f"`{name}`" for name in columns)
    return CheckResult(
        name="groups_apart",
        verdict="fail" if torn else "pass",
        message=f"{torn:,} of {sides.height:,} groups of {listed} have rows on two sides"
        if torn
        else f"{sides.height:,} groups of {listed}, each on one side",
        figure=float(torn),
        limit="0",
        rows=used.height,
    )
