"""The feature store port over Feast: one generated repository a project."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from mlcycle.adapters.feast import loaded, online, pushed
from mlcycle.adapters.feast.files import last_loaded
from mlcycle.adapters.feast.repository import Repository
from mlcycle.adapters.feast.values import full_name, polars_type
from mlcycle.graph.on_demand import OnDemandView
from mlcycle.ports import ViewTable

_ROW = "row_id"
_AT = "predict_at"
_EVENT = "event_timestamp"
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


class FeastFeatureStore:
    """Feature views in Feast, with tables, registry and online store below `home/<project>/`.

    home: a folder for the state, private to who runs the projects.
    online: Feast's `online_store` block; SQLite beside the registry unless given.
    password: of the online store, which is written nowhere.
    kept: whether the online store has what was last loaded of a view of a project; true unless given.
    """

    def __init__(
        self,
        home: Path,
        online: Mapping[str, Any] | None = None,
        password: str | None = None,
        kept: Callable[[str, str], bool] | None = None,
    ) -> None:
        self._home = home
        self._online = online
        self._password = password
        self._kept = kept or (lambda project, view: True)

    def apply(
        self,
        project: str,
        views: Sequence[ViewTable],
        services: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
        on_demand: Sequence[OnDemandView] = (),
    ) -> Path:
        """Write and apply the repository that declares exactly `views`; safe to repeat, and after a crash.

        Views that come with the table that is here already, as nobody brings another, are loaded again as
        they were if the online store has lost them.
        """
        repository = self._repository(project)
        lost = [view.name for view in views if repository.has(view) and not self._kept(project, view.name)]
        repository.write(views, services or {}, on_demand)
        repository.apply()
        repository.prune()
        for view in lost:
            before = last_loaded(repository.folder, view)
            assert before is not None
            self.materialize(project, view, _ALWAYS, before.until)
        return repository.folder

    def declared(self, project: str) -> tuple[ViewTable, ...]:
        """The views of the last `apply`, with their tables as the repository keeps them."""
        return self._repository(project).views()

    def historical(
        self, project: str, rows: pl.DataFrame, features: Mapping[str, Sequence[str]]
    ) -> pl.DataFrame:
        """Join features as of each row's `predict_at`, through Feast's `get_historical_features`.

        Feast keeps the order of rows for no store but ours, hence `row_id`. Raises KeyError for a view that
        was not applied.
        """
        repository = self._repository(project)
        views = {view.name: view for view in repository.views()}
        keys = dict.fromkeys(name for view in features for name, _ in views[view].keys)
        asked = rows.select(_ROW, pl.col(_AT).alias(_EVENT), *keys)
        job = repository.store().get_historical_features(
            entity_df=asked.to_pandas(use_pyarrow_extension_array=True),
            features=[f"{view}:{name}" for view, names in features.items() for name in names],
            full_feature_names=True,
        )
        found = pl.DataFrame(pl.from_arrow(job.to_arrow()))
        wanted = [_cast(views[view], name) for view, names in features.items() for name in names]
        ordered = found if found.get_column(_ROW).is_sorted() else found.sort(_ROW)
        return ordered.select(pl.col(_ROW).cast(pl.Int64), *wanted)

    def materialize(self, project: str, view: str, start: datetime, end: datetime) -> int:
        """Load each key's newest value of [start, end] into the online store; returns the keys loaded.

        A table that the online store has lost is made again.
        """
        repository = self._repository(project)
        declared = {found.name: found for found in repository.views()}[view]
        names = [name for name, _ in declared.keys]
        in_time = pl.col(_EVENT).is_between(start, end)
        keys = pl.scan_parquet(declared.path).filter(in_time).select(names).unique().collect()
        with pushed.alone(repository.folder):
            store = repository.store()
            repository.make_tables(store, [store.get_feature_view(view)])
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                store.materialize(start, end, feature_views=[view])
            pushed.forget_known(repository.folder, view, declared.path, names, end)
            loaded.note(repository.folder, store, declared, keys, end)
        return keys.height

    def push(self, project: str, view: str, rows: pl.DataFrame) -> int:
        """Write rows at once, but for those that are older than what the online store has for their keys.

        What the store has is known to the second, what was pushed before to the microsecond. Kept first, and
        written then: what a crash leaves unwritten is written by the next loading.
        """
        repository = self._repository(project)
        declared = {found.name: found for found in repository.views()}[view]
        keys = [name for name, _ in declared.keys]
        with pushed.alone(repository.folder):
            store = repository.store()
            given = pushed.newest([rows.with_columns(created_timestamp=pl.col(_EVENT))], keys)
            fresh = pushed.newer(given, online.moments(store, declared, given), keys)
            before = pushed.waiting(repository.folder, view)
            if before is not None:
                fresh = pushed.newer(fresh, before, keys)
            if fresh.is_empty():
                return 0
            waiting = [fresh] if before is None else [before, fresh]
            pushed.keep(repository.folder, view, pushed.newest(waiting, keys))
            online.write(store, view, fresh)
        return fresh.height

    def pushed(self, project: str, view: str) -> pl.DataFrame | None:
        """The pushed rows that the view's table does not have yet."""
        return pushed.waiting(self._repository(project).folder, view)

    def online(
        self, project: str, features: Mapping[str, Sequence[str]], keys: pl.DataFrame, now: datetime
    ) -> pl.DataFrame:
        """`view__feature` columns for each row of `keys`; values older than the view's ttl are null."""
        repository = self._repository(project)
        views = {view.name: view for view in repository.views()}
        store = repository.store()
        found = [online.read(store, views[view], names, keys, now) for view, names in features.items()]
        return pl.concat([keys, *found], how="horizontal")

    def _repository(self, project: str) -> Repository:
        folder = self._home / project
        return Repository(project=project, folder=folder, online=self._online, password=self._password)


def _cast(view: ViewTable, feature: str) -> pl.Expr:
    dtypes = dict(view.features)
    return pl.col(full_name(view.name, feature)).cast(polars_type(dtypes[feature]))
