"""Two projects in one root that use what the example does not, over real flights of January and planes."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl

_REPOSITORY = Path(__file__).resolve().parent.parent.parent

#: Names and values that a language, a shell, SQL, YAML, JSON or Markdown could take for something else.
AIRPORT = 'from "where"; DROP'
MILES = "Größe – 距離, `mi` | {x}"
CARRIERS = {
    "UA": "Ünited 'A' \"B\"",
    "B6": "<b>jet</b>, blue",
    "EV": "a|b\\c",
    "DL": "${env:PLANTED_1}",
    "AA": "null",
}

WORKSPACE = """\
mlcycle: 1
environments:
  fixed:
    state: sqlite:///.mlcycle/fixed/state.db
    tracking: sqlite:///.mlcycle/fixed/mlflow.db
    artifacts: .mlcycle/fixed/artifacts
    online_store: .mlcycle/fixed/online.db
    now: 2013-02-01T00:00:00Z
    api_keys: PLANTED_0
"""

JANUARY = """\
mlcycle: 1
description: "${env:PLANTED_2} '''\\"\\"\\" </td><script>alert(1)</script> {{ 7 * 7 }}"
owner: {team: "a, b: ${env:PLANTED_3}", email: team@example.com}
sources:
  flights:
    kind: csv
    path: data/january.csv
    timestamp: scheduled_departure
    description: "# not a heading ${env:PLANTED_4}"
    clean:
      - {python: "own.cleaning.steps:early", params: {hour: 4, text: "${env:PLANTED_5}"}}
    columns:
      flight_id: {unique: true}
      arrival_delay: {nullable: true, available_after: 1d, description: "| a | ${env:PLANTED_6} |"}
entities: {airline: carrier}
feature_views:
  schedule:
    source: flights
    columns: [carrier, @MILES, flight_number]
    features:
      hour: {kind: timestamp_part, column: scheduled_departure, part: hour_of_day}
  place: {source: flights, columns: [@AIRPORT, destination]}
  record:
    source: flights
    entity: airline
    features: {typical: {kind: aggregation, function: mean, column: arrival_delay, window: 7d}}
  calendar: {features: {weekday: {kind: timestamp_part, column: as_of, part: day_of_week}}}
models:
  delay:
    task: regression
    label: flights.arrival_delay
    sample_weight: flight_number
    features: [schedule, place]
    trainer: {kind: xgboost, rounds: 20, params: {max_depth: 4}}
    gates: []
    card:
      intended_use: "${env:PLANTED_7}\\n\\n# Passed\\n\\n| a | b |\\n|---|---|\\n<img src=x onerror=alert(1)>"
      caveats: "`code` [link](javascript:alert(1)) ${env:PLANTED_8}"
  plain:
    extends: delay
    trainer: {python: "own.training:fit", params: {scale: 0.5, text: "${env:PLANTED_9}"}}
  airport:
    task: multiclass_classification
    label: @LABEL
    predict_at: scheduled_departure
    features: [schedule]
    trainer: {kind: xgboost, rounds: 20}
    gates: [{kind: metric, metric: accuracy, min: 0.3}]
  day:
    task: regression
    label: {source: flights, column: arrival_delay, function: mean, window: 1d}
    population: {entity: airline, cron: "0 5 * * *", from: 2013-01-02, timezone: America/New_York}
    features: [record, calendar]
    filter: "typical IS NOT NULL"
    trainer: {kind: xgboost, rounds: 20}
    gates: [{kind: metric, metric: mean_absolute_error, max: 60}]
services:
  day_api: {model: day, replay: {rows: 50}, batch: {every: 1d}, labels: {source: flights}}
  delay_api: {model: delay, replay: {rows: 100}, description: "${env:PLANTED_10}"}
  airport_api: {model: airport, replay: {rows: 100}, batch: {every: 1d}}
monitors:
  days:
    service: day_api
    chunk: {every: 2d, min_rows: 20}
    signals: [{kind: realized_performance, metric: mean_absolute_error, max: 60}]
"""

PLANES = """\
mlcycle: 1
sources:
  planes:
    kind: csv
    path: data/planes.csv
    derive: {large: {expression: "seats > 100", dtype: bool}}
feature_views:
  facts: {source: planes, columns: [manufacture_year, engines, manufacturer]}
models:
  large:
    task: binary_classification
    label: planes.large
    features: [facts]
    trainer: {kind: xgboost, rounds: 20}
services:
  large_api: {model: large, replay: {rows: 100}}
"""

CLEANING = """\
import polars as pl


def early(frame, params):
    return frame.filter(pl.col("scheduled_departure").dt.hour() != params["hour"])
"""

TRAINING = """\
import numpy as np
from onnx import TensorProto, helper

from mlcycle.kinds.trainers.contract import Fitted


def fit(job, config):
    '''A straight line by least squares over what is not missing.'''
    x = np.nan_to_num(job.train.x.astype(np.float64))
    weights = np.linalg.lstsq(x, job.train.y * config["params"]["scale"], rcond=None)[0]
    nodes = [
        helper.make_node("IsNaN", ["x"], ["nan"]),
        helper.make_node("Constant", [], ["zero"], value_float=0.0),
        helper.make_node("Where", ["nan", "zero", "x"], ["known"]),
        helper.make_node("Constant", [], ["w"], value_floats=[float(w) for w in weights]),
        helper.make_node("MatMul", ["known", "w"], ["score"]),
    ]
    graph = helper.make_graph(
        nodes,
        "line",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, len(job.names)])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, [None])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    return Fitted(graph=model.SerializeToString())
"""


def january(count: int) -> pl.DataFrame:
    """About `count` flights of January 2013."""
    flights = pl.read_parquet(_REPOSITORY / "data" / "flights.parquet")
    flights = flights.filter(pl.col("scheduled_departure").dt.month() == 1)
    return flights.gather_every(max(1, flights.height // count))


def two_projects(root: Path) -> Path:
    """Write both projects, their data and the author's own code into `root`; returns it."""
    for folder in ("data", "specs", "own/cleaning"):  # no __init__.py in any of them
        (root / folder).mkdir(parents=True)
    flights = january(5_000).rename({"origin": AIRPORT, "distance": MILES})
    flights.with_columns(pl.col("carrier").replace(CARRIERS)).write_csv(root / "data" / "january.csv")
    shutil.copy(_REPOSITORY / "data" / "planes.csv", root / "data")
    (root / "mlcycle.yaml").write_text(WORKSPACE)
    named = {"@AIRPORT": AIRPORT, "@MILES": MILES, "@LABEL": f"flights.{AIRPORT}"}
    text = JANUARY
    for mark, name in named.items():
        text = text.replace(mark, "'" + name.replace("'", "''") + "'")
    (root / "specs" / "january.yaml").write_text(text)
    (root / "specs" / "planes.yaml").write_text(PLANES)
    (root / "own" / "cleaning" / "steps.py").write_text(CLEANING)
    (root / "own" / "training.py").write_text(TRAINING)
    return root
