"""The contract of a source as a step: what is checked of its columns and rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.diagnostics.span import Span
from mlcycle.graph.column import DType
from mlcycle.graph.node import Check, Step
from mlcycle.kinds.clean.values import fits
from mlcycle.kinds.interface import Reads, SourceKind
from mlcycle.language.checks import ColumnCheck, ForeignKey, Holds, RowCheck, RowCount, Statistic, Unique
from mlcycle.language.source import SourceColumn
from mlcycle.lowering.columns import named, not_in_a_table, parsed, uses
from mlcycle.lowering.plain import kept, seconds
from mlcycle.lowering.resolved import Drop, Table, Use

_WORK = "mlcycle.kinds.sources.contract:validate"


def contract_step(
    spec: SourceKind, table: Table
) -> tuple[tuple[Step, ...], tuple[Use, ...], tuple[Diagnostic, ...]]:
    """The step (none without a contract), the columns it names and what is wrong with its expressions."""
    used = tuple(
        Use(name=n, column=table.find(n), span=spec.key_span("columns", n), by="the contract", table=table)
        for n in spec.columns
    )
    used = (*used, *(use for name in spec.columns for use in _check_uses(spec, name, table)))
    findings = list(_value_findings(spec, table))
    rows = []
    for check in spec.checks:
        entry, problem = _row_check(check, table)
        rows.append(entry)
        findings.extend(problem)
        used = (*used, *_row_uses(check, table))
    if not spec.columns and not rows:
        return (), used, ()
    columns = {name: _column(column) for name, column in spec.columns.items()}
    config: dict[str, Any] = {"columns": columns, "checks": rows}
    if spec.quarantine is not None:
        config["quarantine"] = {"max_share": spec.quarantine.max_share}
    place = spec.key_span("columns") if columns else spec.key_span("checks")
    step = Step(name="contract", kind="contract", work=_WORK, config=config, span=place)
    return (step,), used, tuple(findings)


_NUMBERS: tuple[DType, ...] = ("int64", "float64")
#: Keys of checks that hold values of the column.
_VALUES = ("value", "values", "allowed_values", "forbidden_values")
_OF_ANYTHING = ("null_share", "distinct", "distinct_share")
_COMPARING = (
    "greater_than",
    "greater_than_or_equal_to",
    "less_than",
    "less_than_or_equal_to",
    "in_range",
)


def _check_uses(spec: SourceKind, name: str, table: Table) -> Iterator[Use]:
    """What the checks of a column need it to be; whether it is there is asked once, by its own use."""
    checks = spec.columns[name].checks
    column = table.find(name)
    if checks is None or column is None:
        return
    for check in checks.given():
        accepts: tuple[DType, ...] = ("string",) if check.startswith("str_") else ()
        yield Use(
            name=name,
            column=column,
            span=checks.key_span(check),
            by=f"the check `{check}`",
            table=table,
            accepts=_NUMBERS if check in _COMPARING else accepts,
        )


def _value_findings(spec: SourceKind, table: Table) -> Iterator[Diagnostic]:
    """Values that a column could never have."""
    for name, declared in spec.columns.items():
        column = table.find(name)
        for check, given in (declared.checks.given() if declared.checks is not None else {}).items():
            for key in _VALUES:
                values = getattr(given, key, ())
                many = isinstance(values, tuple)
                for i, value in enumerate(values if many else (values,)):
                    if column is None or fits(value, column.dtype):
                        continue
                    message = f"`{name}` is {column.dtype}, so that it is never {value!r}"
                    assert declared.checks is not None
                    place = declared.checks.span(check, key, i) if many else declared.checks.span(check, key)
                    yield Diagnostic(code="MLC341", message=message, span=place)


def _column(column: SourceColumn) -> dict[str, Any]:
    given: Mapping[str, ColumnCheck] = column.checks.given() if column.checks is not None else {}
    checks = {
        name: {
            "params": check.model_dump(mode="json", exclude={"severity"}, exclude_unset=True),
            "severity": check.severity,
        }
        for name, check in given.items()
    }
    return {"nullable": column.nullable, "unique": column.unique, "checks": checks}


def _row_check(check: RowCheck, table: Table) -> tuple[dict[str, Any], tuple[Diagnostic, ...]]:
    config: dict[str, Any] = {"kind": check.kind, "severity": check.severity}
    match check:
        case Unique():
            config["columns"] = list(check.columns)
        case RowCount():
            config |= kept(**_limits(check))
        case Statistic():
            config |= kept(column=check.column, statistic=check.statistic, at=check.at, **_limits(check))
        case ForeignKey():
            references = list(check.references or check.columns)
            config |= {"columns": list(check.columns), "source": check.source, "references": references}
            config["min_matched"] = check.min_matched
        case Holds():
            return _condition(check, table, config)
    return config, ()


def _limits(check: RowCount | Statistic) -> dict[str, Any]:
    return {key: getattr(check, key) for key in ("min", "max", "max_drop", "max_increase")}


def _condition(
    check: Holds, table: Table, config: dict[str, Any]
) -> tuple[dict[str, Any], tuple[Diagnostic, ...]]:
    config["sql"] = check.expression
    found, findings = parsed(check.expression, table, check.span("expression"))
    if found is None:
        return config, findings
    config["expression"] = found.tree
    if found.duckdb is None:
        return config, (not_in_a_table(check.span("expression")),)
    if found.dtype in ("bool", "unknown"):
        return config, ()
    message = f"a condition is true or false; this expression gives {found.dtype}"
    return config, (Diagnostic(code="MLC308", message=message, span=check.span("expression")),)


def _row_uses(check: RowCheck, table: Table) -> tuple[Use, ...]:
    if isinstance(check, Unique | ForeignKey):
        return named(check, check.columns, table, f"the check `{check.kind}`", "columns")
    if isinstance(check, Statistic):
        accepts = () if check.statistic in _OF_ANYTHING else (*_NUMBERS, "bool")
        reads = (Reads(name=check.column, path=("column",), accepts=accepts),)
        return uses(check, reads, table, f"the check `{check.kind}`")
    return ()


def quarantine_drops(spec: SourceKind, table: Table) -> tuple[Drop, ...]:
    """The columns by which rows are set aside: a row that is there passed, which is known that late."""
    if spec.quarantine is None:
        return ()
    names: dict[str, Span] = {}
    for name, declared in spec.columns.items():
        checks = declared.checks.given().values() if declared.checks is not None else ()
        if not declared.nullable or declared.unique or any(check.severity == "error" for check in checks):
            names.setdefault(name, spec.key_span("columns", name))
    for check in spec.checks:
        if check.severity == "error":
            for name in _decided_by(check, table):
                names.setdefault(name, check.span())
    found = ((table.find(name), place) for name, place in names.items())
    return tuple(Drop(kind="quarantine", column=c, span=place) for c, place in found if c is not None)


def _decided_by(check: RowCheck, table: Table) -> tuple[str, ...]:
    """The columns whose values decide which rows fail; a check of the whole table sets no row aside."""
    match check:
        case Unique() | ForeignKey():
            return tuple(check.columns)
        case Holds():
            found, _ = parsed(check.expression, table, check.span("expression"))
            return tuple(sorted(found.references)) if found is not None else ()
    return ()


def source_checks(spec: SourceKind) -> tuple[Check, ...]:
    """The checks that a source's node reports on."""
    checks = []
    if spec.columns or spec.checks:
        checks.append(
            Check(
                name="contract", description="What the spec promises of rows and columns.", span=spec.span()
            )
        )
    if _warns(spec):
        description = "What is expected of the data, but stops nothing."
        checks.append(
            Check(name="contract_warnings", severity="warn", description=description, span=spec.span())
        )
    if spec.freshness is not None:
        severity = "error" if spec.freshness.error_after is not None else "warn"
        description = "The age of the newest row."
        span = spec.key_span("freshness")
        checks.append(Check(name="freshness", severity=severity, description=description, span=span))
    return tuple(checks)


def _warns(spec: SourceKind) -> bool:
    of_columns = (column.checks.given().values() for column in spec.columns.values() if column.checks)
    severities = [check.severity for checks in of_columns for check in checks]
    return "warn" in (*severities, *(check.severity for check in spec.checks))


def freshness(spec: SourceKind) -> dict[str, int] | None:
    """The limits of the newest row's age."""
    if spec.freshness is None:
        return None
    limits = spec.freshness
    return kept(
        warn_after_seconds=seconds(limits.warn_after), error_after_seconds=seconds(limits.error_after)
    )
