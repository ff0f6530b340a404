"""`mlcycle data history`: the recorded tables of a source."""

from __future__ import annotations

from collections.abc import Mapping

import click

from mlcycle.cli.console import say, table
from mlcycle.cli.datasets.found import recorded
from mlcycle.cli.options import environment_option

_SHOWN = 12


@click.command("history", short_help="List the recorded tables of a source.")
@click.argument("source", metavar="PROJECT.SOURCE")
@environment_option
@click.option("--json", "as_json", is_flag=True, help="Whole versions as JSON, for tools.")
def command(source: str, environment: str, as_json: bool) -> None:
    """List the versions of PROJECT.SOURCE, newest first: rows, when, and the models that learned from each.

    `snapshot: VERSION` in the spec keeps the source to one of them.
    """
    from mlcycle.control.snapshots import history

    with recorded(environment) as tables:
        graph, node = tables.source(source)
        found = history(tables.results, tables.artifacts, graph, node.name.split("/")[2])
    if as_json:
        import json

        shown = [
            {
                "version": one.version,
                "rows": one.rows,
                "first": one.first.isoformat(),
                "last": one.last.isoformat(),
                "models": dict(one.models),
                "there": one.there,
            }
            for one in found
        ]
        say(json.dumps(shown, indent=2))
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


def _models(models: Mapping[str, int]) -> str:
    if not models:
        return "no model"
    return ", ".join(f"{name} ({count} trainings)" if count > 1 else name for name, count in models.items())
