from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from mlcycle.serving.application import Application
from mlcycle.serving.lookups import Found
from mlcycle.serving.metrics import Metrics
from mlcycle.serving.runtime import Versions
from mlcycle.serving.settings import Deployment, Limits, Settings
from mlcycle.steps.package import load
from tests.support.packages import rows
from tests.support.services import Dead, Weather, application, client, make_service

NOON = Weather.SINCE


def ask(app: Application, body: Any, **headers: str) -> httpx.Response:
    async def send(service: httpx.AsyncClient) -> httpx.Response:
        return await service.post("/predict", json=body, headers=headers)

    return run(app, send)


def get(app: Application, path: str) -> httpx.Response:
    return run(app, lambda service: service.get(path))


def run(app: Application, send: Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]) -> httpx.Response:
    async def work() -> httpx.Response:
        async with client(app) as service:
            return await send(service)

    return asyncio.run(work())


def error(response: httpx.Response) -> dict[str, Any]:
    found = response.json()
    assert set(found) == {"error"}
    assert set(found["error"]) == {"code", "message", "request_id", "details"}
    assert found["error"]["request_id"] == response.headers["x-request-id"]
    problem: dict[str, Any] = found["error"]
    return problem


def test_predictions_are_those_of_the_package(service_folder: Path) -> None:
    response = ask(application(service_folder), {"rows": rows(20)})
    assert response.status_code == 200
    digest = response.json()["package"]
    examples = json.loads((service_folder / "packages" / digest / "examples.json").read_text())
    scores = [one["score"] for one in response.json()["predictions"]]
    assert np.allclose(scores, examples["scores"], atol=1e-7)
    assert [one["decision"] for one in response.json()["predictions"]] == [score >= 0.5 for score in scores]


@pytest.mark.parametrize("task", ["multiclass_classification", "regression"])
def test_other_tasks(tmp_path: Path, task: str) -> None:
    make_service(tmp_path, task)
    (prediction,) = ask(application(tmp_path), {"rows": rows(1)}).json()["predictions"]
    if task == "regression":
        assert isinstance(prediction["score"], float)
        assert prediction["decision"] is None
    else:
        assert set(prediction["score"]) == {"early", "late", "never"}
        assert sum(prediction["score"].values()) == pytest.approx(1.0)
        assert prediction["decision"] == max(prediction["score"], key=prediction["score"].get)


def test_many_rows_are_scored_in_a_thread_with_the_same_result(service_folder: Path) -> None:
    app = application(service_folder)
    many = ask(app, {"rows": rows(500)}).json()["predictions"]
    single = [ask(app, {"rows": [row]}).json()["predictions"][0] for row in rows(500)[::50]]
    assert [one["score"] for one in many[::50]] == pytest.approx([one["score"] for one in single], abs=1e-7)


def without_weather(origin: str) -> dict[str, Any]:
    return {**rows(1)[0], "origin": origin, "lookups": None}


def test_a_view_that_is_not_given_is_read_from_the_store(service_folder: Path) -> None:
    app = application(service_folder, store=Weather(), deployed=Deployment(now=NOON))
    given = {**rows(1)[0], "origin": "JFK"}
    given["lookups"] = {"weather_at_origin": {"temperature": 41.0, "wind_speed": 9.0}}
    origins = ("JFK", "XXX", "LGA", "EWR")
    answer = ask(app, {"rows": [given, *map(without_weather, origins)]}).json()["predictions"]
    assert answer[0] == answer[1]
    assert answer[2]["missing"] == ["weather_at_origin"]
    assert answer[2]["stale"] == []
    assert answer[2]["score"] != answer[0]["score"]
    assert answer[3] == answer[2]  # a key whose every value is null has nothing
    assert answer[4]["missing"] == answer[4]["stale"] == []


@pytest.mark.parametrize(("seconds", "stale"), [(10800, []), (10801, ["weather_at_origin"])])
def test_a_value_older_than_its_ttl_is_named_and_not_used(
    service_folder: Path, seconds: int, stale: list[str]
) -> None:
    from datetime import timedelta

    now = NOON + timedelta(seconds=seconds)
    app = application(service_folder, store=Weather(), deployed=Deployment(now=now))
    (late,) = ask(app, {"rows": [without_weather("JFK")]}).json()["predictions"]
    (missing,) = ask(app, {"rows": [without_weather("XXX")]}).json()["predictions"]
    assert late["stale"] == stale
    assert (late["score"] == missing["score"]) == bool(stale)


