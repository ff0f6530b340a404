"""The data sheet of a model's dataset: sides, labels, groups, and what was left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlcycle.kinds.sheets.balance import sides
from mlcycle.kinds.sheets.personal import Personal
from tests.support.read import Reading

pytestmark = pytest.mark.slow

SPEC = """  visits:
    kind: csv
    path: visits.csv
    timestamp: at
    sheet: {license: MIT, citation: "Us (2024)", consent: Asked.}
    columns:
      id: {unique: true}
      city: {sensitive: true}
      mail: {pii: true}
      stay: {nullable: true, available_after: 1d}
    derive:
      long: {expression: "stay > 30", dtype: bool}
  places: {kind: csv, path: places.csv}
feature_views:
  visit:
    source: visits
    columns: [weight, mail]
models:
  long:
    task: binary_classification
    label: visits.long
    horizon: 2h
    features: [visit]
    filter: weight < 90 AND mail <> 'planted@example.com'
    split: {kind: time, train: 0.6, validation: 0.2, test: 0.2, gap: 26h}
    gates: [{kind: fairness, metric: demographic_parity_difference, by: [city], max: 0.5}]
    sheet: {purpose: Rooms., not_for: [people]}
"""
PARTS = ("sources/visits", "models/long/dataset", "models/long/split", "models/long/sheet")


def _line(n: int) -> str:
    city = "Ulm" if n % 3 else "Rome" if n > 9 else "Oslo"
    stay = "" if n % 10 == 7 else str(n % 60)
    weight = 95 if n in (5, 6) else 40 + n % 30
    return f"{n},2024-01-{1 + n // 4:02}T0{n % 4}:00:00Z,{city},planted{n % 4}@example.com,{weight},{stay}"


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the sheet."""
    root = tmp_path_factory.mktemp("visits")
    reading = Reading(root)
    lines = ["id,at,city,mail,weight,stay", *map(_line, range(100))]
    (root / "visits.csv").write_text("\n".join(lines) + "\n")
    (root / "places.csv").write_text("id\n1\n")
    reading.write(SPEC)
    ran = [reading.run(part) for part in PARTS]
    assert ran[-1].result is not None
    return root / ".mlcycle/artifacts" / ran[-1].result.path


def test_it_says_what_is_known_of_the_dataset(sheet: Path) -> None:
    text = (sheet / "data_sheet.md").read_text()
    for expected in (
        "# Data sheet of the dataset of long\n",
        "| rows | 98 |",
        "| licence | not said in the spec |",  # that of its source is not its own
        "| questions answered | 2 of 26 |",
        "**What was it made for?** Rooms.",
        "- people\n",
        "| left out by the filter | 2 |",
        "| without a label | 10 |",
        "| label | visits.long |",
        "| predicted | 2 h before the time of a row |",
        "The split is by \\`time\\`.",
        "| only rows where | not shown: it works on personal data |",
        "| label | rows | share | train | validation | test |",
        "| group | rows | share | train | validation | test | mean label |",
        "| false | 54 | 55.1% |",
        "| true | 34 | 34.7% |",
        "| not known | 10 | 10.2% | 0 | 0 | 0 |",
        "| Ulm | 65 | 66.3% |",
        "| Rome | 30 | 30.6% |",
        "| all others, and not known | 3 | 3.1% | few | 0 | 0 |  |",
        "| label | float64, known 1 d after | 10 (10.2%) |",
        "| visit.mail | string, personal data | none | Personal data: no value, range or count of it",
        "| single feature | ",
        "Drift from train to test",
    ):
        assert expected in text, expected
    assert "Oslo" not in text  # three rows


def test_sources_are_named_with_version_and_licence(sheet: Path) -> None:
    text = (sheet / "data_sheet.md").read_text()
    made_of = text.partition("### What it is made of")[2].partition("###")[0]
    assert "| visits | MIT | Us (2024\\) | " in made_of
    assert "places" not in made_of


def test_nothing_of_a_person_is_in_it(sheet: Path) -> None:
    for file in sheet.iterdir():
        assert "planted" not in file.read_text(), file.name


def test_croissant_has_the_rows_and_their_sides(sheet: Path) -> None:
    document = json.loads((sheet / "croissant.json").read_text())
    assert document["name"] == "shop.long.dataset"
    assert "license" not in document
    assert [file["@id"] for file in document["distribution"]] == ["dataset.parquet", "split.parquet"]
    rows, sides = document["recordSet"]
    assert (rows["key"], sides["key"]) == ({"@id": "rows/row_id"}, {"@id": "sides/row_id"})
    assert [field["name"] for field in sides["field"]] == ["row_id", "side"]
    by = next(field for field in rows["field"] if field["name"] == "by.city")
    assert by["@id"] == "rows/by.city"
    assert by["source"] == {"fileObject": {"@id": "dataset.parquet"}, "extract": {"column": "by.city"}}


def test_a_personal_time_or_label_is_in_no_table_of_sides() -> None:
    side = {"rows": 2, "from": "1931-03-07", "to": "1931-03-08", "label": 0.5}
    held_out = {"from": "1931-03-07", "to": "1931-03-08", "rows": 1}
    fold = {"train": {"rows": 1}, "validation": {"rows": 0}, "gap": 0, "held_out": held_out}
    split = {"train": side, "validation": side, "test": side, "folds": [fold]}
    shown = list(sides({}, split, Personal(frozenset())))
    assert [table.title for table in shown] == ["Sides of the split", "Folds"]
    assert "1931" in repr(shown[0].rows)
    assert "1931" in repr(shown[1].rows)
    hidden = list(sides({}, split, Personal(frozenset({"event_timestamp", "label"}))))
    assert "1931" not in repr(hidden)
    assert hidden[0].columns == ("side", "rows")
