"""How old the newest row is, against the limits declared for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mlcycle.task import CheckResult


def freshness(limits: Mapping[str, Any], newest: datetime | None, rows: int, now: datetime) -> CheckResult:
    """The verdict as of `now`; a table without a row is inconclusive. A row of the future is no days old."""
    warn, error = (limits.get(key) for key in ("warn_after_seconds", "error_after_seconds"))
    shown = ", ".join(
        f"{word} after {_span(seconds)}"
        for word, seconds in (("warn", warn), ("error", error))
        if seconds is not None
    )
    if newest is None:
        message = "there is no row whose age could be told"
        return CheckResult(name="freshness", verdict="inconclusive", message=message, limit=shown, rows=rows)
    age = max(0.0, (now - newest).total_seconds())
    message = (
        f"the newest row is of {newest:%Y-%m-%d %H:%M} UTC, {_span(age)} before {now:%Y-%m-%d %H:%M} UTC"
    )
    late = error is not None and age > error
    early = warn is not None and age > warn
    return CheckResult(
        name="freshness",
        verdict="fail" if late or early else "pass",
        severity="warn" if early and not late else "error",
        message=message if age else f"the newest row is of {newest:%Y-%m-%d %H:%M} UTC",
        figure=age,
        limit=shown,
        rows=rows,
    )


def _span(seconds: float) -> str:
    """A duration as people say it: 36h, 2d 3h."""
    span = timedelta(seconds=round(seconds))
    hours, rest = divmod(span.seconds, 3600)
    parts = ((span.days, "d"), (hours, "h"), (rest // 60, "m"))
    return " ".join(f"{count}{unit}" for count, unit in parts if count) or f"{span.seconds}s"
