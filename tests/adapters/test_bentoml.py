"""A real bento, built, started and killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from mlcycle import __version__
from mlcycle.adapters.bentoml.builder import BentoBuilder
from mlcycle.adapters.bentoml.process import NotStarted, Running
from mlcycle.kinds.services.wheel import runtime_wheel, wheel_name
from mlcycle.task import WorkError
from tests.support.packages import rows
from tests.support.services import make_service

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated")
    make_service(folder)
    return folder


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> BentoBuilder:
    return BentoBuilder(tmp_path_factory.mktemp("state") / ".hidden" / "bentoml")


@pytest.fixture(scope="module")
def running(folder: Path, builder: BentoBuilder) -> Iterator[Running]:
    built = builder.build(name="delays_api", source=folder, labels={"project": "flights"})
    with builder.start(built.path, environ={"MLCYCLE_API_KEYS": "k1,k2"}) as service:
        service.wait_ready(path="/version")
        yield service


def until(condition: Callable[[], bool], seconds: float = 15.0) -> bool:
    """Wait for another process; it cannot be given a clock."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_wheel_holds_the_runtime_alone_and_always_the_same(tmp_path: Path) -> None:
    content = runtime_wheel(__version__)
    assert content == runtime_wheel(__version__)
    path = tmp_path / wheel_name(__version__)
    path.write_bytes(content)
    with zipfile.ZipFile(path) as archive:
        parts = {name.split("/")[1] for name in archive.namelist() if name.startswith("mlcycle/")}
    assert parts == {"__init__.py", "serving", "steps"}
    target = tmp_path / "installed"
    subprocess.run(
        [
            Path(sys.executable).with_name("uv"),
            "pip",
            "install",
            "--offline",
            "--no-deps",
            "--target",
            target,
            path,
        ],
        check=True,
        capture_output=True,
    )
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import mlcycle.serving.service as s; print(s.__file__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, target], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.startswith(str(target))


def test_the_same_content_is_built_once(folder: Path, builder: BentoBuilder) -> None:
    first = builder.build(name="delays_api", source=folder, labels={})
    before = (first.path / "bento.yaml").stat().st_mtime_ns
    again = builder.build(name="delays_api", source=folder, labels={"other": "label"})
    assert again == first
    assert (again.path / "bento.yaml").stat().st_mtime_ns == before
    kinds = (".yaml", ".txt", ".in", "")
    files = [path for path in first.path.rglob("*") if path.is_file() and path.suffix in kinds]
    text = "".join(path.read_text() for path in files)
    assert "--index-url" not in text
    assert str(Path.home()) not in text
    assert str(folder) not in text


def test_a_folder_that_cannot_be_imported_is_not_built(tmp_path: Path, builder: BentoBuilder) -> None:
    make_service(tmp_path)
    (tmp_path / "request.py").write_text("raise ValueError('broken')\n")
    with pytest.raises(WorkError, match="broken") as caught:
        builder.build(name="delays_api", source=tmp_path, labels={})
    assert caught.value.code == "MLC620"


def test_a_service_that_ends_says_why(tmp_path: Path, builder: BentoBuilder) -> None:
    make_service(tmp_path)
    (tmp_path / "request.py").write_text("raise ValueError('broken')\n")
    with builder.start(tmp_path, environ={}) as service, pytest.raises(NotStarted, match="broken"):
        service.wait_ready(60)


def test_a_started_bento_answers(running: Running) -> None:
    with httpx.Client(base_url=running.url) as client:
        assert client.get("/health/live").json() == {"status": "live"}
        assert client.get("/health/ready").status_code == 503  # it looks weather up, and has no store
        body = {"rows": rows(3)}
        assert client.post("/predict", json=body).status_code == 401
        answer = client.post("/predict", json=body, headers={"x-api-key": "k2"})
        assert answer.status_code == 200
        assert len(answer.json()["predictions"]) == 3
        for path in ("/", "/docs.json", "/nothing"):
            assert client.get(path).status_code == 404
        text = client.get("/metrics").text
        assert 'mlcycle_requests_total{path="/predict",status="200"} 1.0' in text
        assert json.loads(client.get("/openapi.json").text)["info"]["title"] == "delays_api"


def test_a_damaged_package_never_becomes_ready(tmp_path: Path, builder: BentoBuilder) -> None:
    digest = make_service(tmp_path)
    model = tmp_path / "packages" / digest / "model.onnx"
    content = bytearray(model.read_bytes())
    content[-9] ^= 1
    model.write_bytes(content)
    with builder.start(tmp_path, environ={}) as service:
        service.wait_ready(path="/health/live")

        def told() -> bool:
            return "content is not" in httpx.get(f"{service.url}/version").text

        assert until(told)
        assert httpx.post(f"{service.url}/predict", json={"rows": rows(1)}).status_code == 503


OWNER = """
import sys, time
from pathlib import Path
from mlcycle.adapters.bentoml.builder import BentoBuilder
service = BentoBuilder(Path(sys.argv[1])).start(Path(sys.argv[2]), environ={})
service.wait_ready(path="/version")
print(service.port, service.process.pid, flush=True)
time.sleep(600)
"""


def started_by_another(folder: Path, tmp_path: Path) -> tuple[subprocess.Popen[str], int, int]:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, tmp_path, folder], stdout=subprocess.PIPE, text=True, cwd=tmp_path
    )
    assert owner.stdout is not None
    port, pid = map(int, owner.stdout.readline().split())
    return owner, port, pid


@pytest.mark.parametrize("also_the_arbiter", [False, True])
def test_a_killed_owner_leaves_no_worker_on_the_port(
    folder: Path, tmp_path: Path, also_the_arbiter: bool
) -> None:
    owner, port, arbiter = started_by_another(folder, tmp_path)
    assert listens(port)
    if also_the_arbiter:
        os.kill(arbiter, signal.SIGKILL)
    owner.kill()
    owner.communicate()
    assert until(lambda: not listens(port))


def test_a_stopped_service_frees_its_port_and_home(folder: Path, builder: BentoBuilder) -> None:
    service = builder.start(folder, environ={})
    service.wait_ready(path="/version")
    service.stop()
    service.stop()
    assert until(lambda: not listens(service.port))
    assert not service.home.exists()
