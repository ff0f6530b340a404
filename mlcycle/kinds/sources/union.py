"""All partitions of a source together."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import polars as pl

from mlcycle.graph.canonical import digest
from mlcycle.kinds.sources.within import ROWS
from mlcycle.task import CheckResult, Input, Outcome, Task, WorkError

FILE = "partitions.json"
_SHOWN = 5


def write(task: Task) -> Outcome:
    """Write `partitions.json`: what each partition holds, oldest first.

    The version is that of the partitions with rows, whatever the order in which they were read.
    """
    found = [(key, task.inputs[key]) for key in sorted(task.inputs)]
    listed = [
        {"partition": key, "rows": one.figures["rows"], "version": one.data_version} for key, one in found
    ]
    (task.out / FILE).write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")
    empty = [one["partition"] for one in listed if not one["rows"]]
    late = sum(one.figures.get("late", 0) for _, one in found)
    rows = sum(one["rows"] for one in listed)
    figures = {"rows": rows, "partitions": len(listed), "empty": empty} | ({"late": late} if late else {})
    return Outcome(
        data_version=digest([[one["partition"], one["version"]] for one in listed if one["rows"]]),
        figures=figures,
        key_figure=", ".join(_said(len(listed), rows, empty, late)),
        checks=(_rows_gone(dict(found)),),
        record={"folders": {key: f"{key}/{one.path.name}" for key, one in found}},
    )


def _rows_gone(found: Mapping[str, Input]) -> CheckResult:
    """A database that has cleaned up, or a file that was cut off, looks like a quiet month."""
    gone = {key: one.figures["gone"] for key, one in found.items() if one.figures.get("gone")}
    first = next(iter(gone), "")
    others = f", as have {len(gone) - 1} more partitions" if len(gone) > 1 else ""
    rows = "1 row" if gone.get(first) == 1 else f"{gone.get(first, 0):,} rows"
    message = f"{first} has {rows} fewer than at its reading before{others}" if gone else ""
    return CheckResult(
        name="rows_gone",
        verdict="fail" if gone else "pass",
        message=message or "no partition has fewer rows than at its reading before",
        figure=float(sum(gone.values())),
        limit="max 0",
    )


def assembled(partitions: Input) -> pl.DataFrame:
    """The rows of all partitions, oldest first. Raises WorkError MLC907 where the files of one are gone."""
    frames = []
    for key, folder in sorted(partitions.record["folders"].items()):
        file = partitions.path.parent / folder / ROWS
        if not file.is_file():
            help = f"`mlcycle run --until {partitions.node}` reads it again"
            raise WorkError("MLC907", f"the rows of partition {key} are gone", step="read", help=help)
        frames.append(pl.read_parquet(file))
    if not frames:
        help = "look at `start`, and at the environment's `now`"
        raise WorkError("MLC907", "no partition has begun yet", step="read", help=help)
    return pl.concat(frames)


def _said(count: int, rows: int, empty: list[str], late: int) -> Iterator[str]:
    yield f"{count:,} {'partition' if count == 1 else 'partitions'}"
    yield f"{rows:,} rows"
    if empty:
        more = f" and {len(empty) - _SHOWN} more" if len(empty) > _SHOWN else ""
        yield f"empty: {', '.join(empty[:_SHOWN])}{more}"
    if late:
        yield f"{late:,} late"
