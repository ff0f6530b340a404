"""Views read by key: what is asked of the store, and what may be used of its answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from mlcycle.serving.lookups import Found, Looked, Row, Values, as_given, look_up, wanted
from mlcycle.steps.manifest import Lookup, Manifest
from tests.support.packages import parsed_manifest

NOON = datetime(2013, 12, 31, 12)
TTL = 10_800


class Memory:
    """A store that holds one value for every airport but null, and keeps what it was asked for."""

    def __init__(self, age: float) -> None:
        self._at = NOON - timedelta(seconds=age)
        self.asked: list[Values] = []

    def read(self, views: Sequence[tuple[Lookup, Sequence[Values]]]) -> Sequence[Sequence[Found | None]]:
        self.asked += [key for _, keys in views for key in keys]
        return [[Found(values={"temperature": 30.0}, at=self._at) for _ in keys] for _, keys in views]

    def ping(self) -> None:
        """It can always be read."""


def looked(store: Memory, *origins: str | None) -> Looked:
    manifest: Manifest = parsed_manifest()
    rows = [Row(columns={"origin": origin}, given={}) for origin in origins]
    found = as_given(manifest, rows)
    look_up(store, wanted(manifest, rows), rows, found, NOON)
    return found


def test_a_null_key_is_missing_and_never_asked_for() -> None:
    store = Memory(age=0)
    found = looked(store, "EWR", None)
    assert store.asked == [{"origin": "EWR"}]
    assert found.missing == [[], ["weather_at_origin"]]
    assert found.views["weather_at_origin"] == [{"temperature": 30.0}, {}]


@pytest.mark.parametrize(("age", "stale"), [(TTL, False), (TTL + 1, True)])
def test_a_value_older_than_its_ttl_is_stale_and_not_used(age: float, stale: bool) -> None:
    found = looked(Memory(age), "EWR")
    assert found.stale == [["weather_at_origin"] if stale else []]
    assert found.views["weather_at_origin"] == [{} if stale else {"temperature": 30.0}]
