"""The tables that a repository holds."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

_EVENT, _CREATED = "event_timestamp", "created_timestamp"
_EPOCH = pl.lit(datetime(1970, 1, 1, tzinfo=UTC), dtype=pl.Datetime("us", "UTC"))


def place(table: Path, target: Path, keys: Sequence[str]) -> None:
    """Put `table` at `target` at once, in place of what was there.

    Every key, of this table and of the one before, begins with a row of nulls in 1970: it is not known until
    the table says so. Online stores overwrite and never forget, so it is loading such a table that takes back
    the values of keys that are gone, or that are known only later than the moment that is loaded.
    """
    if target.exists() and target.samefile(table):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".table-") as scratch:
        draft = Path(scratch) / target.name
        unknown = _unknown(table, target, keys)
        if unknown.is_empty():
            _link(table, draft)
        else:
            whole = pl.concat([unknown, pl.read_parquet(table)], how="diagonal")
            whole.sort(*keys, _EVENT).write_parquet(draft, compression="zstd")
        draft.replace(target)


def _unknown(table: Path, target: Path, keys: Sequence[str]) -> pl.DataFrame:
    """The first rows of the keys that `table` does not know from the beginning."""
    held = [path for path in (table, target) if path.exists()]
    every = pl.concat([pl.scan_parquet(path).select(keys) for path in held]).unique()
    always = pl.scan_parquet(table).filter(pl.col(_EVENT) == _EPOCH).select(keys)
    late = every.join(always, on=list(keys), how="anti")
    return late.with_columns(_EPOCH.alias(_EVENT), _EPOCH.alias(_CREATED)).collect()


def _link(table: Path, draft: Path) -> None:
    """A hard link where that can be, so that the table outlives its artefact at no cost; else a copy."""
    try:
        os.link(table, draft)
    except OSError:
        shutil.copyfile(table, draft)
