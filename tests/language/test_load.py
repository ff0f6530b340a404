"""From a file to a project whose every part knows where it was written."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from mlcycle.language.kinds import Kinds, find_kinds
from mlcycle.language.load import load_bytes, load_spec
from mlcycle.language.project import Project
from mlcycle.language.quantities import NEVER

SMALLEST = b"mlcycle: 1\nsources:\n  users: {kind: parquet, path: data/users.parquet}\n"


@pytest.fixture(scope="module")
def kinds() -> Kinds:
    return find_kinds(outside=())


@pytest.fixture(scope="module")
def example(repository: Path, kinds: Kinds) -> Project:
    loaded = load_spec(repository, "specs/flight_delays.yaml", kinds)
    assert loaded.diagnostics == ()
    assert loaded.project is not None
    return loaded.project


def test_the_example(example: Project) -> None:
    flights, late = example.sources["flights"], example.models["late"]
    assert example.name == "flight_delays"
    assert flights.kind == "parquet"
    assert flights.columns["air_time"].available_after == timedelta(hours=24)
    assert flights.derive["late"].dtype == "bool"
    assert example.entities["airport"].key == ("origin",)
    assert example.feature_views["weather_at_origin"].columns is not None
    assert example.feature_views["weather_at_origin"].columns.excluded == ("precipitation",)
    assert late.horizon == timedelta(hours=2)
    assert late.gates is not None
    assert [gate.kind for gate in late.gates] == ["metric", "baseline", "champion", "fairness"]
    assert [gate.severity for gate in late.gates] == ["error", "error", "error", "warn"]
    assert late.packages is not None
    assert [package.kind for package in late.packages] == ["ubj", "onnx"]
    assert example.services["delays_api"].limits is not None
    assert example.services["delays_api"].limits.max_body == 256 * 1024
    assert example.tests[0].given[0]["scheduled_departure"] == "2013-11-28T15:00:00Z"


def test_every_part_knows_its_place(example: Project, repository: Path) -> None:
    rows = (repository / "specs/flight_delays.yaml").read_text().splitlines()
    flights, late = example.sources["flights"], example.models["late"]
    assert late.gates is not None
    assert late.packages is not None
    for place, text in [
        (flights.span(), "flights"),
        (flights.span("path"), "data/flights.parquet"),
        (flights.key_span("path"), "path"),
        (flights.columns["distance"].span(), "distance"),
        (flights.clean[0].span("columns", 0), "flight_id"),
        (late.gates[0].span("min"), "0.66"),
        (late.gates[3].span("by", 0), "origin"),
        (late.packages[1].span(), "onnx"),
        (late.packages[1].span("kind"), "onnx"),
        (late.span("features", 2), "aircraft_facts"),
        (late.key_span("horizon"), "horizon"),
        (example.entities["airline"].span(), "airline"),
        (example.entities["airline"].span("key", 0), "carrier"),
        (example.feature_views["crosses"].features["headwind_miles"].span(), "headwind_miles"),
        (example.span("name"), rows[1]),
    ]:
        shown = rows[place.line - 1][place.column - 1 :]
        assert shown.startswith(text), (place, shown)
        assert place.file == "specs/flight_delays.yaml"


def test_a_default_has_the_place_of_what_it_belongs_to(example: Project) -> None:
    late = example.models["late"]
    assert late.span("decision") == late.span() == late.key_span("decision")


def test_what_is_not_written_is_none_or_empty(kinds: Kinds) -> None:
    project = load_bytes(SMALLEST, "specs/my-shop.yaml", kinds).project
    assert project is not None
    assert project.name == "my_shop"
    users = project.sources["users"]
    assert (users.timestamp, users.freshness, users.clean, users.columns) == (None, None, (), {})
    assert (project.models, project.services, project.tests) == ({}, {}, ())


def test_a_name_wins_over_the_files(kinds: Kinds) -> None:
    project = load_bytes(SMALLEST + b"name: store\n", "My Shop.yaml", kinds).project
    assert project is not None
    assert project.name == "store"


def test_extends_takes_keys_over_and_keeps_their_places(kinds: Kinds) -> None:
    text = SMALLEST + (
        b"models:\n"
        b"  churn:\n    task: binary_classification\n    label: users.churned\n"
        b"    features: [profile]\n    horizon: 1d\n"
        b"  churn_week: {extends: churn, horizon: 7d}\n"
        b"  churn_month: {extends: churn_week, horizon: 4w}\n"
    )
    project = load_bytes(text, "shop.yaml", kinds).project
    assert project is not None
    month = project.models["churn_month"]
    assert (month.label, month.horizon) == ("users.churned", timedelta(weeks=4))
    assert month.span("label").line == 7
    assert month.span("horizon").line == 11


LATER = b"label: {source: users, function: count, window: 7d, entity: user}"
LISTED = b"population: {entity: user, at: [2024-05-01]}"


@pytest.mark.parametrize(
    ("base", "own", "kept"),
    [
        (b"label: users.churned, horizon: 1d", b"predict_at: asked", {"predict_at"}),
        (b"label: users.churned, predict_at: asked", b"horizon: 1d", {"horizon"}),
        (LATER + b", rows: users, horizon: 1d", LISTED, {"population"}),
        (LATER + b", " + LISTED, b"rows: users", {"rows"}),
        (LATER + b", " + LISTED, b"label: users.churned", set()),
        (LATER + b", rows: users, horizon: 1d", b"label: users.churned", {"horizon"}),
    ],
)
def test_a_key_takes_the_place_of_what_does_not_go_with_it(
    kinds: Kinds, base: bytes, own: bytes, kept: set[str]
) -> None:
    text = SMALLEST + (
        b"models:\n  one: {task: regression, features: [profile], " + base + b"}\n"
        b"  other: {extends: one, " + own + b"}\n"
    )
    loaded = load_bytes(text, "shop.yaml", kinds)
    assert loaded.project is not None, loaded.diagnostics
    other = loaded.project.models["other"]
    times = ("rows", "population", "horizon", "predict_at")
    assert {key for key in times if getattr(other, key) is not None} == kept


def test_a_moment_written_in_two_ways_is_the_same(kinds: Kinds) -> None:
    moments = b'population: {entity: user, at: [2024-05-01, "2024-05-01T02:00:00+02:00"]}'
    text = SMALLEST + b"models:\n  one: {task: regression, features: [p], " + LATER + b", " + moments + b"}\n"
    (found,) = load_bytes(text, "shop.yaml", kinds).diagnostics
    assert (found.code, found.message) == ("MLC113", "2024-05-01 00:00 UTC is listed twice")


def test_never(kinds: Kinds) -> None:
    text = SMALLEST.replace(b"}", b", columns: {churned: {available_after: never}}}")
    project = load_bytes(text, "shop.yaml", kinds).project
    assert project is not None
    assert project.sources["users"].columns["churned"].available_after == NEVER


def test_a_spec_cannot_be_changed(example: Project) -> None:
    with pytest.raises(ValueError, match="frozen"):
        example.models["late"].label = "flights.other"


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("absent.yaml", "No such file"),
        ("folder", "Is a directory"),
        ("../spec.yaml", "goes up"),
        ("/etc/passwd", "absolute"),
        ("link.yaml", "through a link"),
        ("a\0b", "cannot be shown"),
    ],
)
def test_files_that_cannot_be_read(file: str, reason: str, tmp_path: Path, kinds: Kinds) -> None:
    (tmp_path / "spec.yaml").write_bytes(SMALLEST)
    root = tmp_path / "root"
    (root / "folder").mkdir(parents=True)
    (root / "link.yaml").symlink_to(tmp_path / "spec.yaml")
    loaded = load_spec(root, file, kinds)
    (found,) = loaded.diagnostics
    assert found.code == "MLC018"
    assert reason in found.message
    assert loaded.project is None


def test_a_large_file_is_not_read_to_its_end(tmp_path: Path, kinds: Kinds) -> None:
    with (tmp_path / "large.yaml").open("wb") as stream:
        stream.truncate(10 * 1024**3)
    (found,) = load_spec(tmp_path, "large.yaml", kinds).diagnostics
    assert found.code == "MLC003"
