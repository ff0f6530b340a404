"""The contract of a source as a step: what is checked of its columns and rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.graph.column import DType
from mlcycle.graph.node import Check, Step
from mlcycle.kinds.interface import SourceKind
from mlcycle.language.checks import ColumnCheck, ForeignKey, Holds, RowCheck, RowCount, Unique
from mlcycle.language.source import SourceColumn
from mlcycle.lowering.columns import named, not_in_a_table, parsed
from mlcycle.lowering.plain import kept, seconds
from mlcycle.lowering.resolved import Table, Use

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
    findings: list[Diagnostic] = []
    rows = []
    for check in spec.checks:
        entry, problem = _row_check(check, table)
        rows.append(entry)
        findings.extend(problem)
        used = (*used, *_row_uses(check, table))
    if not spec.columns and not rows:
        return (), used, ()
    columns = {name: _column(column) for name, column in spec.columns.items()}
    config = {"columns": columns, "checks": rows}
    place = spec.key_span("columns") if columns else spec.key_span("checks")
    step = Step(name="contract", kind="contract", work=_WORK, config=config, span=place)
    return (step,), used, tuple(findings)


_NUMBERS: tuple[DType, ...] = ("int64", "float64")
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
            config |= kept(min=check.min, max=check.max)
        case ForeignKey():
            references = list(check.references or check.columns)
            config |= {"columns": list(check.columns), "source": check.source, "references": references}
            config["min_matched"] = check.min_matched
        case Holds():
            return _condition(check, table, config)
    return config, ()


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
