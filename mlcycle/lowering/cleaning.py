"""What cleaning does to a source's columns: each step's columns are resolved against those before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import cast

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.diagnostics.span import Span
from mlcycle.graph.availability import AT_ONCE, latest
from mlcycle.graph.column import Column, DType
from mlcycle.graph.node import Config, Step
from mlcycle.kinds.interface import CleanKind, Made, Reads, SourceKind, contradicts
from mlcycle.lowering.columns import made_of, not_in_a_table, parsed, placed, renamed, uses
from mlcycle.lowering.resolved import Drop, Rewritten, Table, Use


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """A source after some of its cleaning steps.

    rewritten: columns whose values are others than the data has, though their type is the same.
    hidden: columns with personal data, under every name that they had on the way.
    """

    table: Table
    steps: tuple[Step, ...] = ()
    uses: tuple[Use, ...] = ()
    drops: tuple[Drop, ...] = ()
    findings: tuple[Diagnostic, ...] = ()
    rewritten: Mapping[str, Rewritten] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()


def final_name(name: str, spec: SourceKind) -> str:
    """What a column of the data is called after cleaning, as far as steps rename it."""
    for step in _steps(spec):
        name = step.renames().get(name, name)
    return name


def first_name(name: str, spec: SourceKind) -> str | None:
    """What a column is called in the data, before steps rename it; None for one that a step makes."""
    for step in reversed(_steps(spec)):
        made = step.makes({}).get(name)
        if name in step.adds() or (made is not None and name not in made.of):
            return None
        name = {new: old for old, new in step.renames().items()}.get(name, name)
    return name


def retyped(name: str, spec: SourceKind) -> bool:
    """Whether a cleaning step decides over the type of a column of the data."""
    for step in _steps(spec):
        made = step.makes({}).get(name)
        if made is not None and made.dtype is not None:
            return True
        name = step.renames().get(name, name)
    return False


def cleaned(spec: SourceKind, read: Table, added: Mapping[int, Mapping[str, Column]]) -> Cleaned:
    """The source after all its steps; `added` are the columns that the author's own steps declare."""
    found = Cleaned(table=read, hidden=_personal(read))
    for i, step in enumerate(_steps(spec)):
        found = _after(found, spec, step, i, added.get(i, {}))
    return replace(found, findings=(*found.findings, *_other_dtypes(spec, found.table)))


def _steps(spec: SourceKind) -> tuple[CleanKind, ...]:
    return cast(tuple[CleanKind, ...], spec.clean)


def _personal(table: Table) -> frozenset[str]:
    return frozenset(name for name, column in table.columns.items() if column.pii)


def _after(
    before: Cleaned, spec: SourceKind, step: CleanKind, index: int, added: Mapping[str, Column]
) -> Cleaned:
    table = before.table
    used = uses(step, step.reads(), table, f"`{step.kind}`")
    config, conditions, findings = _condition(step, table)
    made = step.makes({use.name: use.column.dtype for use in used if use.column is not None})
    columns = _columns(table, spec, step, made)
    after = Table(
        title=table.title,
        columns={**columns, **added},
        complete=table.complete or step.keeps() is not None,
    )
    place = step.span()
    work = Step(name=f"clean.{index}", kind=step.kind, work=step.work_name(), config=config, span=place)
    return Cleaned(
        table=after,
        steps=(*before.steps, work),
        uses=(*before.uses, *used),
        drops=(*before.drops, *_drops(step, used), *conditions),
        findings=(
            *before.findings,
            *findings,
            *_mistakes(step, used),
            *_times(spec, step, made),
            *_collisions(step, table),
        ),
        rewritten=_rewritten(before, step, made),
        hidden=before.hidden | _personal(after),
    )


def _dropped(step: CleanKind, use: Use) -> Drop:
    return Drop(kind=step.kind, column=use.column or Column(name=use.name), span=use.span)


def _drops(step: CleanKind, used: tuple[Use, ...]) -> Iterator[Drop]:
    dropping = set(step.drops_by())
    for use in used:
        if use.column is not None and use.name in dropping:
            yield _dropped(step, use)


def _condition(step: CleanKind, table: Table) -> tuple[Config, tuple[Drop, ...], tuple[Diagnostic, ...]]:
    """The step's config with its condition, the columns that this drops rows by, and what is wrong in it."""
    sql, place = step.condition(), step.span("expression")
    if sql is None:
        return step.config(), (), ()
    config = {**step.config(), "sql": sql}
    found, findings = parsed(sql, table, place)
    if found is None:
        return config, (), findings
    read = (Reads(name=name, path=("expression",)) for name in sorted(found.references))
    drops = tuple(_dropped(step, use) for use in uses(step, read, table, f"`{step.kind}`"))
    if found.duckdb is None:
        return config, drops, (not_in_a_table(place),)
    if found.dtype not in ("bool", "unknown"):
        message = f"a condition is true or false; this expression gives {found.dtype}"
        return config, drops, (Diagnostic(code="MLC308", message=message, span=place),)
    return {**config, "expression": found.tree}, drops, ()


