"""What a version makes of its model's scores."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from pydantic import BaseModel

from mlcycle.serving.lookups import Row, as_given
from mlcycle.serving.problem import Problem
from mlcycle.serving.schema import NOTHING, request_type
from mlcycle.serving.version import Version
from mlcycle.steps.onnx import Graph
from mlcycle.steps.package import load
from tests.support.packages import make_package


class Broken:
    """A graph whose second score is not a number."""

    def score(self, columns: Any, rows: int, stop: Any = None) -> Any:
        return np.array([0.5, np.nan, 0.5], np.float32)


def test_a_score_that_is_not_finite_is_refused_with_its_row(tmp_path: Path) -> None:
    make_package(tmp_path / "package")
    package = replace(load(tmp_path / "package"), graph=cast(Graph, Broken()))
    columns = {"carrier": "UA", "distance": 1.0, "origin": "EWR", "scheduled_departure": None}
    rows = [Row(columns=columns, given={"weather_at_origin": {}})] * 3
    with pytest.raises(Problem) as refused:
        Version(package, BaseModel).score(rows, as_given(package.manifest, rows))
    assert (refused.value.status, [one.path for one in refused.value.details]) == (422, ["rows.1"])


def test_a_moment_that_a_request_leaves_out_is_now(tmp_path: Path) -> None:
    make_package(tmp_path / "package")
    package = load(tmp_path / "package")
    request = tuple(
        replace(column, nullable=False, moment=column.name == "scheduled_departure")
        for column in package.manifest.request
    )
    package = replace(package, manifest=replace(package.manifest, request=request))
    version = Version(package, request_type(package.manifest, context=(), beyond=NOTHING, max_rows=9))
    row = {"carrier": "UA", "distance": 1.0, "origin": "EWR"}
    given = [row, {**row, "scheduled_departure": None}, {**row, "scheduled_departure": "2013-01-01T10:00Z"}]
    now, said = datetime(2024, 5, 6, 7), datetime(2013, 1, 1, 10)
    read = version.read(json.dumps({"rows": given}).encode(), lambda: now)
    assert [one.columns["scheduled_departure"] for one in read] == [now, now, said]
    with pytest.raises(Problem):
        version.read(json.dumps({"rows": [{**row, "carrier": None}]}).encode(), lambda: now)
