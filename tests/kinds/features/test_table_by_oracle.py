"""Every feature table against brute force: at any moment, a lookup finds what the rules of time say."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcycle.graph.node import Step
from tests.kinds.features.support import history, known_at, run, step, view
from tests.support.time_oracle import Event, aggregate, known_values, lag

pytestmark = pytest.mark.slow

START = datetime(2024, 1, 1, tzinfo=UTC)
TIME = pl.Datetime("us", "UTC")
SHOPS = ("a", "b")
FUNCTIONS = ("mean", "sum", "count", "min", "max", "std", "distinct_count", "first", "last", "ewm")
#: Figures that are computed in another order than by brute force.
ROUNDED = ("std", "ewm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    shop: str
    minute: int
    value: int | None
    created: int | None
    order: int

    def event(self) -> Event:
        created = None if self.created is None else START + timedelta(minutes=self.created)
        time = START + timedelta(minutes=self.minute)
        return Event(time=time, value=self.value, created=created, order=self.order)


@st.composite
def tables(draw: st.DrawFn) -> list[Row]:
    """Up to 14 rows of two keys in few minutes, so that ties, late rows and shared expiries are common."""
    fields = st.tuples(
        st.sampled_from(SHOPS),
        st.integers(0, 12),
        st.none() | st.integers(-5, 5),
        st.none() | st.integers(0, 25),
    )
    drawn = draw(st.lists(fields, min_size=1, max_size=14))
    orders = draw(st.permutations(range(len(drawn))))
    return [
        Row(shop=shop, minute=minute, value=value, created=created, order=order)
        for (shop, minute, value, created), order in zip(drawn, orders, strict=True)
    ]


@st.composite
def aggregations(draw: st.DrawFn) -> dict[str, Any]:
    function = draw(st.sampled_from(FUNCTIONS))
    config: dict[str, Any] = {"function": function, "min_rows": draw(st.integers(0, 3))}
    if function == "ewm":
        config["half_life_seconds"] = 60 * draw(st.integers(1, 9))
    extent = draw(st.sampled_from(["window_seconds", "rows", "everything"]))
    if extent == "window_seconds":
        config[extent] = 60 * draw(st.integers(1, 8))
    elif extent == "rows":
        config[extent] = draw(st.integers(1, 4))
    if function != "count" or draw(st.booleans()):
        config["column"] = "value"
    return config


@st.composite
def lags(draw: st.DrawFn) -> dict[str, Any]:
    if draw(st.booleans()):
        return {"column": "value", "rows": draw(st.integers(1, 4))}
    return {"column": "value", "time_seconds": 60 * draw(st.integers(0, 6))}


def expected(events: Sequence[Event], at: datetime, feature: Step) -> Any:
    """What the rules of time say of one feature at `at`."""
    config = feature.config
    after = timedelta(seconds=config["available_after_seconds"])
    if feature.kind == "columns":
        return next(reversed(known_values(events, at, after)), None)
    shift = timedelta(seconds=config.get("time_seconds", 0))
    if feature.kind == "lag":
        return lag(events, at, after, rows=config.get("rows", 1), time=shift)
    if feature.kind == "difference":
        back = {"rows": config["rows"] + 1} if "rows" in config else {"time": shift}
        newest, earlier = lag(events, at, after), lag(events, at, after, **back)
        return None if newest is None or earlier is None else newest - earlier
    return aggregate(
        events,
        at,
        after,
        function=config["function"],
        window=timedelta(seconds=config["window_seconds"]) if "window_seconds" in config else None,
        rows=config.get("rows"),
        min_rows=config["min_rows"],
        count_rows="column" not in config,
        half_life=timedelta(seconds=config.get("half_life_seconds", 0)),
    )


def check(rows: Sequence[Row], features: Mapping[str, Step], has_created: bool) -> None:
    """Materialize `features` and ask for each of them at every half minute."""
    source = pl.DataFrame(
        {
            "shop": [row.shop for row in rows],
            "at": [START + timedelta(minutes=row.minute) for row in rows],
            "value": [row.value for row in rows],
            "made": [None if r.created is None else START + timedelta(minutes=r.created) for r in rows],
            "order": [row.order for row in rows],
        },
        schema={"shop": pl.String, "at": TIME, "value": pl.Int64, "made": TIME, "order": pl.Int64},
    )
    floats = {n for n, f in features.items() if f.config.get("function") in ("mean", *ROUNDED)}
    dtypes = {name: "float64" if name in floats else "int64" for name in features}
    extra = {"created_timestamp": "made"} if has_created else {}
    node = view(
        "v", list(features.values()), dtypes, {"shop": "string"}, timestamp="at", row_key=["order"], **extra
    )
    with tempfile.TemporaryDirectory() as folder:
        table, _ = run(node, source, Path(folder))
    assert table.select("shop", "event_timestamp").is_unique().all()
    for shop in SHOPS:
        events = [row.event() for row in rows if row.shop == shop]
        if not has_created:
            events = [Event(time=e.time, value=e.value, order=e.order) for e in events]
        known = history(table, shop=shop)
        for half_minute in range(-2, 72):
            at = START + timedelta(seconds=30 * half_minute)
            for name, feature in features.items():
                found, wanted = known_at(known, at).get(name), expected(events, at, feature)
                if wanted is not None and feature.config.get("function") in ROUNDED:
                    wanted = pytest.approx(wanted, rel=1e-9, abs=1e-9)
                assert found == wanted, (shop, at, name)


@settings(max_examples=100, deadline=None)
@given(
    rows=tables(), config=aggregations(), delay=st.integers(0, 5), by_lag=lags(), has_created=st.booleans()
)
def test_features_of_one_view_agree_with_brute_force(
    rows: list[Row], config: dict[str, Any], delay: int, by_lag: dict[str, Any], has_created: bool
) -> None:
    after = {"available_after_seconds": 60 * delay}
    features = {
        "figure": step("figure", "aggregation", output="figure", **config, **after),
        "earlier": step("earlier", "lag", output="earlier", **by_lag, available_after_seconds=60),
        "change": step("change", "difference", output="change", **by_lag, available_after_seconds=60),
        "value": step("columns", "columns", columns=["value"], available_after_seconds=120),
    }
    check(rows, features, has_created)


@settings(max_examples=100, deadline=None)
@given(rows=tables(), config=aggregations(), delay=st.integers(0, 5))
def test_an_aggregation_alone_agrees_with_brute_force(
    rows: list[Row], config: dict[str, Any], delay: int
) -> None:
    after = {"available_after_seconds": 60 * delay}
    check(
        rows, {"figure": step("figure", "aggregation", output="figure", **config, **after)}, has_created=False
    )
