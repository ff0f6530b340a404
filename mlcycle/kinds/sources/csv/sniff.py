"""The dtypes of a text file's columns, found from its values without any library."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from mlcycle.graph.column import DType

#: So many rows are looked at. A later value that does not fit is an error when the file is read.
ROWS = 100_000

_Form = tuple[DType, re.Pattern[str]]
_FORMS: tuple[_Form, ...] = (
    ("bool", re.compile(r"true|false|True|False|TRUE|FALSE")),
    ("int64", re.compile(r"-?(0|[1-9]\d{0,17})")),
    ("float64", re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")),
    ("date", re.compile(r"\d{4}-\d\d-\d\d")),
    ("timestamp", re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?")),
)
#: Texts that say that a value is missing; whoever means that lists them under `null_values`.
_SAY_MISSING = frozenset(("", "-", "?", "na", "n/a", "nan", "null", "none"))
#: So many values, for each that fits, may be something else before a column is text after all.
_STRAYS = 0.02
#: Strays before which nothing is decided.
_PATIENCE = 10
_LEADING_ZERO = re.compile(r"-?0\d+")


class NotCsv(ValueError):
    """The file is no table of text that this can read."""


_DELIMITERS = (",", ";", "\t", "|")
_LONGEST_HEADER = 1_000_000


def columns(
    path: Path, *, delimiter: str = ",", null_values: Iterable[str] | None = None
) -> dict[str, DType]:
    """Column -> dtype, in the file's order. A column without any value is text.

    A number with a leading zero is text: it is a postal code, not a quantity. A few values of another form,
    or such as `NA`, do not make a column of numbers text: reading refuses them, with their rows, where text
    would be learned from without a word. Raises NotCsv, and OSError where the file cannot be read.
    """
    missing = set(null_values) if null_values is not None else {""}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, delimiter=delimiter, strict=True)
            header = next(rows, None)
            if not header:
                raise NotCsv(f"{path.name} has no header line")
            first = next(rows, None)
            if first is None:
                raise NotCsv(f"{path.name} has a header line and no rows")
            return _dtypes(header, chain([first], islice(rows, ROWS - 1)), missing)
    except (csv.Error, UnicodeDecodeError) as error:
        raise NotCsv(f"{path.name} cannot be read as a table: {error}") from error


def delimiter(path: Path) -> str:
    """The character that divides the header line into most fields; a comma if none does.

    Raises NotCsv, and OSError where the file cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline(_LONGEST_HEADER)
    except UnicodeDecodeError as error:
        raise NotCsv(f"{path.name} cannot be read as a table: {error}") from error
    return max(_DELIMITERS, key=lambda one: len(next(csv.reader([header], delimiter=one), [])))


@dataclass(slots=True)
class _Column:
    """What the values of a column have been so far. forms: those that all values but the strays fit."""

    forms: tuple[_Form, ...] = _FORMS
    fitting: int = 0
    strays: int = 0

    def see(self, value: str) -> None:
        if not self.forms:
            return
        fitting = tuple(form for form in self.forms if _fits(form, value))
        if fitting:
            self.forms = fitting
            self.fitting += 1
        elif value.lower() not in _SAY_MISSING:
            self.strays += 1
            hopeless = self.strays > _PATIENCE and self.strays > _STRAYS * self.fitting
            if hopeless or _LEADING_ZERO.fullmatch(value):
                self.forms = ()

    def dtype(self) -> DType:
        usable = self.forms and self.fitting and self.strays <= _STRAYS * self.fitting
        return self.forms[0][0] if usable else "string"


def _dtypes(header: list[str], rows: Iterable[list[str]], missing: set[str]) -> dict[str, DType]:
    found = [_Column() for _ in header]
    for row in rows:
        for column, value in zip(found, row, strict=False):
            if value not in missing:
                column.see(value)
    return {name: column.dtype() for name, column in zip(header, found, strict=True)}


def _fits(form: _Form, value: str) -> bool:
    dtype, pattern = form
    if dtype == "float64" and _LEADING_ZERO.fullmatch(value):
        return False
    if dtype == "timestamp" and len(value) == 10:
        return bool(_FORMS[3][1].fullmatch(value))
    return pattern.fullmatch(value) is not None
