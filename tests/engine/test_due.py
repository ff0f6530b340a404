"""Why a partition is read, as a table of how it stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mlcycle.engine.due import Standing, why
from mlcycle.graph.node import Node
from mlcycle.store.result import IdentityParts, Result

NODE = Node(name="p/partitions/s/2013-01", kind="partition", work="a:b")
SEEN = replace(NODE, config={"first_seen": True})
PARTS = IdentityParts(work="a:b", config={"start": 1}, code={"mlcycle.a": "1", "shop.rows": "1"})
CLOSED = Standing(open=False, lookback=0, asked=False)


THEN, MINUTE = datetime(2013, 2, 2, tzinfo=UTC), timedelta(minutes=1)


def read(*, open: bool = False, version: str | None = None, parts: IdentityParts = PARTS) -> Result:
    return Result(
        node=NODE.name,
        identity="",
        parts=replace(parts, observed={"version": version}),
        data_version="",
        path="",
        files=(),
        started=THEN,
        ended=THEN,
        record={"open": open, "read_at": THEN.isoformat()},
    )


def told(previous: Result | None, standing: Standing = CLOSED, node: Node = NODE, **given: Any) -> list[str]:
    arguments: dict[str, Any] = {"missing": None, "version": lambda: "2"} | given
    parts = arguments.pop("parts", PARTS)
    return [reason.text for reason in why(node, previous, parts, standing, **arguments)]


def test_one_that_was_read_after_it_closed_stands_whatever_the_source_says() -> None:
    def never_asked() -> str:
        raise AssertionError("a closed partition costs the source nothing")

    assert told(read(version="1"), version=never_asked) == []


@pytest.mark.parametrize(
    ("previous", "standing", "reason"),
    [
        (None, CLOSED, "never read"),
        (read(), replace(CLOSED, asked=True), "asked"),
        (read(open=True, version="1"), replace(CLOSED, open=True), "still open"),
        (read(open=True, version=None), replace(CLOSED, open=True), "still open"),
        (read(open=True, version="1"), CLOSED, "was open when it was read"),
        (read(version="1"), replace(CLOSED, lookback=2), "the newest 2 are read again"),
        (read(), replace(CLOSED, known_at=THEN + MINUTE), "was read before all of its values were known"),
    ],
)
def test_reasons(previous: Result | None, standing: Standing, reason: str) -> None:
    assert told(previous, standing) == [reason]


@pytest.mark.parametrize("standing", [CLOSED, replace(CLOSED, open=True), replace(CLOSED, lookback=1)])
def test_what_says_the_same_is_not_read_again(standing: Standing) -> None:
    assert told(read(open=not standing.lookback, version="2"), standing) == []


@pytest.mark.parametrize("standing", [CLOSED, replace(CLOSED, open=True)])
def test_each_look_at_one_that_was_open_is_a_reading_where_late_rows_are_told_by_readings(
    standing: Standing,
) -> None:
    assert told(read(open=True, version="2"), standing, SEEN) != []
    assert told(read(version="2"), replace(CLOSED, lookback=1), SEEN) == []


def test_what_the_author_says_of_reading_counts_and_what_we_do_of_it_does_not() -> None:
    assert told(read(), parts=replace(PARTS, config={"start": 2}))
    assert told(read(), parts=replace(PARTS, code={**PARTS.code, "shop.rows": "2"}))
    assert told(read(), parts=replace(PARTS, sample=0.5))
    ours = replace(PARTS, code={**PARTS.code, "mlcycle.a": "2"}, libraries={"polars": "9"})
    assert told(read(), parts=ours) == []


def test_files_that_are_gone() -> None:
    assert told(read(), missing="rows.parquet") == ["artefact missing: rows.parquet"]


def test_one_that_was_read_when_all_was_known_stands() -> None:
    assert told(read(), replace(CLOSED, known_at=THEN)) == []
