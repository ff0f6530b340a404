"""An online store that cannot be used is named at once, without its password."""

from __future__ import annotations

import socket
from urllib.parse import quote

import pytest

from mlcycle.adapters.feast.reachable import require
from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from tests.support.servers import ONLINE, PASSWORD

SPELLINGS = (PASSWORD, quote(PASSWORD, safe=""))


def refused(url: str) -> Diagnostic:
    with pytest.raises(Refused) as caught:
        require(url)
    (found,) = caught.value.diagnostics
    assert found.code == "MLC754"
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    "url", ["redis://:hunter2@127.0.0.1:{}/0", "postgresql://a:hunter2@127.0.0.1:{}/shop"]
)
def test_a_server_that_is_not_there(url: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connecting is refused
        port = taken.getsockname()[1]
        found = refused(url.format(port))
    assert f"127.0.0.1:{port}/" in found.message
    assert "hunter2" not in found.message
    assert "refused" in found.message


@pytest.mark.slow
@pytest.mark.parametrize(
    "url", ["redis://cache:no/0", "postgresql://db:no/shop", "postgresql://db/shop?timeout=long"]
)
def test_an_address_that_is_none(url: str) -> None:
    assert "cannot be used" in refused(url).message


def test_a_library_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("redis", "psycopg_pool"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    assert refused("redis://cache").help == "pip install 'mlcycle[redis]'"
    assert refused("postgresql://db/shop").help == "pip install 'mlcycle[postgres]'"


def test_a_file_is_no_server() -> None:
    require("features/online.db")


@pytest.mark.parametrize("server", ONLINE[1:])
def test_a_server_that_lets_us_in_and_one_that_does_not(server: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(f"{server}_url")
    require(url)
    wrong = refused(url.replace(SPELLINGS[1], "wrong"))
    assert "password" in wrong.message.lower()
    assert not any(spelling in wrong.message for spelling in (*SPELLINGS, "wrong"))
