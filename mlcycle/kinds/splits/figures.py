"""What there is to say of the rows of one side."""

from __future__ import annotations

from typing import Any

import polars as pl


def side_figures(rows: pl.DataFrame, task: str) -> dict[str, Any]:
    """Rows, first and last event time, and the mean label (share of true) or the shares of classes."""
    if rows.height == 0:
        return {"rows": 0, "from": None, "to": None, "label": None}
    label: Any = rows["label"].cast(pl.Float64).mean()
    if task == "multiclass_classification":
        counts = rows["label"].value_counts().sort("label")
        label = {str(value): count / rows.height for value, count in counts.iter_rows()}
    times = rows["event_timestamp"]
    return {"rows": rows.height, "from": _iso(times.min()), "to": _iso(times.max()), "label": label}


def _iso(value: Any) -> str | None:
    return None if value is None else value.isoformat().replace("+00:00", "Z")
