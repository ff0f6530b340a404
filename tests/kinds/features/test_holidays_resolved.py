"""Holidays become days in the program, and days of the right time zone."""

from __future__ import annotations

import json
from datetime import date, timedelta

import numpy as np
import pytest

from mlcycle.graph.expression import parse
from mlcycle.kinds.features.holidays_resolved import resolve, resolve_tree
from mlcycle.steps.program import parse_program, run_program
from mlcycle.task import WorkError


def answers(sql: str, *moments: str) -> list[float]:
    tree = parse(sql, {"t": "timestamp"}).tree
    program = resolve([{"output": "v.h", "dtype": "bool", "expression": tree}])
    assert json.loads(json.dumps(program)) == program
    found: list[float] = run_program(parse_program(program), {"t": np.array(moments, "M8[us]")})[
        "v.h"
    ].tolist()
    return found


def test_thanksgiving_begins_and_ends_at_local_midnight() -> None:
    moments = ("2013-11-28T04:59:59", "2013-11-28T05:00", "2013-11-29T04:59:59", "2013-11-29T05:00")
    assert answers("is_holiday(t, 'US', NULL, 'America/New_York')", *moments) == [0.0, 1.0, 1.0, 0.0]
    assert answers("is_holiday(t, 'US')", *moments) == [1.0, 1.0, 0.0, 0.0]


def test_holidays_of_a_part_of_a_country() -> None:
    epiphany = "2013-01-06T12:00"
    assert answers("is_holiday(t, 'DE', 'BY', 'Europe/Berlin')", epiphany) == [1.0]
    assert answers("is_holiday(t, 'DE', 'BE', 'Europe/Berlin')", epiphany) == [0.0]


def test_a_missing_moment_is_missing_and_far_years_have_none() -> None:
    found = answers("is_holiday(t, 'US')", "NaT", "1985-07-04", "1990-07-04", "2060-07-04", "2061-07-04")
    assert np.isnan(found[0])
    assert found[1:] == [0.0, 1.0, 1.0, 0.0]


def test_calls_inside_other_calls_are_resolved_and_the_rest_stays() -> None:
    tree = parse("CASE WHEN is_holiday(t, 'US') THEN 1 ELSE 0 END", {"t": "timestamp"}).tree
    resolved = resolve_tree(tree)
    (whole, *_), (found, *_) = tree["arguments"], resolved["arguments"]
    condition = found["arguments"][0]
    assert condition["call"] == "is_in_days"
    days = condition["arguments"][1]["literal"]
    assert (date(2013, 7, 4) - date(1970, 1, 1)) // timedelta(days=1) in days
    assert found["arguments"][1:] == whole["arguments"][1:]
    assert resolve_tree(resolved) == resolved


def test_a_country_that_is_not_known() -> None:
    with pytest.raises(WorkError) as caught:
        answers("is_holiday(t, 'XX')", "2013-01-01")
    assert (caught.value.code, caught.value.step) == ("MLC810", "v.h")
