"""What every test may use: where the repository is, expected files, the example's data, quiet libraries."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from _pytest.nodeid import coerce_node_id
from hypothesis import HealthCheck, settings

from tests.support.servers import ObjectStore, Server, object_store, postgres_server, redis_server

REPOSITORY = Path(__file__).resolve().parent.parent

_QUIET = {
    "NML_DISABLE_USAGE_LOGGING": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "BENTOML_DO_NOT_TRACK": "true",
    "DAGSTER_DISABLE_TELEMETRY": "yes",
    "FEAST_USAGE": "False",
}
os.environ.update(_QUIET)

# A machine that is busy is no mistake in what is tested.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--golden", action="store_true", help="rewrite expected files instead of comparing with them"
    )


_ALL_SLOW = re.compile(r"^pytestmark = (\[\s*)?pytest\.mark\.slow\b", re.MULTILINE)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Pass over a module whose every test is slow where those are left out: importing it alone takes long."""
    if config.option.markexpr != "not slow" or collection_path.suffix != ".py":
        return None
    return True if _ALL_SLOW.search(collection_path.read_text(encoding="utf-8")) else None


#: Libraries that take seconds to import: their quick tests share one worker, so that it happens once.
_HEAVY = ("feast", "mlflow", "bentoml")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        library = next((name for name in _HEAVY if name in item.path.name), None)
        if library is not None and item.get_closest_marker("slow") is None:
            item.add_marker(pytest.mark.xdist_group(library))


class Groups:
    """Puts a test's group behind its id, by which pytest-xdist keeps a group on one worker.

    xdist 3.8 writes that to where pytest 9.2 no longer reads it: without this, each worker does all the work
    that a group shares.
    """

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        for item in items if config.getoption("loadgroup", False) else ():
            names = sorted({str(mark.args[0]) for mark in item.iter_markers("xdist_group")})
            if names and "@" not in item.nodeid.rsplit("]", 1)[-1]:
                item._id = coerce_node_id(f"{item.nodeid}@{'_'.join(names)}")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Groups())


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return REPOSITORY


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """`golden(path, text)`: `text` must equal the file's; with `--golden` the file is rewritten."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            return
        assert path.exists(), f"{path} is missing: `make golden` writes it"
        assert text == path.read_text(encoding="utf-8"), f"{path} differs: `make golden`, then read the diff"

    return compare


@pytest.fixture
def golden_tree(golden: Callable[[Path, str], None]) -> Callable[[Path, Path], None]:
    """`golden_tree(expected, actual)`: two folders hold the same files with the same text."""

    def compare(expected: Path, actual: Path) -> None:
        written = sorted(p.relative_to(actual) for p in actual.rglob("*") if p.is_file())
        for name in written:
            golden(expected / name, (actual / name).read_text(encoding="utf-8"))
        known = sorted(p.relative_to(expected) for p in expected.rglob("*") if p.is_file())
        assert known == written, "files were added or are no longer made"

    return compare


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A real PostgreSQL, started with the first test that asks."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Server) -> str:
    """An empty database of a real PostgreSQL."""
    return postgres.database()


@pytest.fixture(scope="session")
def objects() -> Iterator[ObjectStore]:
    """A real S3-compatible server, started with the first test that asks."""
    with object_store() as store:
        yield store


@pytest.fixture(scope="session")
def redis() -> Iterator[Server]:
    """A real Redis, started with the first test that asks."""
    with redis_server() as server:
        yield server


@pytest.fixture
def redis_url(redis: Server) -> str:
    """An empty database of a real Redis."""
    return redis.database()


@pytest.fixture(scope="session")
def example_data() -> Path:
    """The example's tables (`data/`), read only: prepared when they are not there yet."""
    from examples import census, mails, nycflights

    for example in (nycflights, census, mails):
        example.prepare(REPOSITORY / "data")
    return REPOSITORY / "data"
