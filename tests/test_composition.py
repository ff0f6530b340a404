from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mlcycle import composition
from mlcycle.diagnostics.diagnostic import Refused
from mlcycle.language.workspace import LOCAL, Environment
from mlcycle.serving.postgres_address import postgres_address
from mlcycle.serving.redis_address import redis_address

ROOT = Path("/project")
PRODUCTION = Environment(
    name="production",
    state="postgresql://db/${env:MLCYCLE_TEST_STATE}",
    tracking="http://mlflow.internal:5000",
    online_store="redis://cache:6379",
    artifacts="shared/artifacts",
    now="clock",
)


def test_relative_sqlite_files_count_from_the_root() -> None:
    found = composition.settings(LOCAL, ROOT)

    assert found.state == "sqlite:////project/.mlcycle/state.db"
    assert found.artifacts == ROOT / ".mlcycle/artifacts"
    assert composition.anchored("sqlite:////abs/x.db", ROOT) == "sqlite:////abs/x.db"
    assert composition.anchored("postgresql://db/x", ROOT) == "postgresql://db/x"


def test_secrets_are_filled_in_when_settings_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match="MLCYCLE_TEST_STATE"):
        composition.settings(PRODUCTION, ROOT)

    monkeypatch.setenv("MLCYCLE_TEST_STATE", "state")
    assert composition.settings(PRODUCTION, ROOT).state == "postgresql://db/state"


def test_a_sample_writes_nothing_that_the_whole_data_uses() -> None:
    small = composition.sampled(LOCAL, 0.1)

    places = ("state", "tracking", "online_store", "artifacts")
    assert all(".mlcycle/samples/local-0.1/" in getattr(small, place) for place in places)
    assert composition.state_folder(small, ROOT) == ROOT / ".mlcycle/samples/local-0.1"
    assert composition.sampled(LOCAL, 1.0) is LOCAL


def test_a_sample_of_production_stays_on_this_machine() -> None:
    small = composition.sampled(PRODUCTION, 0.5)

    assert composition.connection(small, ROOT).tracking_uri.startswith("sqlite:////project/.mlcycle/samples/")
    assert composition.settings(small, ROOT, sample=0.5).sample == 0.5


@pytest.mark.parametrize(
    ("text", "block"),
    [
        (LOCAL.online_store, None),
        ("redis://cache:6379", redis_address("redis://cache:6379").block),
        ("postgresql://db/shop", postgres_address("postgresql://db/shop").block),
        (
            "features/online.db",
            {
                "type": "mlcycle.serving.sqlite_store.OwnSqliteOnlineStore",
                "path": "/project/features/online.db",
            },
        ),
    ],
)
def test_the_online_store_is_a_block_of_feast(text: str, block: object) -> None:
    assert composition.online_block(replace(LOCAL, online_store=text), ROOT) == block


def test_the_password_of_the_online_store_is_not_in_its_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLCYCLE_TEST_REDIS", "redis://:hunter2@cache:6379/3")
    place = replace(LOCAL, online_store="${env:MLCYCLE_TEST_REDIS}")
    assert "hunter2" not in str(composition.online_block(place, ROOT))
    assert composition.online_password(place) == "hunter2"
    assert composition.online_password(LOCAL) is None
    assert composition.online_place(place) == "redis://cache:6379/3"
    assert composition.online_place(LOCAL) == LOCAL.online_store


def test_a_server_keeps_its_own_files() -> None:
    assert composition.connection(PRODUCTION, ROOT).artifact_root is None
    assert composition.connection(LOCAL, ROOT).artifact_root == ROOT / ".mlcycle/mlflow"


@pytest.mark.slow
def test_composing_imports_no_adapter() -> None:
    code = (
        "import sys; from pathlib import Path; from mlcycle import composition as c;"
        "from mlcycle.language.workspace import LOCAL; c.ports(LOCAL, Path('/nowhere'));"
        "heavy = {'dagster', 'mlflow', 'feast', 'bentoml', 'polars', 'numpy', 'pandas'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).resolve().parents[1])
