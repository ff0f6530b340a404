"""What a node's result is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from mlcycle.graph.canonical import digest
from mlcycle.graph.code_digest import Code
from mlcycle.graph.node import Node
from mlcycle.store.encoding import plain
from mlcycle.store.result import IdentityParts


def identity(
    node: Node,
    *,
    inputs: Mapping[str, str],
    observed: Mapping[str, str | None],
    code: Code,
    sample: float,
    previous: IdentityParts | None,
) -> IdentityParts:
    """The parts for a node over inputs (role -> data version) and looked-up facts.

    A champion that is the node's own package counts as whatever was observed when that package was first
    looked at: becoming the champion changes nothing about a package.
    """
    return IdentityParts(
        work=node.work,
        config=plain(node.config),
        steps=tuple(
            {"name": step.name, "kind": step.kind, "work": step.work, "config": plain(step.config)}
            for step in node.steps
        ),
        inputs=dict(inputs),
        observed=_settled(observed, inputs, previous),
        code=dict(code.modules),
        libraries=dict(code.libraries),
        checks={check.name: check.severity for check in node.checks},
        sample=sample,
    )


def identity_digest(parts: IdentityParts) -> str:
    """The sha256 that names a result with these parts."""
    return digest(asdict(parts))


def _settled(
    observed: Mapping[str, str | None], inputs: Mapping[str, str], previous: IdentityParts | None
) -> dict[str, str | None]:
    facts = dict(observed)
    for fact, value in facts.items():
        if not fact.startswith("champion:") or value is None or value not in inputs.values():
            continue
        seen = previous is not None and value in previous.inputs.values()
        facts[fact] = previous.observed.get(fact) if seen and previous else None
    return facts
