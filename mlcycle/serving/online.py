"""The online store behind Feast, read as a service needs it: fast, with the age of every value.

Feast is imported when a store is opened, which takes seconds; a service without lookups never does it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlcycle.serving import feast_library
from mlcycle.serving.lookups import Found, Values
from mlcycle.serving.online_addresses import opened
from mlcycle.steps.manifest import Lookup

_REGISTRY = "mlcycle.serving.feast_registry.GuardedRegistryStore"
#: What Feast stores for a time that is missing.
_NO_TIME = -(2**63)


class FeastOnline:
    """One Feast store of a worker, opened once."""

    def __init__(self, repository: Path, password: str | None = None) -> None:
        """Open the generated repository; only its registry and its online store are used.

        password: of the online store, which is in no file of the repository.
        """
        self._store = _open(repository, password)
        self._path = _file_of(self._store)
        self._opened = self._file()
        self._views: tuple[Lookup, ...] = ()

    def warm_up(self, views: Sequence[Lookup]) -> None:
        """Read every view once, so that the first request finds all loaded. Raises if one cannot be."""
        self._views = tuple(views)
        self.ping()

    def ping(self) -> None:
        """Read one key that nothing has from every view."""
        self.read([(view, [self._nobody(view)]) for view in self._views])

    def _nobody(self, view: Lookup) -> Values:
        types = {
            column.name: column.dtype.to_value_type().name
            for column in self._store.get_feature_view(view.store_name).entity_columns
        }
        return {key: 0 if "INT" in types.get(key, "") else "" for key in view.keys}

    def read(self, views: Sequence[tuple[Lookup, Sequence[Values]]]) -> Sequence[Sequence[Found | None]]:
        """Read each view's keys; views asked for equally many rows share one call, which is cheaper."""
        self._follow()
        found: list[Sequence[Found | None]] = [()] * len(views)
        for group in _groups(views):
            for place, answers in zip(group, self._read([views[place] for place in group]), strict=True):
                found[place] = answers
        return found

    def _follow(self) -> None:
        """Leave a SQLite file in whose place there is another by now: it was lost, and loaded again."""
        file = self._file()
        if file is not None and file != self._opened:
            from feast.infra.online_stores.sqlite import _initialize_conn

            self._opened = file
            self._store._get_provider().online_store._conn = _initialize_conn(str(self._path))

    def _file(self) -> tuple[int, int] | None:
        """Which SQLite file is there now; None if none is, or if the store is no file."""
        if self._path is None:
            return None
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def _read(self, views: Sequence[tuple[Lookup, Sequence[Values]]]) -> list[list[Found | None]]:
        keys = {key: [row[key] for row in rows] for lookup, rows in views for key in lookup.keys}
        names = [f"{lookup.store_name}:{one.name}" for lookup, _ in views for one in lookup.features]
        proto = self._store.get_online_features(
            features=names, entity_rows=keys, full_feature_names=True
        ).proto
        vectors = dict(zip(proto.metadata.feature_names.val, proto.results, strict=True))
        return [_rows(lookup, vectors, len(rows)) for lookup, rows in views]


def _groups(views: Sequence[tuple[Lookup, Sequence[Values]]]) -> list[list[int]]:
    """The places of views that one call can read: as many rows, and no key column with two meanings."""
    groups: dict[int, list[int]] = {}
    alone: list[list[int]] = []
    columns: dict[tuple[int, str], list[Any]] = {}
    for place, (lookup, rows) in enumerate(views):
        if not rows:
            continue
        own = {(len(rows), key): [row[key] for row in rows] for key in lookup.keys}
        if all(columns.get(name, values) == values for name, values in own.items()):
            columns.update(own)
            groups.setdefault(len(rows), []).append(place)
        else:
            alone.append([place])
    return [*groups.values(), *alone]


def _rows(lookup: Lookup, vectors: Mapping[str, Any], count: int) -> list[Found | None]:
    names = [feature.name for feature in lookup.features]
    own = [vectors[f"{lookup.store_name}__{name}"] for name in names]
    return [_found(names, own, index) for index in range(count)]


def _found(names: Sequence[str], vectors: Sequence[Any], index: int) -> Found | None:
    """Row `index` of a response; None if the store has no value for its key.

    Of a key that it does not know, Redis says that all its values are there and null.
    """
    values = {name: _plain(vector.values[index]) for name, vector in zip(names, vectors, strict=True)}
    if all(value is None for value in values.values()):
        return None
    moment = vectors[0].event_timestamps[index]
    return Found(
        values=values,
        at=datetime.fromtimestamp(moment.seconds + moment.nanos / 1e9, UTC).replace(tzinfo=None),
    )


def _plain(value: Any) -> Any:
    """The Python value of a Feast value; times become naive UTC."""
    kind = value.WhichOneof("val")
    if kind is None or kind == "null_val":
        return None
    plain = getattr(value, kind)
    if kind == "unix_timestamp_val":
        if plain == _NO_TIME:
            return None
        return datetime.fromtimestamp(plain, UTC).replace(tzinfo=None)
    return plain


def _open(repository: Path, password: str | None) -> Any:
    """The repository's registry and online store alone: its offline store's code is not in a service."""
    import yaml

    feast = feast_library.load()
    declared = yaml.safe_load((repository / "feature_store.yaml").read_text())
    declared.pop("offline_store", None)
    registry, online = declared["registry"], declared["online_store"]
    registry["registry_store_type"] = _REGISTRY  # of mlcycle's own kind it only writes differently
    _anchor(registry, repository)
    if "path" in online:
        _anchor(online, repository)
    elif online["type"].endswith("RedisOnlineStore"):
        online["type"] = "redis"  # of mlcycle's own kind it only deletes differently
    declared["online_store"] = opened(online, password)
    store = feast.FeatureStore(config=feast.RepoConfig(**declared))
    store.refresh_registry()
    return store


def _file_of(store: Any) -> Path | None:
    """The SQLite file of a store; None where it is a server."""
    path = getattr(store.config.online_store, "path", None)
    return None if path is None else Path(path)


def _anchor(block: dict[str, Any], repository: Path) -> None:
    """Make a relative `path` count from the repository, and leave a URL."""
    if "://" not in block["path"]:
        block["path"] = str(repository / block["path"])
