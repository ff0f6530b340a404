"""Feature views: their features, resolved to columns with dtype, availability, marks and lineage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import cast

from mlcycle.diagnostics.diagnostic import Diagnostic, Related
from mlcycle.diagnostics.span import Span
from mlcycle.graph.column import Column
from mlcycle.graph.expression_value import ExpressionError
from mlcycle.graph.node import Step
from mlcycle.kinds.interface import Computed, HistoryFeature, RowFeature, SourceKind, Tree
from mlcycle.language.project import Entity, FeatureView, Project
from mlcycle.lowering.columns import dtypes_of, expression_finding, made_of, renamed, uses
from mlcycle.lowering.history import column_steps, history_step, row_step
from mlcycle.lowering.order import crossing, in_order
from mlcycle.lowering.resolved import Feature, ResolvedSource, ResolvedView, Table, Use
from mlcycle.lowering.rows import AS_OF


@dataclass(frozen=True, slots=True, kw_only=True)
class _One:
    """A feature with its step in a view's table and what was found about it."""

    feature: Feature
    step: Step | None = None
    uses: tuple[Use, ...] = ()
    findings: tuple[Diagnostic, ...] = ()


def resolve_views(
    project: Project, sources: Mapping[str, ResolvedSource]
) -> tuple[dict[str, ResolvedView], tuple[Diagnostic, ...]]:
    """Every view of the project by name, and what is wrong between them."""
    specs = project.feature_views
    views = {name: _with_columns(name, spec, sources, project.entities) for name, spec in specs.items()}
    order, circles = in_order(crossing(specs))
    for view, feature in order:
        views[view] = _with_feature(views[view], feature, views)
    views = {name: _in_written_order(view) for name, view in views.items()}
    return views, tuple(_circle(circle, specs) for circle in circles)


def _with_columns(
    name: str, spec: FeatureView, sources: Mapping[str, ResolvedSource], entities: Mapping[str, Entity]
) -> ResolvedView:
    source = sources.get(spec.source) if spec.source is not None else None
    keys, key_uses = _keys(spec, source, entities)
    chosen, used = _chosen(spec, source, {key.name for key in keys})
    features = {}
    for column in chosen:
        place = _place(spec, column.name)
        as_feature = replace(renamed(column, f"{name}.{column.name}", place), description=column.description)
        tree = None if spec.entity is not None else {"column": f"request.{column.name}"}
        request = () if tree is None else (column.name,)
        features[column.name] = Feature(
            name=column.name,
            view=name,
            column=as_feature,
            expression=tree,
            request=request,
            places={column.name: place},
        )
    steps = column_steps(chosen, spec) if spec.entity is not None and source is not None else ()
    return ResolvedView(
        name=name,
        spec=spec,
        source=source,
        keys=keys,
        features=features,
        steps=steps,
        uses=(*key_uses, *used),
    )


def _keys(
    spec: FeatureView, source: ResolvedSource | None, entities: Mapping[str, Entity]
) -> tuple[tuple[Column, ...], tuple[Use, ...]]:
    if spec.entity is None or spec.entity not in entities or source is None:
        return (), ()
    by = f"the entity `{spec.entity}`"
    used = tuple(
        Use(name=key, column=source.table.find(key), span=spec.span("entity"), by=by, table=source.table)
        for key in entities[spec.entity].key
    )
    return tuple(use.column or Column(name=use.name) for use in used), used


def _chosen(
    spec: FeatureView, source: ResolvedSource | None, keys: set[str]
) -> tuple[tuple[Column, ...], tuple[Use, ...]]:
    if spec.columns is None or source is None:
        return (), ()
    names = spec.columns.only if spec.columns.only is not None else spec.columns.excluded or ()
    path = ("columns",) if spec.columns.only is not None else ("columns", "except")
    used = tuple(
        Use(
            name=name,
            column=source.table.find(name),
            span=spec.span(*path, i),
            by="the feature view",
            table=source.table,
        )
        for i, name in enumerate(names)
    )
    if spec.columns.only is not None:
        return tuple(use.column or Column(name=use.name) for use in used), used
    left_out = {*names, *keys, *_roles(source.spec)}
    return tuple(c for name, c in source.table.columns.items() if name not in left_out), used


def _roles(spec: SourceKind) -> set[str]:
    """Columns that say which row this is, not what it tells: nobody means them by "all but"."""
    unique = {name for name, column in spec.columns.items() if column.unique}
    times = {name for name in (spec.timestamp, spec.created_timestamp) if name is not None}
    return {*times, *unique, *(spec.key or ())}


def _place(spec: FeatureView, column: str) -> Span:
    only = spec.columns.only if spec.columns is not None else None
    return spec.span("columns", only.index(column)) if only is not None else spec.span("columns")


def _with_feature(view: ResolvedView, name: str, views: Mapping[str, ResolvedView]) -> ResolvedView:
    spec = view.spec.features[name]
    if isinstance(spec, HistoryFeature):
        one = _history(view, name, spec)
    elif view.spec.entity is not None:
        one = _row_of_table(view, name, cast(RowFeature, spec))
    else:
        one = _at_request(view, name, cast(RowFeature, spec), views)
    if name in view.features:
        one = replace(one, findings=(*one.findings, _twice(view, name)))
    return replace(
        view,
        features={**view.features, name: one.feature},
        steps=(*view.steps, *((one.step,) if one.step is not None else ())),
        uses=(*view.uses, *one.uses),
        findings=(*view.findings, *one.findings),
    )


