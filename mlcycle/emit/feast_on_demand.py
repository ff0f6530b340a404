"""On-demand views of Feast: features of the request, by the program that the model package runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from mlcycle.emit.feast_fields import FieldText, fields, variable
from mlcycle.graph.on_demand import OnDemandView


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestText:
    """A request source: the columns of the row that a view reads."""

    variable: str
    name: str
    fields: tuple[FieldText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectionText:
    """A view, and some of its features."""

    variable: str
    features: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDemandText:
    """An on-demand view. `columns`, `program` and `features` are what its function hands to `computed`."""

    variable: str
    name: str
    request: RequestText | None
    lookups: tuple[ProjectionText, ...]
    fields: tuple[FieldText, ...]
    columns: Mapping[str, tuple[str, str]]
    program: list[Mapping[str, Any]]
    features: Mapping[str, str]
    description: str
    owner: str
    tags: tuple[tuple[str, str], ...]


def on_demand_text(view: OnDemandView) -> OnDemandText:
    """How the template shows a view.

    Columns of the row are called `request.<column>`, as everywhere else: under its bare name Feast would take
    a column that is also an entity's key, or a feature, for only one of both.
    """
    names = shown_names(view)
    request = tuple((f"request.{name}", dtype) for name, dtype in view.request)
    looked_up = [
        (f"{ours}.{name}", f"{store}__{name}", dtype)
        for store, (ours, features) in view.lookups.items()
        for name, dtype in features
    ]
    source = RequestText(
        variable=variable("request", view.name), name=f"{view.name}_request", fields=fields(request)
    )
    return OnDemandText(
        variable=variable("view", view.name),
        name=view.name,
        request=source if request else None,
        lookups=tuple(
            ProjectionText(variable=variable("view", store), features=tuple(name for name, _ in features))
            for store, (_, features) in view.lookups.items()
        ),
        fields=fields((names[name], dtype) for name, dtype in view.features),
        columns={
            **{name: (name, dtype) for name, dtype in request},
            **{ours: (theirs, dtype) for ours, theirs, dtype in looked_up},
        },
        program=list(view.program),
        features={names[name]: f"{view.name}.{name}" for name, _ in view.features},
        description=view.description,
        owner=view.owner,
        tags=tuple(sorted((view.tags or {}).items())),
    )


def shown_names(view: OnDemandView) -> Mapping[str, str]:
    """Feature -> its name in Feast: its own, with the view's before it if the view reads one of that name.

    Feast drops results that are named like what an on-demand view reads of another.
    """
    taken = {name for _, features in view.lookups.values() for name, _ in features}
    own = {name for name, _ in view.features}
    return {name: _free(name, view.name, taken, own - {name}) for name, _ in view.features}


def _free(name: str, prefix: str, taken: Set[str], others: Set[str]) -> str:
    if name not in taken:
        return name
    name = f"{prefix}_{name}"
    return _free(name, prefix, taken | others, others)


def shown_services(
    services: Mapping[str, Mapping[str, Sequence[str]]], on_demand: Sequence[OnDemandView]
) -> Mapping[str, tuple[ProjectionText, ...]]:
    """Model -> the features it reads, by their names in Feast."""
    names = {view.name: shown_names(view) for view in on_demand}
    return {
        model: tuple(
            ProjectionText(
                variable=variable("view", view),
                features=tuple(names.get(view, {}).get(name, name) for name in features),
            )
            for view, features in read.items()
        )
        for model, read in services.items()
    }
