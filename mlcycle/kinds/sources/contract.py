"""The contract of a source, checked by pandera: everything that fails, at once, with the failing rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandera.polars as pa
import polars as pl

from mlcycle.kinds.sources.row_checks import ROW_COUNT, Tables, frame_check
from mlcycle.task import CheckResult, Table, WorkError

Severity = Literal["error", "warn"]

_NAMES: Mapping[Severity, str] = {"error": "contract", "warn": "contract_warnings"}
_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """How rows are named in a table of failures: by `key`; values of `secret` columns are not shown."""

    key: tuple[str, ...] = ()
    secret: frozenset[str] = frozenset()


def validate(
    frame: pl.DataFrame, config: Mapping[str, Any], rows: Rows, tables: Tables | None = None
) -> tuple[CheckResult, ...]:
    """The results `contract` and `contract_warnings`; an empty table proves nothing, so it is inconclusive.

    tables: the tables of other sources that a `foreign_key` looks into. Raises WorkError for a check that
    cannot be computed on its column.
    """
    return tuple(_result(frame, config, severity, rows, tables or {}) for severity in ("error", "warn"))


def _result(
    frame: pl.DataFrame, config: Mapping[str, Any], severity: Severity, rows: Rows, tables: Tables
) -> CheckResult:
    name = _NAMES[severity]
    schema, count = _schema(frame, config, severity, tables)
    if not frame.height:
        message = "the table has no rows, so nothing is known of them"
        return CheckResult(name=name, verdict="inconclusive", severity=severity, message=message, rows=0)
    failures = _failures(frame, schema)
    if failures is None:
        message = f"{count} {'check holds' if count == 1 else 'checks hold'} for {frame.height:,} rows"
        return CheckResult(name=name, verdict="pass", severity=severity, message=message, rows=frame.height)
    _refuse_broken(failures)
    kinds = failures.group_by("column", "check", maintain_order=True).len()
    return CheckResult(
        name=name,
        verdict="fail",
        severity=severity,
        message=_summary(kinds),
        figure=float(failures["index"].drop_nulls().n_unique()),
        rows=frame.height,
        table=_table(frame, failures, rows),
    )


def _schema(
    frame: pl.DataFrame, config: Mapping[str, Any], severity: Severity, tables: Tables
) -> tuple[pa.DataFrameSchema, int]:
    """A schema with the checks of one severity; that a column is there, set and unique is always an error."""
    error = severity == "error"
    columns: dict[str, pa.Column] = {}
    for name, declared in config["columns"].items():
        checks = [
            _check(name, check, entry["params"])
            for check, entry in declared["checks"].items()
            if entry["severity"] == severity
        ]
        if error or checks:
            nullable = declared["nullable"] or not error
            unique = [_unique()] if declared["unique"] and error else []
            columns[name] = pa.Column(checks=[*unique, *checks], nullable=nullable)
    of_rows = [
        frame_check(entry, frame, tables)
        for entry in config["checks"]
        if entry.get("severity", "error") == severity
    ]
    count = len(of_rows) + sum(
        len(column.checks) + error * (1 + (not column.nullable)) for column in columns.values()
    )
    return pa.DataFrameSchema(columns, checks=of_rows, strict=False), count


def _unique() -> pa.Check:
    """No value twice; unlike pandera's own `unique`, nulls are no values, as in SQL."""

    def holds(data: pa.PolarsData) -> pl.LazyFrame:
        column = pl.col(data.key)
        rows: pl.LazyFrame = data.lazyframe
        return rows.select(~column.is_duplicated() | column.is_null())

    return pa.Check(holds, name="unique")


def _check(column: str, name: str, params: Mapping[str, Any]) -> pa.Check:
    make = getattr(pa.Check, name, None)
    if make is None:
        raise WorkError("MLC818", f"pandera has no check `{name}`, asked of `{column}`", step="contract")
    try:
        return make(**params)
    except (TypeError, ValueError) as error:
        raise WorkError("MLC818", f"the check `{name}` of `{column}`: {error}", step="contract") from None


def _failures(frame: pl.DataFrame, schema: pa.DataFrameSchema) -> pl.DataFrame | None:
    """The failing cells (column, check, failure_case, index), by row; None where there are none."""
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = pl.DataFrame(error.failure_cases)
        of_table = pl.col("check").str.starts_with(ROW_COUNT) & pl.col("column").is_null()
        index = pl.when(~of_table).then("index").alias("index")
        return cases.with_columns(index).sort("index", "column", maintain_order=True)
    return None


def _refuse_broken(failures: pl.DataFrame) -> None:
    """A failure without a row is not the data's: a missing column, a check that fits no such type."""
    for failure in failures.filter(pl.col("index").is_null()).iter_rows(named=True):
        if failure["check"] == "column_in_dataframe":
            message = f"the contract names a column `{failure['failure_case']}`, which is not there"
            raise WorkError("MLC812", message, step="contract")
        if failure["column"] is not None:
            reason = str(failure["failure_case"]).split("\\n", 1)[0].split("\n", 1)[0]
            message = f"the check {failure['check']} of `{failure['column']}` cannot be computed: {reason}"
            raise WorkError("MLC818", message, step="contract")


def _summary(kinds: pl.DataFrame) -> str:
    found = [
        f"{_subject(row)} {_words(row['check'])} fails in {row['len']:,} rows"
        for row in kinds.iter_rows(named=True)
    ]
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return "; ".join(found[:3]) + more


def _subject(row: Mapping[str, Any]) -> str:
    return f"`{row['column']}`" if row["column"] is not None else "rows:"


def _words(check: str) -> str:
    return {"not_nullable": "not null"}.get(check, check)


def _table(frame: pl.DataFrame, failures: pl.DataFrame, rows: Rows) -> Table:
    shown = failures.head(_SHOWN)
    key = [name for name in rows.key if name in frame.columns]
    lines = []
    for failure in shown.iter_rows(named=True):
        index = failure["index"]
        values = tuple("" if index is None else frame[name][index] for name in key)
        column = failure["column"] or ""
        value = failure["failure_case"] if column else ""
        cell = (column, _words(failure["check"]), "(not shown)" if column in rows.secret else value)
        lines.append((None if index is None else index + 1, *_hidden(key, values, rows), *cell))
    title = f"failing rows: {len(lines)} of {failures.height:,}"
    return Table(title=title, columns=("row", *key, "column", "check", "value"), rows=tuple(lines))


def _hidden(names: Sequence[str], values: Sequence[Any], rows: Rows) -> tuple[Any, ...]:
    return tuple("(not shown)" if n in rows.secret else str(v) for n, v in zip(names, values, strict=True))
