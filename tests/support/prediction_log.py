"""A prediction log as a service writes it, from rows of a dataset scored by the package itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from mlcycle.kinds.packages.examples import rows as request_rows
from mlcycle.serving.log import encode
from mlcycle.steps.decision import decisions, plain_scores
from mlcycle.steps.package import Package


def prediction(
    at: datetime,
    name: str,
    rows: Sequence[Mapping[str, Any]] = (),
    *,
    package: str = "a" * 64,
    origin: str = "live",
    status: int = 200,
    seconds: float = 0.004,
    version: str = "1",
) -> dict[str, Any]:
    """A record of kind `predictions`."""
    return {
        "at": at.isoformat(),
        "received": at.timestamp(),
        "id": name,
        "origin": origin,
        "generation": 1,
        "assigned": package,
        "served": package,
        "version": version,
        "fallback": None,
        "status": status,
        "seconds": seconds,
        **({"rows": list(rows)} if rows else {}),
    }


def answered(request: Mapping[str, Any], score: Any, decision: Any) -> dict[str, Any]:
    """A row of a record: its request without the lookups, which are beside it."""
    own = {name: value for name, value in request.items() if name != "lookups"}
    lookups = request.get("lookups") or {}
    return {
        "request": own,
        "lookups": lookups,
        "score": score,
        "decision": decision,
        "stale": [],
        "missing": [],
    }


def feedback(at: datetime, name: str, label: Any, row: int = 0) -> dict[str, Any]:
    """A record of kind `feedback`."""
    return {"at": at.isoformat(), "received": at.timestamp(), "id": name, "row": row, "label": label}


def write(
    folder: Path, kind: str, records: Iterable[Mapping[str, Any]], worker: str = "w1", number: int = 1
) -> Path:
    """One segment; it stays open until one of a higher number is there."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{kind}-{worker}-{number:06d}.jsonl"
    path.write_bytes(b"".join(map(encode, records)))
    return path


def records(
    package: Package,
    rows: pl.DataFrame,
    config: Mapping[str, Any],
    *,
    context: Sequence[str] = (),
    origin: str = "live",
) -> list[dict[str, Any]]:
    """One request a row of a dataset (config: of its package), asked at the row's `predict_at`.

    context: columns `key.<name>` of the dataset that the request carries as well.
    """
    requests = request_rows(rows, config)
    scores = package.score(package.columns(requests))
    answers = zip(
        requests, plain_scores(package.manifest, scores), decisions(package.manifest, scores), strict=True
    )
    keys = [{name: rows[f"key.{name}"][index] for name in context} for index in range(rows.height)]
    return [
        prediction(
            rows["predict_at"][index],
            f"r{rows['row_id'][index]}",
            [answered({**request, **keys[index]}, score, decision)],
            package=package.digest,
            origin=origin,
        )
        for index, (request, score, decision) in enumerate(answers)
    ]
