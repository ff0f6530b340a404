"""Figures as a data sheet prints them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any


def number(value: Any) -> str:
    """A number in as many digits as one reads: `12,345.6`, `1956`, `0.0123`, `2.5e+20`."""
    if value is None:
        return ""
    value = float(value)
    if abs(value) >= 1e15 or abs(value) < 1000:
        return f"{value:.4g}"
    digits = 0 if value.is_integer() else 1
    return f"{value:,.{digits}f}" if abs(value) >= 10_000 else f"{value:.{digits}f}"


def share(value: float) -> str:
    """A share of the rows: `0`, `under 0.1%`, `12.3%`, and never 100% where one is left out."""
    if value in (0.0, 1.0):
        return "0%" if value == 0.0 else "100%"
    if value < 0.001:
        return "under 0.1%"
    return "over 99.9%" if value > 0.999 else f"{value:.1%}"


def instant(value: date | datetime) -> str:
    """A time in UTC, or its day where it is midnight."""
    if not isinstance(value, datetime):
        return value.isoformat()
    whole = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
    return f"{value:%Y-%m-%d}" if whole else f"{value:%Y-%m-%d %H:%M} UTC"
