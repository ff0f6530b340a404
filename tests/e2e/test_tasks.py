"""Two projects in one root: regression, several classes, a population, own code, no time, state of their own.

Names, values and texts are such as SQL, YAML, Markdown or a shell could read for something else.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from mlcycle import composition
from mlcycle.engine.events import silent
from mlcycle.engine.selection import Options
from mlcycle.kinds.packages.examples import rows as request_rows
from mlcycle.language.workspace import Environment, load_workspace
from mlcycle.projects import compile_specs
from mlcycle.serving.records import PREDICTIONS
from mlcycle.steps.manifest import PackageError
from mlcycle.steps.package import load
from mlcycle.store.result import Result
from tests.support.command import mlcycle
from tests.support.january import AIRPORT, CARRIERS, MILES, two_projects
from tests.support.prediction_log import records, write

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("tasks")]

JANUARY, PLANES = "specs/january.yaml", "specs/planes.yaml"
PLANTED = {f"PLANTED_{number}": f"planted-{number}-7c1d" for number in range(11)}


@dataclass(frozen=True)
class Root:
    """Both projects after their runs, and what the commands said."""

    path: Path
    said: tuple[str, ...]

    def environment(self) -> Environment:
        return load_workspace(self.path).environment("fixed")

    def results(self, spec: str) -> Mapping[str, Result]:
        (graph,) = compile_specs(self.path, (spec,))
        found = composition.latest(graph, self.environment(), root=self.path)
        return {result.node.partition("/")[2]: result for result in found}

    def todo(self, spec: str) -> set[str]:
        """The nodes that a run would build, without their project's name."""
        (graph,) = compile_specs(self.path, (spec,))
        plan = composition.plan(graph, self.environment(), root=self.path, options=Options())
        return {name.partition("/")[2] for name in plan.todo}

    def file(self, result: Result) -> Path:
        return self.path / ".mlcycle/fixed/artifacts" / result.path


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, example_data: Path) -> Iterator[Root]:
    path = two_projects(tmp_path_factory.mktemp("tasks") / "root")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in PLANTED.items():
            patch.setenv(name, value)
        said = []
        for spec in (JANUARY, PLANES):
            done = mlcycle(path, "run", spec, "--env", "fixed")
            assert done.returncode == 0, done.stdout + done.stderr
            said.append(done.stdout + done.stderr)
        yield Root(path=path, said=tuple(said))


@pytest.mark.parametrize(
    ("spec", "services"), [(JANUARY, ("delay_api", "airport_api")), (PLANES, ("large_api",))]
)
def test_every_task_is_served_as_it_was_trained(root: Root, spec: str, services: tuple[str, ...]) -> None:
    results = root.results(spec)
    for service in services:
        replay = results[f"services/{service}/replay"].figures
        assert replay["rows"] == 100
        assert replay["largest_difference"] <= 1e-5
        assert f"services/{service}/rollout" in results
    looked_up = {name for name in results if name.startswith(("feature_store", "online/"))}
    assert looked_up == ({"feature_store", "online/record"} if spec == JANUARY else set())


def test_a_population_is_trained_judged_and_served(root: Root) -> None:
    """Each airline as of every morning: what is known by then, and the flights of the day from then on."""
    results = root.results(JANUARY)
    made, dataset = results["models/day/rows"], results["models/day/dataset"]
    table = pl.read_parquet(root.file(dataset) / "dataset.parquet")
    flights = pl.read_parquet(root.file(results["sources/flights"]) / "data.parquet")
    now = datetime(2013, 2, 1, tzinfo=UTC)  # which a flight of 2014 is beyond
    for row in table.sample(40, seed=1).iter_rows(named=True):
        own = flights.filter(pl.col("carrier") == row["request.carrier"])
        at, day = row["predict_at"], timedelta(days=1)
        later = own.filter(pl.col("scheduled_departure").is_between(at, at + day, closed="left"))
        known = own.filter(pl.col("scheduled_departure").is_between(at - 8 * day, at - day, closed="right"))
        label = later["arrival_delay"].mean() if at + 2 * day <= now else None
        assert row["label"] == (label if label is None else pytest.approx(label))
        assert row["record.typical"] == pytest.approx(known["arrival_delay"].mean())
        assert at.astimezone(ZoneInfo("America/New_York")).hour == 5
    assert made.figures["keys"] == flights["carrier"].n_unique()
    assert dataset.figures["filtered_out"] > 0
    assert made.figures["rows"] == dataset.figures["rows"] + dataset.figures["filtered_out"]
    scored = results["services/day_api/predictions"].figures
    assert 0 < made.figures["window_not_over"] <= scored["unlabelled"] < scored["rows"]
    assert [check.verdict for check in results["models/day/evaluation"].checks] == ["pass"]
    replay = results["services/day_api/replay"].figures
    assert replay["rows"] >= 40
    assert replay["largest_difference"] <= 1e-5
    assert "services/day_api/rollout" in results


