"""A world is a folder of its own: the spec, the author's modules, and data as of a moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from mlcycle.diagnostics.diagnostic import Refused
from mlcycle.graph.node import Node
from mlcycle.language.workspace import load_workspace
from mlcycle.projects import compile_specs
from mlcycle.simulation.world import World

SPEC = """\
mlcycle: 1
sources:
  events:
    kind: parquet
    path: data/events.parquet
    timestamp: at
    columns:
      event_id: {unique: true}
      delay: {nullable: true, available_after: 1h}
  places: {kind: csv, path: data/places.csv}
feature_views:
  plain: {source: events, columns: [distance]}
models:
  late:
    task: regression
    label: events.delay
    features: [plain]
    trainer: {kind: python, python: "own.training:fit", seed: 7}
services:
  late_api: {model: late}
"""
NOON = datetime(2013, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An event an hour around noon, and a trainer in modules of the author's own."""
    root = tmp_path / "project"
    for folder in ("specs", "data", "own"):
        (root / folder).mkdir(parents=True)
    (root / "mlcycle.yaml").write_text("mlcycle: 1\n")
    (root / "specs/late.yaml").write_text(SPEC)
    (root / "own/__init__.py").write_text("")
    (root / "own/training.py").write_text(
        "from own.helping import help\n\ndef fit(*args):\n    return help(args)\n"
    )
    (root / "own/helping.py").write_text("def help(args):\n    raise AssertionError('never imported')\n")
    (root / "own/other.py").write_text("secret = 1\n")
    (root / "data/places.csv").write_text("place,miles\nEWR,16\n")
    hours = range(-3, 3)
    pl.DataFrame(
        {
            "event_id": list(hours),
            "at": [NOON + hour * HOUR for hour in hours],
            "distance": [100.0] * 6,
            "delay": [float(hour) for hour in hours],
        }
    ).with_columns(pl.col("at").dt.cast_time_unit("us")).write_parquet(root / "data/events.parquet")
    return root


@pytest.fixture
def world(project: Path, tmp_path: Path) -> World:
    (graph,) = compile_specs(project, ("specs/late.yaml",))
    made = World(graph=graph, original=project, root=tmp_path / "world")
    made.create()
    return made


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_it_has_the_spec_and_the_modules_that_its_work_needs(world: World, project: Path) -> None:
    own = {"own/__init__.py", "own/training.py", "own/helping.py"}
    assert files(world.root) == {"specs/late.yaml", *own}
    assert (world.root / "specs/late.yaml").read_text() == SPEC
    assert (world.root / "own/helping.py").read_text() == (project / "own/helping.py").read_text()


def test_a_file_that_a_step_is_fitted_with_comes_along(project: Path, tmp_path: Path) -> None:
    steps = "    preprocess: [{kind: word_embedding, columns: [where], path: data/vectors.txt}]\n"
    spec = SPEC.replace("columns: [distance]", "columns: [distance, where]").replace(
        "services:", f"{steps}services:"
    )
    (project / "specs/late.yaml").write_text(spec)
    (project / "data/vectors.txt").write_text("newark 0.5 1\n")
    events = pl.read_parquet(project / "data/events.parquet")
    events.with_columns(where=pl.lit("newark")).write_parquet(project / "data/events.parquet")
    (graph,) = compile_specs(project, ("specs/late.yaml",))
    world = World(graph=graph, original=project, root=tmp_path / "world")
    world.create()
    assert (world.root / "data/vectors.txt").read_text() == "newark 0.5 1\n"


def test_what_an_earlier_simulation_left_is_gone(world: World) -> None:
    (world.root / ".mlcycle").mkdir()
    (world.root / ".mlcycle/state.db").write_text("")
    world.create()
    assert not (world.root / ".mlcycle").exists()


def test_its_sources_are_those_of_the_moment(world: World, project: Path) -> None:
    before = files(project)
    world.move_to(NOON)
    events = pl.read_parquet(world.root / "data/events.parquet")
    assert events["event_id"].to_list() == [-3, -2, -1, 0]
    assert events["delay"].to_list() == [-3.0, -2.0, -1.0, None]
    assert (world.root / "data/places.csv").read_text() == "place,miles\nEWR,16\n"
    world.move_to(NOON + 9 * HOUR)
    again = pl.read_parquet(world.root / "data/events.parquet")
    assert again.equals(pl.read_parquet(project / "data/events.parquet"))
    assert files(project) == before, "the project itself is read only"
    assert {name for name in files(world.root) if name.startswith("data")} == {
        "data/events.parquet",
        "data/places.csv",
    }


