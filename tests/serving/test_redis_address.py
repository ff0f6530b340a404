"""Addresses of Redis, as Feast and its client read them."""

from __future__ import annotations

from typing import Any

import pytest

from mlcycle.serving import feast_library
from mlcycle.serving.redis_address import opened, redis_address
from mlcycle.serving.settings import deployment

PATIENCE = {"socket_connect_timeout": 5, "socket_timeout": 30}


def read(url: str) -> tuple[list[dict[str, str]], dict[str, Any]]:
    """Servers and parameters, as Feast's own parser reads them."""
    feast_library.load()
    from feast.infra.online_stores.redis import RedisOnlineStore

    address = redis_address(url)
    text = opened(address.block, address.password)["connection_string"]
    servers, parameters = RedisOnlineStore._parse_connection_string(text)
    return servers, parameters


@pytest.mark.slow
@pytest.mark.parametrize(
    ("url", "port", "parameters"),
    [
        ("redis://cache", "6379", PATIENCE),
        ("redis://cache:1234/5", "1234", {**PATIENCE, "db": 5}),
        ("rediss://cache", "6379", {**PATIENCE, "ssl": True}),
        ("redis://cache?socket_timeout=0.5", "6379", {**PATIENCE, "socket_timeout": 0.5}),
        ("redis://ana:123@cache", "6379", {**PATIENCE, "username": "ana", "password": "123"}),
        ("redis://:a%2C%3D%22%25b@cache", "6379", {**PATIENCE, "password": 'a,="%b'}),
        ("redis://:true@cache", "6379", {**PATIENCE, "password": "true"}),
    ],
)
def test_feast_reads_what_the_url_says(url: str, port: str, parameters: dict[str, Any]) -> None:
    assert read(url) == ([{"host": "cache", "port": port}], parameters)


def test_no_password_is_in_the_block() -> None:
    address = redis_address("redis://ana:hunter2@cache")
    assert "hunter2" not in str(address.block)
    assert address.password == "hunter2"


def test_other_stores_are_left_as_they_are() -> None:
    assert opened({"type": "sqlite", "path": "x"}, "hunter2") == {"type": "sqlite", "path": "x"}


def test_a_service_is_told_the_password_and_does_not_tell_it() -> None:
    deployed = deployment({"MLCYCLE_ONLINE_STORE_PASSWORD": "hunter2"})
    assert deployed.online_password == "hunter2"
    assert "hunter2" not in repr(deployed)
