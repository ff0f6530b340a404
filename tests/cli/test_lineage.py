"""`mlcycle lineage` on the example."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlcycle.cli.exits import Exit
from mlcycle.cli.main import status_of
from tests.support.project import sliced_project


@pytest.fixture(autouse=True)
def project(tmp_path: Path, example_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(sliced_project(tmp_path / "project", flights=100))


def test_it_reads_in_both_directions(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["lineage", "crosses.headwind_miles"]) == Exit.OK
    first, made_of, _, *rows = capsys.readouterr().out.splitlines()
    assert first == (
        "crosses.headwind_miles of flight_delays (specs/flight_delays.yaml):"
        " float64, nullable, known after 30m"
    )
    assert made_of.split() == [
        *("made", "of", "schedule.distance,", "weather_at_origin.wind_speed,"),
        *("flights.distance", "(source),", "weather.wind_speed", "(source)"),
    ]
    assert [row.split() for row in rows] == [
        ["models/late/dataset", "reads", "crosses.headwind_miles"],
        ["models/arrival_delay/dataset", "reads", "crosses.headwind_miles"],
    ]


def test_as_json_it_names_nodes_columns_and_marks(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["lineage", "flights.late", "--json"]) == Exit.OK
    (told,) = json.loads(capsys.readouterr().out)
    assert told["made_of"] == {"sources": ["flights.arrival_delay"], "features": []}
    assert {"node": "flight_delays/models/late/dataset", "column": "label", "use": "label"} in told[
        "goes_into"
    ]
    assert (told["pii"], told["sensitive"]) == (False, False)


def test_a_name_that_is_none_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["lineage", "flights.arival_delay"]) == Exit.WRONG
    said = capsys.readouterr()
    assert "error[MLC846]: no spec has a column or feature `flights.arival_delay`" in said.out + said.err
    assert "did you mean `flights.arrival_delay`?" in said.out + said.err
