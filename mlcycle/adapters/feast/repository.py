"""The generated repository on disk: its tables, its declarations, and applying it as a whole."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import shutil
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from mlcycle.adapters.feast import pushed
from mlcycle.adapters.feast.files import LOADED_FOLDER, VIEWS_FILE, loaded_path
from mlcycle.adapters.feast.tables import place
from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE
from mlcycle.emit.feast import ONLINE_FILE, REGISTRY_STORE, repository, store_config, table_path
from mlcycle.emit.render import write_tree
from mlcycle.graph.on_demand import OnDemandView
from mlcycle.ports import ViewTable
from mlcycle.serving import feast_library
from mlcycle.serving.online_addresses import opened

if TYPE_CHECKING:
    from feast import FeatureStore
    from feast.repo_contents import RepoContents

#: How the names of unfinished registries begin.
DRAFTS = ".registry-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """One project's Feast repository in `folder`.

    online: Feast's online_store block if not SQLite; password: what is not written into it.
    """

    project: str
    folder: Path
    online: Mapping[str, Any] | None = None
    password: str | None = None

    def store(self) -> FeatureStore:
        """A Feast store over the repository as it is now.

        Raises Refused (MLC712) if the registry holds something to run that is not ours.
        """
        store: FeatureStore = feast_library.load().FeatureStore(repo_path=str(self.folder))
        from mlcycle.serving.feast_registry import UnsafeRegistryError

        store.config.online_config = opened(store.config.online_config, self.password)
        store.config.registry.registry_store_type = REGISTRY_STORE  # whatever the file says
        try:
            _ = store.registry  # read when it is first asked for
        except UnsafeRegistryError as error:
            found = Diagnostic(code="MLC712", message=error.message, span=NOWHERE, help=error.help)
            raise Refused((found,)) from error
        return store

    def views(self) -> tuple[ViewTable, ...]:
        """What was declared last, with where each table is now."""
        path = self.folder / VIEWS_FILE
        if not path.exists():
            return ()
        return tuple(self._view(entry) for entry in json.loads(path.read_text(encoding="utf-8")))

    def has(self, view: ViewTable) -> bool:
        """Whether a view's table is the one that the repository keeps: nobody brought another."""
        return view.path == self.folder / table_path(view.name)

    def write(
        self,
        views: Sequence[ViewTable],
        services: Mapping[str, Mapping[str, Sequence[str]]],
        on_demand: Sequence[OnDemandView] = (),
    ) -> None:
        """Bring the files up to date: tables first, then what speaks of them."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for view in views:
            if not self.has(view):
                place(view.path, self.folder / table_path(view.name), [name for name, _ in view.keys])
        entries = [_entry(view) for view in sorted(views, key=lambda view: view.name)]
        declared = json.dumps(entries, indent=2, sort_keys=True) + "\n"
        texts = repository(store_config(self.project, self.online), views, services, on_demand)
        write_tree(self.folder, {**texts, VIEWS_FILE: declared})

    def apply(self) -> None:
        """Make the registry and the online store what the files declare; what they no longer name is removed.

        A crash at any point leaves the registry as it was or as it should be; applying again completes it.
        """
        store = self.store()
        from feast.repo_operations import apply_total_with_repo_instance

        contents = _contents(_load(self.folder / "features.py"), self.project)
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "On demand feature view is an experimental", RuntimeWarning)
            apply_total_with_repo_instance(store, self.project, store.registry, contents, True)
        self.make_tables(store, contents.feature_views)

    def make_tables(self, store: FeatureStore, views: Sequence[Any]) -> None:
        """Make the views' tables in the online store that are not there.

        Feast makes none that its registry says is there, though one may have been lost since.
        """
        store._get_provider().update_infra(
            project=self.project,
            tables_to_delete=[],
            tables_to_keep=views,
            entities_to_delete=[],
            entities_to_keep=[],
            partial=True,
        )
        online = self.folder / ONLINE_FILE
        if online.exists():
            online.chmod(0o600)

    def prune(self) -> None:
        """Delete the tables of views that are no longer declared, and what crashes left half done."""
        views = self.views()
        pushed.prune(self.folder, [view.name for view in views])
        notes = {Path(loaded_path(view.name)).name for view in views}
        for note in (self.folder / LOADED_FOLDER).glob("*"):
            if note.name not in notes:
                note.unlink()
        kept = {Path(table_path(view.name)).name for view in views}
        for path in (self.folder / "tables").glob("*"):
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name not in kept:
                path.unlink()
        for draft in self.folder.glob(f"{DRAFTS}*"):
            draft.unlink()

    def _view(self, entry: Mapping[str, Any]) -> ViewTable:
        keys = tuple((name, dtype) for name, dtype in entry["keys"])
        features = tuple((name, dtype) for name, dtype in entry["features"])
        path = self.folder / table_path(entry["name"])
        return ViewTable(**{**entry, "keys": keys, "features": features, "path": path})


def _entry(view: ViewTable) -> dict[str, Any]:
    """A view as stored: where its table came from does not matter any more."""
    entry = asdict(view)
    del entry["path"]
    return {**entry, "tags": dict(view.tags or {})}


def _load(path: Path) -> ModuleType:
    """Run our own generated module, as `feast apply` would, without a place in `sys.modules`."""
    spec = importlib.util.spec_from_file_location("mlcycle_generated_features", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = written
    return module


def _contents(module: ModuleType, project: str) -> RepoContents:
    from feast import Entity, FeatureService, FeatureView, OnDemandFeatureView, Project, RequestSource
    from feast.feature_view import DUMMY_ENTITY
    from feast.repo_contents import RepoContents

    found = list(vars(module).values())
    views = [value for value in found if isinstance(value, FeatureView)]
    return RepoContents(
        projects=[Project(name=project)],
        data_sources=[
            *(view.batch_source for view in views),
            *(value for value in found if isinstance(value, RequestSource)),
        ],
        entities=[*(value for value in found if isinstance(value, Entity)), DUMMY_ENTITY],
        feature_views=views,
        feature_services=[value for value in found if isinstance(value, FeatureService)],
        on_demand_feature_views=[value for value in found if isinstance(value, OnDemandFeatureView)],
        stream_feature_views=[],
        label_views=[],
        permissions=[],
    )
