"""Which nodes a command is about: `--select` and `--until`."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE
from mlcycle.engine.observe import ancestors, required
from mlcycle.graph.node import Graph


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to run and how.

    select: only these nodes; `name+` takes what follows as well. until: these nodes and all they rest on.
    Both empty: everything. force: run what is chosen even if nothing changed. sample: the share of rows that
    sources keep; anything below 1 has a state of its own and never touches the real one.
    partitions: keys of partitions to read whether or not they are due, of the chosen sources.
    cause: what asked for the run, where that was no person; kept with its results, part of no identity.
    """

    select: tuple[str, ...] = ()
    until: tuple[str, ...] = ()
    force: bool = False
    sample: float = 1.0
    partitions: tuple[str, ...] = ()
    cause: str = ""


def chosen(graph: Graph, options: Options) -> tuple[str, ...]:
    """The names of the chosen nodes in the graph's order; raises `Refused` for a word that names none."""
    if not options.select and not options.until:
        return tuple(node.name for node in graph.nodes)
    names: set[str] = set()
    for word in options.select:
        found = matching(graph, word.removesuffix("+"))
        names |= found
        if word.endswith("+"):
            names |= _followers(graph, found)
    for word in options.until:
        found = matching(graph, word)
        names |= found | ancestors(graph, found)
    return tuple(node.name for node in graph.nodes if node.name in names)


def matching(graph: Graph, word: str) -> set[str]:
    """Nodes that a word names: a whole name, its last parts (`late/training`), or a pattern with `*`."""
    found = {n.name for n in graph.nodes if n.name == word or fnmatchcase(f"/{n.name}", f"*/{word}")}
    if found:
        return found
    tails = {tail for node in graph.nodes for tail in _tails(node.name)}
    close = get_close_matches(word, sorted(tails), n=1)
    raise Refused(
        (
            Diagnostic(
                code="MLC872",
                message=f"no step of `{graph.project}` is called `{word}`",
                span=NOWHERE,
                help=f"did you mean `{close[0]}`?" if close else "`mlcycle plan` lists all steps",
            ),
        )
    )


def _followers(graph: Graph, names: set[str]) -> set[str]:
    found: set[str] = set()
    for node in graph.nodes:
        if any(up in names or up in found for up in required(graph, node)):
            found.add(node.name)
    return found


def _tails(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[index:]) for index in range(len(parts))]
