"""The project's feature store: declared as a whole, then loaded view by view."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from mlcycle.emit.feast_declared import on_demand_views, written
from mlcycle.kinds.features.events import EPOCH
from mlcycle.kinds.features.online import compare
from mlcycle.kinds.features.table import TABLE_FILE, VIEW_FILE
from mlcycle.ports import FeatureStore, ViewTable
from mlcycle.task import Input, Outcome, Task, WorkError

#: The key of a record under which stands what was left in the feature store, and not in the result's folder.
ELSEWHERE = "elsewhere"
_TEXTS = ("feature_store.yaml", "features.py")


def apply(task: Task) -> Outcome:
    """Declare the project's views in the feature store, and keep the generated repository in `repository/`.

    Views of earlier schemas, which older versions of a model may still read, stay declared until their entity
    means something else. The data version speaks of the declarations alone, not of the tables.
    """
    project = task.node.group
    views = [_described(view_of(given), task, name) for name, given in task.inputs.items()]
    kept = _still_valid(task.ports.feature_store.declared(project), views)
    task.progress("applying the repository", None)
    services = task.node.config.get("services", {})
    on_demand = on_demand_views(task.node)
    folder = task.ports.feature_store.apply(project, [*views, *kept], services, on_demand)
    (task.out / "repository").mkdir()
    for name in _TEXTS:
        shutil.copyfile(folder / name, task.out / "repository" / name)
    return Outcome(
        data_version=_digest(task.inputs),
        figures={"views": len(views), "earlier_views": len(kept), "on_demand_views": len(on_demand)},
        key_figure=f"{len(views)} views",
        record={ELSEWHERE: {"declared": _names(views), "earlier": _names(kept)}},
    )


def materialize(task: Task) -> Outcome:
    """Load what is known at `now` into the online store, read all of it back and compare.

    Raises WorkError MLC831 if the store was applied with another table than the one given.
    """
    project, given = task.node.group, task.inputs["table"]
    view = view_of(given)
    store = task.ports.feature_store
    refuse_other_tables(store, project, {view.name: given.data_version})
    task.progress("loading", 0.0)
    loaded = store.materialize(project, view.name, EPOCH, task.now)
    task.progress("comparing", 0.5)
    table = pl.read_parquet(given.path / TABLE_FILE)
    check = compare(store, project, view, table, task.now, task.node.config.get("secret", ()))
    record = {"view": view.name, "as_of": task.now.isoformat(), "keys": loaded, "table": given.data_version}
    (task.out / "online.json").write_text(
        json.dumps(record, indent=2, sort_keys=True) + "\n", encoding="utf-8"
    )
    figures = {"keys": loaded, "as_of": task.now.isoformat()}
    return Outcome(
        figures=figures,
        key_figure=f"{loaded:,} keys",
        record={ELSEWHERE: {"online": view.name, "keys": loaded}},
        checks=(check,),
    )


def _described(view: ViewTable, task: Task, name: str) -> ViewTable:
    description, owner = written(task.node, name)
    return replace(view, description=description, owner=owner, tags={"view": name})


def view_of(given: Input) -> ViewTable:
    """The view that a features node wrote, as a feature store takes it."""
    view = json.loads((given.path / VIEW_FILE).read_text(encoding="utf-8"))
    return ViewTable(
        name=view["store_name"],
        entity=view["entity"],
        keys=tuple((key["name"], key["dtype"]) for key in view["keys"]),
        features=tuple((feature["name"], feature["dtype"]) for feature in view["features"]),
        path=given.path / TABLE_FILE,
        ttl_seconds=view.get("ttl_seconds"),
        version=given.data_version,
    )


def refuse_other_tables(store: FeatureStore, project: str, wanted: Mapping[str, str]) -> None:
    """Raise WorkError MLC831 unless the store's tables are `wanted` (view -> data version).

    The store is shared by whatever runs in an environment, so another run may have put its tables there.
    """
    held = {view.name: view.version for view in store.declared(project)}
    for view, version in wanted.items():
        if held.get(view) != version:
            state = "does not have" if view not in held else "has another table for"
            raise WorkError(
                "MLC831",
                f"the feature store {state} the view `{view}`",
                help="run again with `--force --select feature_store`, which applies the present tables",
            )


def _names(views: Sequence[ViewTable]) -> list[str]:
    return sorted(view.name for view in views)


def _still_valid(earlier: Sequence[ViewTable], views: Sequence[ViewTable]) -> list[ViewTable]:
    """Earlier views that have other names than `views` and agree with them on what each entity's key is."""
    names = {view.name for view in views}
    keys = {view.entity: view.keys for view in views}
    return [
        view
        for view in earlier
        if view.name not in names and keys.get(view.entity, view.keys) == view.keys and view.path.exists()
    ]


def _digest(inputs: Mapping[str, Input]) -> str:
    declared: list[Any] = [json.loads(_view_file(given).read_bytes()) for _, given in sorted(inputs.items())]
    canonical = json.dumps(declared, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _view_file(given: Input) -> Path:
    return given.path / VIEW_FILE
