from __future__ import annotations

import math
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcycle.graph.canonical import canonical, digest

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_the_order_of_keys_does_not_count(value: dict[str, Any]) -> None:
    turned = dict(reversed(list(value.items())))

    assert canonical(value) == canonical(turned)
    assert digest(value) == digest(MappingProxyType(turned))


@given(JSON)
def test_tuples_count_as_lists(value: Any) -> None:
    assert digest((value, 1)) == digest([value, 1])


@pytest.mark.parametrize(("one", "other"), [(1, 1.5), (1, "1"), (None, ""), ([1, 2], [2, 1]), ({}, [])])
def test_different_values_have_different_digests(one: Any, other: Any) -> None:
    assert digest(one) != digest(other)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_json_cannot_carry_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="Out of range"):
        digest([value])


def test_objects_are_refused() -> None:
    with pytest.raises(TypeError, match="object is not plain JSON"):
        digest({"a": object()})
