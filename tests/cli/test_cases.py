"""`mlcycle test`: the spec's own examples."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from mlcycle.cli.cases import Outcome, plain, run_cases, same, shown
from mlcycle.graph.column import DType
from mlcycle.kinds.interface import SourceKind
from mlcycle.language.kinds import find_kinds
from mlcycle.language.load import load_bytes
from mlcycle.lowering.lower import lower

_SPEC = """mlcycle: 1
sources:
  flights: {{kind: parquet, path: data/flights.parquet, timestamp: departure}}
entities: {{airline: carrier}}
feature_views:
  schedule:
    source: flights
    columns: [carrier, distance]
    features:
      hour: {{kind: timestamp_part, column: departure, part: hour_of_day, timezone: America/New_York}}
      holiday: {{kind: is_holiday, column: departure, country: US, timezone: America/New_York}}
  record:
    source: flights
    entity: airline
    columns: [distance]
  far:
    features:
      half: {{kind: expression, expression: "schedule.distance / 2", dtype: float64}}
tests:
  - {{feature_view: {view}, given: [{given}], expect: [{expect}]}}
"""
_THANKSGIVING = "departure: 2013-11-28T15:00:00Z, carrier: UA, distance: 2565.0"


def _columns(source: SourceKind) -> Mapping[str, DType]:
    return {"departure": "timestamp", "carrier": "string", "distance": "float64"}


def _outcome(view: str, given: str, expect: str) -> Outcome:
    text = _SPEC.format(view=view, given=f"{{{given}}}", expect=f"{{{expect}}}")
    loaded = load_bytes(text.encode(), "specs/p.yaml", find_kinds())
    assert loaded.project is not None, loaded.diagnostics
    return run_cases(lower(loaded, loaded.kinds, _columns))


def test_what_is_expected_passes() -> None:
    outcome = _outcome("schedule", _THANKSGIVING, "hour: 10, holiday: true, carrier: UA, distance: 2565.0")
    assert outcome == Outcome(compared=4, findings=())


def test_a_difference_is_shown_at_its_value() -> None:
    (found,) = _outcome("schedule", _THANKSGIVING, "holiday: true, hour: 15").findings
    assert found.code == "MLC803"
    assert found.message == "`hour` is 10, expected 15"
    assert found.span.end_column - found.span.column == len("15")


def test_what_is_not_given_is_missing() -> None:
    outcome = _outcome("schedule", "carrier: UA", "distance: null, hour: null, holiday: null")
    assert [found.message for found in outcome.findings if "distance" in found.message] == []


def test_features_of_other_views_are_given_by_their_name() -> None:
    assert _outcome("far", "schedule.distance: 10.0", "half: 5.0").findings == ()


def test_an_unknown_feature_gets_a_suggestion() -> None:
    (found,) = _outcome("schedule", _THANKSGIVING, "holliday: true").findings
    assert found.help is not None
    assert "holiday" in found.help


def test_features_that_are_looked_up_cannot_be_tested_by_a_row() -> None:
    (found,) = _outcome("record", _THANKSGIVING, "distance: 1.0").findings
    assert "looked up" in found.message


def test_a_value_of_a_wrong_type_is_a_finding() -> None:
    (found,) = _outcome("schedule", "departure: yesterday", "hour: 1").findings
    assert "does not fit its column" in found.message


@pytest.mark.parametrize(
    ("found", "expected", "equal"),
    [
        (0.1 + 0.2, 0.3, True),
        (1.0, 1, True),
        (1.0, True, False),
        (True, True, True),
        (None, None, True),
        (None, 0, False),
        ("a", "a", True),
        ("2013-01-01T00:00:00", "2013-01-01T00:00:00Z", True),
    ],
)
def test_values_are_compared_by_what_they_mean(found: object, expected: object, equal: bool) -> None:
    assert same(found, expected) is equal


def test_missing_numbers_and_times_are_none() -> None:
    import numpy as np

    assert plain(np.float64("nan"), "float64") is None
    assert plain(np.datetime64("NaT", "us"), "timestamp") is None
    assert shown(None) == "missing"
