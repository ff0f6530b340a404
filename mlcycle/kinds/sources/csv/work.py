"""Read a comma-separated file strictly: every row as long as the header, every cell of its column's dtype."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow_csv

from mlcycle.kinds.sources.files import Change, located
from mlcycle.kinds.sources.gathering import Found, gathered, together
from mlcycle.task import WorkError

#: The header is line 1.
_FIRST_ROW = 2


def read(config: Mapping[str, Any], root: Path) -> pl.DataFrame:
    """The table; an empty field is missing unless `null_values` says what is.

    Raises WorkError MLC811 to MLC814 with the column, the value and the line, MLC826 and MLC827.
    """
    with gathered(config, root) as found:
        return tables(found, config)


def tables(found: Sequence[Found], config: Mapping[str, Any]) -> pl.DataFrame:
    """The tables of files that are here. Raises as `read` does."""
    delimiter = config.get("delimiter", ",")

    def one(path: Path) -> tuple[pl.DataFrame, int]:
        return _texts(path, delimiter, _header(path, delimiter)), _FIRST_ROW

    return together(found, one, {**config, "null_values": config.get("null_values", [""])})


def rewrite(config: Mapping[str, Any], root: Path, target: Path, change: Change) -> None:
    """Write what `change(table, text for a missing value)` makes of the file's texts, in the same form."""
    path, delimiter = located(root, config["path"]), config.get("delimiter", ",")
    missing = next(iter(config.get("null_values") or ("",)))
    changed = change(_texts(path, delimiter, _header(path, delimiter)), missing)
    changed.write_csv(target, separator=delimiter)


def _header(path: Path, delimiter: str) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            names = next(csv.reader(file, delimiter=delimiter), [])
    except UnicodeDecodeError as error:
        raise _unreadable(f"`{path.name}` is not UTF-8 text ({error.reason})", "save it as UTF-8") from None
    if not names:
        raise _unreadable(
            f"`{path.name}` is empty: it has no header line", "its first line names the columns"
        )
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise _unreadable(f"the header has `{twice[0]}` more than once", "rename one of them")
    return names


def _texts(path: Path, delimiter: str, names: list[str]) -> pl.DataFrame:
    options = arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        strings_can_be_null=False,
        quoted_strings_can_be_null=False,
    )
    try:
        table = arrow_csv.read_csv(
            path,
            read_options=arrow_csv.ReadOptions(use_threads=False),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=options,
        )
    except pa.ArrowInvalid as error:
        raise _unreadable(str(error).split("\n", 1)[0]) from None
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


_FIELDS = "every row needs the header's number of fields; fields with the delimiter in them need quotes"


def _unreadable(reason: str, help: str = _FIELDS) -> WorkError:
    return WorkError("MLC814", f"the file cannot be read: {reason}", step="read", help=help)
