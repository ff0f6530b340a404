"""What the generated service is compared with: the same predictions, written by hand on other frameworks.

Every function makes an application from the folder of a generated service (its request module, its package)
and gives the same score for the same row, written as the framework's documentation would have it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

ZONE = ZoneInfo("America/New_York")
FOLDER = Path(os.environ.get("BENCHMARK_SERVICE", "."))
FEAST = os.environ.get("BENCHMARK_FEAST", "")


def package() -> Path:
    digest = json.loads((FOLDER / "packages" / "active.json").read_text())["package"]
    return FOLDER / "packages" / str(digest)


def manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((package() / "manifest.json").read_text())
    return found


def request_type() -> Any:
    """The generated request type: every competitor that validates does it with this one."""
    spec = importlib.util.spec_from_file_location("request", FOLDER / "request.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["request"] = module
    spec.loader.exec_module(module)
    return module.Request


def holidays() -> frozenset[date]:
    """The days of the manifest's `is_holiday`."""
    epoch = date(1970, 1, 1)
    for entry in manifest()["program"]:
        if entry["output"] == "schedule.is_holiday":
            days = entry["expression"]["arguments"][1]["literal"]
            return frozenset(epoch + timedelta(days=day) for day in days)
    raise LookupError("schedule.is_holiday")


def feature_row(days: frozenset[date]) -> Callable[[Any, Mapping[str, Any]], tuple[list[float], list[str]]]:
    """The model's inputs for one row, by hand: the order is the manifest's."""
    order = manifest()["inputs"]["numeric"]
    nan = float("nan")

    def made(row: Any, views: Mapping[str, Any]) -> tuple[list[float], list[str]]:
        local = row.scheduled_departure.replace(tzinfo=UTC).astimezone(ZONE)
        wind, distance = views["weather_at_origin"]["wind_speed"], row.distance
        own = {
            "schedule.distance": distance,
            "schedule.hour_of_day": local.hour,
            "schedule.day_of_week": local.isoweekday(),
            "schedule.is_holiday": local.date() in days,
            "crosses.headwind_miles": None if wind is None or distance is None else wind * distance,
        }
        numbers = []
        for name in order:
            view, _, feature = name.partition(".")
            value = own[name] if name in own else views[view][feature]
            numbers.append(nan if value is None else float(value))
        return numbers, [row.carrier or "", row.destination or ""]

    return made


def session(name: str = "model.onnx") -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession((package() / name).read_bytes(), options)


def scorer() -> Callable[[Any, list[Mapping[str, Any]]], list[float]]:
    run, features = session().run, feature_row(holidays())

    def score(rows: Any, views: list[Mapping[str, Any]]) -> list[float]:
        made = [features(row, view) for row, view in zip(rows, views, strict=True)]
        numeric = np.array([numbers for numbers, _ in made], np.float32)
        text = np.array([texts for _, texts in made], object)
        scores: list[float] = run(["score"], {"numeric": numeric, "text": text})[0].tolist()
        return scores

    return score


def given(row: Any) -> dict[str, Any]:
    return {view: values.__dict__ for view, values in row.lookups.__dict__.items()}


def answer(scores: list[float]) -> dict[str, Any]:
    return {
        "request_id": os.urandom(16).hex(),
        "model": "late",
        "version": None,
        "package": package().name,
        "predictions": [
            {"score": score, "decision": score >= 0.5, "stale": [], "missing": []} for score in scores
        ],
    }


def bare() -> Any:
    """Starlette and onnxruntime: the generated validation, the same three metrics, features by hand.

    With BENCHMARK_FEAST set, the views come from the same Feast call as the service's, in a thread.
    """
    import asyncio

    from prometheus_client import Counter, Histogram
    from pydantic import TypeAdapter
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    adapter, score = TypeAdapter(request_type()), scorer()
    requests = Counter("requests", "Requests.", ("path", "status"))
    seconds = Histogram("seconds", "Seconds.", ("path",))
    scored = Counter("rows", "Rows.")
    read = feast_reader() if FEAST else None
    digest = package().name

    async def predict(request: Request) -> Response:
        started = time.perf_counter()
        body = adapter.validate_json(await request.body())
        if read is None:
            views = [given(row) for row in body.rows]
        else:
            views = await asyncio.get_running_loop().run_in_executor(None, read, body.rows)
        found = {**answer([]), "package": digest}
        found["predictions"] = [
            {"score": one, "decision": one >= 0.5, "stale": [], "missing": []}
            for one in score(body.rows, views)
        ]
        response = Response(json.dumps(found, separators=(",", ":")), media_type="application/json")
        requests.labels("/predict", "200").inc()
        seconds.labels("/predict").observe(time.perf_counter() - started)
        scored.inc(len(body.rows))
        return response

    return Starlette(routes=[Route("/predict", predict, methods=["POST"])])


def feast_reader() -> Callable[[Any], list[dict[str, Any]]]:
    """One Feast call a view, as the service makes them; nothing is said of missing or stale values."""
    from mlcycle.serving.online import FeastOnline
    from mlcycle.steps.manifest import parse_manifest

    lookups = parse_manifest((package() / "manifest.json").read_bytes()).lookups
    store = FeastOnline(Path(FEAST))
    store.warm_up(lookups)
    feast = store._store

    def read(rows: Any) -> list[dict[str, Any]]:
        views: list[dict[str, Any]] = [{} for _ in rows]
        for lookup in lookups:
            names = [feature.name for feature in lookup.features]
            found = feast.get_online_features(
                features=[f"{lookup.store_name}:{name}" for name in names],
                entity_rows={key: [getattr(row, key) for row in rows] for key in lookup.keys},
            ).to_dict(include_event_timestamps=True)
            for index, view in enumerate(views):
                view[lookup.view] = {name: found[name][index] for name in names}
        return views

    return read


def fastapi_xgboost() -> Any:
    """FastAPI and a native Booster, as most tutorials have it; preprocessing by its ONNX graph."""
    import xgboost
    from fastapi import FastAPI

    request = request_type()
    booster = xgboost.Booster(model_file=package() / "model.ubj")
    booster.set_param({"nthread": 1})
    graph, features = session("preprocess.onnx"), feature_row(holidays())
    app = FastAPI()

    def predict(body: Any) -> dict[str, Any]:
        made = [features(row, given(row)) for row in body.rows]
        numeric = np.array([numbers for numbers, _ in made], np.float32)
        text = np.array([texts for _, texts in made], object)
        prepared = graph.run(None, {"numeric": numeric, "text": text})[0]
        return answer(booster.inplace_predict(prepared).tolist())

    predict.__annotations__["body"] = request
    app.post("/predict")(predict)
    return app


def bento_default() -> Any:
    """A BentoML service in its default style: a typed method, access log, tracing and metrics on."""
    import bentoml

    request, score = request_type(), scorer()

    class Default:
        def predict(self, rows: Any) -> dict[str, Any]:
            return answer(score(rows, [given(row) for row in rows]))

    Default.predict.__annotations__["rows"] = request.model_fields["rows"].annotation
    Default.predict = bentoml.api(Default.predict)  # type: ignore[method-assign]
    return bentoml.service(name="default_style")(Default)
