"""The schema made from a manifest is the generated one: the same bodies pass, the others fail alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from mlcycle.serving.schema import NOTHING, Passed, passed, request_type, shape
from mlcycle.steps.manifest import Manifest, canonical_json, parse_manifest
from tests.serving.test_hostile import BODIES, GOOD
from tests.support.challengers import other_features, other_rows
from tests.support.packages import parsed_manifest, rows
from tests.support.services import request_type as generated_type

FILES = {"model.onnx": "0" * 64, "examples.json": "0" * 64}


def other() -> Manifest:
    return parse_manifest(canonical_json({**other_features(), "files": FILES}))


@pytest.fixture(scope="module")
def generated(service_folder: Path) -> TypeAdapter[Any]:
    return TypeAdapter(generated_type(service_folder))


@pytest.fixture(scope="module")
def made() -> TypeAdapter[Any]:
    return TypeAdapter(request_type(parsed_manifest(), context=(), beyond=NOTHING, max_rows=1000))


def outcome(adapter: TypeAdapter[Any], body: str | bytes) -> Any:
    """What a body is read as, or every place where it is wrong, and how."""
    try:
        return values(adapter.validate_json(body))
    except ValidationError as error:
        return {(one["loc"], one["type"]) for one in error.errors(include_url=False)}


def values(model: Any) -> Any:
    """A model's values by their columns."""
    if isinstance(model, BaseModel):
        fields = type(model).model_fields
        return {fields[name].alias or name: values(value) for name, value in model.__dict__.items()}
    return [values(one) for one in model] if isinstance(model, list) else model


@pytest.mark.parametrize("name", [*BODIES, "a good one"])
def test_bodies(generated: TypeAdapter[Any], made: TypeAdapter[Any], name: str) -> None:
    body, _ = BODIES.get(name, (GOOD, ""))
    assert outcome(made, body) == outcome(generated, body)
    assert isinstance(outcome(made, body), set) == (name != "a good one")


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["2013-11-28T15:00:00Z", "2013-11-28", 2**63, 1e39]),
    st.just([]),
    st.just({}),
)
PLACES = st.sampled_from([*rows(1)[0], "unknown", "temperature", "wind_speed"])


@pytest.mark.slow
@given(PLACES, VALUES, st.booleans())
@settings(max_examples=400)
def test_any_value_anywhere(
    generated: TypeAdapter[Any], made: TypeAdapter[Any], place: str, value: Any, leave: bool
) -> None:
    (row,) = rows(1)
    target = row["lookups"]["weather_at_origin"] if place in ("temperature", "wind_speed") else row
    target[place] = value
    if leave:
        target.pop(place)
    body = json.dumps({"rows": [row]})
    assert outcome(made, body) == outcome(generated, body)


def test_what_another_version_knows_is_let_through_and_nothing_else() -> None:
    beyond = passed(parsed_manifest(), [parsed_manifest(), other()])
    assert beyond == Passed(
        columns=frozenset({"tail_number"}),
        views={"weather_at_origin": frozenset({"humidity"}), "aircraft": frozenset()},
    )
    open_to = TypeAdapter(request_type(parsed_manifest(), context=(), beyond=beyond, max_rows=1000))
    (row,) = other_rows(1)
    assert isinstance(outcome(open_to, json.dumps({"rows": [row]})), dict)
    assert isinstance(outcome(open_to, json.dumps({"rows": rows(1)})), dict)
    row["tail_number"], row["lookups"]["aircraft"] = [1], "anything"
    assert isinstance(outcome(open_to, json.dumps({"rows": [row]})), dict)
    for place in (row, row["lookups"], row["lookups"]["weather_at_origin"]):
        place["gate"] = 1
        assert {kind for _, kind in outcome(open_to, json.dumps({"rows": [row]}))} == {"extra_forbidden"}
        del place["gate"]


def test_a_context_column_is_optional_and_typed() -> None:
    adapter = TypeAdapter(
        request_type(parsed_manifest(), context=[("flight_id", "int64")], beyond=NOTHING, max_rows=10)
    )
    for given_value, fits in ((7, True), (None, True), ("7", False), (7.5, False)):
        body = json.dumps({"rows": [{**rows(1)[0], "flight_id": given_value}]})
        assert isinstance(outcome(adapter, body), dict) == fits
    assert outcome(adapter, json.dumps({"rows": rows(1)}))["rows"][0]["flight_id"] is None


def test_the_shape_is_of_requests_alone() -> None:
    changed = parsed_manifest(horizon_seconds=1, threshold=0.9)
    assert shape(changed) == shape(parsed_manifest())
    assert shape(other()) != shape(parsed_manifest())
    nullable = [{**c, "nullable": True} for c in json.loads(canonical_json(FIELDS))]
    assert shape(parsed_manifest(request=nullable)) != shape(parsed_manifest())


FIELDS = [
    {"name": column.name, "dtype": column.dtype, "nullable": column.nullable}
    for column in parsed_manifest().request
]
