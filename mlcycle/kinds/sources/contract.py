"""The contract of a source, checked by pandera: everything that fails, at once, with the failing rows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pandera.polars as pa
import polars as pl

from mlcycle.kinds.clean.literals import literal
from mlcycle.kinds.sources.failures import Rows, as_table, failing, refuse_broken, summary
from mlcycle.kinds.sources.row_checks import Around, FrameCheck, Tables, absent_values, frame_check
from mlcycle.kinds.sources.statistics import figure, figure_name
from mlcycle.task import CheckResult, WorkError

Severity = Literal["error", "warn"]
Config = Mapping[str, Any]

_NAMES: Mapping[Severity, str] = {"error": "contract", "warn": "contract_warnings"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the contract says of a table.

    results: `contract` and `contract_warnings`. failed: one row a failing row, `index` and `checks` (text).
    set_aside: the indices of the rows that a quarantine takes, none without one. figures: those that a later
    version is compared with, by name.
    """

    results: tuple[CheckResult, ...]
    failed: pl.DataFrame = field(default_factory=lambda: failing(()))
    figures: Mapping[str, float] = field(default_factory=dict)
    set_aside: pl.Series = field(default_factory=lambda: pl.Series("index", dtype=pl.Int64))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The verdict of one severity and its failing cells."""

    result: CheckResult
    failures: pl.DataFrame | None = None
    set_aside: bool = False


def validate(
    frame: pl.DataFrame, config: Config, rows: Rows, tables: Tables | None = None
) -> tuple[CheckResult, ...]:
    """The results `contract` and `contract_warnings`; an empty table proves nothing, so it is inconclusive.

    tables: the tables of other sources that a `foreign_key` looks into. Raises WorkError for a check that
    cannot be computed on its column.
    """
    return judge(frame, config, rows, Around(tables=tables or {})).results


def judge(frame: pl.DataFrame, config: Config, rows: Rows, around: Around) -> Judged:
    """The results with the rows that fail; see `validate`."""
    severities: tuple[Severity, ...] = ("error", "warn")
    found = [_found(frame, config, severity, rows, around) for severity in severities]
    cells = [each.failures for each in found if each.failures is not None]
    taken = [each.failures for each in found if each.failures is not None and each.set_aside]
    return Judged(
        results=tuple(each.result for each in found),
        failed=failing(cells),
        figures=_compared(frame, config),
        set_aside=failing(taken)["index"],
    )


def _compared(frame: pl.DataFrame, config: Config) -> dict[str, float]:
    """The figures that have a limit of how much they may change, where there is one."""
    limited = [entry for entry in config["checks"] if "max_drop" in entry or "max_increase" in entry]
    found = {figure_name(entry): figure(frame, entry) for entry in limited}
    return {name: value for name, value in found.items() if not math.isnan(value)}


def _found(frame: pl.DataFrame, config: Config, severity: Severity, rows: Rows, around: Around) -> _Found:
    name = _NAMES[severity]
    schema = _schema(frame, config, severity, around)
    if not frame.height:
        message = "the table has no rows, so nothing is known of them"
        return _Found(
            result=CheckResult(name=name, verdict="inconclusive", severity=severity, message=message, rows=0)
        )
    failures = _failures(frame, schema) if schema.count else None
    if failures is None:
        count = schema.count
        words = "check holds" if count == 1 else "checks hold"
        message = f"{count} {words} for {frame.height:,} rows"
        return _Found(
            result=CheckResult(
                name=name, verdict="pass", severity=severity, message=message, rows=frame.height
            )
        )
    refuse_broken(failures)
    aside = severity == "error" and _may_be_set_aside(failures, config, frame.height)
    count = failures["index"].drop_nulls().n_unique()
    words = summary(failures)
    result = CheckResult(
        name=name,
        verdict="pass" if aside else "fail",
        severity=severity,
        message=f"{count:,} rows ({count / frame.height:.2%}) are set aside: {words}" if aside else words,
        figure=float(count),
        rows=frame.height,
        table=as_table(frame, failures, rows),
    )
    return _Found(result=result, failures=failures, set_aside=aside)


def _may_be_set_aside(failures: pl.DataFrame, config: Config, height: int) -> bool:
    """Whether only rows fail, and few enough; what fails for the table is healed by no row that leaves."""
    if "quarantine" not in config or failures["index"].has_nulls():
        return False
    count = failures["index"].n_unique()
    return count < height and count / height <= config["quarantine"]["max_share"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Schema:
    """pandera's schema of one severity, how many checks it has, and the names of those of the whole table."""

    schema: pa.DataFrameSchema
    count: int
    of_table: tuple[str, ...]


