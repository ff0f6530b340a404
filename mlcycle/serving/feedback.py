"""`POST /feedback`: what predictions should have been, as it becomes known: early, late, or twice."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError, create_model

from mlcycle.serving.gate import Gate
from mlcycle.serving.http import Answer, Asked
from mlcycle.serving.journal import Journal
from mlcycle.serving.problem import Detail, Problem, invalid_request
from mlcycle.serving.runtime import Versions
from mlcycle.serving.schema import body
from mlcycle.serving.types import Flag, Integer, Number, Strict, Text
from mlcycle.steps.manifest import Manifest, Task

_LABELS: dict[Task, Any] = {
    "binary_classification": Flag,
    "multiclass_classification": Flag | Integer | Text,
    "regression": Number,
}

_RequestId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class Feedback:
    """Takes labels and records them; which prediction each belongs to is found out later."""

    def __init__(
        self,
        gate: Gate,
        versions: Versions,
        journal: Journal | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._gate = gate
        self._versions = versions
        self._journal = journal
        self._clock = clock

    async def __call__(self, asked: Asked) -> Answer:
        self._gate.check(asked)
        received = self._clock()
        return await self._gate(asked, lambda content: self._take(content, asked.id, received))

    async def _take(self, content: bytes, given_id: str, received: float) -> Answer:
        live = self._versions.at(received)
        if self._journal is None:
            raise Problem(503, "no_prediction_log", "The service keeps no log, so it can take no labels.")
        labels = _read(content, live.champion.loaded.package.manifest, self._gate.limits.max_rows)
        if not self._journal.labelled(labels, live, received):
            raise Problem(
                503,
                "log_unavailable",
                "The labels could not be written; nothing was taken.",
                headers=((b"retry-after", b"1"),),
            )
        answer = {"request_id": given_id, "labels": len(labels)}
        return Answer(json.dumps(answer, separators=(",", ":")).encode(), 202)


def _read(content: bytes, manifest: Manifest, most: int) -> list[dict[str, Any]]:
    """The labels of a body, as their records name them. Raises a 400 Problem."""
    try:
        given = _body(manifest.task, most).validate_json(content)
    except ValidationError as error:
        raise invalid_request(error) from None
    labels = [{"id": one.request_id, "row": one.row, "label": one.label} for one in given.labels]
    kinds = {type(one) for one in manifest.classes}
    if kinds:
        for index, label in enumerate(labels):
            if type(label["label"]) not in kinds:
                raise _no_class(index)
    return labels


def _no_class(index: int) -> Problem:
    detail = Detail(path=f"labels.{index}.label", message="The classes of this model are of another type.")
    return Problem(400, "invalid_request", "The request has 1 problem.", details=(detail,))


@cache
def _body(task: Task, most: int) -> TypeAdapter[Any]:
    row = Annotated[int, Field(ge=0, lt=most)]
    label = create_model(
        "Label", __base__=Strict, request_id=(_RequestId, ...), row=(row, 0), label=(_LABELS[task], ...)
    )
    return TypeAdapter(body("Labels", "labels", label, most))
