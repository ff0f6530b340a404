"""Plots of what there is; nothing is drawn without a limit to draw it by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mlcycle.task import CheckResult
from mlcycle.verdicts import ChunkResult

pytestmark = pytest.mark.slow

START = datetime(2020, 1, 1, tzinfo=UTC)


def _chunk(day: int, limit: str) -> ChunkResult:
    drift = CheckResult(name="data_drift.schedule.distance", verdict="pass", figure=0.02, limit=limit)
    start = START + timedelta(days=day)
    return ChunkResult(
        monitor="shop/watch",
        start=start,
        end=start + timedelta(days=1),
        rows=100,
        labelled=0,
        package="p",
        checks=(drift,),
        reference="r",
    )


@pytest.mark.parametrize(
    ("limit", "names"), [("max 0.05", ["drift.png", "volume.png"]), ("max 0", ["volume.png"])]
)
def test_drift_is_drawn_as_a_multiple_of_its_limit(tmp_path: Path, limit: str, names: list[str]) -> None:
    from mlcycle.kinds.monitoring.plots import draw

    made = draw([_chunk(day, limit) for day in range(3)], tmp_path)
    assert [plot.name for plot in made] == names
    assert sorted(path.name for path in tmp_path.iterdir()) == names
