"""What a service carries and keeps beyond its model: context columns, the key of its labels, redaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlcycle.graph.column import Column
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import RolloutKind
from mlcycle.language.services import Service
from mlcycle.lowering.plain import kept, typed
from mlcycle.lowering.resolved import ResolvedModel, ResolvedSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """labels: the source that labels come from. key: the columns of a request that join it to predictions.

    sticky_by: the column that requests are divided by. context: columns that a request carries for these two,
    where the model reads them not. redact: what is never logged: columns, and looked-up features as
    `view.feature`; `marked` are those of them that the spec marks as personal and does not name.
    """

    labels: ResolvedSource | None
    key: tuple[Column, ...]
    sticky_by: str | None
    context: tuple[Column, ...]
    redact: tuple[str, ...]
    marked: tuple[str, ...]


def served(spec: Service, model: ResolvedModel, sources: Mapping[str, ResolvedSource]) -> Served:
    """What follows for a service from its `labels`, `log` and `rollout`. Unknown names are left out."""
    labels = sources.get(spec.labels.source) if spec.labels is not None else None
    key = _key(model, labels) if labels is not None else ()
    sticky_by = spec.rollout.routes_by() if isinstance(spec.rollout, RolloutKind) else None
    sticky = (
        model.source.table.find(sticky_by) if sticky_by is not None and model.source is not None else None
    )
    requested = {column.name for column in model.request}
    beside = {column.name: column for column in (*key, *((sticky,) if sticky is not None else ()))}
    context = tuple(
        column
        for name, column in beside.items()
        if name not in requested and column.dtype != "unknown"  # of a file that is not there yet
    )
    named = spec.log.redact if spec.log is not None else ()
    looked_up = (feature.column for features in model.lookups.values() for feature in features)
    personal = [column.name for column in (*model.request, *context, *looked_up) if column.pii]
    marked = tuple(name for name in dict.fromkeys(personal) if name not in named)
    return Served(
        labels=labels,
        key=key,
        sticky_by=sticky_by,
        context=context,
        redact=tuple(sorted({*named, *marked})),
        marked=marked,
    )


def _key(model: ResolvedModel, labels: ResolvedSource) -> tuple[Column, ...]:
    """What joins labels to a prediction: their source's row key; whose later events, and from when on."""
    if model.later is None or model.source is None:
        return tuple(c for name in labels.row_key if (c := labels.table.find(name)))
    time = model.source.table.find(model.spec.predict_at or model.timestamp or "")
    return (*model.later.keys, *((time,) if time is not None else ()))


def served_config(spec: Service, found: Served) -> Config:
    """The service node's keys for it; without any of it none."""
    sample = spec.log.sample if spec.log is not None else 1.0
    log = kept(sample=sample if sample != 1.0 else None, redact=list(found.redact) or None)
    labels = spec.labels
    return kept(
        context=typed(found.context) or None,
        labels=None
        if labels is None
        else kept(source=labels.source, column=labels.column, key=[column.name for column in found.key]),
        log=log or None,
    )
