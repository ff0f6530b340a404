"""The nodes of sources, feature views and the feature store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

from mlcycle.graph.node import Check, Node
from mlcycle.kinds.interface import CleanKind, SourceKind
from mlcycle.language.checks import ForeignKey
from mlcycle.language.project import Project
from mlcycle.lowering.contract import freshness, source_checks
from mlcycle.lowering.on_demand import computed, on_demand
from mlcycle.lowering.parts_of_sources import gathered_step, is_gathered, partitions_name
from mlcycle.lowering.plain import kept, seconds, typed
from mlcycle.lowering.resolved import Resolution, ResolvedSource, ResolvedView

_EQUAL = "The online store gives what the view's table says is the newest known value of each key."


def source_node(project: str, source: ResolvedSource) -> Node:
    """The table of a source."""
    spec = source.spec
    gathered = is_gathered(spec)
    data = () if gathered else spec.observes() if spec.snapshot is None else (f"snapshot:{spec.snapshot}",)
    references = [check.source for check in spec.checks if isinstance(check, ForeignKey)]
    config = kept(
        kind=spec.kind,
        path=spec.file(),
        version=spec.version if any(fact.startswith("version:") for fact in data) else None,
        timestamp=spec.timestamp,
        created_timestamp=spec.created_timestamp,
        freshness=freshness(spec),
        secret=list(source.hidden) or None,
    )
    return Node(
        name=f"{project}/sources/{source.name}",
        kind=f"source.{spec.kind}",
        work="mlcycle.kinds.sources.materialize:materialize",
        config=config,
        steps=(gathered_step(source.steps[0]), *source.steps[1:]) if gathered else source.steps,
        inputs={
            **({"partitions": partitions_name(project, source.name)} if gathered else {}),
            **{f"source:{name}": f"{project}/sources/{name}" for name in dict.fromkeys(references)},
        },
        observes=(*data, *(("now",) if spec.freshness is not None else ())),
        checks=source_checks(spec),
        columns=tuple(source.table.columns.values()),
        documentation=kept(description=spec.description, cleaning=_reasons(spec)),
        span=spec.span(),
    )


def _reasons(spec: SourceKind) -> dict[str, str] | None:
    """What each cleaning step does, and its author's own words for why."""
    steps = cast(tuple[CleanKind, ...], spec.clean)
    told = {
        f"clean.{i}": ": ".join(filter(None, (step.sentence(), step.description)))
        for i, step in enumerate(steps)
    }
    return {name: words for name, words in told.items() if words} or None


def store_name(view: ResolvedView) -> str:
    """The view's name in the feature store: it carries a digest of its schema, so that an older version of a
    model goes on reading the columns that it was trained on."""
    schema = {
        "keys": typed(view.keys),
        "features": [[f.name, f.column.dtype] for f in view.features.values()],
        "ttl": seconds(view.spec.ttl),
    }
    text = json.dumps(schema, sort_keys=True, separators=(",", ":"))
    return f"{view.name}__{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def feature_columns(view: ResolvedView) -> list[dict[str, str]]:
    """The view's features as `{name, dtype}`, by their own names."""
    return [{"name": f.name, "dtype": f.column.dtype} for f in view.features.values()]


def view_node(project: str, view: ResolvedView, source: ResolvedSource) -> Node:
    """The table of a looked-up view: what each entity's features were from when on."""
    spec = view.spec
    config = kept(
        entity=spec.entity,
        keys=typed(view.keys),
        timestamp=source.spec.timestamp,
        created_timestamp=source.spec.created_timestamp,
        ttl_seconds=seconds(spec.ttl),
        store_name=store_name(view),
        features=feature_columns(view),
        row_key=list(source.row_key),
    )
    return Node(
        name=f"{project}/features/{view.name}",
        kind="feature_view",
        work="mlcycle.kinds.features.table:materialize",
        config=config,
        steps=view.steps,
        inputs={"source": f"{project}/sources/{source.name}"},
        columns=(*view.keys, *(feature.column for feature in view.features.values())),
        documentation=_documentation(view),
        span=spec.span(),
    )


def _documentation(view: ResolvedView) -> dict[str, Any]:
    owner = view.spec.owner.model_dump(exclude_none=True) if view.spec.owner is not None else None
    return kept(description=view.spec.description, owner=owner)


def store_node(project: Project, resolution: Resolution) -> Node | None:
    """The declaration of every feature view in the feature store, and of what each model reads.

    None where nothing is looked up: then there is nothing to store.
    """
    views = tuple(view for view in resolution.views.values() if materializes(view))
    if not views:
        return None
    names = {view.name: store_name(view) for view in views}
    own = {name: on_demand(view, resolution.views, names) for name, view in resolution.views.items()}
    declared = {name: found for name, found in own.items() if found is not None}
    return Node(
        name=f"{project.name}/feature_store",
        kind="feature_store",
        work="mlcycle.kinds.features.store:apply",
        config=kept(services=_services(resolution, names, declared), on_demand=declared or None),
        observes=("online_store",),
        inputs={view.name: f"{project.name}/features/{view.name}" for view in views},
        documentation=_store_documentation(project, resolution, (*names, *declared)),
        span=views[0].spec.span(),
    )


def materializes(view: ResolvedView) -> bool:
    """Whether a view becomes a table of the feature store."""
    return view.looked_up and view.source is not None


def _services(
    resolution: Resolution, names: Mapping[str, str], declared: Iterable[str]
) -> dict[str, dict[str, list[str]]]:
    """Model -> view, by its name in the store -> the features that the model reads of it."""
    found = {}
    for model in resolution.models.values():
        stored = ((names.get(view), features) for view, features in model.lookups.items())
        looked_up = {view: [f.name for f in features] for view, features in stored if view is not None}
        found[model.name] = {**looked_up, **computed(model, declared)}
    return {model: features for model, features in found.items() if features}


def _store_documentation(project: Project, resolution: Resolution, names: Iterable[str]) -> dict[str, Any]:
    """What people wrote about the views `names`. Feast's owner is a text: the team."""
    specs = {name: resolution.views[name].spec for name in names}
    return kept(
        views={name: spec.description or "" for name, spec in specs.items()},
        owners={name: spec.owner.team for name, spec in specs.items() if spec.owner and spec.owner.team}
        or None,
        owner=project.owner.team if project.owner is not None else None,
    )


def online_node(project: str, view: ResolvedView) -> Node:
    """The newest values of a view, loaded into the online store."""
    named = [(key.name, key) for key in view.keys] + [(f.name, f.column) for f in view.features.values()]
    return Node(
        name=f"{project}/online/{view.name}",
        kind="online_features",
        work="mlcycle.kinds.features.store:materialize",
        config=kept(secret=[name for name, column in named if column.pii] or None),
        inputs={"table": f"{project}/features/{view.name}"},
        after=(f"{project}/feature_store",),
        observes=("now", "online_store"),
        checks=(Check(name="online_equals_offline", description=_EQUAL, span=view.spec.span()),),
        span=view.spec.span(),
    )
