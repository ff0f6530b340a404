"""Checks over whole rows, as pandera's checks of a data frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandera.polars as pa
import polars as pl

from mlcycle.kinds.sources.derive import checked, computed
from mlcycle.task import WorkError

#: Where the table of another source is, by the source's name.
Tables = Mapping[str, Path]

#: How the name of the one check begins that fails for the table, and for none of its rows.
ROW_COUNT = "row_count "


def frame_check(config: Mapping[str, Any], frame: pl.DataFrame, tables: Tables) -> pa.Check:
    """The check that `config` declares; its failing rows are those that it gives False for."""
    makers: Mapping[str, Callable[[], tuple[str, pl.Series]]] = {
        "unique": lambda: _unique(config, frame),
        "expression": lambda: _holds(config, frame),
        "foreign_key": lambda: _foreign_key(config, frame, tables),
        "row_count": lambda: _row_count(config, frame),
    }
    name, holds = makers[config["kind"]]()
    return pa.Check(lambda data: data.lazyframe.select(pl.lit(holds.alias("holds"))), name=name)


def _unique(config: Mapping[str, Any], frame: pl.DataFrame) -> tuple[str, pl.Series]:
    """Rows that agree in every column; two nulls agree."""
    columns = list(config["columns"])
    return f"unique({', '.join(columns)})", ~frame.select(columns).is_duplicated()


def _holds(config: Mapping[str, Any], frame: pl.DataFrame) -> tuple[str, pl.Series]:
    """As in SQL, a condition that is neither true nor false is not violated."""
    expression = checked(config["sql"], frame, "contract")
    if expression.dtype != "bool":
        message = f"a check is true or false, but `{config['sql']}` gives {expression.dtype}"
        raise WorkError("MLC818", message, step="contract")
    return config["sql"], computed(frame, expression).fill_null(True)


def _foreign_key(config: Mapping[str, Any], frame: pl.DataFrame, tables: Tables) -> tuple[str, pl.Series]:
    """Every key is found in the other source, or a share of `min_matched` of them; nulls count as found."""
    columns, source = list(config["columns"]), config["source"]
    if source not in tables:
        raise WorkError("MLC818", f"the table of `{source}` is not there to look into", step="contract")
    references = list(config.get("references") or columns)
    known = pl.read_parquet(tables[source], columns=references).rename(
        dict(zip(references, columns, strict=True))
    )
    keys = frame.select(columns).with_row_index("row number of mlcycle")
    lost = keys.drop_nulls(columns).join(known.unique(), on=columns, how="anti")
    matched = 1 - lost.height / max(frame.height, 1)
    name = f"foreign_key({', '.join(columns)} in {source}): {matched:.2%} found"
    if matched >= config.get("min_matched", 1.0):
        return name, pl.repeat(True, frame.height, eager=True)
    found = pl.int_range(frame.height, eager=True).is_in(lost["row number of mlcycle"].implode())
    return name, ~found


def _row_count(config: Mapping[str, Any], frame: pl.DataFrame) -> tuple[str, pl.Series]:
    least, most = config.get("min"), config.get("max")
    fits = (least is None or frame.height >= least) and (most is None or frame.height <= most)
    limits = " and ".join(
        f"{word} {limit:,}" for word, limit in (("at least", least), ("at most", most)) if limit
    )
    return f"{ROW_COUNT}{limits}: there are {frame.height:,}", pl.Series([fits])