def _schema(frame: pl.DataFrame, config: Config, severity: Severity, around: Around) -> _Schema:
    """A schema with the checks of one severity; that a column is there, set and unique is always an error."""
    error = severity == "error"
    columns: dict[str, pa.Column] = {}
    for name, declared in config["columns"].items():
        kind = frame.schema.get(name)
        checks = [
            _check(name, check, _typed(entry["params"], kind)) for check, entry in _of(severity, declared)
        ]
        if error or checks:
            nullable = declared["nullable"] or not error
            unique = [_unique()] if declared["unique"] and error else []
            columns[name] = pa.Column(checks=[*unique, *checks], nullable=nullable)
    of_frame = [
        *(
            frame_check(entry, frame, around)
            for entry in config["checks"]
            if entry.get("severity", "error") == severity
        ),
        *_absent(frame, config, severity),
    ]
    count = sum(entry.get("severity", "error") == severity for entry in config["checks"])
    count += sum(len(column.checks) + error * (1 + (not column.nullable)) for column in columns.values())
    schema = pa.DataFrameSchema(columns, checks=[each.check for each in of_frame], strict=False)
    return _Schema(
        schema=schema, count=count, of_table=tuple(each.name for each in of_frame if each.of_table)
    )


def _of(severity: Severity, declared: Config) -> Iterator[tuple[str, Config]]:
    for check, entry in declared["checks"].items():
        if entry["severity"] == severity:
            yield check, entry


def _absent(frame: pl.DataFrame, config: Config, severity: Severity) -> Iterator[FrameCheck]:
    """`unique_values_eq` says of the whole column that no value lacks; of its rows it is `isin`."""
    for name, declared in config["columns"].items():
        for check, entry in _of(severity, declared):
            if check == "unique_values_eq":
                values = _typed(entry["params"], frame.schema.get(name))["values"]
                yield absent_values(name, values, frame)


def _unique() -> pa.Check:
    """No value twice; unlike pandera's own `unique`, nulls are no values, as in SQL."""

    def holds(data: pa.PolarsData) -> pl.LazyFrame:
        column = pl.col(data.key)
        rows: pl.LazyFrame = data.lazyframe
        return rows.select(~column.is_duplicated() | column.is_null())

    return pa.Check(holds, name="unique")


#: Parameters that are values of the column.
_VALUES = ("value", "values", "allowed_values", "forbidden_values")


def _typed(params: Config, kind: pl.DataType | None) -> dict[str, Any]:
    """The parameters with values as the column has them: `1` for 1.0, times as times."""
    if kind is None:
        return dict(params)
    found = dict(params)
    for name in _VALUES:
        if isinstance(params.get(name), list):
            found[name] = [_as(value, kind) for value in params[name]]
        elif name in params:
            found[name] = _as(params[name], kind)
    return found


def _as(value: Any, kind: pl.DataType) -> Any:
    if kind.is_float() and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind.is_temporal() and isinstance(value, str):
        return pl.select(literal(value, kind)).item()
    return value


def _check(column: str, name: str, params: Config) -> pa.Check:
    make = getattr(pa.Check, name, None)
    if make is None:
        raise WorkError("MLC818", f"pandera has no check `{name}`, asked of `{column}`", step="contract")
    try:
        if name == "unique_values_eq":
            return pa.Check.isin(params["values"], error=f"unique_values_eq({params['values']})")
        if name == "str_matches":  # pandera puts `^` before the first of several alternatives only
            pattern = params["pattern"]
            return pa.Check.str_matches(f"^(?:{pattern})", error=f"str_matches('{pattern}')")
        return make(**params)
    except (TypeError, ValueError) as error:
        raise WorkError("MLC818", f"the check `{name}` of `{column}`: {error}", step="contract") from None


def _failures(frame: pl.DataFrame, schema: _Schema) -> pl.DataFrame | None:
    """The failing cells (column, check, failure_case, index), by row; None where there are none."""
    try:
        schema.schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = pl.DataFrame(error.failure_cases)
        of_table = pl.col("check").is_in(schema.of_table) & pl.col("column").is_null()
        index = pl.when(~of_table).then("index").alias("index")
        return cases.with_columns(index).sort("index", "column", maintain_order=True)
    return None
