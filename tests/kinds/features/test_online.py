"""What the online store has to give, as of a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from mlcycle.kinds.features.online import known_at

NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "expected"), [(-1, None), (0, 1.0), (10, 1.0), (11, None)])
def test_a_value_holds_from_its_moment_to_the_age_of_its_ttl(seconds: int, expected: float | None) -> None:
    """Known at noon, with a ttl of ten seconds; at exactly that age it is still usable."""
    table = pl.DataFrame(
        {"shop": ["a"], "event_timestamp": [NOON], "price": [1.0]},
        schema_overrides={"event_timestamp": pl.Datetime("us", "UTC")},
    )
    found = known_at(table, ["shop"], ["price"], NOON + timedelta(seconds=seconds), 10)
    assert found.to_dict(as_series=False) == {"shop": ["a"], "price": [expected]}


def test_a_pushed_value_holds_unless_the_table_has_one_as_new() -> None:
    schema = {"shop": pl.String, "event_timestamp": pl.Datetime("us", "UTC"), "price": pl.Float64}
    hour = timedelta(hours=1)
    table = pl.DataFrame(
        [("a", NOON, 1.0), ("b", NOON, 2.0), ("c", NOON + hour, 3.0)], schema=schema, orient="row"
    )
    pushed = pl.DataFrame(
        [("a", NOON, 8.0), ("b", NOON + hour, 9.0), ("d", NOON, 7.0)], schema=schema, orient="row"
    )
    found = known_at(table, ["shop"], ["price"], NOON, None, pushed)
    assert found.rows() == [("a", 1.0), ("b", 9.0), ("c", None), ("d", 7.0)]