def _columns(table: Table, spec: SourceKind, step: CleanKind, made: Mapping[str, Made]) -> dict[str, Column]:
    names, kept = step.renames(), step.keeps()
    columns = {
        names.get(name, name): renamed(column, names[name], step.span("columns", name))
        if name in names
        else column
        for name, column in _those(table.columns, kept).items()
    }
    not_before = AT_ONCE if step.merges_rows and _merged_over_time(spec, step) else None
    return columns | {
        name: _made(name, one, table, spec, step, not_before)
        for name, one in made.items()
        if all(table.find(part) is not None for part in one.of)
    }


def _those(columns: Mapping[str, Column], kept: tuple[str, ...] | None) -> Mapping[str, Column]:
    return columns if kept is None else {name: columns[name] for name in kept if name in columns}


def _merged_over_time(spec: SourceKind, step: CleanKind) -> bool:
    return spec.timestamp is not None and spec.timestamp not in (step.keeps() or ())


def _made(
    name: str, made: Made, table: Table, spec: SourceKind, step: CleanKind, not_before: timedelta | None
) -> Column:
    parts = [column for part in made.of if (column := table.find(part)) is not None]
    beside = [column for part in made.known_with if (column := table.find(part)) is not None]
    declared = spec.columns.get(final_name(name, spec))
    own = declared.available_after if declared is not None else None
    before = table.columns.get(name)
    dtype: DType = parts[0].dtype if made.dtype is None and parts else made.dtype or "unknown"
    column = made_of(
        name,
        dtype,
        parts,
        available_after=latest((own, not_before, *(column.available_after for column in beside))),
        description=declared.description if declared is not None else None,
        span=before.span if before is not None else step.span(),
    )
    return replace(
        column,
        nullable=column.nullable if made.nullable is None else made.nullable,
        sensitive=column.sensitive or (declared is not None and declared.sensitive),
        pii=column.pii or (declared is not None and declared.pii),
    )


def _rewritten(before: Cleaned, step: CleanKind, made: Mapping[str, Made]) -> dict[str, Rewritten]:
    names, kept = step.renames(), step.keeps()
    stay = {
        names.get(name, name): one for name, one in before.rewritten.items() if kept is None or name in kept
    }
    return stay | {
        name: Rewritten(kind=step.kind, span=step.span()) for name, one in made.items() if one.rewrites
    }


def _mistakes(step: CleanKind, used: tuple[Use, ...]) -> Iterator[Diagnostic]:
    dtypes = {use.name: use.column.dtype for use in used if use.column is not None}
    yield from placed(step, step.mistakes(dtypes))


def _times(spec: SourceKind, step: CleanKind, made: Mapping[str, Made]) -> Iterator[Diagnostic]:
    """Event times are what everything is counted from: no step may move them, or lose them."""
    for time in (spec.timestamp, spec.created_timestamp):
        if time is None or (step.merges_rows and time in (step.keeps() or ())):
            continue
        if step.merges_rows:
            yield from _merged(time, step, made.get(time))
        elif time in made or time in step.renames():
            message = f"`{step.kind}` changes `{time}`, which is the time of the source's rows"
            help_line = "leave it as the data has it; derive another column from it under `derive:`"
            yield Diagnostic(code="MLC240", message=message, span=_where(step, time), help=help_line)


def _merged(time: str, step: CleanKind, made: Made | None) -> Iterator[Diagnostic]:
    latest_of = f"`{time}: {{function: max, column: {time}}}`"
    if made is None:
        message = f"`{step.kind}` leaves no `{time}`, which is the time of the source's rows"
        yield Diagnostic(code="MLC240", message=message, span=step.span(), help=f"add {latest_of}")
    elif not made.latest or made.of != (time,):
        message = f"the rows that `{step.kind}` makes know what happened after their `{time}`"
        place = step.span("columns", time)
        yield Diagnostic(code="MLC241", message=message, span=place, help=f"make it the latest: {latest_of}")


def _where(step: CleanKind, name: str) -> Span:
    read = next((read for read in step.reads() if read.name == name), None)
    if read is None:
        return step.span()
    return step.key_span(*read.path) if read.key else step.span(*read.path)


def _collisions(step: CleanKind, table: Table) -> Iterator[Diagnostic]:
    """A new name that another column has."""
    names = step.renames()
    for old, new in names.items():
        taken = new in table.columns and new not in names
        if taken or list(names.values()).index(new) != list(names).index(old):
            message = f"the source has a column `{new}` already"
            yield Diagnostic(
                code="MLC304",
                message=message,
                span=step.span("columns", old),
                help="give the column another name",
            )


def _other_dtypes(spec: SourceKind, table: Table) -> Iterator[Diagnostic]:
    """A declared type that contradicts what a cleaning step makes of the column."""
    for name, declared in spec.columns.items():
        column = table.columns.get(name)
        if column is None or declared.dtype is None or not contradicts(declared.dtype, column.dtype):
            continue
        message = f"`{name}` is declared {declared.dtype}, but cleaning makes it {column.dtype}"
        place = declared.span("dtype")
        help_line = f"leave `dtype` out, or declare {column.dtype}"
        yield Diagnostic(code="MLC343", message=message, span=place, help=help_line)
