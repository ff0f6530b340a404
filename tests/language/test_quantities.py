"""Durations, shares, sizes and the rest: what they accept, and that they accept nothing else."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from pydantic_core import PydanticCustomError, ValidationError

from mlcycle.language import names, quantities
from mlcycle.language.quantities import NEVER, availability, duration, instant, share, size, timezone

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0d", timedelta()),
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("24h", timedelta(days=1)),
        ("7d", timedelta(days=7)),
        ("4w", timedelta(days=28)),
    ],
)
def test_duration(text: str, value: timedelta) -> None:
    assert duration(text) == availability(text) == value


@pytest.mark.parametrize(
    "value", ["", "3", "3 h", "1.5h", "-1h", "01h", "h", "1y", "1h30m", "9999999w", "never", "٣h"]
)
def test_no_duration(value: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        duration(value)
    assert caught.value.type == "MLC107"


def test_never_is_later_than_every_duration() -> None:
    assert availability("never") == NEVER > duration("999999w")


@pytest.mark.parametrize(
    ("value", "number"),
    [("5%", 0.05), ("95%", 0.95), ("0.1%", 0.001), ("100%", 1.0), (0.2, 0.2), (0, 0.0), (1, 1.0)],
)
def test_share(value: object, number: float) -> None:
    assert share(value) == number


@pytest.mark.parametrize(
    "value", ["5", "%", "-5%", "5 %", "0.5.5%", "170%", 1.1, -0.1, True, None, (), "1e2%"]
)
def test_no_share(value: object) -> None:
    with pytest.raises(PydanticCustomError):
        share(value)


@pytest.mark.parametrize(
    ("text", "value"), [("512B", 512), ("256KiB", 262_144), ("10MiB", 10_485_760), ("1GiB", 2**30)]
)
def test_size(text: str, value: int) -> None:
    assert size(text) == value


@pytest.mark.parametrize("value", ["256KB", "0B", "1.5MiB", "MiB", "-1B", 5, None])
def test_no_size(value: object) -> None:
    with pytest.raises(PydanticCustomError):
        size(value)


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+3"])
def test_timezone(name: str) -> None:
    assert timezone(name) == name


@pytest.mark.parametrize(
    "name", ["New York", "Europe/Atlantis", "../../etc/passwd", "/etc/passwd", "", "a\0b", "Europe"]
)
def test_no_timezone(name: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        timezone(name)
    assert caught.value.type == "MLC119"


def test_instant() -> None:
    assert instant("2024-05-01") == datetime(2024, 5, 1, tzinfo=UTC)
    assert instant("2024-05-01T12:00:00+02:00") == datetime(2024, 5, 1, 10, tzinfo=UTC)
    for text in ("yesterday", "03/04/2024", "2024-13-01", ""):
        with pytest.raises(PydanticCustomError):
            instant(text)


@pytest.mark.parametrize("text", ["late", "late_flights", "a1", "v2_final", "a" * 48])
def test_name(text: str) -> None:
    assert names.is_name(text)
    assert names.name(text) == text


@pytest.mark.parametrize(
    "text", ["", "Late", "1a", "_a", "a_", "a__b", "a-b", "a b", "a.b", "a" * 49, "a\n", "ä"]
)
def test_no_name(text: str) -> None:
    assert not names.is_name(text)
    with pytest.raises(PydanticCustomError):
        names.name(text)


@pytest.mark.parametrize("text", ["flights.late", "flights.Arrival Delay", "flights.a.b"])
def test_column_reference(text: str) -> None:
    assert names.column_reference(text) == text


@pytest.mark.parametrize(
    "text", ["late", "flights.", ".late", "Flights.late", "flights. late", "flights.a\nb", 3]
)
def test_no_column_reference(text: object) -> None:
    with pytest.raises(PydanticCustomError):
        names.column_reference(text)


@pytest.mark.parametrize("text", ["os:system", "shop.cleaning:drop_tests"])
def test_python_reference(text: str) -> None:
    assert names.python_reference(text) == text


@pytest.mark.parametrize(
    "text", ["cleaning.py", "a:b:c", "a.b", ":f", "a:", "a b:c", "a:f()", "a;b:c", "../a:f"]
)
def test_no_python_reference(text: str) -> None:
    with pytest.raises(PydanticCustomError):
        names.python_reference(text)


_TYPES = [
    quantities.Duration, quantities.Availability, quantities.Share, quantities.Size, quantities.Timezone,
    names.Name, names.ColumnReference, names.FeatureReference, names.PythonReference,
]  # fmt: skip


@pytest.mark.parametrize("kind", _TYPES, ids=lambda kind: str(kind.__metadata__[0].func.__name__))
@given(st.data())
@settings(max_examples=40)
def test_whatever_is_accepted_matches_the_pattern_that_an_editor_is_given(
    kind: Any, data: st.DataObject
) -> None:
    schema = TypeAdapter(kind).json_schema()
    patterns = [one["pattern"] for one in [schema, *schema.get("anyOf", [])] if "pattern" in one]
    text = data.draw(
        st.from_regex(patterns[0].replace("$", r"\Z")) | st.text("0159.%smhdwKiB_:/abAZ", max_size=9)
    )
    try:
        TypeAdapter(kind).validate_python(text)
    except ValidationError:
        return
    assert any(re.search(pattern, text) for pattern in patterns)
