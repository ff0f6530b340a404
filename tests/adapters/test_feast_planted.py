"""What somebody puts into a registry for Feast to run: nobody of ours runs it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcycle.adapters.feast.feature_store import FeastFeatureStore
from mlcycle.diagnostics.diagnostic import Refused
from mlcycle.emit.feast import repository as generated
from mlcycle.emit.feast import store_config
from mlcycle.graph.on_demand import OnDemandView
from mlcycle.serving import feast_library
from mlcycle.serving.online import FeastOnline
from tests.adapters.feast_support import NOON, asked, feast_command, make_view

pytestmark = pytest.mark.slow

TREE = {"call": "multiply", "arguments": [{"column": "request.pieces"}, {"column": "price.price"}]}
ENTRY = {"output": "basket.total", "dtype": "float64", "expression": TREE}
BASKET = OnDemandView(
    name="basket",
    request=(("pieces", "int64"),),
    lookups={"price__1": ("price", (("price", "float64"),))},
    program=(ENTRY,),
    features=(("total", "float64"),),
)


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a view of each kind."""
    folder = tmp_path_factory.mktemp("shop")
    view = make_view(folder, "price__1", {"shop": "string"}, {"price": "float64"}, [("a", NOON, 1.0)])
    return FeastFeatureStore(folder / "home").apply("shop", [view], None, [BASKET])


