"""Packages are tried in a process of their own: damaged, endless or deadly, they do the worker no harm."""

from __future__ import annotations

import random
import shutil
import sys
from pathlib import Path

import pytest

from mlcycle.serving import trial
from mlcycle.steps.manifest import PackageError
from mlcycle.steps.package import load
from tests.support.challengers import TURNS, faulty
from tests.support.packages import make_package

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("package")
    return folder, make_package(folder)


def test_a_good_package_passes(package: tuple[Path, str]) -> None:
    trial.tried(*package)


def test_a_damaged_package_is_refused_in_its_own_words(package: tuple[Path, str], tmp_path: Path) -> None:
    folder, digest = package
    shutil.copytree(folder, tmp_path / "copy")
    (tmp_path / "copy" / "model.onnx").write_bytes(b"no model")
    with pytest.raises(PackageError, match=r"model\.onnx: its content is not what the manifest says"):
        trial.tried(tmp_path / "copy", digest)


def test_two_hundred_flipped_bits_are_refused_before_the_graph_is_opened(
    package: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, digest = package
    shutil.copytree(folder, tmp_path / "copy")
    monkeypatch.setattr("mlcycle.steps.package.Graph", lambda *given: pytest.fail("the graph was opened"))
    draw = random.Random(7)
    files = sorted(path.name for path in folder.iterdir())
    for _ in range(200):
        path = tmp_path / "copy" / draw.choice(files)
        whole = path.read_bytes()
        place, bit = draw.randrange(len(whole)), draw.randrange(8)
        path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << bit)]) + whole[place + 1 :])
        with pytest.raises(PackageError):
            load(tmp_path / "copy", digest)
        path.write_bytes(whole)


def test_a_graph_that_never_ends_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its examples are far flights, so that the trial itself runs into the loop."""
    import json

    from mlcycle.steps.package import write_manifest
    from tests.support.challengers import far
    from tests.support.packages import manifest

    make_package(tmp_path / "slow", model=faulty("hangs"))
    examples = {"rows": far(2), "scores": [0.5, 0.5]}
    (tmp_path / "slow" / "examples.json").write_text(json.dumps(examples))
    (tmp_path / "slow" / "manifest.json").unlink()
    digest = write_manifest(tmp_path / "slow", manifest())
    assert TURNS["hangs"] > 2**60
    with pytest.raises(PackageError, match="not loaded within 5 s"):
        trial.tried(tmp_path / "slow", digest, seconds=5)


def test_a_package_that_kills_its_process_kills_only_the_trial(
    package: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """onnxruntime has caught every crafted graph that was tried, so the crash is played: a module of the
    child's kills it where the graph would be opened."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os, signal, onnxruntime\n"
        "onnxruntime.InferenceSession = lambda *a, **k: os.kill(os.getpid(), signal.SIGSEGV)\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{':'.join(path for path in sys.path if path)}")
    with pytest.raises(PackageError, match=r"ended the process that tried it \(-11\)"):
        trial.tried(*package)
