"""Rows as JSON carries them to columns as the steps compute on them, and back.

Columns: int64, float64 and bool are float64 with NaN for missing; string is an object array of str or None;
timestamp and date are datetime64[us] in UTC with NaT for missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from mlcycle.steps.manifest import Manifest

Array = np.ndarray[Any, Any]
Columns = dict[str, Array]
Row = Mapping[str, Any]


def number_column(values: Sequence[Any]) -> Array:
    """Numbers, booleans and None as float64."""
    return np.array(values, np.float64)  # numpy reads None as NaN


def text_column(values: Sequence[Any]) -> Array:
    """Texts and None."""
    column = np.empty(len(values), object)
    column[:] = values
    return column


def time_column(values: Sequence[Any]) -> Array:
    """ISO 8601 texts, dates or datetimes (naive means UTC), and None."""
    return np.array([None if value is None else _utc(value) for value in values], "datetime64[us]")


def _utc(value: str | date | datetime) -> datetime:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)


MAKERS: Mapping[str, Callable[[Sequence[Any]], Array]] = {
    "int64": number_column,
    "float64": number_column,
    "bool": number_column,
    "string": text_column,
    "timestamp": time_column,
    "date": time_column,
}


class Reader:
    """Turns request rows into columns `request.<c>` and `<view>.<feature>`, planned once for a manifest."""

    def __init__(self, manifest: Manifest) -> None:
        self._request = [(c.name, f"request.{c.name}", MAKERS[c.dtype]) for c in manifest.request]
        self._lookups = [
            (lookup.view, feature.name, f"{lookup.view}.{feature.name}", MAKERS[feature.dtype])
            for lookup in manifest.lookups
            for feature in lookup.features
        ]

    def request(self, rows: Sequence[Row]) -> Columns:
        """The columns that the rows carry themselves; a key left out is missing."""
        return {column: make([row.get(key) for row in rows]) for key, column, make in self._request}

    def lookups(self, views: Mapping[str, Sequence[Row]]) -> Columns:
        """The columns of looked-up views: for each view one mapping of features a row, empty if missing."""
        return {
            column: make([values.get(feature) for values in views[view]])
            for view, feature, column, make in self._lookups
        }
