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
