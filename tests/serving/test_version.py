"""What a version makes of its model's scores."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from pydantic import BaseModel

from mlcycle.serving.lookups import Row, as_given
from mlcycle.serving.problem import Problem
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
