"""`mlcycle lineage`: where a column comes from, and what is made of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlcycle.cli.console import say, table
from mlcycle.cli.options import specs_argument

if TYPE_CHECKING:
    from mlcycle.graph.column_lineage import Place, Traced
    from mlcycle.graph.node import Graph

#: What a place says of a column, before its name there.
_SAID = {
    "column": "has",
    "feature": "makes",
    "key": "joins by",
    "input": "reads",
    "label": "predicts",
    "group": "is judged by",
    "request": "asks for",
    "lookup": "looks up",
}


@click.command("lineage", short_help="Say where a column comes from, and what is made of it.")
@click.argument("column", metavar="COLUMN")
@specs_argument
@click.option("--json", "as_json", is_flag=True, help="Everything as JSON, for tools.")
def command(column: str, specs: tuple[Path, ...], as_json: bool) -> None:
    """Follow COLUMN, a source's (`source.column`) or a feature (`view.feature`), in both directions.

    Reads the specs alone (default: all of them), and runs none of your code.
    """
    from mlcycle.cli.project import open_project
    from mlcycle.graph.column_lineage import trace

    opened = open_project(specs)
    graphs = [opened.graph(file) for file in opened.files(specs)]
    found = [(graph, traced) for graph in graphs if (traced := trace(graph, column)) is not None]
    if not found:
        raise _unknown(column, graphs)
    if as_json:
        import json

        say(json.dumps([_plain(graph, traced) for graph, traced in found], indent=2))
        return
    for number, (graph, traced) in enumerate(found):
        if number:
            say()
        for line in _lines(graph, traced):
            say(line)


def _lines(graph: Graph, traced: Traced) -> list[str]:
    column = traced.column
    facts = [column.dtype, *(["nullable"] if column.nullable else []), *_marks(traced)]
    lines = [f"{traced.name} of {graph.project} ({graph.spec_file}): {', '.join(facts)}"]
    above = [*traced.features, *(f"{ref} (source)" for ref in traced.sources)]
    lines.append(f"  made of    {', '.join(above) or 'nothing else: it is read as it is'}")
    grouped: dict[tuple[str, str], list[Place]] = {}
    for place in traced.places:
        grouped.setdefault((place.node, _SAID[place.use]), []).append(place)
    rows = [
        (node.partition("/")[2], said, ", ".join(place.column for place in places))
        for (node, said), places in grouped.items()
    ]
    lines.append("  goes into" if rows else "  goes into  nothing")
    return [*lines, *(table(rows, indent="    ").split("\n") if rows else ())]


def _marks(traced: Traced) -> list[str]:
    from mlcycle.checks.words import spoken
    from mlcycle.graph.column import NEVER

    column = traced.column
    known = column.available_after
    marks = [mark for mark, on in (("personal data", column.pii), ("sensitive", column.sensitive)) if on]
    if known is None:
        return marks
    return [*marks, "never known" if known == NEVER else f"known after {spoken(known)}"]


def _plain(graph: Graph, traced: Traced) -> dict[str, Any]:
    return {
        "project": graph.project,
        "column": traced.name,
        "node": traced.node,
        "dtype": traced.column.dtype,
        "pii": traced.column.pii,
        "sensitive": traced.column.sensitive,
        "made_of": {
            "sources": [str(reference) for reference in traced.sources],
            "features": list(traced.features),
        },
        "goes_into": [
            {"node": place.node, "column": place.column, "use": place.use} for place in traced.places
        ],
    }


def _unknown(column: str, graphs: list[Graph]) -> Exception:
    from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
    from mlcycle.diagnostics.span import NOWHERE
    from mlcycle.diagnostics.suggest import did_you_mean
    from mlcycle.graph.column_lineage import names

    known = [name for graph in graphs for name in names(graph)]
    message = f"no spec has a column or feature `{column}`"
    help = did_you_mean(column, known)
    return Refused((Diagnostic(code="MLC846", message=message, span=NOWHERE, help=help),))
