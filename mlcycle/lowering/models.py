"""A model: its rows, its label, its features, and everything that these need in turn."""

from __future__ import annotations

from collections.abc import Mapping

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.diagnostics.span import Span
from mlcycle.diagnostics.suggest import did_you_mean
from mlcycle.graph.column import Column
from mlcycle.kinds.interface import NUMERIC, TIMES, Reads, Tree
from mlcycle.language.kinds import Kinds
from mlcycle.language.project import Entity, Model
from mlcycle.lowering import defaults
from mlcycle.lowering.columns import parsed, uses
from mlcycle.lowering.program import looked_up, ordered
from mlcycle.lowering.resolved import Feature, Parts, ResolvedModel, ResolvedSource, ResolvedView, Table, Use
from mlcycle.lowering.rows import rows_of
from mlcycle.lowering.selection import select


def resolve_model(
    name: str,
    spec: Model,
    sources: Mapping[str, ResolvedSource],
    views: Mapping[str, ResolvedView],
    kinds: Kinds,
    entities: Mapping[str, Entity],
) -> ResolvedModel:
    """The model `name` with all that it reads, directly and through other features."""
    rows = rows_of(name, spec, sources, entities)
    source = rows.source
    inputs, findings = _inputs(spec, views)
    program = ordered(inputs, views)
    lookups = looked_up((*inputs, *program), views)
    parts = defaults.parts(
        spec, kinds, has_timestamp=source is not None and source.spec.timestamp is not None
    )
    complete = all(view.complete for view in _views_of(spec, views))
    selection = select(parts.preprocess, inputs, kinds, complete=complete)
    row_filter, filter_findings = _filter(spec, inputs, complete=complete)
    request, request_uses = _request(spec, source, program, lookups, views)
    own = (*rows.uses, *_own_uses(spec, source))
    return ResolvedModel(
        name=name,
        spec=spec,
        source=source,
        label=rows.label,
        inputs=inputs,
        program=program,
        lookups=lookups,
        request=request,
        parts=selection.parts(parts),
        selected=selection.features,
        filter=row_filter,
        later=rows.later,
        members=rows.members,
        uses=(*own, *request_uses, *_part_uses(parts, source), *selection.uses),
        findings=(*findings, *filter_findings, *selection.findings),
    )


def _views_of(spec: Model, views: Mapping[str, ResolvedView]) -> tuple[ResolvedView, ...]:
    names = dict.fromkeys(reference.partition(".")[0] for reference in spec.features)
    return tuple(views[name] for name in names if name in views)


def _inputs(
    spec: Model, views: Mapping[str, ResolvedView]
) -> tuple[tuple[Feature, ...], tuple[Diagnostic, ...]]:
    found: dict[str, Feature] = {}
    findings = []
    for i, reference in enumerate(spec.features):
        view_name, _, feature_name = reference.partition(".")
        view = views.get(view_name)
        if view is None:
            continue
        chosen = view.features
        if feature_name:
            chosen = {feature_name: view.features[feature_name]} if feature_name in view.features else {}
        if not chosen and feature_name and view.complete:
            findings.append(_no_feature(spec, i, view, feature_name))
        if chosen and all(feature.full_name in found for feature in chosen.values()):
            message = f"the features of `{reference}` are listed already"
            findings.append(Diagnostic(code="MLC304", message=message, span=spec.span("features", i)))
        found |= {feature.full_name: feature for feature in chosen.values()}
    return tuple(found.values()), tuple(findings)


def _no_feature(spec: Model, index: int, view: ResolvedView, name: str) -> Diagnostic:
    return Diagnostic(
        code="MLC206",
        message=f"the feature view `{view.name}` has no feature `{name}`",
        span=spec.span("features", index),
        help=did_you_mean(name, view.features),
    )


def _request(
    spec: Model,
    source: ResolvedSource | None,
    program: tuple[Feature, ...],
    lookups: Mapping[str, tuple[Feature, ...]],
    views: Mapping[str, ResolvedView],
) -> tuple[tuple[Column, ...], tuple[Use, ...]]:
    """The columns of the row that a request carries, and the keys of lookups in the row's own source."""
    if source is None:
        return (), ()
    own = [name for feature in program for name in feature.request]
    keys = tuple(
        Use(
            name=key.name,
            column=source.table.find(key.name),
            span=_reference_span(spec, view),
            by=f"the entity `{views[view].spec.entity}` of `{view}`",
            table=source.table,
            accepts=() if key.dtype == "unknown" else (key.dtype,),
        )
        for view in lookups
        for key in views[view].keys
    )
    names = dict.fromkeys([*own, *(use.name for use in keys)])
    found = (source.table.find(name) for name in names)
    return tuple(column for column in found if column is not None), keys


def _reference_span(spec: Model, view: str) -> Span:
    for i, reference in enumerate(spec.features):
        if reference.partition(".")[0] == view:
            return spec.span("features", i)
    return spec.span("features")


def _own_uses(spec: Model, source: ResolvedSource | None) -> tuple[Use, ...]:
    if source is None:
        return ()
    reads = []
    if spec.predict_at is not None:
        reads.append(Reads(name=spec.predict_at, path=("predict_at",), accepts=TIMES))
    if spec.sample_weight is not None:
        reads.append(Reads(name=spec.sample_weight, path=("sample_weight",), accepts=NUMERIC))
    return uses(spec, reads, source.table, "the model")


def _part_uses(parts: Parts, source: ResolvedSource | None) -> tuple[Use, ...]:
    """The columns of the rows that gates and the split group by, and those that gates weigh rows by."""
    if source is None:
        return ()
    split = parts.split
    found = [*uses(split, split.reads(), source.table, f"the split `{split.kind}`")]
    for gate in parts.gates:
        reads = (Reads(name=name, path=("by", i)) for i, name in enumerate(gate.groups_by()))
        found.extend(uses(gate, reads, source.table, f"the gate `{gate.kind}`"))
        if gate.sample_weight is not None:
            weight = Reads(name=gate.sample_weight, path=("sample_weight",), accepts=NUMERIC)
            found.extend(uses(gate, [weight], source.table, f"the gate `{gate.kind}`"))
    return tuple(found)


def _filter(
    spec: Model, inputs: tuple[Feature, ...], *, complete: bool
) -> tuple[Tree | None, tuple[Diagnostic, ...]]:
    """The condition on rows: over features by their full names, or by their own where that is enough."""
    if spec.filter is None:
        return None, ()
    by_name: dict[str, list[Feature]] = {}
    for feature in inputs:
        by_name.setdefault(feature.name, []).append(feature)
    full = {f.full_name: f.column for f in inputs}
    short = {name: found[0].column for name, found in by_name.items() if len(found) == 1}
    open_views = frozenset() if complete else frozenset(r.partition(".")[0] for r in spec.features)
    table = Table(
        title="the model's features", columns={**short, **full}, complete=complete, open_views=open_views
    )
    found, findings = parsed(spec.filter, table, spec.span("filter"))
    if found is None:
        return None, findings
    if found.dtype not in ("bool", "unknown"):
        message = f"a filter is true or false; this expression gives {found.dtype}"
        return None, (Diagnostic(code="MLC308", message=message, span=spec.span("filter")),)
    return _full_names(found.tree, {name: column.name for name, column in short.items()}), ()


def _full_names(tree: Tree, names: Mapping[str, str]) -> Tree:
    if "column" in tree:
        return {"column": names.get(tree["column"], tree["column"])}
    if "arguments" in tree:
        return {**tree, "arguments": [_full_names(argument, names) for argument in tree["arguments"]]}
    return tree
