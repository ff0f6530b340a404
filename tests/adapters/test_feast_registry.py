"""Crashes while a repository is applied."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mlcycle.adapters.feast.feature_store import FeastFeatureStore
from tests.adapters.feast_support import EPOCH, HOUR, NOON, asked, make_view

pytestmark = pytest.mark.slow

KEYS, FEATURES = {"shop": "string"}, {"price": "float64"}

_APPLY_FOR_EVER = """
import sys
from dataclasses import replace
from pathlib import Path
from mlcycle.adapters.feast.feature_store import FeastFeatureStore
from tests.adapters.feast_support import EPOCH, NOON, make_view

home, tables = Path(sys.argv[1]), Path(sys.argv[2])
store = FeastFeatureStore(home)
views = [
    make_view(tables, f"price__{n}", {"shop": "string"}, {"price": "float64"}, [("a", NOON, float(n))])
    for n in range(3)
]
store.apply("shop", views[:1])
print("ready", flush=True)
while True:
    for n in range(3):
        store.apply("shop", [views[n], views[n - 1]])
        store.materialize("shop", views[n].name, EPOCH, NOON)
"""


def test_a_write_that_fails_leaves_the_registry_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FeastFeatureStore(tmp_path / "home")
    first = make_view(tmp_path, "price__1", KEYS, FEATURES, [("a", NOON, 1.0)])
    second = make_view(tmp_path, "price__2", KEYS, FEATURES, [("a", NOON, 2.0)])
    folder = store.apply("shop", [first])
    before = (folder / "registry.pb").read_bytes()

    def full(self: Path, data: bytes) -> int:
        raise OSError("no space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(Path, "write_bytes", full)
        with pytest.raises(OSError, match="no space"):
            store.apply("shop", [first, second])
    assert (folder / "registry.pb").read_bytes() == before
    assert not list(folder.glob(".registry-*"))
    store.apply("shop", [first, second])
    assert [view.name for view in store.declared("shop")] == ["price__1", "price__2"]


@pytest.mark.parametrize("milliseconds", [3, 97, 333])
def test_a_killed_process_leaves_a_repository_that_can_be_applied_again(
    tmp_path: Path, repository: Path, milliseconds: int
) -> None:
    home = tmp_path / "home"
    command = [sys.executable, "-c", _APPLY_FOR_EVER, str(home), str(tmp_path)]
    with subprocess.Popen(command, cwd=repository, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=milliseconds / 1000)
        process.kill()
    store = FeastFeatureStore(home)
    view = make_view(tmp_path, "price__1", KEYS, FEATURES, [("a", NOON, 1.0)])
    store.apply("shop", [view])
    assert store.materialize("shop", view.name, EPOCH, NOON) == 1
    rows = asked([NOON + HOUR], shop=["a"])
    found = store.historical("shop", rows, {view.name: ["price"]})
    online = store.online("shop", {view.name: ["price"]}, rows.select("shop"), NOON + HOUR)
    assert found.get_column("price__1__price").to_list() == [1.0]
    assert online.get_column("price__1__price").to_list() == [1.0]
    assert [path.name for path in (home / "shop" / "tables").iterdir()] == ["price__1.parquet"]
    assert not list((home / "shop").glob(".registry-*"))
