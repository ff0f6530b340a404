"""Graphs without files: columns fixed in the test, and a graph as text to compare with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.graph.column import Column, DType
from mlcycle.graph.node import Graph, Node
from mlcycle.kinds.interface import SourceKind
from mlcycle.language.kinds import find_kinds
from mlcycle.language.load import Loaded, load_bytes
from mlcycle.lowering.lower import Lowered, lower

FLIGHTS: Mapping[str, DType] = {
    "flight_id": "string",
    "scheduled_departure": "timestamp",
    "carrier": "string",
    "flight_number": "int64",
    "tail_number": "string",
    "origin": "string",
    "destination": "string",
    "distance": "float64",
    "departure_delay": "float64",
    "arrival_delay": "float64",
    "air_time": "float64",
}
WEATHER: Mapping[str, DType] = {
    "origin": "string",
    "observed_at": "timestamp",
    "temperature": "float64",
    "dew_point": "float64",
    "humidity": "float64",
    "wind_direction": "float64",
    "wind_speed": "float64",
    "wind_gust": "float64",
    "precipitation": "float64",
    "pressure": "float64",
    "visibility": "float64",
}
PLANES: Mapping[str, DType] = {
    "tail_number": "string",
    "manufacture_year": "int64",
    "type": "string",
    "manufacturer": "string",
    "model": "string",
    "engines": "int64",
    "seats": "int64",
}


class FixedSchemas:
    """A schema provider that opens no file: file -> columns; any other file is not there."""

    def __init__(self, tables: Mapping[str, Mapping[str, DType]], modules: tuple[str, ...] = ()) -> None:
        self._tables = tables
        self._modules = modules

    def __call__(self, source: SourceKind) -> Mapping[str, DType] | None:
        return self._tables.get(source.file())

    def has_module(self, name: str) -> bool:
        return name in self._modules


MAILS: Mapping[str, DType] = {
    "received_at": "timestamp",
    "sender_domain": "string",
    "subject": "string",
    "body": "string",
    "label": "string",
}

EXAMPLE = FixedSchemas(
    {
        "data/flights.parquet": FLIGHTS,
        "data/weather.parquet": WEATHER,
        "data/planes.csv": PLANES,
        "data/mails.parquet": MAILS,
    },
    modules=("shop.cleaning", "shop.training"),
)


def load(text: str, name: str = "specs/shop.yaml") -> Loaded:
    """A spec from its text; its shape must be right."""
    loaded = load_bytes(text.encode(), name, find_kinds(outside=()))
    assert loaded.project is not None, loaded.diagnostics
    return loaded


def lowered(text: str, name: str = "specs/shop.yaml") -> Lowered:
    """A spec over the example's tables, lowered."""
    return lower(load(text, name), find_kinds(outside=()), EXAMPLE)


def checked(
    text: str, name: str = "specs/shop.yaml", schemas: FixedSchemas = EXAMPLE
) -> tuple[Graph | None, tuple[Diagnostic, ...]]:
    """A spec over the example's tables, checked, whatever is wrong with it."""
    from mlcycle.checks.run import check

    kinds = find_kinds(outside=())
    return check(load_bytes(text.encode(), name, kinds), kinds, schemas)


def codes(text: str) -> list[str]:
    """The codes of everything that is found in a spec, by place."""
    return [finding.code for finding in checked(text)[1]]


def dump(graph: Graph) -> str:
    """A graph as text: every node with its work, inputs, config, steps, checks and columns."""
    return "\n".join(_node(node) for node in graph.nodes)


def _node(node: Node) -> str:
    lines = [f"{node.name}  [{node.kind}]  {node.span}", f"  work     {node.work}"]
    lines += [f"  input    {role}: {name}" for role, name in node.inputs.items()]
    lines += [f"  after    {name}" for name in node.after]
    lines += [f"  observes {fact}" for fact in node.observes]
    lines += [f"  config   {key}: {_json(value)}" for key, value in node.config.items()]
    for step in node.steps:
        lines.append(f"  step     {step.name}  {step.work}  {step.span}")
        lines += [f"             {key}: {_json(value)}" for key, value in step.config.items()]
    lines += [f"  check    {c.name} ({c.severity}): {c.description}" for c in node.checks]
    lines += [f"  column   {_column(column)}" for column in node.columns]
    lines += [f"  document {key}: {_json(value)}" for key, value in node.documentation.items()]
    return "\n".join(lines) + "\n"


def _column(column: Column) -> str:
    parts = [column.name, column.dtype, "nullable" if column.nullable else "not null"]
    if column.available_after is not None:
        parts.append(f"after {column.available_after}")
    parts += [mark for mark in ("sensitive", "pii") if getattr(column, mark)]
    if column.lineage:
        parts.append("from " + ", ".join(sorted(map(str, column.lineage))))
    return "  ".join(parts)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def spec_text(repository: Path, name: str = "flight_delays") -> str:
    """The text of one of the repository's own specs."""
    return (repository / "specs" / f"{name}.yaml").read_text(encoding="utf-8")
