"""The SQL that is rendered means the tree, whatever its names and texts are."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcycle.graph import expression_duckdb as sql
from mlcycle.graph.expression import parse

TEXTS = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=20)


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_texts_come_back_as_they_are(text: str) -> None:
    assert duckdb.sql(f"SELECT {sql.text(text)}").fetchall() == [(text,)]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(TEXTS.filter(bool))
def test_column_names_come_back_as_they_are(name: str) -> None:
    rows = pl.DataFrame({name: [7]}).to_arrow()
    with duckdb.connect() as connection:
        connection.register("rows", rows)
        assert connection.sql(f"SELECT {sql.name(name)} FROM rows").fetchall() == [(7,)]


@settings(max_examples=100, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_come_back_as_they_are(value: float) -> None:
    assert duckdb.sql(f"SELECT {sql.number(value)}").fetchall() == [(value,)]


def test_a_whole_column_keeps_numbers_that_no_float_holds() -> None:
    large = 2**60 + 1
    rows = pl.DataFrame({"id": [large]}).to_arrow()
    with duckdb.connect() as connection:
        connection.register("rows", rows)
        assert connection.sql(f"SELECT {parse('id', {'id': 'int64'}).duckdb} FROM rows").fetchall() == [
            (large,)
        ]
