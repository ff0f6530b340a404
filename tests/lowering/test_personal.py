"""What is personal stays personal through every kind, and nothing of it is logged.

A kind that is new is refused here until it has an example.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from mlcycle.graph.column import Column
from mlcycle.language.kinds import find_kinds
from mlcycle.lowering.lower import Lowered
from mlcycle.lowering.served import Served, served
from mlcycle.serving.journal import _rows
from mlcycle.serving.log import encode
from mlcycle.serving.lookups import Looked, Row
from mlcycle.serving.trace import Scored
from tests.support.graphs import lowered
from tests.support.personal import PERSONAL as PERSONAL_INPUTS
from tests.support.personal import PREPROCESS
from tests.support.personal import resolved as preprocessed

PERSONAL = {"carrier", "scheduled_departure", "distance"}
SPEC = """\
mlcycle: 1
sources:
  flights:
    kind: parquet
    path: data/flights.parquet
    timestamp: scheduled_departure
{clean}
    derive: {{late: {{expression: "arrival_delay >= 15"}}, shout: {{expression: "upper({name})"}}}}
    columns:
      flight_id: {{unique: true}}
      {name}: {{pii: true}}
      scheduled_departure: {{pii: true}}
      distance: {{pii: true}}
      arrival_delay: {{nullable: true, available_after: 24h}}
entities: {{aircraft: tail_number}}
feature_views:
  own: {{source: flights, columns: [flight_number]{own}}}
  record:
    source: flights
    entity: aircraft
    features: {{flown: {{kind: lag, column: arrival_delay, rows: 1}}{record}}}
models:
  late: {{task: binary_classification, label: flights.late, horizon: 2h, features: [own, record]}}
services:
  api: {{model: late, labels: {{source: flights, column: late}}}}
