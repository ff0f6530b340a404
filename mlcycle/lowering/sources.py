"""A source: its columns after read, clean and derive, and the steps that make its table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from mlcycle.diagnostics.diagnostic import Diagnostic, Related
from mlcycle.graph import availability
from mlcycle.graph.column import Column, ColumnRef, DType
from mlcycle.graph.node import Step
from mlcycle.kinds.interface import TIMES, CleanKind, Reads, SourceKind, contradicts
from mlcycle.language.source import Derived
from mlcycle.lowering.cleaning import cleaned, final_name, first_name, retyped
from mlcycle.lowering.columns import made_of, named, not_in_a_table, parsed, uses
from mlcycle.lowering.contract import contract_step, quarantine_drops
from mlcycle.lowering.parts_of_sources import is_first_seen, with_first_seen
from mlcycle.lowering.plain import kept
from mlcycle.lowering.resolved import ResolvedSource, Schemas, Table, Use


def resolve_source(name: str, spec: SourceKind, schemas: Schemas) -> ResolvedSource:
    """The source `name`; `schemas` says what its file has."""
    found = schemas(spec) if not spec.asks() else _declared(spec)
    spec, found, taken = with_first_seen(spec, found)
    read = _read(name, spec, found)
    clean = cleaned(spec, read, _own_columns(name, spec))
    derived, derive_step, derive_findings = _derived(spec, clean.table)
    contract, contract_uses, contract_findings = contract_step(spec, derived)
    steps = (_read_step(spec, read), *clean.steps, *derive_step, *contract)
    return ResolvedSource(
        name=name,
        spec=spec,
        read=read,
        table=derived,
        row_key=_row_key(spec),
        steps=steps,
        drops=(*clean.drops, *quarantine_drops(spec, derived)),
        rewritten=clean.rewritten,
        hidden=tuple(sorted(clean.hidden - {n for n, column in derived.columns.items() if column.pii})),
        uses=(*_time_uses(spec, found, read), *clean.uses, *_key_uses(spec, derived), *contract_uses),
        findings=(*taken, *clean.findings, *derive_findings, *contract_findings),
    )


def _read(name: str, spec: SourceKind, found: Mapping[str, DType] | None) -> Table:
    known = dict(found) if found is not None else _named_in_the_spec(spec)
    columns = {column: _column(name, column, dtype, spec) for column, dtype in known.items()}
    return Table(title=f"source `{name}`", columns=columns, complete=found is not None)


def _declared(spec: SourceKind) -> dict[str, DType]:
    """The columns of a source that is not asked while checking: they are those that it declares."""
    times = {name: "timestamp" for name in (spec.timestamp, spec.created_timestamp) if name is not None}
    found = {
        first_name(name, spec): column.dtype or times.get(name, "unknown")
        for name, column in spec.columns.items()
        if name not in spec.derive
    }
    return cast(dict[str, DType], {name: dtype for name, dtype in found.items() if name is not None})


def _column(source: str, name: str, dtype: DType, spec: SourceKind) -> Column:
    """A column that no expression makes, with what `columns:` says of it under its name after cleaning."""
    is_time = name in (spec.timestamp, spec.created_timestamp)
    declared = spec.columns.get(final_name(name, spec))
    own = declared.available_after if declared else None
    wanted = declared.dtype if declared and not retyped(name, spec) else None
    return Column(
        name=name,
        dtype=wanted or ("timestamp" if is_time else dtype),
        nullable=declared.nullable if declared else name != spec.timestamp,
        available_after=own if is_time else availability.declared(own, spec.available_after),
        sensitive=declared.sensitive if declared else False,
        pii=declared.pii if declared else False,
        lineage=frozenset({ColumnRef(source, name)}),
        description=declared.description if declared else None,
        span=spec.key_span("columns", final_name(name, spec)) if declared else spec.span(),
    )


def _named_in_the_spec(spec: SourceKind) -> dict[str, DType]:
    """The columns that a spec itself tells of, for a file that could not be asked."""
    names = (*(n for n in (spec.timestamp, spec.created_timestamp) if n), *(spec.key or ()), *spec.columns)
    return {name: "unknown" for name in names if name not in spec.derive}


def _time_uses(spec: SourceKind, found: Mapping[str, DType] | None, read: Table) -> tuple[Use, ...]:
    raw = {n: Column(name=n, dtype=d) for n, d in (found or {}).items()}
    table = Table(title=read.title, columns=raw, complete=read.complete)
    wanted = {"timestamp": spec.timestamp, "created_timestamp": spec.created_timestamp}
    reads = tuple(Reads(name=n, path=(key,), accepts=(*TIMES, "string")) for key, n in wanted.items() if n)
    return uses(spec, reads, table, "the timestamp")


def _own_columns(name: str, spec: SourceKind) -> dict[int, dict[str, Column]]:
    """The columns that the author's own cleaning steps say they add, by the step's place."""
    return {
        i: {new: _added(name, new, dtype, spec, step) for new, dtype in step.adds().items()}
        for i, step in enumerate(cast(tuple[CleanKind, ...], spec.clean))
        if step.adds()
    }


def _added(source: str, name: str, dtype: DType, spec: SourceKind, step: CleanKind) -> Column:
    """A column from the author's own code: nobody sees what it is made of, so only `columns:` can tell."""
    column = replace(_column(source, name, dtype, spec), dtype=dtype)
    return column if name in spec.columns else replace(column, span=step.span())


