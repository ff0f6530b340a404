"""The online stores that are servers, by the URL that names them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from mlcycle.serving import postgres_address, redis_address
from mlcycle.serving.online_address import OnlineAddress


def online_address(url: str) -> OnlineAddress | None:
    """The server that `url` names; None for what names none: a file of SQLite. Raises ValueError."""
    if url.startswith(redis_address.SCHEMES):
        return redis_address.redis_address(url)
    if url.startswith(postgres_address.SCHEMES):
        return postgres_address.postgres_address(url)
    return None


def without_credentials(url: str) -> str:
    """The URL without user, password and options."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def opened(block: Mapping[str, Any], password: str | None) -> dict[str, Any]:
    """The block with the password in its place. Blocks of other stores are given back as they are."""
    if password is None:
        return dict(block)
    if "connection_string" in block:
        return redis_address.filled(block, password)
    return postgres_address.filled(block, password) if "password" in block else dict(block)
