"""`mlcycle data history`: the recorded tables of a source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from mlcycle.cli.console import say, table
from mlcycle.cli.datasets.found import recorded
from mlcycle.cli.options import environment_option

if TYPE_CHECKING:
    from mlcycle.control.snapshots import Snapshot
    from mlcycle.store.result import Result

_SHOWN = 12
_MOST = 31


@click.command("history", short_help="List the recorded tables of a source.")
@click.argument("source", metavar="PROJECT.SOURCE")
@environment_option
@click.option("--json", "as_json", is_flag=True, help="Whole versions as JSON, for tools.")
def command(source: str, environment: str, as_json: bool) -> None:
    """List the versions of PROJECT.SOURCE, newest first: rows, when, and the models that learned from each.

    `snapshot: VERSION` in the spec keeps the source to one of them.
    """
    from mlcycle.control.snapshots import history, readings

    with recorded(environment) as tables:
        graph, node = tables.source(source)
        name = node.name.split("/")[2]
        found = history(tables.results, tables.artifacts, graph, name)
        parts = readings(tables.results, graph, name)
    if as_json:
        import json

        say(json.dumps([_plain(one) for one in found], indent=2))
        return
    rows = [
        (
            one.version[:_SHOWN],
            f"{one.rows:,} rows" if one.rows is not None else "",
            f"{one.first:%Y-%m-%d %H:%M} UTC",
            _models(one.models),
            "" if one.there else "its files are gone",
        )
        for one in found
    ]
    say(table(rows, indent="") if rows else f"`{source}` was never built in {environment}")
    if parts:
        say(_partitions(parts))


def _plain(one: Snapshot) -> dict[str, object]:
    return {
        "version": one.version,
        "rows": one.rows,
        "first": one.first.isoformat(),
        "last": one.last.isoformat(),
        "models": dict(one.models),
        "there": one.there,
    }


def _partitions(parts: Mapping[str, Result]) -> str:
    """When each of the newest partitions was read, why, and what was there."""
    rows = [
        (key, f"{one.figures['rows']:,} rows", f"read {one.started:%Y-%m-%d %H:%M} UTC", *_told(one))
        for key, one in list(parts.items())[-_MOST:]
    ]
    head = f"\n{len(parts):,} partitions" + (f", the newest {_MOST} of them" if len(parts) > _MOST else "")
    return f"{head}\n{table(rows)}"


def _told(one: Result) -> tuple[str, str]:
    counts = (f"{one.figures[name]:,} {name}" for name in ("late", "gone") if one.figures.get(name))
    return "; ".join(one.cause), ", ".join(counts)


def _models(models: Mapping[str, int]) -> str:
    if not models:
        return "no model"
    return ", ".join(f"{name} ({count} trainings)" if count > 1 else name for name, count in models.items())
