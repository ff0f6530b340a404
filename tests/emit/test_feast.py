"""The generated Feast repository: expected text, formatted and lint-free, whatever the names."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mlcycle.emit.feast import generated, repository, store_config
from mlcycle.emit.feast_on_demand import shown_names
from mlcycle.graph.on_demand import OnDemandView
from mlcycle.language.kinds import find_kinds
from mlcycle.language.load import load_spec
from mlcycle.lowering.lower import lower
from mlcycle.lowering.schemas import FileSchemas
from mlcycle.ports import ViewTable

CONFIG = store_config("flight_delays")
GOLDEN = Path("golden/feast")


def views() -> tuple[ViewTable, ...]:
    return (
        ViewTable(
            name="weather_at_origin__1a2b3c4d",
            entity="airport",
            keys=(("origin", "string"),),
            features=(("temperature", "float64"), ("wind_speed", "float64"), ("is_foggy", "bool")),
            path=Path("never/shown"),
            ttl_seconds=10_800,
            description='What the "ASOS" station saw',
            owner="operations",
            tags={"source": "weather"},
        ),
        ViewTable(
            name="route_record__99999999",
            entity="route",
            keys=(("origin", "string"), ("destination", "string")),
            features=(("flights_7d", "int64"), ("last_seen", "timestamp")),
            path=Path("never/shown"),
        ),
    )


def on_demand() -> tuple[OnDemandView, ...]:
    hour = [{"column": "request.departure"}, {"literal": "hour_of_day"}, {"literal": "America/New_York"}]
    warm = [{"column": "weather_at_origin.temperature"}, {"literal": 70.5}]
    doubled = [{"column": "weather_at_origin.temperature"}, {"literal": 2}]
    return (
        OnDemandView(
            name="schedule",
            request=(("departure", "timestamp"), ("due", "date")),
            lookups={},
            program=(
                {
                    "output": "schedule.hour",
                    "dtype": "int64",
                    "expression": {"call": "timestamp_part", "arguments": hour},
                },
            ),
            features=(("hour", "int64"),),
            description='When it is to "leave" (by the plan).',
            owner="operations",
            tags={"view": "schedule"},
        ),
        OnDemandView(
            name="crosses",
            request=(),
            lookups={
                "weather_at_origin__1a2b3c4d": ("weather_at_origin", (("temperature", "float64"),)),
            },
            program=(
                {
                    "output": "crosses.warm",
                    "dtype": "bool",
                    "expression": {"call": "greater", "arguments": warm},
                },
                {
                    "output": "crosses.temperature",
                    "dtype": "float64",
                    "expression": {"call": "multiply", "arguments": doubled},
                },
            ),
            features=(("warm", "bool"), ("temperature", "float64")),
        ),
    )


def files() -> Mapping[str, str]:
    services = {
        "late": {
            "weather_at_origin__1a2b3c4d": ["temperature"],
            "route_record__99999999": ["flights_7d"],
            "schedule": ["hour"],
            "crosses": ["temperature"],
        }
    }
    return repository(CONFIG, views(), services, on_demand())


def test_the_repository_is_as_expected(golden: Callable[[Path, str], None], repository: Path) -> None:
    for name, text in files().items():
        golden(repository / "tests" / GOLDEN / name, text)


@pytest.mark.parametrize(
    "text",
    [
        files()["features.py"],
        repository(CONFIG, (), {})["features.py"],
        repository(CONFIG, views(), {}, on_demand()[1:])["features.py"],
    ],
)
def test_features_py_is_formatted_and_has_no_findings(text: str, tmp_path: Path) -> None:
    path = tmp_path / "features.py"
    path.write_text(text)
    for command in (["format", "--diff"], ["check", "--select", "E,F,W,I"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", str(path)], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_repository_of_the_example_is_made_from_its_graph(
    golden: Callable[[Path, str], None], repository: Path, example_data: Path, tmp_path: Path
) -> None:
    kinds = find_kinds()
    loaded = load_spec(repository, "specs/flight_delays.yaml", kinds)
    graph = lower(loaded, kinds, FileSchemas(repository, tmp_path)).graph
    made = generated(graph)
    assert sorted(made) == ["feast/feature_store.yaml", "feast/features.py"]
    golden(repository / "tests" / GOLDEN / "example" / "features.py", made["feast/features.py"])


def test_the_order_of_views_and_where_tables_are_do_not_matter() -> None:
    made = repository(CONFIG, views()[::-1], {}, on_demand()[::-1])
    assert made == repository(CONFIG, views(), {}, on_demand())


def test_a_feature_that_is_named_like_one_that_its_view_reads_has_the_views_name_before_it() -> None:
    """Feast drops it otherwise."""
    (shown,) = [view for view in on_demand() if view.name == "crosses"]
    assert shown_names(shown) == {"warm": "warm", "temperature": "crosses_temperature"}
    taken = replace(shown, features=(*shown.features, ("crosses_temperature", "bool")))
    assert shown_names(taken)["temperature"] == "crosses_crosses_temperature"
    text = files()["features.py"]
    assert text.count('"crosses_temperature"') == 3  # declared, computed, and read by the model


def test_a_project_without_entity_views_has_an_empty_repository() -> None:
    assert ast.parse(repository(CONFIG, (), {})["features.py"]).body[1:] == []


_TEXT = st.text(min_size=1, max_size=20)


@given(key=_TEXT, feature=_TEXT, description=_TEXT, owner=_TEXT, tag=_TEXT)
def test_no_name_or_text_gets_out_of_its_quotes(
    key: str, feature: str, description: str, owner: str, tag: str
) -> None:
    view = ViewTable(
        name="v__0",
        entity="e",
        keys=((key, "string"),),
        features=((feature, "int64"),),
        path=Path("x"),
        description=description,
        owner=owner,
        tags={tag: tag},
    )
    tree = {"call": "concat", "arguments": [{"column": f"request.{key}"}, {"literal": tag}]}
    computed = OnDemandView(
        name="o",
        request=((key, "string"),),
        lookups={"v__0": ("v", ((feature, "int64"),))},
        program=({"output": f"o.{feature}", "dtype": "string", "expression": tree},),
        features=((feature, "string"),),
        description=description,
        owner=owner,
        tags={tag: tag},
    )
    made = repository(CONFIG, [view], {"m": {"v__0": [feature], "o": [feature]}}, [computed])
    found = ast.parse(made["features.py"])
    kinds = [type(node).__name__ for node in found.body[1:]]
    assert kinds == ["Import", *["ImportFrom"] * 3, *["Assign"] * 3, "FunctionDef", "Assign"]
    texts = {node.value for node in ast.walk(found) if isinstance(node, ast.Constant)}
    assert {key, feature, description, owner, tag} <= texts
    assert yaml.safe_load(made["feature_store.yaml"])["project"] == CONFIG.project
