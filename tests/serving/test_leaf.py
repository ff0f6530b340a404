from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        first, _, rest = name.partition(".")
        if first == "mlcycle" and rest and rest.split(".")[0] not in ("serving", "steps"):
            raise ImportError(f"{name} is not part of a service")
        heavy = "polars pandas duckdb sklearn xgboost mlflow dagster feast sqlglot jinja2 onnx skl2onnx yaml"
        if first in heavy.split():
            raise ImportError(f"{name} is not needed by a service without lookups")

sys.meta_path.insert(0, Blocked())
sys.path.insert(0, sys.argv[1])
import asyncio, os, pathlib, time
from mlcycle.serving.service import Service
from mlcycle.serving.settings import Settings
from request import Request
folder = pathlib.Path(sys.argv[1])
service = Service(Settings(service="delays_api", folder=folder), Request, {})
service.start()

async def get(path):
    sent = []
    async def receive():
        return {"type": "http.request", "body": b""}
    async def send(message):
        sent.append(message)
    await service.app({"type": "http", "method": "GET", "path": path, "headers": []}, receive, send)
    return sent[0]["status"], sent[1]["body"]

for _ in range(200):
    status, body = asyncio.run(get("/version"))
    if status == 200:
        break
    time.sleep(0.05)
assert status == 200, body
ours = sorted(name for name in sys.modules if name.startswith("mlcycle."))
print(*ours)
"""


@pytest.mark.slow
def test_a_service_starts_with_the_compiler_out_of_reach(service_folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(service_folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert {name.split(".")[1] for name in done.stdout.split()} == {"serving", "steps"}
