"""`mlcycle data diff`: what differs between two recorded tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from mlcycle.cli.console import say, table
from mlcycle.cli.datasets.found import recorded
from mlcycle.cli.options import environment_option

if TYPE_CHECKING:
    from mlcycle.control.changes import Changes, Distribution
    from mlcycle.graph.node import Node

_SHOWN = 12


@click.command("diff", short_help="Say how two recorded tables differ.")
@click.argument("a")
@click.argument("b")
@environment_option
@click.option("--json", "as_json", is_flag=True, help="As JSON, for tools.")
def command(a: str, b: str, environment: str, as_json: bool) -> None:
    """Say what changed from table A to table B: columns, rows, distributions.

    Each is a version as `mlcycle data history` lists it, `PROJECT.SOURCE@VERSION`, or `PROJECT.SOURCE` for
    the newest. No value of a row is shown.
    """
    import polars as pl

    from mlcycle.control.changes import compare

    with recorded(environment) as tables:
        _, before, old = tables.table(a)
        node, after, new = tables.table(b)
    frames = [pl.read_parquet(folder / "data.parquet") for folder in (old, new)]
    personal = frozenset(column.name for column in node.columns if column.pii)
    changes = compare(frames[0], frames[1], _key(node), hidden=personal)
    if as_json:
        import json
        from dataclasses import asdict

        say(json.dumps(asdict(changes), indent=2))
        return
    say(f"{before.node} {before.data_version[:_SHOWN]} -> {after.node} {after.data_version[:_SHOWN]}")
    for line in _lines(changes):
        say(line)


def _key(node: Node) -> tuple[str, ...]:
    """The first of the source's unique columns, as its contract has them."""
    contract: Any = next((step.config for step in node.steps if step.name == "contract"), {"columns": {}})
    return tuple(name for name, promised in contract["columns"].items() if promised["unique"])[:1]


def _lines(changes: Changes) -> Iterator[str]:
    rows = changes.rows
    how = f"{rows.added:,} added, {rows.removed:,} removed"
    if rows.changed is not None:
        how += f", {rows.changed:,} changed (told apart by {', '.join(rows.by)})"
    yield f"rows     {rows.before:,} -> {rows.after:,}: {how}"
    told = [
        *(f"+ {name} ({kind})" for name, kind in changes.added.items()),
        *(f"- {name} ({kind})" for name, kind in changes.removed.items()),
        *(f"~ {name} ({one} -> {other})" for name, (one, other) in changes.retyped.items()),
    ]
    yield f"columns  {', '.join(told) if told else 'the same'}"
    moved = [each for each in changes.distributions if each.distance or each.missing[0] != each.missing[1]]
    if not moved:
        yield "values   every column is distributed as before"
        return
    yield ""
    ordered = sorted(moved, key=lambda each: -(each.distance or 0))
    head = ("column", "missing", "mean", "distance")
    yield table([head, *(_row(each) for each in ordered)], indent="")


def _row(found: Distribution) -> tuple[str, ...]:
    missing = f"{found.missing[0]:.1%} -> {found.missing[1]:.1%}"
    mean = f"{found.mean[0]:.4g} -> {found.mean[1]:.4g}" if found.mean is not None else ""
    distance = f"{found.distance:.3f} ({found.measure})" if found.distance is not None else "no values"
    return found.name, missing, mean, distance