def test_rows_that_are_not_used_are_counted_where_people_look(root: Root) -> None:
    said = root.said[0]
    assert re.search(r"rows +[\d,]+ rows, \d+ of windows that are not over", said)
    assert re.search(r"dataset +[\d,]+ rows, \d+ without a label, \d+ filtered out", said)
    results = root.results(JANUARY)
    card = (root.file(results["models/day/card"]) / "model_card.md").read_text()
    for fact in (
        "mean of flights.arrival\\_delay in the 24h from",
        "each airline known by then, as of 0 5",
        "typical IS NOT NULL",
        f"{results['models/day/dataset'].figures['filtered_out']} rows left out by the model's filter",
    ):
        assert fact in card
    weighted = (root.file(results["models/delay/card"]) / "model_card.md").read_text()
    assert "| training rows weigh | flight\\_number |" in weighted
    predicted = (root.file(results["models/airport/card"]) / "model_card.md").read_text()
    assert "| predicted at | the time in scheduled\\_departure |" in predicted


def test_the_models_learned_something(root: Root) -> None:
    airport = root.results(JANUARY)["models/airport/dataset"].figures
    assert airport["classes"] == ["EWR", "JFK", "LGA"]
    (gate,) = root.results(JANUARY)["models/airport/evaluation"].checks
    assert gate.figure is not None
    assert gate.figure > 0.6  # of three
    large = root.results(PLANES)["models/large/training"].figures["metrics"]
    assert large["validation"]["roc_auc"] > 0.9
    own = root.results(JANUARY)["models/plain/training"].figures["metrics"]["validation"]
    assert 0 < own["root_mean_squared_error"] < 100


def test_names_and_values_come_through_as_they_are(root: Root) -> None:
    manifest = json.loads(
        (root.file(root.results(JANUARY)["models/delay/package"]) / "package/manifest.json").read_text()
    )
    assert {AIRPORT, MILES} <= {column["name"] for column in manifest["request"]}
    table = pl.read_parquet(root.file(root.results(JANUARY)["sources/flights"]) / "data.parquet")
    assert set(CARRIERS.values()) <= set(table["carrier"])
    assert 4 not in set(table["scheduled_departure"].dt.hour())  # the author's own step


def test_a_fixed_now_is_in_no_data_and_state_lies_where_it_was_told(root: Root) -> None:
    assert (root.path / ".mlcycle/fixed/state.db").is_file()
    assert not (root.path / ".mlcycle/state.db").exists()
    assert not (root.path / ".mlcycle/mlflow.db").exists()


def test_a_second_run_has_nothing_to_do(root: Root) -> None:
    assert root.todo(JANUARY) == set()
    assert root.todo(PLANES) == set()


@pytest.mark.parametrize(
    ("spec", "old", "new", "touched"),
    [
        (JANUARY, "params: {max_depth: 4}", "params: {max_depth: 5}", {"models/delay", "services/delay_api"}),
        (JANUARY, "scale: 0.5", "scale: 0.6", {"models/plain"}),
        (JANUARY, "accuracy, min: 0.3", "accuracy, min: 0.2", {"models/airport", "services/airport_api"}),
        (JANUARY, "replay: {rows: 100}, batch", "replay: {rows: 90}, batch", {"services/airport_api"}),
        (PLANES, "rounds: 20", "rounds: 21", set()),
    ],
)
def test_changing_one_model_leaves_the_others_alone(
    root: Root, spec: str, old: str, new: str, touched: set[str]
) -> None:
    file = root.path / spec
    text = file.read_text()
    assert old in text
    try:
        file.write_text(text.replace(old, new))
        todo = root.todo(JANUARY)
    finally:
        file.write_text(text)
    assert {"/".join(name.split("/")[:2]) for name in todo} == touched


def test_changing_own_code_builds_what_it_makes(root: Root) -> None:
    file = root.path / "own/training.py"
    text = file.read_text()
    try:
        file.write_text(text.replace('"line"', '"a line"'))
        assert {name.rpartition("/")[0] for name in root.todo(JANUARY)} == {"models/plain"}
    finally:
        file.write_text(text)


def test_a_sample_and_a_selection_touch_no_result_of_the_whole(root: Root) -> None:
    before = {name: result.identity for name, result in root.results(JANUARY).items()}
    done = mlcycle(
        root.path,
        "run",
        JANUARY,
        "--env",
        "fixed",
        "--sample",
        "0.1",
        "--until",
        "airport/split",
        "--no-summary",
    )
    assert done.returncode == 0, done.stderr
    assert "3 nodes" in done.stderr
    assert {name: result.identity for name, result in root.results(JANUARY).items()} == before
    forced = mlcycle(
        root.path, "run", JANUARY, "--env", "fixed", "--select", "airport/split", "--force", "--no-summary"
    )
    assert forced.returncode == 0, forced.stderr
    assert "1 node" in forced.stderr
    assert {name: result.identity for name, result in root.results(JANUARY).items()} == before


