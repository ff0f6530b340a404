"""What a feature store is told of features that are computed from the row itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mlcycle.lowering.program import looked_up, ordered
from mlcycle.lowering.resolved import Feature, ResolvedModel, ResolvedView
from mlcycle.lowering.rows import AS_OF

Views = Mapping[str, ResolvedView]


def on_demand(view: ResolvedView, views: Views, store_names: Mapping[str, str]) -> dict[str, Any] | None:
    """What computing the view takes: columns of the row, features of other views, and the program.

    None for one that computes nothing, or that reads nothing, and while a column of it is not known.
    store_names: looked-up view -> its name in the feature store.
    """
    own = tuple(feature for feature in view.features.values() if feature.expression is not None)
    program = ordered(own, views)
    request = _request(program, views)
    lookups = {name: found for name, found in looked_up(program, views).items() if name in store_names}
    read = {name for feature in program for name in feature.others}
    known = {feature.full_name for found in (program, *lookups.values()) for feature in found}
    features = [_typed(feature) for feature in own]
    dtypes = {*request.values(), *(feature.column.dtype for feature in program)}
    if not own or not (request or lookups) or "unknown" in dtypes or not read <= known:
        return None
    return {
        "request": [{"name": name, "dtype": dtype} for name, dtype in request.items()],
        "lookups": [
            {"view": name, "store_name": store_names[name], "features": [_typed(f) for f in found]}
            for name, found in lookups.items()
        ],
        "program": [feature.entry for feature in program],
        "features": features,
    }


def computed(model: ResolvedModel, names: Iterable[str]) -> dict[str, list[str]]:
    """View -> the features of a model that are computed at request time, of the views `names`."""
    found = {name: [f.name for f in model.inputs if f.view == name and f.expression] for name in names}
    return {name: features for name, features in found.items() if features}


def _request(program: Iterable[Feature], views: Views) -> dict[str, str]:
    """The columns of the row that a program reads, with their dtypes."""
    found: dict[str, str] = {}
    for feature in program:
        source = views[feature.view].source
        dtypes = source.table.dtypes() if source is not None else {AS_OF: "timestamp"}
        found |= {name: dtypes.get(name, "unknown") for name in feature.request if name not in found}
    return found


def _typed(feature: Feature) -> dict[str, str]:
    return {"name": feature.name, "dtype": feature.column.dtype}
