"""Ask the built service for test rows over HTTP, and compare with the scores of training time."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from mlcycle.kinds.packages.examples import rows as request_rows
from mlcycle.kinds.packages.frames import columns
from mlcycle.kinds.services.asking import Client, Refusal, Row, batches
from mlcycle.kinds.services.build import FOLDER
from mlcycle.kinds.services.parity import Answered, judge, predicted
from mlcycle.kinds.trainers.sides import read, side_rows
from mlcycle.serving.settings import API_KEYS
from mlcycle.steps.columns import Array
from mlcycle.steps.manifest import Manifest, canonical_json, sha256
from mlcycle.steps.package import MANIFEST, Package, load
from mlcycle.task import Outcome, Task, WorkError

FILE = "replay.json"


def replay(task: Task) -> Outcome:
    """Write `replay.json`; the check `replay_parity` fails if a row differs, or was not answered.

    The service runs in processes of its own, from the generated folder, with every lookup in the request.
    """
    limit = task.node.config["max_difference"]
    given = task.inputs["package"]
    package = load(given.path / "package", given.data_version)
    frame = _rows(task)
    expected = _training_scores(package, frame)
    answered = _ask(task, package, frame, expected.shape)
    check = judge(frame, expected, answered, limit, task.node.config.get("secret", ()))
    record = {
        "package_digest": package.digest,
        "service": task.inputs["service"].data_version,
        "verdict": check.verdict,
        "rows": frame.height,
        "max_difference": limit,
    }
    content = canonical_json(record)
    (task.out / FILE).write_bytes(content)
    shown = "no answer" if check.figure is None else f"largest difference {check.figure:.1g}"
    return Outcome(
        data_version=sha256(content),
        figures={
            "rows": frame.height,
            "largest_difference": check.figure,
            "max_difference": limit,
            "refused": len(answered.refused),
        },
        key_figure=f"{frame.height:,} rows, {shown}",
        record=record,
        checks=(check,),
    )


def _rows(task: Task) -> pl.DataFrame:
    """Test rows, spread evenly over the side."""
    count = task.node.config["rows"]
    rows = side_rows(*read(task.inputs["dataset"], task.inputs["split"]), "test")
    if rows.height == 0:
        raise WorkError(
            "MLC621", "the test side has no rows to replay", help="widen the test side of the split"
        )
    return rows.gather_every(max(1, rows.height // count)).head(count)


def _training_scores(package: Package, frame: pl.DataFrame) -> Array:
    """Scores of the features as training had them: looked up and computed offline, not by the service."""
    names = (*package.manifest.inputs.numeric, *package.manifest.inputs.text)
    return package.graph.score(columns(frame, names), frame.height).astype(np.float64)


def _ask(task: Task, package: Package, frame: pl.DataFrame, shape: tuple[int, ...]) -> Answered:
    service = task.inputs["service"]
    asked = request_rows(frame, _manifest(task.inputs["package"].path))
    limits = service.record["limits"]
    sizes = [len(json.dumps(row)) for row in asked]
    grouped = batches(sizes, max_rows=limits["max_rows"], max_bytes=limits["max_body_bytes"])
    scores, refused = np.full(shape, np.nan), dict[int, str]()
    key = secrets.token_hex(16)
    task.progress("starting the service", 0.0)
    with task.ports.builder.start(service.path / FOLDER, environ={API_KEYS: key}) as running:
        running.wait_ready(path="/version")
        client = Client(running.url, key)
        for indices in grouped:
            _ask_some(client, asked, indices, package.manifest, scores, refused)
            task.progress("asking the service", indices.stop / len(asked))
        client.close()
    return Answered(scores=scores, refused=refused)


def _ask_some(
    client: Client,
    asked: Sequence[Row],
    indices: range,
    manifest: Manifest,
    scores: Array,
    refused: dict[int, str],
) -> None:
    """Fill `scores` or `refused` for some rows; where several are refused, each is asked by itself."""
    answer = client.predict([asked[index] for index in indices])
    if not isinstance(answer, Refusal):
        scores[indices.start : indices.stop] = predicted(answer, manifest)
    elif len(indices) == 1:
        refused[indices.start] = answer.message
    else:
        for index in indices:
            _ask_some(client, asked, range(index, index + 1), manifest, scores, refused)


def _manifest(folder: Path) -> Mapping[str, Any]:
    found: dict[str, Any] = json.loads((folder / "package" / MANIFEST).read_bytes())
    return {"lookups": [], **found}
