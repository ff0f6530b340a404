"""Decide one node on the results there are; shared by planning and running."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlcycle.engine.decide import decide
from mlcycle.engine.decisions import Decision
from mlcycle.engine.identity import identity
from mlcycle.engine.observe import Newest, observe
from mlcycle.engine.session import Session
from mlcycle.graph.node import Node
from mlcycle.store.result import IdentityParts, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A decision with what it rests on: `parts` are those of a result made now."""

    decision: Decision
    parts: IdentityParts
    previous: Result | None


def examine(session: Session, node: Node, inputs: Mapping[str, Result], newest: Newest) -> Examined:
    """Look up what the node observes and decide whether its last result holds."""
    previous = newest(node.name)
    versions = {role: result.data_version for role, result in inputs.items()}
    observed = observe(session, node, newest)
    code = session.code_of(node)

    def parts(before: IdentityParts | None) -> IdentityParts:
        return identity(
            node,
            inputs=versions,
            observed=observed,
            code=code,
            sample=session.settings.sample,
            previous=before,
        )

    decision = decide(
        node,
        parts(previous.parts if previous else None),
        previous,
        missing=session.artifacts.missing(previous) if previous else None,
        cut_off=session.results.touched(node.name),
        forced=node.name in session.forced,
        lost=session.lost,
        nearer=session.places.nearer,
    )
    return Examined(decision=decision, parts=parts(None), previous=previous)
