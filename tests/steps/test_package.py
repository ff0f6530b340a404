from __future__ import annotations

import json
import os
import pickle
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlcycle.steps.manifest import PackageError, canonical_json, parse_manifest, sha256
from mlcycle.steps.package import load, package_digest, write_manifest
from tests.support.packages import graph, make_package, manifest, rows

TASKS = ("binary_classification", "multiclass_classification", "regression")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package") / "package"
    make_package(folder)
    return folder


@pytest.fixture
def package(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "package"))


def rewritten(folder: Path, change: Any) -> None:
    """Change the manifest and seal it again, as someone who can write the folder would."""
    found = json.loads((folder / "manifest.json").read_bytes())
    change(found)
    (folder / "manifest.json").write_bytes(canonical_json(found))


@pytest.mark.parametrize("task", TASKS)
def test_a_package_scores_its_examples(tmp_path: Path, task: str) -> None:
    digest = make_package(tmp_path / "p", task)
    package = load(tmp_path / "p", digest)
    scores = package.score(package.columns(rows()))
    recorded = json.loads((tmp_path / "p" / "examples.json").read_text())["scores"]
    assert np.allclose(scores, recorded, atol=1e-7)
    assert scores.dtype == np.float32
    assert scores.shape == ((20, 3) if task == "multiclass_classification" else (20,))


def test_features_are_what_the_program_computes(made: Path) -> None:
    package = load(made)
    features = package.features(package.columns(rows(8)))
    assert features["schedule.hour_of_day"].tolist() == [20, 21, 22, 22, 23, 0, 1, 2]
    assert features["crosses.headwind_miles"][0] == 3.5 * 100.0
    assert np.isnan(features["crosses.headwind_miles"][[4, 6]]).all()


def test_the_digest_is_that_of_the_manifest(made: Path) -> None:
    assert package_digest(made) == sha256((made / "manifest.json").read_bytes()) == load(made).digest


def test_one_row_and_many_have_the_same_score(made: Path) -> None:
    package = load(made)
    many = package.score(package.columns(rows(50)))
    single = [package.score(package.columns([row]))[0] for row in rows(50)]
    assert np.allclose(many, single, atol=1e-7)


def test_another_digest_is_refused(package: Path) -> None:
    with pytest.raises(PackageError, match="not the expected 000000000000"):
        load(package, "0" * 64)


@pytest.mark.parametrize("name", ["extra.txt", "model.pkl", "weights.bin", ".hidden", "model.onnx.data"])
def test_an_unexpected_file_is_refused(package: Path, name: str) -> None:
    (package / name).write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(PackageError, match=f"{name}: the manifest does not list this file"):
        load(package)


def test_an_unexpected_folder_is_refused(package: Path) -> None:
    (package / "sub").mkdir()
    with pytest.raises(PackageError, match="sub: the manifest does not list"):
        load(package)


@pytest.mark.parametrize("name", ["manifest.json", "model.onnx", "examples.json"])
def test_a_missing_file_is_refused(package: Path, name: str) -> None:
    (package / name).unlink()
    with pytest.raises(PackageError, match=f"{name}: there is no such plain file"):
        load(package)


@pytest.mark.parametrize("name", ["manifest.json", "model.onnx"])
def test_a_link_is_refused(package: Path, tmp_path: Path, name: str) -> None:
    (package / name).rename(tmp_path / "elsewhere")
    (package / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PackageError, match="plain file"):
        load(package)


def test_a_pipe_is_refused_and_not_waited_for(package: Path) -> None:
    (package / "model.onnx").unlink()
    os.mkfifo(package / "model.onnx")
    with pytest.raises(PackageError, match="plain file"):
        load(package)


