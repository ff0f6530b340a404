from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine

from mlcycle.store.chunks import ChunkResult, Chunks
from mlcycle.task import CheckResult

DAY = timedelta(days=1)
START = datetime(2013, 12, 1, tzinfo=UTC)
DRIFT = CheckResult(
    name="data_drift.schedule.distance",
    verdict="fail",
    severity="warn",
    figure=0.2,
    limit="max 0.1",
    rows=900,
)
REALIZED = CheckResult(name="realized_performance.roc_auc", verdict="inconclusive", figure=None, rows=0)
CHUNK = ChunkResult(
    monitor="flights/delays",
    start=START,
    end=START + DAY,
    rows=900,
    labelled=0,
    package="a" * 64,
    checks=(DRIFT, REALIZED),
    reference="b" * 64,
    settled=False,
)


@pytest.fixture
def chunks(engine: Engine) -> Chunks:
    return Chunks(engine=engine, environment="local")


def test_what_was_measured_is_read_back_as_it_was(chunks: Chunks, engine: Engine) -> None:
    chunks.add([CHUNK])
    again = Chunks(engine=engine, environment="local")
    assert again.closed("flights/delays") == (CHUNK,)
    assert again.closed("flights/delays")[0].check("data_drift.schedule.distance") == DRIFT


def test_chunks_come_oldest_first_whatever_the_order_and_the_time_zone_they_came_in(chunks: Chunks) -> None:
    abroad = timezone(timedelta(hours=-5))
    days = [replace(CHUNK, start=(START + i * DAY).astimezone(abroad)) for i in (2, 0, 1)]
    chunks.add(days)
    assert [one.start for one in chunks.closed("flights/delays")] == [START + i * DAY for i in range(3)]
    after = chunks.closed("flights/delays", after=START)
    assert [one.start for one in after] == [START + DAY, START + 2 * DAY]


def test_a_settled_chunk_stays_and_one_that_waits_for_labels_is_replaced(chunks: Chunks) -> None:
    settled = replace(CHUNK, labelled=900, settled=True)
    chunks.add([CHUNK])
    chunks.add([settled])
    chunks.add([replace(CHUNK, rows=1), replace(settled, rows=2)])
    assert chunks.closed("flights/delays") == (settled,)


def test_neither_monitors_nor_environments_mix(chunks: Chunks, engine: Engine) -> None:
    chunks.add([CHUNK])
    assert chunks.closed("flights/other") == ()
    assert Chunks(engine=engine, environment="production").closed("flights/delays") == ()


def test_a_figure_that_is_no_number_is_none_when_it_is_read(chunks: Chunks) -> None:
    chunks.add([replace(CHUNK, checks=(replace(DRIFT, figure=math.nan),))])
    assert chunks.closed("flights/delays")[0].checks[0].figure is None