def _history(view: ResolvedView, name: str, spec: HistoryFeature) -> _One:
    table = view.source.table if view.source is not None else _empty(view)
    used = uses(spec, spec.reads(), table, f"the {spec.kind} `{name}`")
    parts = tuple(use.column for use in used if use.column is not None)
    column = made_of(
        f"{view.name}.{name}",
        spec.dtype(table.dtypes()),
        parts or _row_itself(view),
        description=spec.description,
        span=spec.span(),
    )
    column = replace(column, nullable=True)
    feature = Feature(name=name, view=view.name, column=column, places=_places(used))
    return _One(feature=feature, step=history_step(name, spec, column), uses=used)


def _row_itself(view: ResolvedView) -> tuple[Column, ...]:
    """What a count of rows is made of: that a row is there at a time, known when its source's values are."""
    if view.source is None:
        return ()
    spec = view.source.spec
    time = view.source.table.columns.get(spec.timestamp) if spec.timestamp is not None else None
    lineage = time.lineage if time is not None else frozenset()
    return (Column(name="", nullable=False, available_after=spec.available_after, lineage=lineage),)


def _row_of_table(view: ResolvedView, name: str, spec: RowFeature) -> _One:
    table = view.source.table if view.source is not None else _empty(view)
    computed, findings = _computed(spec, table)
    used = uses(spec, computed.reads, table, f"the {spec.kind} `{name}`")
    column = _column(view, name, spec, computed, used)
    feature = Feature(name=name, view=view.name, column=column, places=_places(used))
    return _One(feature=feature, step=row_step(name, spec, column, computed), uses=used, findings=findings)


def _at_request(view: ResolvedView, name: str, spec: RowFeature, views: Mapping[str, ResolvedView]) -> _One:
    own = view.source.table if view.source is not None else _empty(view)
    others = _features_of(views)
    table = Table(
        title=own.title,
        columns={**own.columns, **others},
        complete=own.complete,
        open_views=frozenset(each.name for each in views.values() if not each.complete),
    )
    computed, findings = _computed(spec, table)
    used = uses(spec, computed.reads, table, f"the {spec.kind} `{name}`")
    request = tuple(read.name for read in computed.reads if read.name in own.columns)
    feature = Feature(
        name=name,
        view=view.name,
        column=_column(view, name, spec, computed, used),
        expression=_over_the_request(computed.expression, frozenset(request)),
        request=request,
        others=tuple(read.name for read in computed.reads if read.name not in request),
        places=_places(used),
    )
    return _One(feature=feature, uses=used, findings=findings)


def _features_of(views: Mapping[str, ResolvedView]) -> dict[str, Column]:
    """Every feature by `view.feature`; one that is not resolved yet (in a circle) is of unknown dtype."""
    declared = [f"{view.name}.{name}" for view in views.values() for name in view.spec.features]
    found = {f.full_name: f.column for view in views.values() for f in view.features.values()}
    return {**{name: Column(name=name) for name in declared}, **found}


def _computed(spec: RowFeature, table: Table) -> tuple[Computed, tuple[Diagnostic, ...]]:
    try:
        return spec.compute(dtypes_of(table)), ()
    except ExpressionError as error:
        broken = Computed(dtype="unknown", expression={"literal": None}, reads=())
        return broken, (expression_finding(error, getattr(spec, "expression", ""), spec.span("expression")),)


def _column(
    view: ResolvedView, name: str, spec: RowFeature, computed: Computed, used: tuple[Use, ...]
) -> Column:
    parts = tuple(use.column for use in used if use.column is not None)
    return made_of(
        f"{view.name}.{name}", computed.dtype, parts, description=spec.description, span=spec.span()
    )


def _over_the_request(tree: Tree, request: frozenset[str]) -> Tree:
    """The tree with the row's own columns called `request.<column>`."""
    if "column" in tree:
        name = tree["column"]
        return {"column": f"request.{name}"} if name in request else tree
    if "arguments" in tree:
        arguments = [_over_the_request(argument, request) for argument in tree["arguments"]]
        return {**tree, "arguments": arguments}
    return tree


def _places(used: Iterable[Use]) -> dict[str, Span]:
    return {use.name: use.span for use in used}


def _in_written_order(view: ResolvedView) -> ResolvedView:
    computed = tuple(view.spec.features)
    first = {name: f for name, f in view.features.items() if name not in computed}
    written = {name: view.features[name] for name in computed}
    steps = sorted(view.steps, key=lambda step: computed.index(step.name) if step.name in computed else -1)
    return replace(view, features={**first, **written}, steps=tuple(steps))


def _empty(view: ResolvedView) -> Table:
    """Without a source there is the moment of a population alone; an unknown source could have any column."""
    own = {AS_OF: Column(name=AS_OF, dtype="timestamp", nullable=False)} if view.spec.source is None else {}
    return Table(title=f"feature view `{view.name}`", columns=own, complete=view.spec.source is None)


def _twice(view: ResolvedView, name: str) -> Diagnostic:
    first = view.features[name].column.span
    return Diagnostic(
        code="MLC304",
        message=f"the feature view `{view.name}` has a feature `{name}` already",
        span=view.spec.key_span("features", name),
        help="give one of the two another name",
        related=(Related(span=first, message="the first one is here"),),
    )


def _circle(circle: tuple[tuple[str, str], ...], specs: Mapping[str, FeatureView]) -> Diagnostic:
    view, name = circle[0]
    names = [f"`{v}.{f}`" for v, f in (*circle, circle[0])]
    return Diagnostic(
        code="MLC208",
        message="these features need each other: " + " needs ".join(names),
        span=specs[view].features[name].span("expression"),
        help="compute one of them from columns of a source",
    )
