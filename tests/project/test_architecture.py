"""The table of nodes in docs/architecture.md is what the example lowers to."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.graphs import lowered


def test_the_table_of_nodes_is_that_of_the_graph(repository: Path) -> None:
    text = (repository / "specs" / "flight_delays.yaml").read_text()
    graph = lowered(text, "specs/flight_delays.yaml").graph
    listed = {row[0]: row[1:] for row in _rows((repository / "docs" / "architecture.md").read_text())}
    found = {_general(node.name): node for node in graph.nodes}
    assert listed.keys() == found.keys()
    for name, (work, inputs) in listed.items():
        assert work == found[name].work
        named, _, after = inputs.partition("after")
        roles = {_general(role) for role in found[name].inputs}
        assert roles <= set(re.findall(r"`([^`]+)`", named)), name
        followed = {_general(other) for other in found[name].after}
        assert followed == set(re.findall(r"`(P/[^`]+)`", after)), name


def _rows(page: str) -> list[tuple[str, str, str]]:
    """Node, work and inputs of each row."""
    return re.findall(r"^\| `(P/[^`]+)` \| `([^`]+)`[^|]*\| ([^|]*)\|", page, re.MULTILINE)


def _general(name: str) -> str:
    """`flight_delays/models/late/split` as `P/models/M/split`, `view:weather_at_origin` as `view:V`."""
    letters = {"sources": "S", "features": "V", "online": "V", "models": "M", "sheets": "S"}
    letters |= {"services": "S", "monitors": "M"}
    if "/" not in name:
        name = re.sub(r"^source:\w+", "source:S", name)
        entity_views = ("weather_at_origin", "aircraft_facts", "airline_record")
        return re.sub("|".join(entity_views), "V", name)
    _, part, *rest = name.split("/")
    return "/".join(("P", part, *((letters[part], *rest[1:]) if rest else ())))
