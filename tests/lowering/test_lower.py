"""Lowering: good cases against their expected graphs, and what a change of the spec changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlcycle.graph.node import Graph, Node
from tests.support.graphs import checked, dump, lowered, spec_text

Golden = Callable[[Path, str], None]
GOOD = Path(__file__).resolve().parent.parent / "good"


@pytest.mark.parametrize("path", sorted(GOOD.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_good_spec_lowers_to_this(path: Path, golden: Golden) -> None:
    graph, findings = checked(path.read_text(), f"specs/{path.name}")
    assert findings == ()
    assert graph is not None
    golden(path.with_suffix(".plan"), dump(graph))


def test_the_example_lowers_to_this(repository: Path, golden: Golden) -> None:
    graph, findings = checked(spec_text(repository), "specs/flight_delays.yaml")
    assert findings == ()
    assert graph is not None
    golden(GOOD / "flight_delays.plan", dump(graph))


def test_every_node_follows_what_it_needs(repository: Path) -> None:
    seen: set[str] = set()
    for node in lowered(spec_text(repository), "specs/flight_delays.yaml").graph.nodes:
        assert set(node.upstream) <= seen
        seen.add(node.name)


def _changed(before: Graph, after: Graph) -> set[str]:
    """The nodes whose meaning differs, without their project's name."""
    return {
        node.name.split("/", 1)[1] for node in after.nodes if _meaning(before[node.name]) != _meaning(node)
    }


def _meaning(node: Node) -> object:
    steps = [(step.name, step.work, step.config) for step in node.steps]
    return (node.work, node.config, steps, node.inputs, node.observes)


SECOND = """
  early:
    task: binary_classification
    label: flights.late
    horizon: 1d
    features: [schedule]

services:"""


CARDS = {"models/late/card", "models/arrival_delay/card"}
DATASET_SHEETS = {"models/late/sheet", "models/arrival_delay/sheet"}
SHEETS = {"sheets/flights", "sheets/weather", "sheets/planes", *DATASET_SHEETS}


@pytest.mark.parametrize(
    ("old", "new", "nodes"),
    [
        ("Will a flight out of New York", "Does a flight out of New York", CARDS),
        ("team: operations", "team: planning", CARDS | SHEETS),
        ("An aircraft by its tail number.", "An aircraft.", {"sheets/planes"}),
        ("A flight as it looked", "A flight as one saw it", {"models/late/sheet"}),
        ("Miles between the airports.", "Miles.", {"sheets/flights"} | DATASET_SHEETS | CARDS),
        ("max_value: 6000", "max_value: 7000", {"sources/flights", "sheets/flights"}),
        ("Warn connecting passengers early.", "Warn them.", {"models/late/card"}),
        ("min: 0.66", "min: 0.67", {"models/late/evaluation"}),
        ("max_depth: 6", "max_depth: 5", {"models/late/training"}),
        ("test: 0.2}", "test: 0.20}", set()),
        ("train: 0.7, validation: 0.1", "train: 0.6, validation: 0.2", {"models/late/split"}),
        ("max_rows: 1000", "max_rows: 100", {"services/delays_api/service"}),
        ("window: 7d", "window: 6d", {"features/airline_record"}),
        ("warn_after: 36h", "warn_after: 35h", {"sources/flights"}),
        (
            "horizon: 2h",
            "horizon: 3h",
            {
                *("models/late/dataset", "models/late/split", "models/late/package", "models/late/sheet"),
                "monitors/delays",
            },
        ),
    ],
)
def test_a_change_changes_only_what_it_means(repository: Path, old: str, new: str, nodes: set[str]) -> None:
    text = spec_text(repository)
    assert old in text
    before = lowered(text, "specs/flight_delays.yaml").graph
    after = lowered(text.replace(old, new), "specs/flight_delays.yaml").graph
    assert _changed(before, after) == nodes


