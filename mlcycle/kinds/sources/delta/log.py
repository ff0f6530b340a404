"""The columns of a Delta table as its log has them: JSON files, read without any library.

The protocol: https://github.com/delta-io/delta/blob/master/PROTOCOL.md, "Change Metadata", "Schema".
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from mlcycle.graph.column import DType

_COMMIT = re.compile(r"\d{20}\.json")
_DTYPES: dict[str, DType] = {
    **dict.fromkeys(("byte", "short", "integer", "long"), "int64"),
    **dict.fromkeys(("float", "double"), "float64"),
    **dict.fromkeys(("timestamp", "timestamp_ntz"), "timestamp"),
    "boolean": "bool",
    "string": "string",
    "date": "date",
}
#: A commit is lines of actions; one of a table that a person looks at stays far below.
_LONGEST = 64 * 1024 * 1024


class NoColumns(ValueError):
    """The log does not say, in a form that is read here."""


def commits(table: Path, version: int | None) -> tuple[Path, ...]:
    """The commits up to `version` (None: all), newest first. Links are not followed out of the table."""
    home = table.resolve()
    found = [path for path in (table / "_delta_log").iterdir() if _COMMIT.fullmatch(path.name)]
    wanted = sorted((p for p in found if version is None or int(p.stem) <= version), reverse=True)
    if any(not path.resolve().is_relative_to(home) for path in wanted):
        raise NoColumns("the log leads out of the table through a link")
    return tuple(wanted)


def columns(commits: tuple[Path, ...]) -> dict[str, DType]:
    """Column -> dtype by the newest of the commits that tells of it.

    Raises NoColumns where none does: the oldest are in a checkpoint then, which is Parquet.
    """
    for path in commits:
        schema = _schema(path)
        if schema is not None:
            return {field["name"]: _dtype(field["type"]) for field in schema["fields"]}
    raise NoColumns("the log has no commit that tells of columns; they are in a checkpoint")


def _schema(path: Path) -> Any:
    if path.stat().st_size > _LONGEST:
        raise NoColumns(f"{path.name} is too long for a commit")
    found = None
    for line in path.read_text(encoding="utf-8").splitlines():
        if '"metaData"' in line:
            action = json.loads(line)
            metadata = action.get("metaData") if isinstance(action, dict) else None
            found = json.loads(metadata["schemaString"]) if isinstance(metadata, dict) else found
    if found is not None and not _is_schema(found):
        raise NoColumns(f"{path.name} has a schema of another form")
    return found


def _is_schema(found: Any) -> bool:
    fields = found.get("fields") if isinstance(found, dict) else None
    return isinstance(fields, list) and all(
        isinstance(field, dict) and isinstance(field.get("name"), str) and "type" in field for field in fields
    )


def _dtype(kind: Any) -> DType:
    if not isinstance(kind, str):
        return "unknown"
    return "float64" if kind.startswith("decimal") else _DTYPES.get(kind, "unknown")
