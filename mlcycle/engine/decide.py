"""The one place that skips work."""

from __future__ import annotations

from collections.abc import Callable

from mlcycle.engine.decisions import Decision, Reason, Rebuild, Reuse
from mlcycle.engine.identity import identity_digest
from mlcycle.engine.places import same
from mlcycle.engine.reasons import Nearer, reasons
from mlcycle.graph.node import Node
from mlcycle.store.result import IdentityParts, Result


def _nothing(result: Result) -> str | None:
    return None


def decide(
    node: Node,
    parts: IdentityParts,
    previous: Result | None,
    *,
    missing: str | None = None,
    cut_off: bool = False,
    forced: bool = False,
    lost: Callable[[Result], str | None] = _nothing,
    nearer: Nearer = same,
) -> Decision:
    """Whether the node's last result still holds.

    parts: what a result of now would be made of. missing: the first file of the last
    result that is not there. cut_off: its work was last stopped after it had begun to change shared state.
    lost: what is gone of that which a result left elsewhere; asked last, and only where all else holds.
    """
    if previous is None:
        return Rebuild(reasons=(Reason(kind="never_built", text="never built"),))
    if previous.identity == identity_digest(parts):
        found = _other(missing, cut_off, forced) or _elsewhere(lost(previous))
        return Rebuild(reasons=found) if found else Reuse(result=previous)
    changed = reasons(node, previous.parts, parts, nearer)
    if not changed:
        changed = (Reason(kind="code", text="how results are identified changed"),)
    return Rebuild(reasons=(*changed, *_other(missing, cut_off, forced)))


def _elsewhere(lost: str | None) -> tuple[Reason, ...]:
    return (Reason(kind="lost", text=lost),) if lost else ()


def _other(missing: str | None, cut_off: bool, forced: bool) -> tuple[Reason, ...]:
    found = (
        Reason(kind="artefact", text=f"artefact missing: {missing}") if missing else None,
        Reason(kind="cut_off", text="its last run was cut off half-way") if cut_off else None,
        Reason(kind="forced", text="forced") if forced else None,
    )
    return tuple(reason for reason in found if reason is not None)
