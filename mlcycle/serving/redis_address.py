"""The address of a Redis, as Feast's store reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from mlcycle.serving.online_address import (
    ANSWER_SECONDS,
    CONNECT_SECONDS,
    PLACEHOLDER,
    OnlineAddress,
    options,
)

SCHEMES = ("redis://", "rediss://")
_PORT = 6379
_PATIENCE = {"socket_connect_timeout": str(CONNECT_SECONDS), "socket_timeout": str(ANSWER_SECONDS)}


def redis_address(url: str) -> OnlineAddress:
    """The address in `redis[s]://[user:password@]host[:port][/database][?option=value]`.

    `rediss` means TLS; options are those of redis-py's client. Raises ValueError for a port that is none.
    """
    parts = urlsplit(url)
    given, password = options(parts)
    parameters = dict(_PATIENCE)
    if parts.path.strip("/"):
        parameters["db"] = parts.path.strip("/")
    if parts.scheme == "rediss":
        parameters["ssl"] = "true"
    parameters |= given
    if parts.username:
        parameters["username"] = _quoted(unquote(parts.username))
    if password is not None:
        parameters["password"] = PLACEHOLDER
    words = [
        f"{parts.hostname}:{parts.port or _PORT}",
        *(f"{key}={value}" for key, value in parameters.items()),
    ]
    # A run brings the store to what the tables say, also back to an earlier moment: Feast would by default
    # keep whatever is newer.
    block = {"type": "redis", "connection_string": ",".join(words), "skip_dedup": True}
    return OnlineAddress(block=block, password=password)


def filled(block: Mapping[str, Any], password: str) -> dict[str, Any]:
    """The block with the password in its place."""
    return {**block, "connection_string": block["connection_string"].replace(PLACEHOLDER, _quoted(password))}


def _quoted(text: str) -> str:
    """As JSON, which is how Feast reads a parameter; and it splits at each comma first."""
    return json.dumps(text).replace(",", "\\u002c")
