"""Why a partition is read: a pure function of how it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from mlcycle.engine.decisions import Reason
from mlcycle.engine.places import same
from mlcycle.engine.reasons import Nearer, reasons
from mlcycle.graph.node import Node
from mlcycle.store.result import IdentityParts, Result

_OURS = __name__.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """open: its end is still to come. lookback: how many of the newest closed ones are read again, for one of
    those; else 0. asked: whether somebody wants it read. known_at: when the last of its values became known,
    once that is so."""

    open: bool
    lookback: int
    asked: bool
    known_at: datetime | None = None


def why(
    node: Node,
    previous: Result | None,
    parts: IdentityParts,
    standing: Standing,
    *,
    missing: str | None,
    version: Callable[[], str | None],
    nearer: Nearer = same,
) -> tuple[Reason, ...]:
    """The reasons to read a partition; empty where its last reading stands.

    parts: what a reading of now would be made of, without a version. missing: the first of its files that is
    gone. version: asks the source, only where it matters; None means that nothing can tell.
    """
    if previous is None:
        return (Reason(kind="never_built", text="never read"),)
    if standing.asked:
        return (Reason(kind="forced", text="asked"),)
    if missing is not None:
        return (Reason(kind="artefact", text=f"artefact missing: {missing}"),)
    changed = reasons(node, _declared(previous.parts), _declared(parts), nearer)
    if changed:
        return changed
    text = _again(standing, previous)
    if text is None or (_may_stand(node, previous) and _unchanged(previous, version)):
        return ()
    return (Reason(kind="observed", text=text),)


def _may_stand(node: Node, previous: Result) -> bool:
    """Whether a source that says the same need not be read.

    Where late rows are told by our own readings, one of an open partition has to be followed by others:
    what happens after it is not late.
    """
    return not (previous.record.get("open") and node.config.get("first_seen"))


def _unchanged(previous: Result, version: Callable[[], str | None]) -> bool:
    before = previous.parts.observed.get("version")
    return before is not None and before == version()


def _declared(parts: IdentityParts) -> IdentityParts:
    """What the author says of how it is read. Our own code and libraries read the same rows in every version,
    and a database may not have those of a closed partition any more."""
    own = {name: found for name, found in parts.code.items() if name.partition(".")[0] != _OURS}
    return replace(parts, observed={}, libraries={}, code=own)


def _read_before(previous: Result, moment: datetime) -> bool:
    read_at = previous.record.get("read_at")
    return read_at is not None and datetime.fromisoformat(read_at) < moment


def _again(standing: Standing, previous: Result) -> str | None:
    if standing.open:
        return "still open"
    if previous.record.get("open"):
        return "was open when it was read"
    if standing.known_at is not None and _read_before(previous, standing.known_at):
        return "was read before all of its values were known"
    if standing.lookback == 1:
        return "the newest is read again"
    return f"the newest {standing.lookback} are read again" if standing.lookback else None
