"""The nodes of data sheets: one for each source, one for each model's dataset. Nothing rests on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from mlcycle.graph.column import NEVER, Column
from mlcycle.graph.node import Config, Node
from mlcycle.kinds.interface import CleanKind, SourceKind
from mlcycle.language.owner import Owner
from mlcycle.language.project import Project
from mlcycle.language.sheet import Sheet
from mlcycle.lowering.model_nodes import node_name
from mlcycle.lowering.plain import kept, seconds
from mlcycle.lowering.resolved import Resolution, ResolvedModel, ResolvedSource
from mlcycle.lowering.row_nodes import row_facts


def source_sheet(project: Project, source: ResolvedSource, resolution: Resolution) -> Node:
    """The data sheet of a source."""
    spec = source.spec
    steps = {step.name: step.config for step in source.steps}
    config = kept(
        **_said(spec.sheet, spec.description, project.owner),
        name=f"{project.name}.{source.name}",
        title=source.name,
        read={"kind": spec.kind, "path": spec.file()},
        timestamp=spec.timestamp,
        key=list(source.row_key),
        columns=[_column(column) for column in source.table.columns.values()],
        secret=list(source.hidden) or None,
        cleaning=_cleaning(spec),
        derived=[kept(name=c["name"], sql=c["sql"]) for c in steps.get("derive", {}).get("columns", ())],
        contract=steps.get("contract"),
        used_by=list(_users(source.name, resolution)),
    )
    place = f"{project.name}/sources/{source.name}"
    return Node(
        name=f"{project.name}/sheets/{source.name}",
        kind="data_sheet",
        work="mlcycle.kinds.sheets.source:write",
        config=config,
        inputs={"source": place},
        span=spec.key_span("sheet"),
    )


def _said(sheet: Sheet | None, description: str | None, owner: Owner | None) -> Config:
    """What its authors say; here it counts, so that other words rewrite the sheet alone."""
    return kept(
        sheet=_texts(sheet),
        description=description,
        owner=owner.model_dump(exclude_none=True) if owner is not None else None,
    )


def _texts(sheet: Sheet | None) -> dict[str, Any]:
    return {} if sheet is None else sheet.model_dump(mode="json", exclude_none=True)


def _column(column: Column) -> dict[str, Any]:
    late = column.available_after
    return kept(
        name=column.name,
        dtype=column.dtype,
        description=column.description,
        pii=column.pii or None,
        sensitive=column.sensitive or None,
        available_after_seconds=None if late == NEVER else seconds(late),
        never_known=(late == NEVER) or None,
    )


def _origin(column: Column) -> dict[str, list[str]]:
    """The columns of sources that it is made of."""
    return {"sources": sorted(str(reference) for reference in column.lineage)} if column.lineage else {}


def _cleaning(spec: SourceKind) -> list[dict[str, str]]:
    steps = cast(tuple[CleanKind, ...], spec.clean)
    return [
        kept(
            step=f"clean.{i}",
            kind=step.kind,
            does=step.sentence(),
            why=step.description,
        )
        for i, step in enumerate(steps)
    ]


def _users(source: str, resolution: Resolution) -> Iterator[str]:
    """What of the project rests on a source, in words."""
    for view in resolution.views.values():
        if view.source is not None and view.source.name == source:
            yield f"feature view {view.name}"
    for model in resolution.models.values():
        if source in _examples(model):
            yield f"rows or label of the model {model.name}"


def _examples(model: ResolvedModel) -> tuple[str, ...]:
    """The sources that a model's rows and its label come from."""
    found = (
        model.source,
        model.members.source if model.members is not None else None,
        model.later.source if model.later is not None else None,
    )
    return tuple(dict.fromkeys(source.name for source in found if source is not None))


def dataset_sheet(project: Project, model: ResolvedModel, dataset: Node, resolution: Resolution) -> Node:
    """The data sheet of a model's dataset. dataset: the node that makes it."""
    spec, split = model.spec, model.parts.split
    sources = [resolution.sources[name] for name in _sources(model) if name in resolution.sources]
    config = kept(
        **_said(spec.sheet, spec.description, spec.owner or project.owner),
        name=f"{project.name}.{model.name}.dataset",
        title=f"dataset of {model.name}",
        task=spec.task,
        label=spec.label if isinstance(spec.label, str) else None,
        rows=row_facts(spec) or None,
        horizon_seconds=seconds(model.horizon),
        predict_at=spec.predict_at,
        timestamp=model.timestamp,
        split=split.kind,
        sources=[_made_of(source) for source in sources],
        columns=[{**_column(column), **_origin(column)} for column in _marked(model, dataset)],
        allowed=dict(spec.allow_sensitive) or None,
    )
    made_of = {f"source:{source.name}": f"{project.name}/sources/{source.name}" for source in sources}
    return Node(
        name=node_name(project, model, "sheet"),
        kind="data_sheet",
        work="mlcycle.kinds.sheets.dataset:write",
        config=config,
        inputs={
            "dataset": dataset.name,
            "split": node_name(project, model, "split"),
            **made_of,
        },
        span=spec.key_span("sheet"),
    )


def _sources(model: ResolvedModel) -> tuple[str, ...]:
    """The sources that a dataset is made of, those of its rows and label first."""
    read = sorted(ref.source for feature in model.inputs for ref in feature.column.lineage)
    return tuple(dict.fromkeys((*_examples(model), *read)))


def _made_of(source: ResolvedSource) -> dict[str, Any]:
    sheet = source.spec.sheet
    return kept(
        name=source.name,
        description=source.spec.description,
        license=sheet.license if sheet is not None else None,
        citation=sheet.citation if sheet is not None else None,
    )


def _marked(model: ResolvedModel, dataset: Node) -> Iterator[Column]:
    """The columns of a dataset; those that are copies of the source's under another name are as personal,
    and as late."""
    table: Mapping[str, Column] = model.source.table.columns if model.source is not None else {}
    origins = {
        "event_timestamp": table.get(model.timestamp or ""),
        "predict_at": table.get(model.spec.predict_at or model.timestamp or ""),
        "label": model.label,
        "weight": table.get(model.spec.sample_weight or ""),
    }
    weight = Column(name="weight", dtype="float64")
    for column in (*dataset.columns, *((weight,) if model.spec.sample_weight is not None else ())):
        origin = origins.get(column.name)
        yield column if origin is None else _like(column, origin)


def _like(column: Column, origin: Column) -> Column:
    return replace(
        column,
        pii=column.pii or origin.pii,
        sensitive=column.sensitive or origin.sensitive,
        available_after=column.available_after or origin.available_after,
    )