def test_the_service_asks_for_its_key_and_answers(root: Root) -> None:
    row = {
        "carrier": CARRIERS["UA"],
        MILES: 1400.0,
        "flight_number": 15,
        "scheduled_departure": "2013-01-31T12:00:00Z",
    }
    done = mlcycle(root.path, "predict", "airport_api", json.dumps(row), "--env", "fixed")
    assert done.returncode == 0, done.stdout + done.stderr
    (prediction,) = json.loads(done.stdout)["predictions"]
    assert sum(prediction["score"].values()) == pytest.approx(1, abs=1e-5)
    assert prediction["decision"] in ("EWR", "JFK", "LGA")


def test_no_secret_is_written_anywhere(root: Root) -> None:
    """Every planted value is of a variable that some text of the spec names; one is the service's key."""
    text = (root.path / JANUARY).read_text() + (root.path / "mlcycle.yaml").read_text() + str(CARRIERS)
    assert all(name in text for name in PLANTED)
    holders = [
        str(file)
        for file in root.path.rglob("*")
        if file.is_file() and any(value.encode() in file.read_bytes() for value in PLANTED.values())
    ]
    assert holders == []
    assert not [value for value in PLANTED.values() if any(value in said for said in root.said)]


def test_no_file_is_a_pickle(root: Root) -> None:
    """Protocol 2 and above begin with 0x80 and their number; zip files hold none either."""
    files = [file for file in root.path.rglob("*") if file.is_file()]
    assert len(files) > 100
    heads = {file: file.read_bytes()[:2] for file in files}
    assert not [
        file for file, head in heads.items() if len(head) == 2 and head[0] == 0x80 and 2 <= head[1] <= 5
    ]
    assert not [file for file in files if file.suffix in (".pkl", ".pickle", ".joblib", ".pt")]


def test_the_card_has_the_outline_that_its_texts_wanted_to_change(root: Root) -> None:
    from markdown_it import MarkdownIt

    card = (root.file(root.results(JANUARY)["models/delay/card"]) / "model_card.md").read_text()
    tokens = MarkdownIt("commonmark").enable("table").parse(card)
    inline = [child for token in tokens for child in token.children or ()]
    assert not [
        token for token in (*tokens, *inline) if token.type in ("html_block", "html_inline", "link_open")
    ]
    headings = [tokens[i + 1].content for i, token in enumerate(tokens) if token.type == "heading_open"]
    assert "Passed" not in headings
    assert "not a heading" not in " ".join(headings)


def test_what_was_predicted_is_judged_by_later_events_with_nobody_telling(root: Root) -> None:
    """The last ten days of the log: a label for each row whose day is over, that of the rows of training."""
    results = root.results(JANUARY)
    assert results["monitors/days"].figures["rows"] == 0
    dataset = pl.read_parquet(root.file(results["models/day/dataset"]) / "dataset.parquet")
    asked = dataset.filter(pl.col("predict_at") >= datetime(2013, 1, 22, tzinfo=UTC))
    package = load(
        root.file(results["models/day/package"]) / "package", results["models/day/package"].data_version
    )
    (graph,) = compile_specs(root.path, (JANUARY,))
    config = graph[f"{graph.project}/models/day/dataset"].config
    log = root.path / ".mlcycle/fixed/bentoml/predictions" / f"{graph.project}.day_api"
    write(log, PREDICTIONS, records(package, asked, config))
    options = Options(select=(f"{graph.project}/monitors/days",))
    composition.run(
        graph, root.environment(), root=root.path, options=options, command="test", progress=silent
    )
    watched = root.results(JANUARY)["monitors/days"]
    shown = json.loads((root.file(watched) / "monitor.json").read_text())
    until = datetime.fromisoformat(shown["until"])
    scores = package.score(package.columns(request_rows(asked, config)))
    missed = asked.with_columns(missed=(pl.col("label") - pl.Series(scores)).abs())
    over = pl.col("predict_at") <= until - timedelta(days=2)
    assert [chunk["labelled"] > 0 for chunk in shown["chunks"]] == [True] * 4 + [False]
    for chunk in shown["chunks"]:
        start, end = (datetime.fromisoformat(chunk[name]) for name in ("start", "end"))
        rows = missed.filter(pl.col("predict_at").is_between(start, end, closed="left"))
        told = rows.filter(over).get_column("missed").drop_nulls()
        assert (chunk["rows"], chunk["labelled"]) == (rows.height, told.len())
        (check,) = chunk["checks"]
        assert check["figure"] == (pytest.approx(told.mean()) if told.len() >= 20 else None)


@pytest.mark.parametrize(
    "name", ["model.onnx", "model.ubj", "preprocess.onnx", "examples.json", "manifest.json"]
)
def test_a_flipped_bit_is_refused(root: Root, tmp_path: Path, name: str) -> None:
    result = root.results(JANUARY)["models/delay/package"]
    shutil.copytree(root.file(result) / "package", tmp_path / "package")
    load(tmp_path / "package", result.data_version)
    damaged = bytearray((tmp_path / "package" / name).read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / "package" / name).write_bytes(damaged)
    with pytest.raises(PackageError):
        load(tmp_path / "package", result.data_version)
