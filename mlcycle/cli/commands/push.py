"""`mlcycle push`: fresh values for the online store."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlcycle.cli.console import count, say
from mlcycle.cli.options import environment_option
from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE

if TYPE_CHECKING:
    from mlcycle.cli.project import Opened
    from mlcycle.graph.node import Node


@click.command("push", short_help="Write fresh values of a view into the online store.")
@click.argument("view", metavar="PROJECT.VIEW")
@click.argument("rows", default="-")
@environment_option
def command(view: str, rows: str, environment: str) -> None:
    """Write ROWS into the online store for PROJECT.VIEW: a file with one JSON object a line, or `-`.

    A row has every key of the view, every feature (null where it is not known) and `event_timestamp`: since
    when the values hold. Services use them at once. A row that is older than what the store has is left out;
    if any row is wrong, none is written.
    """
    from mlcycle.cli.project import open_project
    from mlcycle.pushing import push

    opened = open_project()
    node = _view(opened, view)
    lines, name = _lines(rows)
    done = push(node, lines, name, opened.environment(environment), opened.root)
    older = done.rows - done.written
    left = f"; {older:,} older than what was there left out" if older else ""
    say(f"{count(done.written, 'row')} written to {view} in {environment}{left}")


def _view(opened: Opened, name: str) -> Node:
    """The table's node of a view that is looked up. Specs with mistakes are passed over."""
    from mlcycle.diagnostics.suggest import did_you_mean

    found: dict[str, Node] = {}
    for file in opened.workspace.specs:
        graph = opened.compile(file).graph
        for node in graph.nodes if graph is not None else ():
            if node.kind == "feature_view":
                found[f"{node.group}.{node.name.rpartition('/')[2]}"] = node
    opened.schemas.save()
    if name in found:
        return found[name]
    listed = f"there is {', '.join(found)}" if found else "no spec without mistakes has one"
    message = f"no spec declares a view by an entity that is called `{name}`"
    help_line = did_you_mean(name, found) or listed
    raise Refused((Diagnostic(code="MLC755", message=message, span=NOWHERE, help=help_line),))


def _lines(rows: str) -> tuple[list[str], str]:
    """The lines, and what to call where they came from. Raises Refused (MLC756)."""
    if rows == "-":
        return sys.stdin.read().splitlines(), "standard input"
    try:
        return Path(rows).read_text(encoding="utf-8").splitlines(), rows
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        message = f"`{rows}` cannot be read: {reason}"
        raise Refused((Diagnostic(code="MLC756", message=message, span=NOWHERE),)) from None
