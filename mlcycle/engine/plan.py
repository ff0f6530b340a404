"""What a run would do, said by walking the same stages as the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.engine.decide import decide
from mlcycle.engine.decisions import Decision, Pending, Rebuild, Reuse
from mlcycle.engine.examine import examine
from mlcycle.engine.gather import examine_partitions
from mlcycle.engine.observe import clocks, look_up_files
from mlcycle.engine.session import Session
from mlcycle.engine.upstream import blocking
from mlcycle.graph.node import Node
from mlcycle.graph.partitions import is_partitioned
from mlcycle.store.result import IdentityParts, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One node and what is to become of it; `blocked` says which failed checks will stop it."""

    node: Node
    decision: Decision | Pending
    blocked: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The chosen nodes in the order in which they run."""

    project: str
    spec_file: str
    environment: str
    steps: tuple[Planned, ...]

    @property
    def unchanged(self) -> bool:
        """Nothing is to be done, blocked nodes aside."""
        return not self.todo

    @property
    def todo(self) -> tuple[str, ...]:
        """The nodes that run, or may."""
        return tuple(s.node.name for s in self.steps if not isinstance(s.decision, Reuse) and not s.blocked)


def make_plan(session: Session, names: tuple[str, ...]) -> Plan:
    """Decide every chosen node as far as that can be said before anything runs.

    A node below one that will run is decided as if its inputs came out as last time: if it has a reason of
    its own it will run, else it is `Pending`.
    """
    known = session.results.all_newest(session.graph.project)
    decided: dict[str, Decision | Pending] = {}
    steps = []
    for node in session.graph.nodes:
        if node.name not in names:
            continue
        decided[node.name] = _decision(session, node, known, decided)
        steps.append(
            Planned(node=node, decision=decided[node.name], blocked=_blocked(session, node, known, decided))
        )
    return Plan(
        project=session.graph.project,
        spec_file=session.graph.spec_file,
        environment=session.settings.environment,
        steps=tuple(steps),
    )


def _decision(
    session: Session, node: Node, known: Mapping[str, Result], decided: Mapping[str, Decision | Pending]
) -> Decision | Pending:
    if is_partitioned(node):
        return examine_partitions(session, node, known.get).decision
    if node.name not in known:
        look_up_files(session, node)
        return decide(node, IdentityParts(work=node.work), None)
    found = {role: known[name] for role, name in node.inputs.items() if name in known}
    decision = examine(session, node, found, known.get).decision
    counted = (*node.inputs.values(), *clocks(session.graph, node))
    running = tuple(
        dict.fromkeys(name for name in counted if not isinstance(decided.get(name), Reuse | None))
    )
    if not running:
        return decision
    if isinstance(decision, Reuse):
        return Pending(upstream=running)
    own = tuple(reason for reason in decision.reasons if reason.kind != "input")
    return Rebuild(reasons=own or decision.reasons)


def _blocked(
    session: Session, node: Node, known: Mapping[str, Result], decided: Mapping[str, Decision | Pending]
) -> tuple[Diagnostic, ...]:
    """Checks of nodes that are decided to stay as they are; those that run again may pass this time."""

    def settled(name: str) -> Result | None:
        return known.get(name) if isinstance(decided.get(name), Reuse | None) else None

    return blocking(session.graph, node, settled)