"""
#: A feature of each kind over a personal column: of the row itself, and looked up where the kind can be.
OWN = {
    "timestamp_part": "{kind: timestamp_part, column: scheduled_departure, part: hour_of_day, timezone: UTC}",
    "is_holiday": "{kind: is_holiday, column: scheduled_departure, country: US, timezone: UTC}",
    "text_statistics": "{kind: text_statistics, column: carrier, statistic: words}",
    "time_since": "{kind: time_since, column: scheduled_departure, until: scheduled_departure}",
    "expression": '{kind: expression, expression: "upper(carrier)", dtype: string}',
}
LOOKED_UP = {
    **OWN,
    "aggregation": "{kind: aggregation, function: mean, column: distance, window: all}",
    "lag": "{kind: lag, column: carrier, rows: 2}",
    "difference": "{kind: difference, column: distance, rows: 1}",
}
#: A cleaning step of each kind over personal columns, and what the carrier is called after it.
CLEAN = {
    "aggregate": (
        "{kind: aggregate, by: [flight_id, scheduled_departure, tail_number, flight_number, arrival_delay],"
        " columns: {carrier: {function: max, column: carrier}, distance: {function: max, column: distance}}}",
        "carrier",
    ),
    "cast": ("{kind: cast, columns: {distance: int64}, bad_values: 'null'}", "carrier"),
    "clip": ("{kind: clip, columns: [distance], min: 0}", "carrier"),
    "drop_duplicates": ("{kind: drop_duplicates, columns: [carrier]}", "carrier"),
    "drop_nulls": ("{kind: drop_nulls, columns: [carrier]}", "carrier"),
    "drop_outliers": ("{kind: drop_outliers, columns: [distance], min: 0}", "carrier"),
    "fill_nulls": ("{kind: fill_nulls, columns: [carrier], value: XX}", "carrier"),
    "filter": ("{kind: filter, expression: \"carrier <> 'XX'\"}", "carrier"),
    "map_values": ("{kind: map_values, column: carrier, values: {AA: American}}", "carrier"),
    "normalize_text": ("{kind: normalize_text, columns: [carrier]}", "carrier"),
    "python": ("{python: examples.own:clean}", "carrier"),
    "rename": ("{kind: rename, columns: {carrier: airline}}", "airline"),
}
NODES = ("online/record", "models/late/training", "services/api/replay")


def resolved(own: str = "", record: str = "", clean: str = "", name: str = "carrier") -> Lowered:
    steps = f"    clean: [{clean}]" if clean else ""
    text = SPEC.format(
        own=f", features: {{made: {own}}}" if own else "",
        record=f", made: {record}" if record else "",
        clean=steps,
        name=name,
    )
    return lowered(text, "specs/shop.yaml")


def personal(columns: Iterable[Column]) -> list[Column]:
    """Those that are made of a personal column, whatever their marks say."""
    return [one for one in columns if any(ref.column in PERSONAL for ref in one.lineage)]


def kinds(slot: str) -> set[str]:
    return set(find_kinds(outside=()).found[slot])


def test_every_kind_has_an_example() -> None:
    assert set(LOOKED_UP) == kinds("features")
    assert set(CLEAN) == kinds("clean")
    assert set(PREPROCESS) == kinds("preprocess")  # tests/kinds/preprocess/test_personal.py runs them


@pytest.mark.parametrize("kind", OWN)
def test_a_feature_of_the_request_is_computed_and_what_it_is_made_of_is_not_logged(kind: str) -> None:
    found = resolved(own=OWN[kind])
    (made,) = (one for one in found.resolution.models["late"].inputs if one.full_name == "own.made")
    assert made.column.pii
    _nothing_is_logged(found)


@pytest.mark.parametrize("kind", LOOKED_UP)
def test_a_looked_up_feature_is_not_logged(kind: str) -> None:
    found = resolved(record=LOOKED_UP[kind])
    looked_up = found.resolution.models["late"].lookups["record"]
    (made,) = (one.column for one in looked_up if one.full_name == "record.made")
    assert personal([made])
    assert made.pii
    assert "record.made" in _nothing_is_logged(found).redact


@pytest.mark.parametrize("kind", CLEAN)
def test_cleaning_takes_no_mark_away(kind: str) -> None:
    clean, name = CLEAN[kind]
    table = resolved(clean=clean, name=name).resolution.sources["flights"].table
    made = personal(table.columns.values())
    assert {name, "shout", "distance"} <= {one.name for one in made}
    assert [one.name for one in made if not one.pii] == []


@pytest.mark.parametrize("kind", PREPROCESS)
def test_training_is_told_what_is_personal_whatever_becomes_of_it(kind: str) -> None:
    graph = preprocessed(kind).graph
    assert graph["shop/models/late/training"].config["secret"] == list(PERSONAL_INPUTS)
    assert graph["shop/models/late/split"].config["secret_time"] is True


def test_what_shows_values_of_rows_is_told_which_are_personal() -> None:
    record, own = LOOKED_UP["lag"], OWN["expression"]
    text = resolved(own=own, record=record).graph
    config = {name: text[f"shop/{name}"].config.get("secret") for name in NODES}
    assert config == {
        "online/record": ["made"],
        "models/late/training": ["own.made", "record.made"],
        "services/api/replay": None,
    }


def _nothing_is_logged(found: Lowered) -> Served:
    """Ask the log's own code for the record of a row whose personal values are planted."""
    model = found.resolution.models["late"]
    terms = served(found.project.services["api"], model, found.resolution.sources)
    carried = (*model.request, *terms.context)
    looked_up = {view: [one.column for one in features] for view, features in model.lookups.items()}
    assert personal([*carried, *(one for columns in looked_up.values() for one in columns)])
    row = Row(columns=_planted(carried), given={})
    views = {view: [_planted(columns, f"{view}.")] for view, columns in looked_up.items()}
    logged = [column.name for column in carried if column.name not in terms.redact]
    scored = Scored([row], Looked(views=views, stale=[[]], missing=[[]]), [{"score": 0.5, "decision": True}])
    line = encode({"rows": _rows(scored, logged, terms.redact)})
    assert b"PLANTED" not in line
    assert b"harmless" in line
    return terms


def _planted(columns: Iterable[Column], view: str = "") -> dict[str, str]:
    """The values of columns, by their names within the view."""
    columns = tuple(columns)
    names = {one.name for one in personal(columns)}
    return {one.name.removeprefix(view): "PLANTED" if one.name in names else "harmless" for one in columns}
