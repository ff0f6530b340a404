"""Rows as JSON carries them to columns as the steps compute on them, and back.

Columns: int64, float64 and bool are float64 with NaN for missing; string is an object array of str or None;
timestamp and date are datetime64[us] in UTC with NaT for missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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


class Picker:
    """Takes the same keys out of many rows; numbers go through one matrix, which is quicker for one row."""

    def __init__(self, fields: Iterable[tuple[str, str, str]]) -> None:
        """fields: the rows' key, the column's name, its dtype."""
        listed = tuple(fields)
        numbers = [(key, name) for key, name, dtype in listed if MAKERS[dtype] is number_column]
        self._keys = tuple(key for key, _ in numbers)
        self._names = tuple(name for _, name in numbers)
        self._others = tuple(
            (key, name, MAKERS[dtype]) for key, name, dtype in listed if MAKERS[dtype] is not number_column
        )

    def columns(self, rows: Sequence[Row]) -> Columns:
        """The columns of the rows; a key that a row lacks is missing."""
        keys = self._keys
        matrix = np.array([[row.get(key) for key in keys] for row in rows], np.float64)
        picked: Columns = dict(zip(self._names, matrix.T, strict=True)) if keys else {}
        for key, name, make in self._others:
            picked[name] = make([row.get(key) for row in rows])
        return picked


class Reader:
    """Turns request rows into columns `request.<c>` and `<view>.<feature>`, planned once for a manifest."""

    def __init__(self, manifest: Manifest) -> None:
        self._request = Picker((c.name, f"request.{c.name}", c.dtype) for c in manifest.request)
        self._lookups = [
            (lookup.view, Picker((f.name, f"{lookup.view}.{f.name}", f.dtype) for f in lookup.features))
            for lookup in manifest.lookups
        ]

    def request(self, rows: Sequence[Row]) -> Columns:
        """The columns that the rows carry themselves; a key left out is missing."""
        return self._request.columns(rows)

    def lookups(self, views: Mapping[str, Sequence[Row]]) -> Columns:
        """The columns of looked-up views: for each view one mapping of features a row, empty if missing."""
        found: Columns = {}
        for view, picker in self._lookups:
            found.update(picker.columns(views[view]))
        return found
