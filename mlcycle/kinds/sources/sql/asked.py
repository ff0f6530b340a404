"""A query on its way to a driver, and what drivers have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from mlcycle.kinds.sources.files import located
from mlcycle.task import WorkError


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A checked query, the values that it binds, and how long it may take."""

    database: str
    root: Path
    sql: str
    values: Mapping[str, Any]
    seconds: float

    @property
    def file(self) -> Path:
        """The file of a database that is one. Raises WorkError MLC811."""
        return located(self.root, self.database.partition(":///")[2])

    @property
    def timed_out(self) -> WorkError:
        message = f"the database took longer than {self.seconds:g} seconds"
        return WorkError("MLC824", message, step="read", help="read less, or give it more: `timeout: 30m`")


def failed(error: Exception) -> WorkError:
    """What the database says, as the author's mistake."""
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return WorkError("MLC823", f"the database refused: {reason}", step="read")


def framed(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> pl.DataFrame:
    """Rows of Python's values as a table; a column of values of several types is refused."""
    twice = {name for name in names if names.count(name) > 1} if isinstance(names, list) else set()
    if twice:
        message = f"the query gives `{min(twice)}` more than once"
        raise WorkError("MLC823", message, step="read", help="name each column with AS")
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    return pl.DataFrame([_series(name, values) for name, values in zip(names, columns, strict=True)])


def _series(name: str, values: Sequence[Any]) -> pl.Series:
    try:
        return pl.Series(name, values, strict=True)
    except (TypeError, pl.exceptions.PolarsError):
        return _mixed(name, values)


def _mixed(name: str, values: Sequence[Any]) -> pl.Series:
    """Whole numbers among others are numbers; anything else of several types is none of ours."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float}:
        return pl.Series(name, [None if value is None else float(value) for value in values])
    if len(kinds) == 1 and next(iter(kinds)).__name__ == "UUID":
        return pl.Series(name, [None if value is None else str(value) for value in values])
    first = values.index(next(v for v in values if v is not None))
    other = next(
        (i for i, v in enumerate(values) if v is not None and type(v) is not type(values[first])), first
    )
    found = " and ".join(sorted(kind.__name__ for kind in kinds))
    message = f"column `{name}` has values of the types {found} (row {other + 1:,})"
    raise WorkError("MLC820", message, step="read", help="cast it in the query: `CAST(... AS TEXT)`")
