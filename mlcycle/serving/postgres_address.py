"""The address of a PostgreSQL, as our store in it reads it."""

from __future__ import annotations

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

SCHEMES = ("postgresql://",)
_TYPE = "mlcycle.serving.postgres_store.OwnPostgresOnlineStore"
_PORT = 5432


def postgres_address(url: str) -> OnlineAddress:
    """The address in `postgresql://[user[:password]@]host[:port]/database[?option=value]`.

    Options are those of libpq, and `timeout`: seconds to wait for an answer. Raises ValueError for a port or
    a timeout that is none.
    """
    parts = urlsplit(url)
    parameters, password = options(parts)
    block = {
        "type": _TYPE,
        "host": parts.hostname or "localhost",
        "port": parts.port or _PORT,
        "database": unquote(parts.path.strip("/")),
        "user": unquote(parts.username or ""),
        "password": PLACEHOLDER if password is not None else "",
        "timeout": float(parameters.pop("timeout", ANSWER_SECONDS)),
        "parameters": {"connect_timeout": str(CONNECT_SECONDS), **parameters},
    }
    return OnlineAddress(block=block, password=password)


def filled(block: Mapping[str, Any], password: str) -> dict[str, Any]:
    """The block with the password in its place."""
    return {**block, "password": block["password"].replace(PLACEHOLDER, password)}
