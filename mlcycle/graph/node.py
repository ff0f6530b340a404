"""The graph that a project lowers to: frozen nodes whose work is named, never loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlcycle.diagnostics.span import NOWHERE, Span
from mlcycle.graph.column import Column
from mlcycle.graph.retraining import Retraining

#: Plain JSON values only: a node's config is hashed, stored and compared key by key.
Json = Any
Config = Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One piece of a node's work, in order: a cleaning step, a feature, a gate.

    `name` is unique within the node. `config` holds meaning only. `span` is where the author wrote it, so
    that a failure names its line.
    """

    name: str
    kind: str
    work: str
    config: Config = field(default_factory=dict)
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check that a node reports on when it runs; a failed `error` check stops what follows."""

    name: str
    severity: str = "error"
    description: str | None = None
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One materialization.

    name: `project/phase/name[/part]`, the Dagster asset key.
    work: `package.module:function` taking a `mlcycle.task.Task` and returning a `mlcycle.task.Outcome`.
    config: what the work needs, without anything that only documents. Hashed.
    inputs: role -> node name; the content of each counts towards this node's identity.
    after: nodes that must have run before, whose content does not count.
    observes: facts of the outside that decide whether a result still holds: `file:<path>`, `now`,
        `online_store` (where it is), `champion:<model>`, `predictions:<service>` (in chunks of the config's
        `every_seconds`); the engine knows how to look each up.
    documentation: descriptions, owners, card texts; shown, never hashed.
    columns: the columns of the node's table, where it has one.
    """

    name: str
    kind: str
    work: str
    config: Config = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    observes: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    columns: tuple[Column, ...] = ()
    documentation: Config = field(default_factory=dict)
    span: Span = NOWHERE

    @property
    def group(self) -> str:
        """The project, which groups assets in Dagster's page."""
        return self.name.split("/", 1)[0]

    @property
    def upstream(self) -> tuple[str, ...]:
        """Every node that must run before this one, without repeats, in a stable order."""
        return tuple(dict.fromkeys((*self.inputs.values(), *self.after)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The nodes of one project, in an order in which each follows what it needs.

    retrainings: when its models are trained again.
    """

    project: str
    spec_file: str
    spec_digest: str
    nodes: tuple[Node, ...]
    retrainings: tuple[Retraining, ...] = ()

    def __getitem__(self, name: str) -> Node:
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return any(node.name == name for node in self.nodes)
