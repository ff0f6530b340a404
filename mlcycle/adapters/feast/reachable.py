"""Whether the server of an online store is there. Imports nothing of Feast."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE
from mlcycle.serving import postgres_address, redis_address
from mlcycle.serving.online_address import CONNECT_SECONDS
from mlcycle.serving.online_addresses import online_address, opened, without_credentials

_EXTRAS = {"psycopg": "postgres", "psycopg_pool": "postgres", "redis": "redis"}


def require(url: str) -> None:
    """Connect to the server that `url` names; a file passes. Raises as `asking` does."""
    with asking(url):
        if url.startswith(redis_address.SCHEMES):
            _ask_redis(url)
        elif url.startswith(postgres_address.SCHEMES):
            _ask_postgres(url)


@contextmanager
def asking(url: str) -> Iterator[None]:
    """While the store that `url` names is asked something.

    Raises Refused (MLC754) where there is none, where it does not let us in or does not answer, or where the
    library to ask it is not installed. No password is shown.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get(error.name or "")
        if extra is None:
            raise
        raise _unusable(url, f"{error.name} is not installed", f"pip install 'mlcycle[{extra}]'") from error
    except Exception as error:  # each library has its own, and none is of any use for going on
        where = "`online_store` of the environment in mlcycle.yaml says where it is"
        raise _unusable(url, str(error).split("\n", 1)[0], where) from error


def _ask_redis(url: str) -> None:
    from redis import Redis

    online_address(url)  # for what it raises
    with Redis.from_url(url, socket_connect_timeout=CONNECT_SECONDS) as client:
        client.ping()


def _ask_postgres(url: str) -> None:
    import psycopg_pool  # noqa: F401  # Feast's own store imports it

    from mlcycle.serving.postgres_connection import connect

    address = postgres_address.postgres_address(url)
    connect(SimpleNamespace(**opened(address.block, address.password))).close()


def _unusable(url: str, reason: str, help_line: str) -> Refused:
    place = without_credentials(url) if "://" in url else url
    message = f"the online store `{place}` cannot be used: {reason}"
    return Refused((Diagnostic(code="MLC754", message=message, span=NOWHERE, help=help_line),))
