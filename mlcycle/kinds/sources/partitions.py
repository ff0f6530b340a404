"""Columns that the names of folders tell: `year=2013/month=1`, as Hive, Spark and Delta write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

from mlcycle.graph.column import DType

#: How Hive writes a missing value.
_NULL = "__HIVE_DEFAULT_PARTITION__"
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,17})")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def partition(name: str) -> dict[str, str | None]:
    """The values in a file's path, outermost first."""
    folders = (part.partition("=") for part in name.split("/")[:-1])
    values = {key: unquote(value) for key, mark, value in folders if mark and key}
    return {key: None if value == _NULL else value for key, value in values.items()}


def dtypes(names: Iterable[str]) -> dict[str, DType]:
    """The dtypes of the columns that all these paths tell: whole numbers, dates, else text."""
    found: dict[str, set[str]] = {}
    for name in names:
        for key, value in partition(name).items():
            found.setdefault(key, set()).update(() if value is None else (value,))
    return {key: _dtype(values) for key, values in found.items()}


def _dtype(values: set[str]) -> DType:
    if values and all(_WHOLE.fullmatch(value) for value in values):
        return "int64"
    return "date" if values and all(_DATE.fullmatch(value) for value in values) else "string"
