"""A version of a model in a worker: a package, and the schema that its requests are checked against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
from pydantic import BaseModel, TypeAdapter, ValidationError

from mlcycle.serving.lookups import Looked, Row, Values
from mlcycle.serving.problem import Detail, Problem, invalid_request
from mlcycle.steps.columns import Array
from mlcycle.steps.decision import decisions, plain_scores, scored
from mlcycle.steps.onnx import Stop
from mlcycle.steps.package import Package


class Version:
    """Reads requests for one package and scores them; holds no state of a request."""

    def __init__(self, package: Package, request: type[BaseModel], logged: Sequence[str] = ()) -> None:
        """request: the type of a body. logged: the columns of its rows that may be written down."""
        self.package = package
        self.request = request
        self.logged = logged
        self._moments = tuple(column.name for column in package.manifest.request if column.moment)
        self._request: TypeAdapter[Any] = TypeAdapter(request)
        self._columns: dict[type[BaseModel], dict[str, str]] = {}

    def read(self, body: bytes, now: Callable[[], datetime]) -> list[Row]:
        """Parse and check a body; a moment that it leaves out is now. Raises a 400 Problem that names each
        place."""
        try:
            request = self._request.validate_json(body)
        except ValidationError as error:
            raise invalid_request(error) from None
        rows = [self._row(row) for row in request.rows]
        if not self._moments:
            return rows
        at = now()
        return [self._at(row, at) for row in rows]

    def _at(self, row: Row, now: datetime) -> Row:
        left_out = {name: now for name in self._moments if row.columns.get(name) is None}
        return replace(row, columns={**row.columns, **left_out}) if left_out else row

    def _row(self, row: BaseModel) -> Row:
        lookups = row.__dict__.get("lookups")
        given: dict[str, Values] = {}
        if lookups is not None:
            views = self._values(lookups)
            # What is there for another version has no type here.
            given = {
                view: self._values(values) for view, values in views.items() if isinstance(values, BaseModel)
            }
        return Row(columns=self._values(row), given=given)

    def _values(self, model: BaseModel) -> dict[str, Any]:
        """The fields of a model by their columns' names, which need not be names in Python."""
        kind = type(model)
        renamed = self._columns.get(kind)
        if renamed is None:
            renamed = {name: field.alias for name, field in kind.model_fields.items() if field.alias}
            self._columns[kind] = renamed
        if not renamed:
            return model.__dict__
        return {renamed.get(name, name): value for name, value in model.__dict__.items()}

    def score(self, rows: Sequence[Row], looked: Looked, stop: Stop | None = None) -> list[dict[str, Any]]:
        """One prediction a row. Raises a 422 Problem if the model has no finite score for a row."""
        reader = self.package.reader
        columns = reader.request([row.columns for row in rows]) | reader.lookups(looked.views)
        scores = self.package.score(columns, stop)
        if not np.isfinite(scores).all():
            raise _not_finite(scores)
        manifest = self.package.manifest
        return [
            {"score": score, "decision": decision, "stale": stale, "missing": missing}
            for score, decision, stale, missing in zip(
                plain_scores(manifest, scores),
                decisions(manifest, scores),
                looked.stale,
                looked.missing,
                strict=True,
            )
        ]


def _not_finite(scores: Array) -> Problem:
    details = tuple(
        Detail(path=f"rows.{index}", message="The score is not a finite number.")
        for index in np.flatnonzero(~scored(scores))[:20]
    )
    return Problem(422, "no_score", "The model gives no score for these values.", details=details)
