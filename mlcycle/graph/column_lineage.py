"""Where a column comes from and what is made of it, read from a graph alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mlcycle.graph.column import Column, ColumnRef
from mlcycle.graph.node import Graph, Node

#: What a column is to the node that has it.
Use = Literal["column", "feature", "key", "input", "label", "group", "request", "lookup"]

_PREFIXES: Mapping[str, Use] = {"key.": "key", "by.": "group", "request.": "request"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A column in a node: its name there, and what it is to the node."""

    node: str
    column: str
    use: Use


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """A column of a source (`source.column`) or a feature (`view.feature`).

    sources: the columns of sources that it is made of, itself left out. features: those that an expression
    makes it of. places: everything that has it or is made of it, in the graph's order.
    """

    name: str
    column: Column
    node: str
    sources: tuple[ColumnRef, ...]
    features: tuple[str, ...]
    places: tuple[Place, ...]


def names(graph: Graph) -> list[str]:
    """Every name that can be traced."""
    return sorted({name for name, _, _ in _declared(graph)})


def trace(graph: Graph, name: str) -> Traced | None:
    """The column or feature of that name; None if the graph has none.

    A derived column of a source stands for the columns that it is made of: what is made of all of them counts
    as made of it.
    """
    found = next(((node, column) for known, node, column in _declared(graph) if known == name), None)
    if found is None:
        return None
    node, column = found
    made_of = _made_of(graph)
    of_source = node.name.split("/")[1] == "sources"
    below = _below(name, made_of)
    carried = {
        other.name: [
            one.name
            for one in other.columns
            if (column.lineage <= one.lineage if of_source and column.lineage else one.name in below)
        ]
        for other in graph.nodes
    }
    itself = ColumnRef(node.name.split("/")[-1], column.name)
    return Traced(
        name=name,
        column=column,
        node=node.name,
        sources=tuple(sorted(column.lineage - {itself})),
        features=tuple(sorted(made_of.get(name, ()))),
        places=tuple(
            place
            for other in graph.nodes
            for place in (*_columns(other, carried[other.name]), *_served(graph, other, carried))
            if place.node != node.name or _made_there(node, column, place.column)
        ),
    )


def _declared(graph: Graph) -> Iterator[tuple[str, Node, Column]]:
    """Columns of sources, features of views with an entity, and those that only a data set computes."""
    for node in graph.nodes:
        slot = node.name.split("/")[1]
        for column in node.columns:
            if slot == "sources":
                yield f"{node.name.split('/')[2]}.{column.name}", node, column
            elif "." in column.name and not column.name.startswith(tuple(_PREFIXES)):
                yield column.name, node, column


def _made_of(graph: Graph) -> dict[str, set[str]]:
    """Each feature -> the features that its expression reads."""
    found: dict[str, set[str]] = {}
    for node in graph.nodes:
        for entry in node.config.get("program", ()):
            read = {name for name in _read(entry["expression"]) if not name.startswith("request.")}
            found.setdefault(entry["output"], set()).update(read)
    return found


def _read(tree: Any) -> Iterator[str]:
    if isinstance(tree, Mapping):
        if "column" in tree:
            yield str(tree["column"])
        for argument in tree.get("arguments", ()):
            yield from _read(argument)


def _below(name: str, made_of: Mapping[str, set[str]]) -> set[str]:
    """The feature and every feature that an expression makes of it, however indirectly."""
    found = {name}
    while True:
        more = {output for output, read in made_of.items() if read & found} - found
        if not more:
            return found
        found |= more


def _columns(node: Node, carried: Sequence[str]) -> Iterator[Place]:
    for name in carried:
        yield Place(node=node.name, column=name, use=_use(node, name))


def _made_there(node: Node, traced: Column, name: str) -> bool:
    """Whether the node that declares a column makes another one of it, or is a data set, which reads it."""
    slot, owner = node.name.split("/")[1:3]
    if slot == "models":
        return True
    (column,) = (column for column in node.columns if column.name == name)
    return slot == "sources" and name != traced.name and column.lineage != {ColumnRef(owner, name)}


def _use(node: Node, name: str) -> Use:
    if name == "label":
        return "label"
    if node.kind == "dataset" and any(name == feature["name"] for feature in node.config["features"]):
        return "input"
    if node.kind == "feature_view":
        return "feature" if "." in name else "key"
    return next((use for prefix, use in _PREFIXES.items() if name.startswith(prefix)), "column")


def _served(graph: Graph, node: Node, carried: Mapping[str, Sequence[str]]) -> Iterator[Place]:
    """What a service asks of a request or looks up."""
    if node.kind != "service":
        return
    package = graph[node.inputs["package"]]
    there = carried[package.inputs["dataset"]]
    for field in package.config["request"]:
        if f"request.{field['name']}" in there:
            yield Place(node=node.name, column=field["name"], use="request")
    for lookup in package.config["lookups"]:
        for feature in lookup["features"]:
            full = f"{lookup['view']}.{feature['name']}"
            if full in there:
                yield Place(node=node.name, column=full, use="lookup")