def test_two_hundred_flipped_bits_are_refused(package: Path) -> None:
    digest = package_digest(package)
    chance = random.Random(7)
    for _ in range(200):
        path = package / chance.choice(["manifest.json", "model.onnx", "examples.json"])
        content = bytearray(path.read_bytes())
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        before = path.read_bytes()
        path.write_bytes(content)
        with pytest.raises(PackageError):
            load(package, digest)
        path.write_bytes(before)
    assert load(package, digest).digest == digest


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.update(format=2), "format"),
        (lambda m: m.update(extra=1), "extra"),
        (lambda m: m.update(threshold="0.5"), "threshold"),
        (lambda m: m.pop("inputs"), "inputs"),
        (lambda m: m["files"].update({"../../etc/passwd": "0" * 64}), "files"),
        (lambda m: m["files"].update({"model.pkl": "0" * 64}), "files"),
        (lambda m: m["files"].update({"model.onnx": "zz"}), "files"),
        (lambda m: m["files"].pop("model.onnx"), "not listed"),
        (lambda m: m["request"].append(dict(m["request"][0])), "twice"),
        (lambda m: m["request"][0].update(name="lookups"), "lookups"),
        (lambda m: m["request"][0].update(dtype="object"), "dtype"),
        (lambda m: m["lookups"][0].update(keys=["nowhere"]), "no request carries"),
        (lambda m: m["lookups"][0].update(ttl_seconds=-1), "ttl_seconds"),
        (lambda m: m["features"].append({"name": "a.b", "dtype": "int64"}), "comes from nowhere"),
        (lambda m: m["inputs"]["numeric"].append("schedule.carrier"), "is text"),
        (lambda m: m["inputs"]["text"].append("schedule.distance"), "no text"),
        (lambda m: m["inputs"]["numeric"].append("x.y"), "no feature"),
        (lambda m: m.pop("threshold"), "threshold"),
        (lambda m: m.update(classes=[True]), "two classes"),
        (lambda m: m.update(task="clustering"), "task"),
    ],
)
def test_a_crafted_manifest_is_refused(package: Path, change: Any, message: str) -> None:
    rewritten(package, change)
    with pytest.raises(PackageError, match=message):
        load(package)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"null", b"{", b"\xff", b"[" * 100_000, b'{"format":1,"format":1}', b'{"threshold":NaN}'],
)
def test_a_manifest_that_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(PackageError, match=r"manifest\.json"):
        parse_manifest(content)


def test_other_bytes_of_the_same_manifest_are_refused(package: Path) -> None:
    found = json.loads((package / "manifest.json").read_bytes())
    (package / "manifest.json").write_text(json.dumps(found, indent=1))
    with pytest.raises(PackageError, match="canonical"):
        load(package)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ({"call": "__import__", "arguments": [{"literal": "os"}]}, "manifest.json"),
        ({"call": "is_holiday", "arguments": []}, "manifest.json"),
        ({}, "manifest.json"),
        ("carrier", "manifest.json"),
    ],
)
def test_a_crafted_program_is_refused(package: Path, expression: Any, message: str) -> None:
    rewritten(package, lambda m: m["program"][0].update(expression=expression))
    with pytest.raises(PackageError, match=message):
        load(package)


def sealed(folder: Path, **files: bytes) -> None:
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_bytes(content)
    (folder / "manifest.json").unlink()
    write_manifest(folder, manifest())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "model.onnx"),
        (b"not a graph", "model.onnx"),
        (graph(numeric=3), "its inputs are"),
        (graph("regression"), "a score differs"),
        (graph("multiclass_classification"), "not one score a row"),
    ],
)
def test_another_graph_is_refused_though_sealed(package: Path, content: bytes, message: str) -> None:
    sealed(package, model__onnx=content)
    with pytest.raises(PackageError, match=message):
        load(package)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"rows": [], "scores": []}', b'{"rows": [{}], "scores": [NaN]}', b"[" * 99_999]
)
def test_other_examples_are_refused_though_sealed(package: Path, content: bytes) -> None:
    sealed(package, examples__json=content)
    with pytest.raises(PackageError, match=r"examples\.json"):
        load(package)


def test_a_score_that_moved_is_refused_though_sealed(package: Path) -> None:
    examples = json.loads((package / "examples.json").read_text())
    examples["scores"][3] += 2e-5
    sealed(package, examples__json=json.dumps(examples).encode())
    with pytest.raises(PackageError, match="a score differs by 2e-05"):
        load(package)
