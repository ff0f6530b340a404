"""The dtypes of a text file's columns, found from its values without any library."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from mlcycle.graph.column import DType

#: So many rows are looked at. A later value that does not fit is an error when the file is read.
ROWS = 100_000

_FORMS: tuple[tuple[DType, re.Pattern[str]], ...] = (
    ("bool", re.compile(r"true|false|True|False|TRUE|FALSE")),
    ("int64", re.compile(r"-?(0|[1-9]\d{0,17})")),
    ("float64", re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")),
    ("date", re.compile(r"\d{4}-\d\d-\d\d")),
    ("timestamp", re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?")),
)
_LEADING_ZERO = re.compile(r"-?0\d+")


class NotCsv(ValueError):
    """The file is no table of text that this can read."""


def columns(
    path: Path, *, delimiter: str = ",", null_values: Iterable[str] | None = None
) -> dict[str, DType]:
    """Column -> dtype, in the file's order. A column without any value is text.

    A number with a leading zero is text: it is a postal code, not a quantity. Raises NotCsv, and OSError
    where the file cannot be read.
    """
    missing = set(null_values) if null_values is not None else {""}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, delimiter=delimiter, strict=True)
            header = next(rows, None)
            if not header:
                raise NotCsv(f"{path.name} has no header line")
            return _dtypes(header, islice(rows, ROWS), missing)
    except (csv.Error, UnicodeDecodeError) as error:
        raise NotCsv(f"{path.name} cannot be read as a table: {error}") from error


def _dtypes(header: list[str], rows: Iterable[list[str]], missing: set[str]) -> dict[str, DType]:
    possible = [list(_FORMS) for _ in header]
    seen = [False] * len(header)
    for row in rows:
        for i, value in enumerate(row[: len(header)]):
            if value in missing:
                continue
            seen[i] = True
            if possible[i]:
                possible[i] = [form for form in possible[i] if _fits(form, value)]
    return {name: possible[i][0][0] if seen[i] and possible[i] else "string" for i, name in enumerate(header)}


def _fits(form: tuple[DType, re.Pattern[str]], value: str) -> bool:
    dtype, pattern = form
    if dtype == "float64" and _LEADING_ZERO.fullmatch(value):
        return False
    if dtype == "timestamp" and len(value) == 10:
        return bool(_FORMS[3][1].fullmatch(value))
    return pattern.fullmatch(value) is not None
