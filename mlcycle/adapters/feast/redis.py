"""Feast's online store in Redis, which deletes what a project no longer declares and nothing else."""

from __future__ import annotations

import re
from typing import Any, Literal

from feast import FeatureView, RepoConfig
from feast.infra.key_encoding_utils import deserialize_entity_key, serialize_entity_key
from feast.infra.online_stores.helpers import _mmh3, _redis_key_prefix
from feast.infra.online_stores.redis import RedisOnlineStore, RedisOnlineStoreConfig

_GLOB = re.compile(rb"[*?\[\]\\]")


class OwnRedisOnlineStoreConfig(RedisOnlineStoreConfig):  # type: ignore[misc]
    """Needs nothing beyond what Feast's own has."""

    type: Literal["mlcycle.adapters.feast.redis.OwnRedisOnlineStore"] = (
        "mlcycle.adapters.feast.redis.OwnRedisOnlineStore"
    )


class OwnRedisOnlineStore(RedisOnlineStore):  # type: ignore[misc]
    """Feast's, but for the keys of other projects.

    A key is an entity's bytes with the project's name behind them. Feast's own looks for the end of a key
    alone: removing a view of `delays` then removes that of `flight_delays` too.
    """

    def delete_table(self, config: RepoConfig, table: FeatureView) -> None:
        """Remove the view's values of this project. Redis removes a key with its last field."""
        client: Any = self._get_client(config.online_store)
        pattern = _GLOB.sub(rb"\\\g<0>", _redis_key_prefix(table.join_keys)) + b"*"
        fields = [*(_mmh3(f"{table.name}:{field.name}") for field in table.features), f"_ts:{table.name}"]
        with client.pipeline(transaction=False) as pipe:
            for key in client.scan_iter(pattern):
                if _belongs(key, config):
                    pipe.hdel(key, *fields)
            pipe.execute()


def _belongs(key: bytes, config: RepoConfig) -> bool:
    """Whether the project's name is all that follows the entity."""
    project, version = config.project.encode(), config.entity_key_serialization_version
    if not key.endswith(project):
        return False
    entity = key[: -len(project)]
    try:
        whole = serialize_entity_key(deserialize_entity_key(entity, version), version)
    except Exception:  # bytes that are no entity: a struct.error, an IndexError, a ValueError
        return False
    return bool(whole == entity)
