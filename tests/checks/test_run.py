"""All checks in one run: everything at once, in order of place, quickly, and without heavy libraries."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlcycle.checks.run import check
from mlcycle.language.kinds import find_kinds
from mlcycle.language.load import load_bytes
from tests.support.graphs import EXAMPLE, checked, codes, spec_text

MANY = """mlcycle: 1
sources:
  flights:
    kind: parquet
    path: data/flights.parquet
    timestamp: scheduled_departure
    clean: [{kind: drop_nulls, columns: [arival_delay, arrival_delay]}]
    derive: {late: {expression: "arrival_delay >= '15'"}}
    columns: {arrival_delay: {nullable: true, available_after: 24h}}
entities: {airport: origin}
feature_views:
  schedule: {source: flight, columns: [distance]}
  times: {source: flights, columns: [scheduled_departure, arrival_delay]}
  record: {source: flights, entity: airport, features: {n: {kind: aggregation, function: count, window: 7d}}}
models:
  late:
    task: regression
    label: flights.arrival_delay
    horizon: 2h
    features: [schedule, times, record, nothing]
    split: {kind: time, gap: 0d}
    gates: [{kind: metric, metric: roc_auc, min: 2}]
services:
  api: {model: later}
"""


def test_everything_at_once_in_order_of_place() -> None:
    graph, findings = checked(MANY)
    assert graph is None
    assert [finding.code for finding in findings] == [
        "MLC301",  # arival_delay
        "MLC403",  # the count reads rows that are dropped late
        "MLC404",  # and so does the model
        "MLC337",  # a number compared with a text
        "MLC201",  # flight
        "MLC307",  # a timestamp as a feature
        "MLC401",  # arrival_delay as a feature
        "MLC203",  # nothing
        "MLC408",  # no gap
        "MLC502",  # roc_auc of a regression
        "MLC505",  # of more than 1
        "MLC204",  # later
    ]
    assert list(findings) == sorted(findings, key=lambda finding: finding.order)


def test_what_is_broken_once_is_said_once() -> None:
    """An unknown source or a broken expression makes no second finding where it is used."""
    text = MANY.replace("columns: [arival_delay, arrival_delay]", "columns: tail_number")
    text = text.replace("label: flights.arrival_delay", "label: flights.late").replace(
        "regression", "binary_classification"
    )
    assert codes(text).count("MLC337") == 1
    assert not {"MLC301", "MLC206", "MLC309"} & set(codes(text))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("distance]\n", "distnce]\n", "MLC301"),
        ("source: weather", "source: wether", "MLC201"),
        ('"weather_at_origin.wind_speed *', '"crosses.headwind_miles *', "MLC208"),
        ("arrival_delay >= 15", "arival_delay >= 15", "MLC336"),
        ("airport: origin", "airport: origen", "MLC301"),
    ],
)
def test_one_mistake_is_one_finding(repository: Path, old: str, new: str, code: str) -> None:
    text = spec_text(repository)
    assert old in text
    found = {finding.code for finding in checked(text.replace(old, new, 1), "specs/flight_delays.yaml")[1]}
    assert found == {code}


def test_a_missing_file_is_a_warning_and_nothing_else(repository: Path) -> None:
    text = spec_text(repository).replace("data/weather.parquet", "data/wetter.parquet")
    graph, findings = checked(text, "specs/flight_delays.yaml")
    assert [(finding.code, finding.severity) for finding in findings] == [("MLC211", "warning")]
    assert graph is not None


def test_a_mistake_in_a_shared_view_is_said_once(repository: Path) -> None:
    text = spec_text(repository).replace("[carrier, destination, distance]", "[departure_delay]")
    early = "early: {task: binary_classification, label: flights.late, horizon: 2h, features: [schedule]}"
    text = text.replace("\nservices:", f"\n  {early}\n\nservices:")
    found = [finding for finding in checked(text, "specs/flight_delays.yaml")[1] if finding.code == "MLC401"]
    assert len({(finding.span, finding.message) for finding in found}) == len(found)


@pytest.mark.slow
def test_a_hundred_specs_like_the_example_in_three_seconds(repository: Path) -> None:
    text, kinds = spec_text(repository).encode(), find_kinds(outside=())
    check(load_bytes(text, "specs/flight_delays.yaml", kinds), kinds, EXAMPLE)

    def twenty() -> float:
        start = time.process_time()
        for _ in range(20):
            check(load_bytes(text, "specs/flight_delays.yaml", kinds), kinds, EXAMPLE)
        return time.process_time() - start

    assert 5 * min(twenty() for _ in range(5)) < 3


HEAVY = {
    *("polars", "duckdb", "pandas", "pyarrow", "numpy", "sklearn", "onnx", "onnxruntime", "xgboost"),
    *("mlflow", "feast", "dagster", "bentoml", "holidays", "sqlalchemy", "matplotlib"),
}

PROGRAM = """
import sys
from pathlib import Path
import pytest

from mlcycle.checks.run import check
from mlcycle.language.kinds import find_kinds
from mlcycle.language.load import load_spec
from mlcycle.lowering.schemas import FileSchemas
root, kinds = Path(sys.argv[1]), find_kinds()
graph, _ = check(load_spec(root, sys.argv[2], kinds), kinds, FileSchemas(root, Path(sys.argv[3])))
assert graph is not None
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def _imported(root: Path, spec: str, state: Path) -> set[str]:
    command = [sys.executable, "-c", PROGRAM, str(root), spec, str(state)]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


