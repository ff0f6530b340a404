"""What there is to say of the rows of one side."""

from __future__ import annotations

from typing import Any

import polars as pl


def side_figures(rows: pl.DataFrame, task: str, *, timed: bool = True) -> dict[str, Any]:
    """Rows, first and last event time, and the mean label (share of true) or the shares of classes.

    timed: whether times may be shown; else there are none.
    """
    if rows.height == 0:
        return {"rows": 0, "from": None, "to": None, "label": None}
    label: Any = rows["label"].cast(pl.Float64).mean()
    if task == "multiclass_classification":
        counts = rows["label"].value_counts().sort("label")
        label = {str(value): count / rows.height for value, count in counts.iter_rows()}
    times = rows["event_timestamp"]
    first, last = (_iso(times.min()), _iso(times.max())) if timed else (None, None)
    return {"rows": rows.height, "from": first, "to": last, "label": label}


def _iso(value: Any) -> str | None:
    return None if value is None else value.isoformat().replace("+00:00", "Z")
