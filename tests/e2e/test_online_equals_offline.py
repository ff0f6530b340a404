"""Every view of the example projects, on slices, in every online store: what is read is what is known."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import polars.selectors as cs
import pytest

from mlcycle import composition
from mlcycle.engine.run_node import run_node
from mlcycle.engine.runner import Runner
from mlcycle.engine.selection import Options, chosen
from mlcycle.graph.node import Node
from mlcycle.language.workspace import LOCAL
from mlcycle.projects import compile_specs
from mlcycle.serving import feast_library
from mlcycle.store.result import Result
from tests.support.read import known_code
from tests.support.servers import ONLINE

pytestmark = pytest.mark.slow

#: A spec -> its table, how many of its rows are taken, and the moment that the store is loaded for. The
#: weather ends a day before the flights: at the newest row nothing of it would be known.
SLICES = {
    "flight_delays": ("flights.parquet", 3_000, "2013-12-01T12:00:00+00:00"),
    "employment": ("people.parquet", 6_000, LOCAL.now),
    "mail_triage": ("mails.parquet", 1_500, LOCAL.now),
}


@dataclass(frozen=True)
class Sliced:
    """A project with a slice of its data, and what an environment says of its online store."""

    root: Path
    now: str
    online: str

    def runner(self) -> Runner:
        (spec,) = self.root.glob("specs/*.yaml")
        (graph,) = compile_specs(self.root, (f"specs/{spec.name}",))
        place = replace(LOCAL, now=self.now, online_store=self.online)
        return composition.runner(graph, place, self.root)

    def load(self, kind: str = "online_features") -> dict[str, Result]:
        """The loading of each view, or other nodes of a kind, after a run of nothing but what they need."""
        made = self.runner()
        names = tuple(node.name for node in made.graph.nodes if node.kind == kind)
        with made.opened("a test") as session, known_code(self.root) as code:
            for name in chosen(made.graph, Options(until=names)):
                run_node(replace(session, code=code), made.graph[name])
        return {result.node: result for result in made.results() if result.node in names}


@pytest.fixture(params=ONLINE)
def online(request: pytest.FixtureRequest) -> str:
    url: str = LOCAL.online_store
    return url if request.param == "sqlite" else request.getfixturevalue(f"{request.param}_url")


@pytest.fixture(params=SLICES)
def sliced(
    request: pytest.FixtureRequest, online: str, example_data: Path, repository: Path, tmp_path: Path
) -> Sliced:
    table, rows, now = SLICES[request.param]
    found = Sliced(tmp_path, now, online)
    for folder in ("data", "specs"):
        (tmp_path / folder).mkdir()
    shutil.copy(repository / "specs" / f"{request.param}.yaml", tmp_path / "specs")
    if table == "flights.parquet":
        shutil.copy(example_data / "weather.parquet", tmp_path / "data")
        planes = (example_data / "planes.csv").read_text().splitlines(keepends=True)
        (tmp_path / "data" / "planes.csv").write_text("".join(planes[:300]))
    (tmp_path / "mlcycle.yaml").write_text("mlcycle: 1\nspecs: [specs/*.yaml]\n")
    whole = pl.read_parquet(example_data / table)
    whole.gather_every(whole.height // rows).write_parquet(tmp_path / "data" / table)
    return found


def test_every_view_is_read_as_it_is_known(sliced: Sliced) -> None:
    found = sliced.load()
    made = sliced.runner()
    online = [node for node in made.graph.nodes if node.kind == "online_features"]
    assert online
    for node in online:
        (check,) = found[node.name].checks
        assert (check.name, check.verdict) == ("online_equals_offline", "pass"), check.message
        _read_again(made, node.inputs["table"], found[node.name])


def _read_again(made: Runner, table: str, loaded: Result) -> None:
    """Without the check: what the join gives at the moment of loading is what the store gives."""
    graph, store = made.graph, made.ports.feature_store
    config = graph[table].config
    view, features = config["store_name"], [feature["name"] for feature in config["features"]]
    keys = [key["name"] for key in config["keys"]]
    now = pl.lit(loaded.figures["as_of"]).str.to_datetime(time_unit="us", time_zone="UTC")
    (declared,) = (one for one in store.declared(graph.project) if one.name == view)
    everyone = pl.read_parquet(declared.path).select(keys).unique().sort(keys)
    asked = everyone.with_row_index("row_id").with_columns(pl.col("row_id").cast(pl.Int64), predict_at=now)
    moment = asked.get_column("predict_at")[0]
    offline = store.historical(graph.project, asked, {view: features}).drop("row_id")
    there = store.online(graph.project, {view: features}, everyone, moment).drop(keys)
    assert there.equals(offline)
    assert any(there.get_column(name).is_not_null().any() for name in there.columns), "nothing is known"


@pytest.mark.parametrize("online", ["sqlite"], indirect=True)
def test_feast_gives_every_model_its_whole_dataset(sliced: Sliced) -> None:
    """To a user of Feast who asks for the model's feature service, with the rows as the dataset has them."""
    found = sliced.load("dataset")
    made = sliced.runner()
    assert found
    for name, result in found.items():
        dataset = pl.read_parquet(made.settings.artifacts / result.path / "dataset.parquet")
        asked = _told_by_feast(sliced.root, made.graph[name], dataset)
        names = [feature["name"] for feature in made.graph[name].config["features"]]
        assert asked.select(names).equals(dataset.select(names)), name
        assert asked.select(names).schema == dataset.select(names).schema


def _told_by_feast(root: Path, node: Node, dataset: pl.DataFrame) -> pl.DataFrame:
    """The dataset's rows with what the feature service of its model gives, by the names of the spec."""
    store = feast_library.load().FeatureStore(repo_path=str(root / ".mlcycle" / "feast" / node.group))
    keys = {key for lookup in node.config["lookups"] for key in lookup["keys"]}
    rows = dataset.select(
        "row_id",
        cs.starts_with("request."),
        *(pl.col(f"request.{key}").alias(key) for key in keys),
        event_timestamp="predict_at",
    )
    service = store.get_feature_service(node.name.split("/")[-2])
    found = store.get_historical_features(rows.to_pandas(), service, full_feature_names=True).to_arrow()
    table = pl.DataFrame(pl.from_arrow(found)).sort("row_id")
    return table.rename(lambda name: re.sub("__([0-9a-f]{8}__)?", ".", name, count=1))
