"""A world whose source is read by partitions: those that have begun, read as they would have been then."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from mlcycle.simulation.world import World
from tests.support.parts import Parts, at, share_code

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)
START = at("2020-01-01")


@pytest.fixture(autouse=True)
def _code(monkeypatch: pytest.MonkeyPatch) -> None:
    share_code(monkeypatch)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An order each eight hours for six days; what was paid for it is known a day later."""
    project = Parts(tmp_path / "project")
    project.spec(
        "kind: parquet, path: orders.parquet, timestamp: placed_at, "
        "partitions: {every: day, start: 2020-01-01}",
        columns="id: {unique: true}, paid: {nullable: true, available_after: 1d}",
    )
    times = [START + number * DAY / 3 for number in range(18)]
    orders = pl.DataFrame({"id": range(18), "placed_at": times, "paid": [float(id) for id in range(18)]})
    orders.with_columns(pl.col("placed_at").dt.cast_time_unit("us")).write_parquet(
        project.root / "orders.parquet"
    )
    made = World(graph=project.graph(), original=project.root, root=tmp_path / "world")
    made.create()
    return made


def looked(world: World, now: datetime) -> tuple[list[str], pl.DataFrame]:
    """The world at `now`: why partitions were read, and the table then."""
    world.move_to(now)
    inside = Parts(world.root, now=now)
    reasons = inside.why()
    _, source = inside.bring()
    return reasons, inside.rows(source)


def test_its_partitions_are_those_that_have_begun_and_hold_what_was_known(world: World) -> None:
    noon = DAY / 2
    reasons, table = looked(world, START + DAY + noon)
    assert reasons == ["never read: 2020-01-01 to 2020-01-02"]
    assert table["id"].to_list() == [0, 1, 2, 3, 4]
    assert table["paid"].to_list() == [0.0, 1.0, None, None, None]

    reasons, table = looked(world, START + 2 * DAY + noon)
    assert reasons == [
        "was read before all of its values were known: 2020-01-01",
        "was open when it was read: 2020-01-02",
        "never read: 2020-01-03",
    ]
    assert table["id"].to_list() == list(range(8))
    assert table["paid"].to_list() == [0.0, 1.0, 2.0, 3.0, 4.0, None, None, None]
    assert (table["first_seen"] == table["placed_at"]).all(), "only values came, as declared"

    for day in (3, 5):
        reasons, table = looked(world, START + day * DAY + noon)
    assert table["id"].to_list() == list(range(17))
    assert table["paid"].to_list() == [float(id) if id <= 13 else None for id in range(17)]
    assert not any("2020-01-01" in reason or "2020-01-02" in reason for reason in reasons)
