"""The one place that skips work."""

from __future__ import annotations

from mlcycle.engine.decisions import Decision, Reason, Rebuild, Reuse
from mlcycle.engine.identity import identity_digest
from mlcycle.engine.reasons import reasons
from mlcycle.graph.node import Node
from mlcycle.store.result import IdentityParts, Result


def decide(
    node: Node,
    parts: IdentityParts,
    previous: Result | None,
    *,
    missing: str | None = None,
    forced: bool = False,
) -> Decision:
    """Whether the node's last result still holds.

    parts: what a result of now would be made of. missing: the first file of the last
    result that is not there.
    """
    if previous is None:
        return Rebuild(reasons=(Reason(kind="never_built", text="never built"),))
    if previous.identity == identity_digest(parts):
        found = _other(missing, forced)
        return Rebuild(reasons=found) if found else Reuse(result=previous)
    changed = reasons(node, previous.parts, parts)
    if not changed:
        changed = (Reason(kind="code", text="how results are identified changed"),)
    return Rebuild(reasons=(*changed, *_other(missing, forced)))


def _other(missing: str | None, forced: bool) -> tuple[Reason, ...]:
    lost = (Reason(kind="artefact", text=f"artefact missing: {missing}"),) if missing else ()
    return (*lost, Reason(kind="forced", text="forced")) if forced else lost