def test_every_command_finds_its_now_and_its_origin(world: World) -> None:
    world.move_to(NOON)
    place = load_workspace(world.root).environment("local")
    assert (place.name, place.origin) == ("local", "simulation")
    assert datetime.fromisoformat(place.now) == NOON
    told = world.environment(NOON)
    assert (told.name, told.now, told.origin) == (place.name, NOON.isoformat(), "simulation")


def test_a_source_of_several_files_has_no_way_back(world: World) -> None:
    def several(node: Node) -> Node:
        return replace(node, observes=("files:data/*.parquet",)) if node.name.endswith("/events") else node

    graph = replace(world.graph, nodes=tuple(several(node) for node in world.graph.nodes))
    with pytest.raises(Refused, match="MLC770"):
        replace(world, graph=graph).move_to(NOON)


def test_a_source_without_a_way_back_is_refused(world: World) -> None:
    """Its kind reads by code that cannot write what it read (MLC770)."""

    def without(node: Node) -> Node:
        if node.name != "late/sources/events":
            return node
        read = replace(node.steps[0], work="tests.simulation.test_world:read")
        return replace(node, config={**node.config, "kind": "lake"}, steps=(read, *node.steps[1:]))

    graph = replace(world.graph, nodes=tuple(without(node) for node in world.graph.nodes))
    with pytest.raises(Refused) as refused:
        replace(world, graph=graph).move_to(NOON)
    (found,) = refused.value.diagnostics
    assert (found.code, found.message, found.help) == (
        "MLC770",
        "a source of kind `lake` over `data/events.parquet` cannot be set back to an earlier moment",
        "simulate over one `csv` or `parquet` file of the same data",
    )
    assert (found.span.file, found.span.line) == ("specs/late.yaml", 3)
    assert not (world.root / "data/events.parquet").exists()


DATABASE = """\
mlcycle: 1
sources:
  orders:
    kind: sql
    database: sqlite:///shop.db
    query: SELECT id, placed_at FROM orders
    timestamp: placed_at
    columns: {id: {dtype: int64}, placed_at: {dtype: timestamp}}
"""


@pytest.mark.parametrize("partitions", ["", "    partitions: {every: day, start: 2020-01-01}\n"])
def test_a_database_has_no_way_back(tmp_path: Path, partitions: str) -> None:
    (tmp_path / "shop.yaml").write_text(DATABASE + partitions)
    (tmp_path / "mlcycle.yaml").write_text("mlcycle: 1\n")
    (graph,) = compile_specs(tmp_path, ("shop.yaml",))
    world = World(graph=graph, original=tmp_path, root=tmp_path / "world")
    world.create()
    with pytest.raises(Refused) as refused:
        world.move_to(NOON)
    (found,) = refused.value.diagnostics
    assert (found.code, found.span.line) == ("MLC770", 3)
    assert found.message.startswith("a source of kind `sql`")
    assert "cannot be set back to an earlier moment" in found.message


@pytest.mark.parametrize("more", ["", "\n    created_timestamp: at"])
def test_a_source_that_is_read_by_partitions_is_that_of_the_moment_too(
    project: Path, tmp_path: Path, more: str
) -> None:
    """What reading adds to the table is in no file, and nothing of later is copied beforehand."""
    cut = "timestamp: at\n    partitions: {every: day, start: 2013-05-01}" + more
    (project / "specs/late.yaml").write_text(SPEC.replace("timestamp: at", cut))
    (graph,) = compile_specs(project, ("specs/late.yaml",))
    world = World(graph=graph, original=project, root=tmp_path / "world")
    world.create()
    assert not (world.root / "data").exists()
    world.move_to(NOON)
    events = pl.read_parquet(world.root / "data/events.parquet")
    assert events.columns == ["event_id", "at", "distance", "delay"]
    assert events["event_id"].to_list() == [-3, -2, -1, 0]
    assert events["delay"].to_list() == [-3.0, -2.0, -1.0, None]