@pytest.mark.parametrize("reason", ["", "Some flights are flown twice a day."])
def test_a_reason_for_a_sign_of_leakage_is_news_for_the_card_alone(repository: Path, reason: str) -> None:
    text = spec_text(repository)
    key = "    horizon: 2h\n"
    assert text.count(key) == 1

    def accepting(reason: str) -> Graph:
        accepted = f"    accept: {{repeated_rows: {reason}}}\n" if reason else ""
        return lowered(text.replace(key, key + accepted), "specs/flight_delays.yaml").graph

    after = accepting("They are as alike as days are.")
    assert _changed(accepting(reason), after) == {"models/late/card"}
    assert after["flight_delays/models/late/split"].documentation["accepted"] == {
        "repeated_rows": "They are as alike as days are."
    }


def test_changing_one_model_leaves_the_other_alone(repository: Path) -> None:
    text = spec_text(repository).replace("\nservices:", SECOND)
    before = lowered(text, "specs/flight_delays.yaml").graph
    after = lowered(text.replace("horizon: 1d", "horizon: 2d"), "specs/flight_delays.yaml").graph
    assert {name.split("/")[1] for name in _changed(before, after)} == {"early"}


def test_lineage_goes_from_the_source_column_to_the_feature(repository: Path) -> None:
    resolution = lowered(spec_text(repository), "specs/flight_delays.yaml").resolution
    cross = resolution.views["crosses"].features["headwind_miles"].column
    assert sorted(map(str, cross.lineage)) == ["flights.distance", "weather.wind_speed"]
    rate = resolution.views["airline_record"].features["late_rate_7d"].column
    assert sorted(map(str, rate.lineage)) == ["flights.arrival_delay"]
    assert str(rate.available_after) == "1 day, 0:00:00"


def test_marks_go_on_to_what_is_derived() -> None:
    text = (GOOD / "every_kind.yaml").read_text()
    text = text.replace(
        "long: {kind",
        'named: {kind: expression, expression: "concat(tail_number, origin)"}\n      long: {kind',
    )
    column = lowered(text).resolution.views["schedule"].features["named"].column
    assert (column.pii, column.sensitive) == (True, True)


def test_a_trainer_of_the_authors_own_is_asked_for_onnx_alone(repository: Path) -> None:
    text = spec_text(repository).replace("    packages: [ubj, onnx]\n", "")
    own = text.replace(
        "trainer: {kind: xgboost, seed: 7,", 'trainer: {python: "examples.nycflights:prepare"} #'
    )
    for given, expected in ((text, ["ubj", "onnx"]), (own, ["onnx"])):
        graph = lowered(given, "specs/flight_delays.yaml").graph
        assert graph["flight_delays/models/late/package"].config["packages"] == expected


def test_a_split_with_folds_tells_training_and_evaluation(repository: Path) -> None:
    text = spec_text(repository)
    split = "split: {kind: time, train: 0.7, validation: 0.1, test: 0.2}"
    assert split in text
    folded = text.replace(split, "split: {kind: time_series, folds: 3}", 1)
    graph = lowered(folded, "specs/flight_delays.yaml").graph
    model = "flight_delays/models/late"
    step, declared = graph[f"{model}/split"].steps[0], graph[f"{model}/split"].checks
    assert step.config["gap_seconds"] == 26 * 3600
    assert [check.name for check in declared] == ["single_feature", "repeated_rows", "folds_in_time"]
    assert graph[f"{model}/training"].config["threshold"] == 0.5
    assert graph[f"{model}/evaluation"].inputs["training"] == f"{model}/training"
    before = lowered(text, "specs/flight_delays.yaml").graph
    assert "threshold" not in before[f"{model}/training"].config
    assert "training" not in before[f"{model}/evaluation"].inputs


def test_a_file_that_a_step_is_fitted_with_is_watched_by_the_training() -> None:
    text = (GOOD / "first.yaml").read_text()
    step = "preprocess: [{kind: word_embedding, columns: [carrier], path: data/vectors.txt}]"
    own = text.replace("features: [schedule]}", f"features: [schedule], {step}}}")
    training = next(node for node in lowered(own).graph.nodes if node.kind == "training")
    assert training.observes == ("file:data/vectors.txt",)
    assert next(node for node in lowered(text).graph.nodes if node.kind == "training").observes == ()
