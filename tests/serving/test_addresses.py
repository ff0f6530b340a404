"""Addresses of Redis and PostgreSQL, as Feast and their clients read them."""

from __future__ import annotations

from typing import Any

import pytest

from mlcycle.serving import feast_library
from mlcycle.serving.online_address import OnlineAddress
from mlcycle.serving.online_addresses import online_address, opened
from mlcycle.serving.redis_address import redis_address
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


def found(url: str) -> OnlineAddress:
    address = online_address(url)
    assert address is not None
    return address


@pytest.mark.parametrize(
    ("url", "reached"),
    [
        (
            "postgresql://db/shop",
            {"host": "db", "port": 5432, "database": "shop", "user": "", "password": ""},
        ),
        ("postgresql:///shop", {"host": "localhost"}),
        ("postgresql://ana@db:6543/shop", {"port": 6543, "user": "ana", "password": ""}),
        ("postgresql://a%40b:c%2Fd@db/my%20shop", {"user": "a@b", "password": "c/d", "database": "my shop"}),
        ("postgresql://db/shop", {"timeout": 30.0, "parameters": {"connect_timeout": "5"}}),
        (
            "postgresql://db/shop?timeout=0.5&sslmode=verify-full&connect_timeout=2",
            {"timeout": 0.5, "parameters": {"connect_timeout": "2", "sslmode": "verify-full"}},
        ),
    ],
)
def test_our_store_in_postgresql_reads_what_the_url_says(url: str, reached: dict[str, Any]) -> None:
    address = found(url)
    block = opened(address.block, address.password)
    assert {key: block[key] for key in reached} == reached


@pytest.mark.parametrize(
    "url",
    [
        "redis://ana:hunter2@cache",
        "redis://cache?password=hunter2",
        "postgresql://ana:hunter2@db/shop",
        "postgresql://db/shop?password=hunter2",
    ],
)
def test_no_password_is_in_the_block(url: str) -> None:
    address = found(url)
    assert "hunter2" not in str(address.block)
    assert address.password == "hunter2"
    assert "hunter2" in str(opened(address.block, address.password))


def test_a_file_is_no_server() -> None:
    assert online_address("features/online.db") is None


def test_other_stores_are_left_as_they_are() -> None:
    assert opened({"type": "sqlite", "path": "x"}, "hunter2") == {"type": "sqlite", "path": "x"}


def test_a_service_is_told_the_password_and_does_not_tell_it() -> None:
    deployed = deployment({"MLCYCLE_ONLINE_STORE_PASSWORD": "hunter2"})
    assert deployed.online_password == "hunter2"
    assert "hunter2" not in repr(deployed)