@pytest.mark.slow
def test_checking_loads_no_heavy_library(example_data: Path, repository: Path, tmp_path: Path) -> None:
    assert not _imported(repository, "specs/flight_delays.yaml", tmp_path) & HEAVY


def test_checking_without_sql_loads_no_sql_parser(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("id,x,price\n1,2.0,3.0\n")
    (tmp_path / "shop.yaml").write_text(
        "mlcycle: 1\nsources:\n  a: {kind: csv, path: data/a.csv}\n"
        "feature_views:\n  v: {source: a, columns: [x]}\n"
        "models:\n  m: {task: regression, label: a.price, features: [v]}\n"
    )
    assert not _imported(tmp_path, "shop.yaml", tmp_path / "state") & {"sqlglot", *HEAVY}


ADDED = """mlcycle: 1
sources:
  flights:
    kind: parquet
    path: data/flights.parquet
    timestamp: scheduled_departure
    clean: [{python: "shop.cleaning:fix", adds_columns: {twin: float64, group: string}}]
    columns:
      arrival_delay: {nullable: true, available_after: 24h}
      twin: {nullable: true, available_after: 24h}
      group: {sensitive: true}
feature_views: {schedule: {source: flights, columns: [distance, twin, group]}}
models:
  delay: {task: regression, label: flights.arrival_delay, horizon: 2h, features: [schedule]}
"""


def test_columns_of_own_code_are_as_late_and_as_sensitive_as_declared() -> None:
    assert codes(ADDED) == ["MLC401", "MLC420"]
    again = ADDED.replace("{twin: float64, group: string}", "{departure_delay: float64}")
    again = again.replace("twin", "departure_delay").replace("group", "carrier")
    assert codes(again) == ["MLC401", "MLC420"]


PREDICTED_AT = """mlcycle: 1
sources:
  flights:
    kind: parquet
    path: data/flights.parquet
    timestamp: scheduled_departure
    derive: {late: {expression: "arrival_delay >= 15"}, asked: {expression: "scheduled_departure"}}
    columns:
      arrival_delay: {nullable: true, available_after: 24h}
      departure_delay: {nullable: true, available_after: 0s}
entities: {airline: carrier}
feature_views:
  schedule: {source: flights, columns: [distance, departure_delay]}
  record: {source: flights, entity: airline, features: {late: {kind: lag, column: late, rows: 1}}}
models:
  late: {task: binary_classification, label: flights.late, predict_at: asked, features: [schedule, record]}
"""


def test_a_time_of_its_own_is_not_the_event() -> None:
    """With `predict_at` a column known at the event is late, and what depends on rows is left to the run."""
    assert codes(PREDICTED_AT) == ["MLC401"]
    graph, findings = checked(PREDICTED_AT.replace("[distance, departure_delay]", "[distance]"))
    assert not findings
    assert graph is not None
    assert graph["shop/models/late/dataset"].config["label_known_after_seconds"] == 24 * 3600
    split = graph["shop/models/late/split"].steps[0].config
    assert (split["gap_seconds"], split["gap_ends_at"]) == (24 * 3600, "predict_at")


def test_an_undeclared_label_in_the_features_stays_an_error_with_a_time_of_its_own() -> None:
    text = PREDICTED_AT.replace("arrival_delay: {nullable: true, available_after: 24h}", "carrier: {}")
    assert "MLC405" in codes(text)


LEAK = """mlcycle: 1
sources:
  flights:
    kind: parquet
    path: data/flights.parquet
    timestamp: scheduled_departure
    derive:
      late: {expression: "arrival_delay >= 15"}
      made_up: {expression: "departure_delay - arrival_delay"}
    columns: {carrier: {}}
entities: {airline: carrier}
feature_views:
  schedule: {source: flights, columns: [distance]}
  record: {source: flights, entity: airline, features: {made_up: {kind: lag, column: made_up, rows: 1}}}
models:
  late: {task: binary_classification, label: flights.late, features: [schedule]}
"""


def test_the_label_is_told_by_its_column_alone_too() -> None:
    assert codes(LEAK.replace("columns: [distance]", "columns: [arrival_delay]")) == ["MLC402"]


def test_the_label_together_with_another_column_is_still_the_label() -> None:
    assert codes(LEAK.replace("features: [schedule]", "features: [schedule, record]")) == ["MLC405"]


def test_dropped_rows_may_be_counted_by_what_is_known_no_earlier() -> None:
    """Rule 6: rows dropped by a value known after 24h, under a feature that waits 24h for its own."""
    text = LEAK.replace("columns: {carrier: {}}", "columns: {arrival_delay: {available_after: 24h}}")
    text = text.replace("    derive:", "    clean: [{kind: drop_nulls, columns: arrival_delay}]\n    derive:")
    view = "features: [schedule, record]"
    assert codes(text.replace("features: [schedule]", view)) == ["MLC404"]
    assert codes(text.replace("column: made_up", "column: departure_delay")) == ["MLC403", "MLC404"]
