"""Where a model's rows and its label come from: a source, a population, later events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from mlcycle.graph.availability import delay, label_known_after, latest
from mlcycle.graph.column import Column
from mlcycle.kinds.features.functions import gives, takes
from mlcycle.kinds.interface import Reads, SourceKind
from mlcycle.language.project import Entity, Model
from mlcycle.language.rows import LaterEvents, Population
from mlcycle.lowering.columns import uses
from mlcycle.lowering.resolved import Later, Members, ResolvedSource, Table, Use

#: The column of a population with T, the moment as of which a row is.
AS_OF = "as_of"
#: The column of a label of later events. No column of a source has to make way for it.
LABEL = "label of later events"

Sources = Mapping[str, ResolvedSource]
Entities = Mapping[str, Entity]


class _Listed(SourceKind):
    """A population as whoever reads a model's rows sees it: a table with a time of its own, in no file."""

    kind: Literal["population"] = "population"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A model's rows and its label, as far as they are known."""

    source: ResolvedSource | None
    label: Column | None = None
    later: Later | None = None
    members: Members | None = None
    uses: tuple[Use, ...] = ()


def rows_of(name: str, spec: Model, sources: Sources, entities: Entities) -> Rows:
    """The rows and the label of the model `name`."""
    if isinstance(spec.label, LaterEvents):
        return _later(name, spec, spec.label, sources, entities)
    source_name, _, column = spec.label.partition(".")
    source = sources.get(source_name)
    if source is None:
        return Rows(source=None)
    used = uses(spec, [Reads(name=column, path=("label",))], source.table, "the model")
    return Rows(source=source, label=used[0].column, uses=used)


def _later(name: str, spec: Model, label: LaterEvents, sources: Sources, entities: Entities) -> Rows:
    events = sources.get(label.source)
    members: Members | None = None
    used: tuple[Use, ...] = ()
    source = sources.get(spec.rows) if spec.rows is not None else None
    entity = label.entity or ""
    if spec.population is not None:
        members, used = _members(spec.population, label, sources, entities)
        source = _listed(name, members) if members is not None else None
        entity = entity or spec.population.entity
    if source is None or events is None or entity not in entities:
        return Rows(source=None, uses=used)
    keys = _keys(label, entities[entity], source, f"the entity `{entity}`")
    joined = _joining(label, keys, events, f"the entity `{entity}`")
    value = _value(label, events)
    found = tuple(use.column for use in joined if use.column is not None)
    known = delay(
        latest((_there(events), *(u.column.available_after for u in value if u.column is not None)))
    )
    return Rows(
        source=source,
        label=_column(label, events, value, known),
        later=Later(source=events, keys=found, known_after=known),
        members=members,
        uses=(*used, *keys, *joined, *value),
    )


def _there(source: ResolvedSource) -> timedelta:
    """When it is known that a row of a source exists: with its values, and with those that rows were dropped
    by (rule of time 6)."""
    dropped = (drop.column.available_after for drop in source.drops)
    return delay(latest((source.spec.available_after, *dropped)))


def _members(
    spec: Population, label: LaterEvents, sources: Sources, entities: Entities
) -> tuple[Members | None, tuple[Use, ...]]:
    source = sources.get(spec.source or label.source)
    if source is None or spec.entity not in entities:
        return None, ()
    by = f"the entity `{spec.entity}`"
    used = tuple(
        Use(name=key, column=source.table.find(key), span=spec.span("entity"), by=by, table=source.table)
        for key in entities[spec.entity].key
    )
    keys = tuple(use.column or Column(name=use.name) for use in used)
    return Members(source=source, keys=keys, known_after=_there(source)), used


def _listed(name: str, members: Members) -> ResolvedSource:
    """The population as a table: its keys, and the moment as of which each row is."""
    keys = {key.name: replace(key, nullable=False, available_after=None) for key in members.keys}
    as_of = Column(name=AS_OF, dtype="timestamp", nullable=False)
    table = Table(title=f"the population of `{name}`", columns={AS_OF: as_of, **keys})
    return ResolvedSource(
        name=f"the population of {name}",
        spec=_Listed(timestamp=AS_OF),
        read=table,
        table=table,
        row_key=(*keys, AS_OF),
        steps=(),
    )


def _keys(label: LaterEvents, entity: Entity, source: ResolvedSource, by: str) -> tuple[Use, ...]:
    """The entity's key in the rows."""
    place = label.span("entity") if label.entity is not None else label.span()
    return tuple(
        Use(name=key, column=source.table.find(key), span=place, by=by, table=source.table)
        for key in entity.key
    )


def _joining(label: LaterEvents, keys: tuple[Use, ...], events: ResolvedSource, by: str) -> tuple[Use, ...]:
    """The entity's key in the events, of the type that the rows have it in."""
    return tuple(
        Use(
            name=key.name,
            column=events.table.find(key.name),
            span=label.span("source"),
            by=by,
            table=events.table,
            accepts=() if key.column is None or key.column.dtype == "unknown" else (key.column.dtype,),
        )
        for key in keys
    )


def _value(label: LaterEvents, events: ResolvedSource) -> tuple[Use, ...]:
    if label.column is None:
        return ()
    read = Reads(name=label.column, path=("column",), accepts=takes(label.function))
    return uses(label, [read], events.table, f"the label's `{label.function}`")


def _column(label: LaterEvents, events: ResolvedSource, value: tuple[Use, ...], known: timedelta) -> Column:
    """The label: of the type that the function gives, and known when its window and the wait are over."""
    parts = [use.column for use in value if use.column is not None]
    time = events.table.columns.get(events.spec.timestamp or "")
    made_of = parts or ([time] if time is not None else [])
    return Column(
        name=LABEL,
        dtype=gives(label.function, parts[0].dtype if parts else "unknown"),
        available_after=label_known_after(label.window, known),
        sensitive=any(part.sensitive for part in parts),
        pii=any(part.pii for part in parts),
        lineage=frozenset().union(*(part.lineage for part in made_of)),
    )
