"""Labels: strict, limited like requests, recorded whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mlcycle.serving import records
from mlcycle.serving.settings import Deployment, Limits
from tests.support.packages import rows
from tests.support.services import application, make_service
from tests.support.worker import Worker, arm


def told(folder: Path, home: Path, **options: Any) -> Worker:
    worker = Worker(folder, home, **options)
    worker.told(1, arm(folder, 1.0))
    return worker


def send(worker: Worker, body: Any, **headers: str) -> Any:
    (answer,) = worker.ask_all([body], path="/feedback", **headers)
    return answer


def label(**changed: Any) -> dict[str, Any]:
    return {"request_id": "r1", "row": 0, "label": True, **changed}


def test_labels_are_recorded_one_each_early_and_twice(service_folder: Path, tmp_path: Path) -> None:
    worker = told(service_folder, tmp_path)
    early = send(worker, {"labels": [label(), label(row=3, label=False)]}, **{"x-request-id": "f1"})
    worker.ask(rows(1), **{"x-request-id": "r1"})
    again = send(worker, {"labels": [{"request_id": "r1", "label": False}]})
    assert (early.status_code, early.json()) == (202, {"request_id": "f1", "labels": 2})
    assert again.status_code == 202
    found = worker.records(records.FEEDBACK)
    assert [(one["id"], one["row"], one["label"]) for one in found] == [
        ("r1", 0, True),
        ("r1", 3, False),
        ("r1", 0, False),
    ]
    assert {one["received"] for one in found} == {worker.clock()}
    assert set(found[0]) == {"at", "received", "id", "row", "label"}


WRONG: dict[str, tuple[Any, str]] = {
    "not an object": ([], ""),
    "no labels": ({"labels": []}, "labels"),
    "unknown key": ({"labels": [label(x=1)]}, "labels.0.x"),
    "unknown key at the top": ({"labels": [label()], "x": 1}, "x"),
    "no id": ({"labels": [{"label": True}]}, "labels.0.request_id"),
    "an id that none can be": ({"labels": [label(request_id="a b")]}, "labels.0.request_id"),
    "a newline in an id": ({"labels": [label(request_id="a\n")]}, "labels.0.request_id"),
    "a row before the first": ({"labels": [label(row=-1)]}, "labels.0.row"),
    "a row beyond the last": ({"labels": [label(row=1000)]}, "labels.0.row"),
    "a number for a yes": ({"labels": [label(label=1)]}, "labels.0.label"),
    "a text for a yes": ({"labels": [label(label="true")]}, "labels.0.label"),
    "null": ({"labels": [label(label=None)]}, "labels.0.label"),
    "too many": ({"labels": [label()] * 1001}, "labels"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_body_is_a_400_and_records_nothing(service_folder: Path, tmp_path: Path, name: str) -> None:
    worker = told(service_folder, tmp_path)
    body, path = WRONG[name]
    answer = send(worker, body)
    assert answer.status_code == 400
    assert path in [detail["path"] for detail in answer.json()["error"]["details"]]
    assert worker.records(records.FEEDBACK) == []


@pytest.mark.parametrize(
    ("task", "good", "bad"),
    [("regression", [1, 2.5], [True, "1", 1e39]), ("multiclass_classification", ["late", "new"], [1, True])],
)
def test_a_label_is_what_the_task_predicts(
    tmp_path: Path, task: str, good: list[Any], bad: list[Any]
) -> None:
    make_service(tmp_path / "service", task)
    worker = told(tmp_path / "service", tmp_path)
    assert {send(worker, {"labels": [label(label=one)]}).status_code for one in good} == {202}
    assert {send(worker, {"labels": [label(label=one)]}).status_code for one in bad} == {400}


def test_the_limits_of_requests_hold(service_folder: Path, tmp_path: Path) -> None:
    limits = Limits(max_body_bytes=100, max_concurrency=1)
    worker = told(service_folder, tmp_path, limits=limits, deployed=Deployment(api_keys=("k",)))
    key = {"x-api-key": "k"}
    assert send(worker, {"labels": [label()]}).status_code == 401
    assert send(worker, {"labels": [label()]}, **key).status_code == 202
    assert send(worker, {"labels": [label()] * 9}, **key).status_code == 413
    worker.app.gate.busy = 1
    assert send(worker, {"labels": [label()]}, **key).status_code == 429


def test_without_a_log_there_is_nothing_to_send_labels_to(service_folder: Path) -> None:
    import asyncio

    from tests.support.services import client

    async def work() -> Any:
        async with client(application(service_folder)) as service:
            return await service.post("/feedback", json={"labels": [label()]})

    answer = asyncio.run(work())
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "no_prediction_log")


def test_labels_that_cannot_be_written_are_not_taken(service_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "log").write_text("no folder")
    worker = told(service_folder, tmp_path)
    answer = send(worker, {"labels": [label()]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "log_unavailable")
