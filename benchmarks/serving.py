"""CPU time of one prediction, against the same prediction written by hand on other frameworks.

    python benchmarks/serving.py [flights]

Runs the example project on a slice of its flights (20,000 by default) to a rolled-out service, then asks
that service and the others of `serving_apps` for one row at a time, in turns, over kept connections. Prints
the CPU time a request of the serving process and its ratio to bare Starlette with onnxruntime, which does the
same validation and metrics, and its features by hand. Compare ratios: times depend on the machine.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

REQUESTS, ROUNDS = 200, 21


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A process to ask: its port, the process group that it works in, and what it is asked."""

    name: str
    port: int
    pids: tuple[int, ...]
    path: str
    body: bytes


def cpu(pids: tuple[int, ...]) -> float:
    """Seconds of CPU that processes have used so far, from the scheduler's own nanoseconds."""
    threads = (path for pid in pids for path in Path(f"/proc/{pid}/task").glob("*/schedstat"))
    return sum(int(path.read_text().split()[0]) for path in threads) / 1e9


def family(pid: int) -> tuple[int, ...]:
    """A process and everything below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return (pid, *(one for child in children for one in family(int(child))))


def ask(served: Served, requests: int) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
    headers = {"content-type": "application/json"}
    for _ in range(requests):
        connection.request("POST", served.path, served.body, headers)
        response = connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise SystemExit(f"{served.name}: {response.status} {content[:500]!r}")
    connection.close()
    return content


def measure(group: list[Served]) -> dict[str, list[float]]:
    """Microseconds of CPU a request of each, in rounds taken in turns."""
    taken: dict[str, list[float]] = {served.name: [] for served in group}
    for served in group:
        ask(served, 200)
    for _ in range(ROUNDS):
        for served in group:
            before = cpu(served.pids)
            ask(served, REQUESTS)
            taken[served.name].append((cpu(served.pids) - before) / REQUESTS * 1e6)
    return taken


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def waiting(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(600):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health")
            connection.getresponse().read()
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.2)
        finally:
            connection.close()
    raise RuntimeError(log.read_text()[-1500:])


@contextmanager
def process(
    command: list[str], port: int, scratch: Path, environ: dict[str, str]
) -> Iterator[tuple[int, ...]]:
    log = scratch / f"{port}.log"
    tools = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    with log.open("wb") as stream:
        started = subprocess.Popen(
            command,
            env={**os.environ, **environ, "PATH": tools},
            stdout=stream,
            stderr=stream,
            cwd=scratch,
        )
    try:
        waiting(started, port, log)
        yield family(started.pid)
    finally:
        started.terminate()
        started.wait()


@contextmanager
def uvicorn(
    name: str, service: Path, scratch: Path, feast: str = ""
) -> Iterator[tuple[int, tuple[int, ...]]]:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--factory", f"serving_apps:{name}", "--no-access-log"]
    command += ["--port", str(port), "--app-dir", str(Path(__file__).parent), "--log-level", "warning"]
    environ = {"BENCHMARK_SERVICE": str(service), "BENCHMARK_FEAST": feast}
    with process(command, port, scratch, environ) as pids:
        yield port, pids


@contextmanager
def bento_default(service: Path, scratch: Path) -> Iterator[tuple[int, tuple[int, ...]]]:
    port = free_port()
    (scratch / "default.py").write_text(
        f"import sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from serving_apps import bento_default\n\nDefault = bento_default()\n"
    )
    command = [sys.executable, "-m", "bentoml", "serve", "default:Default", "--port", str(port)]
    command += ["--host", "127.0.0.1", "--working-dir", str(scratch)]
    environ = {"BENCHMARK_SERVICE": str(service), "BENTOML_HOME": str(scratch / "home")}
    with process(command, port, scratch, environ) as pids:
        yield port, pids


@contextmanager
def mlflow_serve(service: Path, scratch: Path, row: Any) -> Iterator[Served]:
    """`mlflow models serve` on the Booster, asked for features that are already prepared."""
    os.environ["BENCHMARK_SERVICE"] = str(service)
    import mlflow.xgboost
    import numpy as np
    import serving_apps
    import xgboost

    serving_apps.FOLDER = service
    features = serving_apps.feature_row(serving_apps.holidays())
    body = serving_apps.request_type().model_validate_json(json.dumps({"rows": [row]}))
    numbers, texts = features(body.rows[0], serving_apps.given(body.rows[0]))
    feed = {"numeric": np.array([numbers], np.float32), "text": np.array([texts], object)}
    prepared = serving_apps.session("preprocess.onnx").run(None, feed)[0]
    booster = xgboost.Booster(model_file=serving_apps.package() / "model.ubj")
    mlflow.xgboost.save_model(booster, scratch / "mlflow_model")
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", str(scratch / "mlflow_model")]
    command += ["-p", str(port), "-h", "127.0.0.1", "--env-manager", "local", "-w", "1"]
    columns = [f"f{index}" for index in range(prepared.shape[1])]
    data = [[None if value != value else value for value in prepared[0].tolist()]]
    content = json.dumps({"dataframe_split": {"columns": columns, "data": data}}).encode()
    with process(command, port, scratch, {}) as pids:
        yield Served(name="mlflow models serve", port=port, pids=pids, path="/invocations", body=content)


def lifecycle(folder: Path, flights: int) -> tuple[Any, Any, str]:
    """Run the example to a rolled-out service: its builder, its champion, its Feast repository."""
    from mlcycle.composition import ports, rollouts, run, state_folder
    from mlcycle.engine.selection import Options
    from mlcycle.language.kinds import find_kinds
    from mlcycle.language.load import load_spec
    from mlcycle.language.workspace import load_workspace
    from mlcycle.lowering.lower import lower
    from mlcycle.lowering.schemas import FileSchemas
    from mlcycle.telemetry import silence
    from tests.support.project import sliced_project

    silence(os.environ)
    sliced_project(folder, flights=flights)
    spec = folder / "specs" / "flight_delays.yaml"
    spec.write_text(spec.read_text().replace("min: 0.66", "min: 0.6"))
    environment = load_workspace(folder).environment("local")
    loaded = load_spec(folder, "specs/flight_delays.yaml", find_kinds())
    graph = lower(loaded, find_kinds(), FileSchemas(folder, folder / ".mlcycle")).graph
    report = run(graph, environment, root=folder, options=Options(), command="benchmark", progress=print_step)
    if not report.ok:
        raise SystemExit("the example could not be built")
    builder = ports(environment, folder).builder
    home = state_folder(environment, folder)
    champion = rollouts(environment, folder).state("flight_delays/delays_api").champion
    return builder, champion, str(home / "feast" / "flight_delays")


def print_step(event: object) -> None:
    """Nothing: the benchmark shows its own table."""


def main(flights: int) -> None:
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        folder = Path(place)
        builder, champion, feast = lifecycle(folder / "project", flights)
        service = Path(champion.path) / "src"
        package = service / "packages" / champion.package
        row = json.loads((package / "examples.json").read_text())["rows"][0]
        bare_row = {key: value for key, value in row.items() if key != "lookups"}
        whole = json.dumps({"rows": [row]}).encode()
        short = json.dumps({"rows": [bare_row]}).encode()
        now = {"MLCYCLE_NOW": "2013-12-31T00:00:00Z", "MLCYCLE_FEATURE_REPOSITORY": feast}
        ours = stack.enter_context(builder.start(Path(champion.path), environ=now))
        kept = {**now, "MLCYCLE_LOG": str(folder / "log"), "MLCYCLE_TRAFFIC": str(folder / "traffic")}
        logging = stack.enter_context(builder.start(Path(champion.path), environ=kept))
        ours.wait_ready(120)
        logging.wait_ready(120)
        pids, log_pids = family(ours.process.pid), family(logging.process.pid)
        given = [
            Served(name="mlcycle", port=ours.port, pids=pids, path="/predict", body=whole),
            Served(
                name="mlcycle, log and traffic", port=logging.port, pids=log_pids, path="/predict", body=whole
            ),
        ]
        looked = [Served(name="mlcycle, lookups", port=ours.port, pids=pids, path="/predict", body=short)]
        for name, title in (
            ("bare", "bare Starlette + onnxruntime"),
            ("fastapi_xgboost", "FastAPI + xgboost"),
        ):
            port, found = stack.enter_context(uvicorn(name, service, folder))
            given.append(Served(name=title, port=port, pids=found, path="/predict", body=whole))
        port, found = stack.enter_context(uvicorn("bare", service, folder, feast))
        looked.append(
            Served(name="bare + the same Feast calls", port=port, pids=found, path="/predict", body=short)
        )
        port, found = stack.enter_context(bento_default(service, folder))
        given.append(
            Served(name="BentoML, default style", port=port, pids=found, path="/predict", body=whole)
        )
        try:
            given.append(stack.enter_context(mlflow_serve(service, folder, row)))
        except Exception as error:
            print(f"mlflow models serve could not be started: {str(error).strip().splitlines()[-1]}")
        same_scores(given[:3])
        same_scores(looked)
        show("One row, features in the request", measure(given), "bare Starlette + onnxruntime")
        show("One row, three views looked up", measure(looked), "bare + the same Feast calls")


def same_scores(group: list[Served]) -> None:
    scores = [json.loads(ask(served, 1))["predictions"][0]["score"] for served in group]
    if max(scores) - min(scores) > 1e-6:
        raise SystemExit(f"the competitors disagree: {scores}")


def show(title: str, taken: dict[str, list[float]], base: str) -> None:
    """The least time of each, and the median over rounds of its ratio: neighbours share their noise."""
    print(f"\n{title}\n{'':34}{'CPU a request':>15}{'ratio':>8}")
    for name, rounds in taken.items():
        ratio = statistics.median(one / other for one, other in zip(rounds, taken[base], strict=True))
        print(f"{name:34}{min(rounds):12.0f} us{ratio:8.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
