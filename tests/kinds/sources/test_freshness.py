"""Freshness against the injected now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mlcycle.kinds.sources.freshness import freshness

NOW = datetime(2014, 1, 10, tzinfo=UTC)
LIMITS = {"warn_after_seconds": 36 * 3600, "error_after_seconds": 72 * 3600}


@pytest.mark.parametrize(
    ("hours", "limits", "verdict", "severity"),
    [
        (1, LIMITS, "pass", "error"),
        (36, LIMITS, "pass", "error"),
        (37, LIMITS, "fail", "warn"),
        (72, LIMITS, "fail", "warn"),
        (73, LIMITS, "fail", "error"),
        (37, {"error_after_seconds": 72 * 3600}, "pass", "error"),
        (99, {"warn_after_seconds": 36 * 3600}, "fail", "warn"),
        (-5, LIMITS, "pass", "error"),
    ],
)
def test_limits(hours: int, limits: dict[str, Any], verdict: str, severity: str) -> None:
    found = freshness(limits, NOW - timedelta(hours=hours), 5, NOW)
    assert (found.verdict, found.severity) == (verdict, severity)
    assert found.figure == max(0, hours) * 3600


def test_the_message_says_how_old() -> None:
    found = freshness(LIMITS, NOW - timedelta(hours=75, minutes=30), 5, NOW)
    assert found.message == (
        "the newest row is of 2014-01-06 20:30 UTC, 3d 3h 30m before 2014-01-10 00:00 UTC"
    )
    assert found.limit == "warn after 1d 12h, error after 3d"


def test_no_row_is_inconclusive_and_blocks() -> None:
    found = freshness(LIMITS, None, 0, NOW)
    assert (found.verdict, found.blocks) == ("inconclusive", True)