def _derived(spec: SourceKind, table: Table) -> tuple[Table, tuple[Step, ...], tuple[Diagnostic, ...]]:
    entries: list[dict[str, Any]] = []
    findings: list[Diagnostic] = []
    for new, derived in spec.derive.items():
        if new in table.columns:
            findings.append(_twice(new, spec, table.columns[new]))
        column, entry, problem = _derive(new, derived, spec, table)
        table = Table(title=table.title, columns={**table.columns, new: column}, complete=table.complete)
        entries.append(entry)
        findings.extend(problem)
    if not entries:
        return table, (), ()
    work = "mlcycle.kinds.sources.derive:apply"
    step = Step(
        name="derive", kind="derive", work=work, config={"columns": entries}, span=spec.key_span("derive")
    )
    return table, (step,), tuple(findings)


def _derive(
    name: str, derived: Derived, spec: SourceKind, table: Table
) -> tuple[Column, dict[str, Any], tuple[Diagnostic, ...]]:
    declared = spec.columns.get(name)
    own = availability.latest((derived.available_after, declared.available_after if declared else None))
    place = derived.span("expression")
    found, findings = parsed(derived.expression, table, place)
    if found is not None and found.duckdb is None:
        findings = (*findings, not_in_a_table(place))
    inferred: DType = found.dtype if found is not None else "unknown"
    parts = tuple(table.find(each) for each in sorted(found.references)) if found is not None else ()
    column = made_of(
        name,
        derived.dtype or inferred,
        tuple(part for part in parts if part is not None),
        available_after=own,
        description=derived.description,
        span=derived.span(),
    )
    if declared is not None:
        column = replace(
            column, sensitive=column.sensitive or declared.sensitive, pii=column.pii or declared.pii
        )
    tree = found.tree if found is not None else None
    entry = kept(name=name, dtype=column.dtype, sql=derived.expression, expression=tree)
    return column, entry, (*findings, *_other_dtype(name, derived, inferred), *_too_early(derived, column))


def _too_early(derived: Derived, column: Column) -> tuple[Diagnostic, ...]:
    """A derived column cannot be known before what it is computed from."""
    if derived.available_after is None or column.available_after == derived.available_after:
        return ()
    message = "this is declared earlier than what it is computed from is known"
    help_line = "leave `available_after` out: the latest of its columns counts"
    span = derived.span("available_after")
    return (Diagnostic(code="MLC407", message=message, span=span, help=help_line),)


def _other_dtype(name: str, derived: Derived, found: DType) -> tuple[Diagnostic, ...]:
    if derived.dtype is None or not contradicts(derived.dtype, found):
        return ()
    message = f"`{name}` is declared {derived.dtype}, but its expression gives {found}"
    help_line = f"declare `dtype: {found}`, or cast: `CAST(... AS {derived.dtype})`"
    return (Diagnostic(code="MLC308", message=message, span=derived.span("dtype"), help=help_line),)


def _twice(name: str, spec: SourceKind, first: Column) -> Diagnostic:
    return Diagnostic(
        code="MLC304",
        message=f"the source has a column `{name}` already",
        span=spec.key_span("derive", name),
        help="give the derived column another name",
        related=(Related(span=first.span, message="the column is from here"),),
    )


def _row_key(spec: SourceKind) -> tuple[str, ...]:
    if spec.key:
        return tuple(spec.key)
    return tuple(name for name, column in spec.columns.items() if column.unique)


def _key_uses(spec: SourceKind, table: Table) -> tuple[Use, ...]:
    return named(spec, spec.key, table, "the key of a row", "key") if spec.key else ()


def _read_step(spec: SourceKind, read: Table) -> Step:
    config = kept(
        **spec.config(),
        columns=[
            _typed(column, spec)
            for column in read.columns.values()
            if column.dtype != "unknown" and not is_first_seen(column.name, spec)
        ],
        timestamp=spec.timestamp,
        timestamp_format=spec.timestamp_format,
    )
    return Step(name="read", kind=spec.kind, work=spec.work_name(), config=config, span=spec.span())


def _typed(column: Column, spec: SourceKind) -> dict[str, str]:
    """A column as the step reads it; `timestamp_format` says how the timestamp is written."""
    declared = spec.columns.get(final_name(column.name, spec))
    format = declared.format if declared is not None and column.name != spec.timestamp else None
    return kept(name=column.name, dtype=column.dtype, format=format)
