"""The address of a Redis as Feast reads it, with its password kept apart.

Feast's repository is a generated file, and no secret is written into one: a placeholder stands there, which
whoever opens the store fills. Feast's own commands fill it from the environment variable of that name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

#: The environment variable with the password of a service's online store.
PASSWORD = "MLCYCLE_ONLINE_STORE_PASSWORD"
_PLACEHOLDER = f"${{{PASSWORD}}}"
_PORT = 6379
#: Seconds; without them a server that hangs would hold whoever asks it for ever.
_PATIENCE = {"socket_connect_timeout": "5", "socket_timeout": "30"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisAddress:
    """Feast's `online_store` block for a Redis, and the password that is not in it."""

    block: Mapping[str, Any]
    password: str | None


def redis_address(url: str) -> RedisAddress:
    """The address in `redis[s]://[user:password@]host[:port][/database][?option=value]`.

    `rediss` means TLS; options are those of redis-py's client. Raises ValueError for a port that is none.
    """
    parts = urlsplit(url)
    parameters = dict(_PATIENCE)
    if parts.path.strip("/"):
        parameters["db"] = parts.path.strip("/")
    if parts.scheme == "rediss":
        parameters["ssl"] = "true"
    parameters |= dict(parse_qsl(parts.query))
    if parts.username:
        parameters["username"] = _quoted(unquote(parts.username))
    if parts.password:
        parameters["password"] = _PLACEHOLDER
    words = [
        f"{parts.hostname}:{parts.port or _PORT}",
        *(f"{key}={value}" for key, value in parameters.items()),
    ]
    # A run brings the store to what the tables say, also back to an earlier moment: Feast would by default
    # keep whatever is newer.
    block = {"type": "redis", "connection_string": ",".join(words), "skip_dedup": True}
    return RedisAddress(block=block, password=unquote(parts.password) if parts.password else None)


def opened(block: Mapping[str, Any], password: str | None) -> dict[str, Any]:
    """The block with the password in its place. Blocks of other stores are given back as they are."""
    address = block.get("connection_string")
    if password is None or not isinstance(address, str):
        return dict(block)
    return {**block, "connection_string": address.replace(_PLACEHOLDER, _quoted(password))}


def _quoted(text: str) -> str:
    """As JSON, which is how Feast reads a parameter; and it splits at each comma first."""
    return json.dumps(text).replace(",", "\\u002c")