@pytest.mark.parametrize("store", [None, Dead()])
def test_a_store_that_cannot_be_read_is_a_503_and_never_a_null(
    service_folder: Path, store: Dead | None
) -> None:
    app = application(service_folder, store=store)
    response = ask(app, {"rows": [without_weather("JFK")]})
    assert response.status_code == 503
    assert error(response)["code"] == "online_store_unavailable"
    assert get(app, "/health/ready").status_code == 503
    assert ask(app, {"rows": rows(1)}).status_code == 200


def test_a_store_that_hangs_is_a_504(service_folder: Path) -> None:
    import threading

    release = threading.Event()

    class Slow(Weather):
        def read(self, views: Any) -> list[list[Found | None]]:
            release.wait(10)
            return [[None for _ in keys] for _, keys in views]

    app = application(service_folder, store=Slow(), limits=Limits(timeout_seconds=0.05))
    response = ask(app, {"rows": [without_weather("JFK")]})
    release.set()
    assert response.status_code == 504
    assert error(response)["code"] == "timeout"


def test_more_requests_than_allowed_at_once_are_refused(service_folder: Path) -> None:
    app = application(service_folder, limits=Limits(max_concurrency=2))

    async def work() -> list[int]:
        waiting = asyncio.Event()

        async def slowly() -> Any:
            await waiting.wait()
            yield json.dumps({"rows": rows(1)}).encode()

        async with client(app) as service:
            headers = {"content-type": "application/json"}
            held = [
                asyncio.create_task(service.post("/predict", content=slowly(), headers=headers)) for _ in "12"
            ]
            await asyncio.sleep(0)
            while app_busy(app) < 2:
                await asyncio.sleep(0)
            refused = await service.post("/predict", json={"rows": rows(1)})
            waiting.set()
            done = await asyncio.gather(*held)
            after = await service.post("/predict", json={"rows": rows(1)})
        return [refused.status_code, *(one.status_code for one in done), after.status_code]

    assert asyncio.run(work()) == [429, 200, 200, 200]


def app_busy(app: Application) -> int:
    return app.gate.busy


def test_keys(service_folder: Path) -> None:
    app = application(service_folder, deployed=Deployment(api_keys=("first", "second")))
    body = {"rows": rows(1)}
    assert ask(app, body).status_code == 401
    refused = ask(app, body, **{"x-api-key": "third"})
    assert error(refused)["code"] == "unauthorized"
    assert ask(app, body, **{"x-api-key": "second"}).status_code == 200
    assert ask(app, body, authorization="Bearer first").status_code == 200
    assert get(app, "/health/live").status_code == 200


def test_request_ids(service_folder: Path) -> None:
    app = application(service_folder)
    body = {"rows": rows(1)}
    kept = ask(app, body, **{"x-request-id": "order-7.a_B"})
    assert kept.headers["x-request-id"] == kept.json()["request_id"] == "order-7.a_B"
    made = {
        ask(app, body, **{"x-request-id": bad}).headers["x-request-id"] for bad in ("a b", "x" * 65, "<i>")
    }
    assert len(made) == 3
    assert all(len(one) == 32 for one in made)


def test_nothing_is_ready_before_the_model_is_loaded(service_folder: Path) -> None:
    settings = Settings(service="delays_api", folder=service_folder)
    app = Application(settings, Deployment(), Versions(), Metrics())
    assert get(app, "/health/live").status_code == 200
    for response in (get(app, "/health/ready"), get(app, "/version"), ask(app, {"rows": rows(1)})):
        assert response.status_code == 503
        assert error(response)["code"] == "not_ready"


def test_version_and_openapi(service_folder: Path) -> None:
    app = application(service_folder, deployed=Deployment(version="7"))
    (digest,) = [path.name for path in (service_folder / "packages").iterdir() if path.is_dir()]
    assert load(service_folder / "packages" / digest).digest == digest
    assert get(app, "/version").json() == {
        "service": "delays_api",
        "project": "flights",
        "model": "late",
        "version": "7",
        "package": digest,
    }
    assert get(app, "/openapi.json").json()["openapi"] == "3.1.0"


def test_metrics(service_folder: Path) -> None:
    app = application(service_folder, store=Weather(), deployed=Deployment(now=NOON))
    ask(app, {"rows": [*rows(3), without_weather("XXX")]})
    ask(app, {"rows": []})
    for index in range(30):
        get(app, f"/no/such/path/{index}")
    text = get(app, "/metrics").text
    assert 'mlcycle_requests_total{path="/predict",status="200"} 1.0' in text
    assert 'mlcycle_requests_total{path="/predict",status="400"} 1.0' in text
    assert 'mlcycle_requests_total{path="other",status="404"} 30.0' in text
    assert "mlcycle_rows_total 4.0" in text
    assert 'mlcycle_lookups_unusable_total{reason="missing",view="weather_at_origin"} 1.0' in text
    assert 'mlcycle_request_seconds_count{path="/predict"} 2.0' in text
