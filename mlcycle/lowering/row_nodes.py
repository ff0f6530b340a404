"""The node of rows that no source has as they are: a population, or rows with a label of later events."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mlcycle.graph.node import Node
from mlcycle.language.project import Model, Project
from mlcycle.language.rows import LaterEvents, Population
from mlcycle.language.words import spoken
from mlcycle.lowering.plain import kept, seconds, typed
from mlcycle.lowering.resolved import Later, Members, ResolvedModel
from mlcycle.lowering.rows import LABEL


def row_node(project: Project, model: ResolvedModel) -> Node | None:
    """The node; None for a model whose rows are those of its label's source."""
    later, source, label = model.later, model.source, model.label
    if later is None or source is None or label is None or not isinstance(model.spec.label, LaterEvents):
        return None
    spec, members = model.spec, model.members
    given = f"{project.name}/sources/{members.source.name if members is not None else source.name}"
    config = kept(
        population=_population(spec.population, members) if spec.population and members else None,
        **(label_config(model) or {}),
    )
    return Node(
        name=f"{project.name}/models/{model.name}/rows",
        kind="rows",
        work="mlcycle.kinds.training.rows:make",
        config=config,
        inputs={
            "members" if members is not None else "rows": given,
            "events": f"{project.name}/sources/{later.source.name}",
        },
        observes=("now",),
        columns=(*source.table.columns.values(), replace(label, span=spec.span("label"))),
        span=spec.key_span("population" if members is not None else "label"),
    )


def label_config(model: ResolvedModel) -> dict[str, Any] | None:
    """How a label of later events is made, and what T of a row is; None for a label that is a column."""
    spec, later, label = model.spec, model.later, model.label
    if later is None or label is None or not isinstance(spec.label, LaterEvents):
        return None
    return kept(
        timestamp=model.timestamp,
        horizon_seconds=seconds(spec.horizon),
        predict_at=spec.predict_at,
        label={"name": LABEL, "dtype": label.dtype, **_label(spec.label, later)},
    )


def row_facts(spec: Model) -> dict[str, str]:
    """What a person has to know of the model's rows, beyond that they are those of its label's source."""
    facts = {}
    if isinstance(spec.label, LaterEvents):
        window = spoken(spec.label.window)
        facts["label"] = f"{spec.label.sentence} in the {window} from the prediction on"
    if spec.rows is not None:
        facts["rows"] = f"those of {spec.rows}"
    if spec.population is not None:
        listed = spec.population
        when = "listed moments" if listed.cron is None else f"{listed.cron} ({listed.timezone or 'UTC'})"
        facts["rows"] = f"each {listed.entity} known by then, as of {when}"
    if spec.predict_at is not None:
        facts["predicted at"] = f"the time in {spec.predict_at}"
    if spec.filter is not None:
        facts["only rows where"] = spec.filter
    if spec.sample_weight is not None:
        facts["training rows weigh"] = spec.sample_weight
    return facts


def _population(spec: Population, members: Members) -> dict[str, Any]:
    """Who is in it from when on, and as of which moments."""
    return kept(
        keys=typed(members.keys),
        timestamp=members.source.spec.timestamp,
        created_timestamp=members.source.spec.created_timestamp,
        available_after_seconds=seconds(members.known_after),
        at=[moment.isoformat() for moment in spec.at] if spec.at is not None else None,
        cron=spec.cron,
        start=spec.start.isoformat() if spec.start is not None else None,
        until=spec.until.isoformat() if spec.until is not None else None,
        timezone=spec.timezone,
    )


def _label(spec: LaterEvents, later: Later) -> dict[str, Any]:
    """What is taken of which events, and when it is known."""
    return kept(
        keys=[key.name for key in later.keys],
        timestamp=later.source.spec.timestamp,
        row_key=list(later.source.row_key),
        function=spec.function,
        column=spec.column,
        window_seconds=seconds(spec.window),
        available_after_seconds=seconds(later.known_after),
        min_rows=spec.min_rows,
    )