@pytest.fixture
def repository(applied: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return Path(shutil.copytree(applied, tmp_path / "home" / "shop"))


class _Touches:
    """A pickle of it makes a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


def pickle_of(path: Path) -> bytes:
    feast_library.load()
    import dill

    return bytes(dill.dumps(_Touches(path)))


def plant(repository: Path, change: Callable[[Any], None]) -> None:
    """Change the registry as whoever can write its file can."""
    feast_library.load()
    from feast.protos.feast.core.Registry_pb2 import Registry

    registry = Registry.FromString((repository / "registry.pb").read_bytes())
    change(registry)
    (repository / "registry.pb").write_bytes(registry.SerializeToString())


def planted_pickle(mark: Path) -> Callable[[Any], None]:
    """A view whose text is no function, so that Feast turns to the pickle."""

    def change(registry: Any) -> None:
        function = registry.on_demand_feature_views[0].spec.feature_transformation.user_defined_function
        function.body_text, function.body = "nothing", pickle_of(mark)

    return change


def test_feast_itself_would_run_it(repository: Path, tmp_path: Path) -> None:
    feast = feast_library.load()
    from feast.repo_config import RegistryConfig

    plant(repository, planted_pickle(tmp_path / "mark"))
    config = feast.RepoConfig(
        project="shop", provider="local", registry=RegistryConfig(path=str(repository / "registry.pb"))
    )
    with pytest.raises(ValueError, match="udf parameter"):  # it is no function; but it was read
        feast.FeatureStore(config=config).list_on_demand_feature_views()
    assert (tmp_path / "mark").exists()


def applies(repository: Path) -> None:
    view = make_view(repository, "price__2", {"shop": "string"}, {"price": "float64"}, [("a", NOON, 1.0)])
    FeastFeatureStore(repository.parent).apply("shop", [view])


def trains(repository: Path) -> None:
    rows = asked([NOON], shop=["a"])
    FeastFeatureStore(repository.parent).historical("shop", rows, {"price__1": ["price"]})


def serves(repository: Path) -> None:
    FeastOnline(repository)


def commands(repository: Path) -> None:
    told = feast_command(repository, "on-demand-feature-views", "list")
    assert told.exception is not None
    raise told.exception


@pytest.mark.parametrize(
    ("use", "kind"), [(applies, Refused), (trains, Refused), (serves, ValueError), (commands, ValueError)]
)
def test_nobody_who_uses_the_repository_runs_it(
    use: Callable[[Path], None], kind: type[Exception], repository: Path, tmp_path: Path
) -> None:
    plant(repository, planted_pickle(tmp_path / "mark"))
    place = r"`on_demand_feature_views\.basket\.spec\.feature_transformation\.user_defined_function\."
    with pytest.raises(kind, match=rf"what mlcycle did not write: {place}.*registry\.pb"):
        use(repository)
    assert not (tmp_path / "mark").exists()


def test_the_store_of_the_registry_is_ours_whatever_a_file_says(repository: Path, tmp_path: Path) -> None:
    plant(repository, planted_pickle(tmp_path / "mark"))
    config = repository / "feature_store.yaml"
    lines = config.read_text().splitlines(keepends=True)
    config.write_text("".join(line for line in lines if "registry_store_type" not in line))
    for use in (trains, serves):
        with pytest.raises(Exception, match="what mlcycle did not write"):
            use(repository)
    assert not (tmp_path / "mark").exists()


def as_pickle_beside_its_text(registry: Any) -> None:
    view = registry.on_demand_feature_views[0]
    view.spec.feature_transformation.user_defined_function.body = b"\x80"


def as_old_function(registry: Any) -> None:
    registry.on_demand_feature_views[0].spec.user_defined_function.body = b"\x80"


def as_substrait(registry: Any) -> None:
    view = registry.on_demand_feature_views.add()
    view.spec.feature_transformation.substrait_transformation.ibis_function = b"\x80"


def as_stream(registry: Any) -> None:
    registry.stream_feature_views.add().spec.user_defined_function.body = b"\x80"


def as_batch(registry: Any) -> None:
    function = registry.feature_views[0].spec.feature_transformation.user_defined_function
    function.body_text = "def price(rows):\n    return rows\n"


def as_source_of_a_view(registry: Any) -> None:
    source = registry.on_demand_feature_views[0].spec.sources["x"].feature_view
    source.spec.feature_transformation.user_defined_function.body = b"\x80"


def as_class_of_a_source(registry: Any) -> None:
    registry.data_sources[0].data_source_class_type = "this.Source"


def as_class_of_a_table(registry: Any) -> None:
    registry.infra.infra_objects.add(infra_object_class_type="this.Object")


def as_profiler(registry: Any) -> None:
    registry.validation_references.add().ge_profiler.profiler.body = b"\x80"


def as_earlier_version(registry: Any) -> None:
    from feast.protos.feast.core.OnDemandFeatureView_pb2 import OnDemandFeatureView

    view = OnDemandFeatureView()
    view.spec.feature_transformation.user_defined_function.body = b"\x80"
    registry.feature_view_version_history.records.add(
        feature_view_type="on_demand_feature_view", feature_view_proto=view.SerializeToString()
    )


def as_unknown_version(registry: Any) -> None:
    registry.feature_view_version_history.records.add(
        feature_view_type="stream_feature_view", feature_view_proto=b""
    )


def as_broken_version(registry: Any) -> None:
    registry.feature_view_version_history.records.add(
        feature_view_type="feature_view", feature_view_proto=b"\x80"
    )


PLACES = [
    as_pickle_beside_its_text,
    as_old_function,
    as_substrait,
    as_stream,
    as_batch,
    as_source_of_a_view,
    as_class_of_a_source,
    as_class_of_a_table,
    as_profiler,
    as_earlier_version,
    as_unknown_version,
    as_broken_version,
]


@pytest.mark.parametrize("change", PLACES, ids=lambda change: change.__name__)
def test_it_is_found_wherever_it_is(change: Callable[[Any], None], repository: Path) -> None:
    plant(repository, change)
    with pytest.raises(Refused, match=r"MLC712.*what mlcycle did not write"):
        trains(repository)


FORM = """def view_v(inputs: pd.DataFrame) -> pd.DataFrame:
    from mlcycle.kinds.features.on_demand import computed

    return computed(inputs, columns={}, program=[{"a": 1}], features={"x": "y"})
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("columns={}", "columns=print()"),
        ("columns={}", "columns=inputs"),
        ("columns={}", "columns={**{}, 'a': exec('1')}"),
        ("columns={}", "columns=(lambda: {})()"),
        ("features={", "more={}, features={"),
        ("(inputs, ", "("),
        ("inputs: pd.DataFrame)", "inputs: pd.DataFrame = print())"),
        ("-> pd.DataFrame", "-> print()"),
        ("mlcycle.kinds.features.on_demand", "os"),
        ("computed\n", "computed as pd\n"),
        ("    return", "    print()\n    return"),
        ("def view_v", "import os\n\n\ndef view_v"),
        ("def view_v", "async def view_v"),
        ("def view_v", "class view_v:\n    pass\n\n\ndef view_v"),
        ("def view_v", "@print\n@\ndef view_v"),
        ("def view_v", "@on_demand_feature_view(name=print())\ndef view_v"),
        ("def view_v", "@on_demand_feature_view(name=v.name)\ndef view_v"),
        ("def view_v", "@f(')')\n# )\nprint()\n\n\ndef view_v"),
        (FORM, FORM + "print()\n"),
        (FORM, "lambda inputs: inputs"),
        (FORM, ""),
        (FORM, "(" * 1000),
    ],
)
def test_a_function_is_ours_only_if_it_hands_data_on(old: str, new: str) -> None:
    feast_library.load()
    from mlcycle.serving.feast_registry import is_ours

    assert FORM.count(old) == 1
    assert is_ours(FORM)
    assert is_ours("@on_demand_feature_view(\n    name=\"v\",\n    description='( \\' # \"',\n)\n" + FORM)
    assert not is_ours(FORM.replace(old, new))


_TEXT = st.text(min_size=1, max_size=20)


@settings(max_examples=50)
@given(name=_TEXT, description=_TEXT, owner=_TEXT, tag=_TEXT)
def test_whatever_an_author_writes_stays_data(name: str, description: str, owner: str, tag: str) -> None:
    feast_library.load()
    from mlcycle.serving.feast_registry import is_ours

    entry = {"output": f"basket.{name}", "dtype": "string", "expression": {"literal": tag}}
    view = replace(
        BASKET,
        request=((name, "string"),),
        program=(entry,),
        features=((name, "string"),),
        description=description,
        owner=owner,
        tags={tag: tag},
    )
    text = generated(store_config("shop"), (), {}, [view])["features.py"]
    assert is_ours(text[text.index("@on_demand") :])
