"""Where an online store is, as Feast reads it, with its password kept apart.

Feast's repository is a generated file, and no secret is written into one: a placeholder stands there, which
whoever opens the store fills. Feast's own commands fill it from the environment variable of that name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote

#: The environment variable with the password of a service's online store.
PASSWORD = "MLCYCLE_ONLINE_STORE_PASSWORD"
PLACEHOLDER = f"${{{PASSWORD}}}"

#: Seconds to wait for a connection and for an answer, unless a URL says otherwise: without them a server that
#: hangs would hold whoever asks it for ever.
CONNECT_SECONDS = 5
ANSWER_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineAddress:
    """Feast's `online_store` block, and the password that is not in it."""

    block: Mapping[str, Any]
    password: str | None


def options(parts: SplitResult) -> tuple[dict[str, str], str | None]:
    """What stands behind `?` of a URL, and the password, which may stand there as well."""
    found = dict(parse_qsl(parts.query))
    password = found.pop("password", None)
    return found, unquote(parts.password) if parts.password else password
