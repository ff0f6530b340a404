from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcycle.engine.differences import differences
from mlcycle.graph.canonical import digest

A, B, C = ({"name": name, "dtype": "int64"} for name in "abc")

CASES: list[tuple[Any, Any, list[str]]] = [
    ({"k": 1}, {"k": 2}, ["k changed: 1 -> 2"]),
    ({"k": 1}, {"k": 1.0}, ["k changed: 1 -> 1.0"]),
    ({"k": True}, {"k": 1}, ["k changed: true -> 1"]),
    ({}, {"k": None}, ["k changed: not set -> null"]),
    ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, ["a.b[1] changed: 2 -> 3"]),
    ({"k": [1]}, {"k": [1, 2]}, ["k changed: [1] -> [1, 2]"]),
    ({"c": [A, B]}, {"c": [A, C, B]}, ["c has more: c"]),
    ({"c": [A, B, C]}, {"c": [C]}, ["c has no longer: a, b"]),
    ({"c": [A, B]}, {"c": [B, A]}, ["c is in another order"]),
    ({"c": [A]}, {"c": [{**A, "dtype": "bool"}]}, ['c.a.dtype changed: "int64" -> "bool"']),
    ({"c": ["a", "b"]}, {"c": ["b", "a"]}, ["c is in another order"]),
    ({"c": ["a", "a"]}, {"c": ["a"]}, ['c changed: ["a", "a"] -> ["a"]']),
    ({"c": []}, {"c": list("abcdef")}, ["c has more: a, b, c, d and 2 more"]),
    ({"k": "x" * 80}, {"k": 1}, [f'k changed: "{"x" * 56}... -> 1']),
]


@pytest.mark.parametrize(("old", "new", "said"), CASES)
def test_said(old: Any, new: Any, said: list[str]) -> None:
    assert [found.said() for found in differences(old, new)] == said


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)
CONFIG = st.dictionaries(st.text(max_size=3), JSON, max_size=4)


@pytest.mark.slow
@given(CONFIG, CONFIG)
def test_something_is_said_exactly_if_the_digests_differ(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert bool(list(differences(old, new))) == (digest(old) != digest(new))
