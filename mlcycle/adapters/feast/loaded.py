"""Notes what a loading did: up to which moment, and of a Redis a few of the keys that it wrote.

Nothing else tells whether a view is in a Redis: it has no table there, and to look for its keys is to look at
everybody's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from mlcycle.adapters.feast.files import Loaded, loaded_path
from mlcycle.emit.render import write_tree
from mlcycle.ports import ViewTable

if TYPE_CHECKING:
    from feast import FeatureStore

_NOTED = 8


def note(folder: Path, store: FeatureStore, view: ViewTable, keys: pl.DataFrame, until: datetime) -> None:
    """Note the loading of `keys`; of a Redis the bytes of some, spread over all of them."""
    redis: tuple[bytes, ...] = ()
    if str(store.config.online_store.type).endswith("RedisOnlineStore"):
        some = keys.gather_every(max(1, keys.height // _NOTED)).head(_NOTED)
        redis = tuple(_redis_keys(store, view, some))
    found = Loaded(until=until, keys=keys.height, redis=redis)
    write_tree(folder, {loaded_path(view.name): found.text()})


def _redis_keys(store: FeatureStore, view: ViewTable, keys: pl.DataFrame) -> list[bytes]:
    from feast.infra.online_stores.helpers import _redis_key
    from feast.protos.feast.types.EntityKey_pb2 import EntityKey
    from feast.type_map import python_values_to_proto_values

    declared = store.get_feature_view(view.name)
    types = {column.name: column.dtype.to_value_type() for column in declared.entity_columns}
    names = [name for name, _ in view.keys]
    protos: Mapping[str, Any] = {
        name: python_values_to_proto_values(keys[name].to_list(), types[name]) for name in names
    }
    version = store.config.entity_key_serialization_version
    return [
        _redis_key(store.project, EntityKey(join_keys=names, entity_values=list(values)), version)
        for values in zip(*(protos[name] for name in names), strict=True)
    ]
