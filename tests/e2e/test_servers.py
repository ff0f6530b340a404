"""The example with its state in a real PostgreSQL and its online store in a real Redis."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.e2e.conftest import SPEC, prepared
from tests.support.command import mlcycle
from tests.support.servers import PASSWORD, Server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("servers")]

_WORKSPACE = """\
mlcycle: 1
specs: [specs/*.yaml]
environments:
  servers:
    state: "${env:TEST_STATE}"
    online_store: "${env:TEST_ONLINE}"
    artifacts: .mlcycle/servers/artifacts
    tracking: sqlite:///.mlcycle/servers/mlflow.db
    now: newest_row
"""


@pytest.fixture(scope="module")
def root(
    tmp_path_factory: pytest.TempPathFactory, example_data: Path, postgres: Server, redis: Server
) -> Iterator[Path]:
    """The example after `mlcycle run --env servers`."""
    folder = prepared(tmp_path_factory.mktemp("servers") / "project", served=True).root
    (folder / "mlcycle.yaml").write_text(_WORKSPACE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEST_STATE", postgres.database())
        patch.setenv("TEST_ONLINE", redis.database())
        done = mlcycle(folder, "run", SPEC, "--env", "servers")
        assert done.returncode == 0, done.stdout + done.stderr
        yield folder


def test_a_second_run_finds_every_result(root: Path) -> None:
    done = mlcycle(root, "plan", SPEC, "--env", "servers")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing to do" in done.stdout


def test_a_service_reads_the_online_store(root: Path, repository: Path) -> None:
    request = str(repository / "examples" / "request.json")
    done = mlcycle(root, "predict", "delays_api", request, "--env", "servers")
    assert done.returncode == 0, done.stdout + done.stderr
    looked_up = json.loads(done.stdout)["predictions"][0]
    assert (looked_up["missing"], looked_up["stale"]) == ([], ["weather_at_origin"])  # it ends a day early


def test_nothing_is_where_it_is_without_servers(root: Path) -> None:
    assert not list(root.rglob("state.db"))
    assert not list(root.rglob("online.db"))


def test_no_file_holds_a_password(root: Path) -> None:
    spellings = {PASSWORD, quote(PASSWORD, safe=""), json.dumps(PASSWORD)[1:-1]}
    for path in root.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(spelling.encode() in content for spelling in spellings), path
