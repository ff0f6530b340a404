"""Build the model package: graph, request-time program and manifest, proven equal to what was trained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from mlcycle.kinds.features.holidays_resolved import resolve
from mlcycle.kinds.packages import examples
from mlcycle.kinds.packages.frames import columns, needed
from mlcycle.kinds.packages.onnx.work import merge
from mlcycle.kinds.packages.parity import ROWS, parity
from mlcycle.kinds.packages.ubj.work import scores as ubj_scores
from mlcycle.kinds.preprocess.inputs import inputs, layout
from mlcycle.kinds.trainers.sides import read, side_rows
from mlcycle.steps.columns import Reader
from mlcycle.steps.manifest import Manifest, canonical_json, parse_manifest, sha256
from mlcycle.steps.onnx import Graph
from mlcycle.steps.package import Package, load, write_manifest
from mlcycle.steps.program import parse_program
from mlcycle.task import CheckResult, Outcome, Task, WorkError


def build(task: Task) -> Outcome:
    """Write `package/` and check it; the package's digest is the node's data version.

    Checks: `parity` (the graph against the trainer's own format) and `program` (features computed at request
    time against those of the dataset), each over up to 10,000 held-out rows.
    """
    folder = task.out / "package"
    folder.mkdir()
    held_out = _held_out(task)
    task.progress("merging graphs", 0.1)
    _write_model(task, folder)
    manifest = _manifest(task)
    unproven = _unproven(manifest, folder)
    task.progress("proving that the formats agree", 0.3)
    checks = _checks(task, unproven, held_out)
    _write_examples(task, folder, unproven, held_out)
    digest = write_manifest(folder, manifest)
    load(folder, digest)
    size = sum(path.stat().st_size for path in folder.iterdir())
    return Outcome(
        data_version=digest,
        figures={
            "digest": digest,
            "bytes": size,
            "parity": checks[0].figure,
            "features": len(manifest["features"]),
        },
        key_figure=f"{digest[:12]}, largest difference {checks[0].figure or 0:.1g}",
        record={**task.inputs["training"].record, "package_digest": digest},
        checks=tuple(checks),
    )


def _held_out(task: Task) -> pl.DataFrame:
    """Up to 10,000 rows of the test side, spread evenly over it."""
    rows = side_rows(*read(task.inputs["dataset"], task.inputs["split"]), "test")
    if rows.height == 0:
        raise WorkError(
            "MLC858",
            "the test side of the split has no rows with a label",
            help="widen its share or its dates; `split` shows how many rows each side has",
        )
    return rows.gather_every(max(1, rows.height // ROWS)).head(ROWS)


def _write_model(task: Task, folder: Path) -> None:
    training = task.inputs["training"].path
    preprocess = (training / "preprocess.onnx").read_bytes()
    (folder / "preprocess.onnx").write_bytes(preprocess)
    (folder / "model.onnx").write_bytes(merge(preprocess, (training / "estimator.onnx").read_bytes()))
    if "ubj" not in task.node.config["packages"]:
        return
    native = training / "model.ubj"
    if not native.is_file():
        raise WorkError(
            "MLC861",
            "`ubj` is asked for, and the trainer gave no trees of XGBoost",
            help="write `packages: [onnx]`, or return `ubj` from the trainer",
        )
    (folder / "model.ubj").write_bytes(native.read_bytes())


def _manifest(task: Task) -> dict[str, Any]:
    """The manifest without its list of files."""
    config = task.node.config
    project, _, model, _ = task.node.name.split("/")
    features = [{"name": f["name"], "dtype": f["dtype"]} for f in config["features"]]
    columns = layout(features)
    manifest = {
        "format": 1,
        "project": project,
        "model": model,
        "task": config["task"],
        "request": config["request"],
        "lookups": config["lookups"],
        "program": resolve(config["program"]),
        "features": features,
        "inputs": {"numeric": list(columns.numeric), "text": list(columns.text)},
        "outputs": {"score": "score"},
        "classes": _classes(task),
        "horizon_seconds": config.get("horizon_seconds", 0),
    }
    words = json.loads((task.inputs["training"].path / "training.json").read_bytes()).get("words")
    if words:
        manifest["words"] = words
    if config["task"] == "binary_classification":
        manifest["threshold"] = config.get("threshold", 0.5)
    return manifest


def _classes(task: Task) -> list[Any]:
    if task.node.config["task"] == "regression":
        return []
    if task.node.config["task"] == "binary_classification":
        return [False, True]
    return list(task.node.config.get("classes") or task.inputs["dataset"].figures["classes"])


def _unproven(manifest: dict[str, Any], folder: Path) -> Package:
    """The package before its examples exist, to compute them and to be checked."""
    files = {path.name: sha256(path.read_bytes()) for path in folder.iterdir()} | {"examples.json": "0" * 64}
    parsed: Manifest = parse_manifest(canonical_json({**manifest, "files": files}))
    return Package(
        digest="",
        manifest=parsed,
        graph=Graph((folder / "model.onnx").read_bytes(), parsed),
        program=parse_program(manifest["program"]),
        reader=Reader(parsed),
    )


def _checks(task: Task, package: Package, rows: pl.DataFrame) -> list[CheckResult]:
    stored = inputs(rows, layout(task.node.config["features"]), package.manifest.words)
    given = columns(rows, needed(package.manifest))
    served = package.score(given).astype(np.float64)
    stored_columns = columns(rows, [feature.name for feature in package.manifest.features])
    trained = package.graph.score(stored_columns, rows.height).astype(np.float64)
    training = task.inputs["training"].path
    native = trained
    what = "formats"
    if (training / "model.ubj").is_file():
        native = ubj_scores(
            (training / "model.ubj").read_bytes(), (training / "preprocess.onnx").read_bytes(), stored
        )
        what = "onnx and ubj"
    return [
        parity("parity", trained, native, f"scores of {what}"),
        parity(
            "program", served, trained, "scores from features computed at request time and from the dataset's"
        ),
    ]


def _write_examples(task: Task, folder: Path, package: Package, held_out: pl.DataFrame) -> None:
    requests = examples.rows(examples.chosen(held_out), task.node.config)
    scores = package.score(package.columns(requests)).astype(np.float64)
    content = canonical_json({"rows": requests, "scores": scores.tolist()})
    (folder / "examples.json").write_bytes(content)
