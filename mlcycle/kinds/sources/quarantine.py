"""Rows that break the contract, kept in a file of their own; some of them leave the table."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import polars as pl

from mlcycle.graph.canonical import digest
from mlcycle.kinds.sources.contract import Judged

FILE = "quarantine.parquet"
#: Columns of the file beside those of the table.
FAILED, SET_ASIDE = "mlcycle.failed", "mlcycle.set_aside"

_ROW = "row number of mlcycle"


def separate(frame: pl.DataFrame, judged: Judged, out: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The rows that stay, and figures; writes the failing rows to `quarantine.parquet`, if there are any.

    The file has their columns, `mlcycle.failed` (the checks, as text) and `mlcycle.set_aside` (whether the
    table does without them).
    """
    if not judged.failed.height:
        return frame, {}
    numbered = frame.with_row_index(_ROW).with_columns(pl.col(_ROW).cast(pl.Int64))
    aside = pl.col(_ROW).is_in(judged.set_aside.implode())
    named = judged.failed.rename({"index": _ROW, "checks": FAILED})
    failing = numbered.join(named, on=_ROW, how="inner", maintain_order="left")
    failing.with_columns(aside.alias(SET_ASIDE)).drop(_ROW).write_parquet(out / FILE, compression="zstd")
    figures = {"rows": failing.height, "set_aside": len(judged.set_aside)}
    return numbered.filter(~aside).drop(_ROW), figures


def version_of(table: Path) -> str:
    """The data version of a folder in which only `table` counts: what failed beside it is no content."""
    with table.open("rb") as stream:
        return digest({table.name: hashlib.file_digest(stream, "sha256").hexdigest()})
