"""A drafted spec checks as it is, whatever the columns are."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcycle.checks.run import check
from mlcycle.graph.column import DType
from mlcycle.language.kinds import find_kinds
from mlcycle.language.load import load_bytes
from mlcycle.lowering.draft import draft
from mlcycle.lowering.schemas import kind_of
from tests.support.graphs import FLIGHTS, PLANES, WEATHER, FixedSchemas

KINDS = find_kinds(outside=())
FILE = {"kind": "parquet", "path": "data/flights.parquet"}


def _check(path: str, columns: Mapping[str, DType], name: str) -> str:
    text = draft({"kind": kind_of(path), "path": path}, columns, name)
    loaded = load_bytes(text.encode(), "specs/draft.yaml", KINDS)
    graph, findings = check(loaded, KINDS, FixedSchemas({path: columns}))
    assert findings == ()
    assert graph is not None
    return text


@pytest.mark.parametrize(
    ("name", "columns"), [("flights", FLIGHTS), ("weather", WEATHER), ("planes", PLANES)]
)
def test_the_example_tables(name: str, columns: Mapping[str, DType]) -> None:
    text = _check(f"data/{name}.parquet", columns, name)
    assert 15 < len(text.splitlines()) <= 35


def test_flights_are_guessed_right() -> None:
    text = draft(FILE, FLIGHTS, "flights")
    assert "timestamp: scheduled_departure" in text
    assert "flight_id: {unique: true}" in text
    assert "label: flights.arrival_delay" in text
    assert "or one of departure_delay" in text
    assert "arrival_delay: {nullable: true, available_after: 1d}" in text


def test_what_sounds_like_an_outcome_is_no_feature() -> None:
    """The delay at departure is known hours after the prediction: with it the first model would leak."""
    text = draft(FILE, FLIGHTS, "flights")
    listed = next(line for line in text.splitlines() if line.startswith("    columns: ["))
    assert "carrier" in listed
    assert "departure_delay" not in listed
    assert "# Left out, as they sound like outcomes: [departure_delay]" in text


def test_a_table_of_outcomes_alone_keeps_its_features() -> None:
    text = _check("a.csv", {"price": "float64", "amount": "float64", "at": "timestamp"}, "a")
    assert "columns: [price]" in text or "columns: [amount]" in text


def test_a_table_without_a_label_or_a_time() -> None:
    assert "No column looks like a label" in _check("a.csv", {"name": "string", "at": "timestamp"}, "a")
    assert "models" not in _check("a.csv", {"name": "string"}, "a")


dtypes = st.sampled_from(["int64", "float64", "bool", "string", "timestamp", "date", "unknown"])
names = st.one_of(
    st.sampled_from(
        ["id", "user_id", "late", "label", "no", "1st", "a b", "ä", "null", "x:y", "#1", "price"]
    ),
    st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=12),
)


@pytest.mark.slow
@given(columns=st.dictionaries(names, dtypes, min_size=1, max_size=8), name=st.text(max_size=50))
@settings(max_examples=150, deadline=None)
def test_any_table(columns: dict[str, DType], name: str) -> None:
    _check("data/table.csv", columns, name)
