"""Checks over whole rows, or over the whole table, as pandera's checks of a data frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandera.polars as pa
import polars as pl

from mlcycle.kinds.sources.derive import checked, computed
from mlcycle.kinds.sources.statistics import Earlier, figure, figure_name, limits_broken, number
from mlcycle.task import WorkError

#: Where the table of another source is, by the source's name.
Tables = Mapping[str, Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What checks may look at beside the rows: other sources' tables, and the last version that passed."""

    tables: Tables = field(default_factory=dict)
    earlier: Earlier = field(default_factory=Earlier)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameCheck:
    """A check with its name. of_table: whether it fails for the table, and for none of its rows."""

    check: pa.Check
    name: str
    of_table: bool = False


def frame_check(config: Mapping[str, Any], frame: pl.DataFrame, around: Around) -> FrameCheck:
    """The check that `config` declares; its failing rows are those that it gives False for."""
    makers: Mapping[str, Callable[[], tuple[str, pl.Series]]] = {
        "unique": lambda: _unique(config, frame),
        "expression": lambda: _holds(config, frame),
        "foreign_key": lambda: _foreign_key(config, frame, around.tables),
        "row_count": lambda: _row_count(config, frame, around.earlier),
        "statistic": lambda: _statistic(config, frame, around.earlier),
    }
    name, holds = makers[config["kind"]]()
    return _made(name, holds, of_table=config["kind"] in ("row_count", "statistic"))


def absent_values(column: str, values: Sequence[Any], frame: pl.DataFrame) -> FrameCheck:
    """That every one of `values` occurs in the column."""
    if column not in frame.columns:  # which is told by the check of the column itself
        return _made(f"{column} has all values", pl.Series([True]), of_table=True)
    there = set(frame[column].drop_nulls().unique().to_list())
    absent = [value for value in values if value not in there]
    name = f"unique_values_eq({column}): {', '.join(map(repr, absent[:3]))} never occurs"
    return _made(name, pl.Series([not absent]), of_table=True)


def _made(name: str, holds: pl.Series, *, of_table: bool) -> FrameCheck:
    check = pa.Check(lambda data: data.lazyframe.select(pl.lit(holds.alias("holds"))), name=name)
    return FrameCheck(check=check, name=name, of_table=of_table)


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


def _row_count(config: Mapping[str, Any], frame: pl.DataFrame, earlier: Earlier) -> tuple[str, pl.Series]:
    broken = limits_broken(float(frame.height), config, earlier)
    return f"row_count {' and '.join(broken)}: there are {frame.height:,}", pl.Series([not broken])


def _statistic(config: Mapping[str, Any], frame: pl.DataFrame, earlier: Earlier) -> tuple[str, pl.Series]:
    if config["column"] not in frame.columns:
        message = f"a check names a column `{config['column']}`, which is not there"
        raise WorkError("MLC812", message, step="contract")
    value = figure(frame, config)
    broken = limits_broken(value, config, earlier)
    name = f"{figure_name(config)} {' and '.join(broken)}"
    return (name if value != value else f"{name}: it is {number(value)}"), pl.Series([not broken])
