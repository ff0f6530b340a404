"""Results as plain JSON and back. Values that are not JSON (dates in a table of failing rows) become text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from mlcycle.store.result import Artifact, IdentityParts, Result
from mlcycle.task import CheckResult, Table


def plain(value: Any) -> Any:
    """The value as JSON can carry it: mappings, lists, text, numbers; NaN and infinities become None."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, bool | str | None):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if hasattr(value, "item"):
        return plain(value.item())
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def encode(result: Result) -> dict[str, Any]:
    """The result's columns in the database; the nested parts are one JSON document."""
    body = asdict(result)
    head = {
        name: body.pop(name) for name in ("node", "identity", "data_version", "path", "environment", "run_id")
    }
    times = {name: body.pop(name).isoformat() for name in ("started", "ended")}
    return {**head, **times, "body": plain(body)}


def decode(row: Mapping[str, Any]) -> Result:
    """The result in a row that `encode` made."""
    body = row["body"]
    return Result(
        node=row["node"],
        identity=row["identity"],
        data_version=row["data_version"],
        path=row["path"],
        environment=row["environment"],
        run_id=row["run_id"],
        started=datetime.fromisoformat(row["started"]),
        ended=datetime.fromisoformat(row["ended"]),
        parts=IdentityParts(**{**body["parts"], "steps": tuple(body["parts"]["steps"])}),
        files=tuple(Artifact(**item) for item in body["files"]),
        figures=body["figures"],
        key_figure=body["key_figure"],
        record=body["record"],
        checks=tuple(check_result(item) for item in body["checks"]),
        tables=tuple(_table(item) for item in body["tables"]),
        plots=tuple(body["plots"]),
        cause=tuple(body["cause"]),
    )


def check_result(item: Mapping[str, Any]) -> CheckResult:
    """A check as `plain` left it."""
    table = _table(item["table"]) if item["table"] else None
    return CheckResult(**{**item, "table": table})


def _table(item: Mapping[str, Any]) -> Table:
    rows = tuple(tuple(row) for row in item["rows"])
    return Table(title=item["title"], columns=tuple(item["columns"]), rows=rows)
