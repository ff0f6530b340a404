"""Partitions: which are due and why, and reading those, each as a node of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.engine.build import build
from mlcycle.engine.decide import decide
from mlcycle.engine.decisions import Decision, Reason, Rebuild
from mlcycle.engine.due import Standing, why
from mlcycle.engine.events import Progress, silent
from mlcycle.engine.examine import Examined
from mlcycle.engine.identity import identity
from mlcycle.engine.observe import Newest, data_version, now
from mlcycle.engine.session import Session
from mlcycle.graph.canonical import digest
from mlcycle.graph.code_digest import Code
from mlcycle.graph.node import Node
from mlcycle.graph.partitions import Partition, partition_node, partitions
from mlcycle.store.result import IdentityParts, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A partition as it stands, and why it is to be read (empty: it is not).

    parts: what a reading of now is made of, without the version of the data.
    """

    partition: Partition
    node: Node
    standing: Standing
    parts: IdentityParts
    previous: Result | None
    reasons: tuple[Reason, ...]


def look(session: Session, node: Node) -> tuple[Looked, ...]:
    """Every partition that has begun, oldest first. Raises Refused (MLC905) for an asked one that has not."""
    at = now(session, node, session.results.newest)
    cut = partitions(node.config, at)
    _refuse_unknown(session, node, cut)
    known = session.results.all_newest(node.name)
    closed = [part.key for part in cut if part.end <= at]
    lookback = node.config.get("lookback", 0)
    again = frozenset(closed[-lookback:] if lookback else ())
    found = []
    code = session.code_of(partition_node(node, cut[0])) if cut else Code(modules={}, libraries={})
    for part in cut:
        own = partition_node(node, part)
        parts = _plain_parts(session, own, code)
        previous = known.get(own.name)
        asked = node.name in session.forced or part.key in session.partitions
        left = session.only_partitions and part.key not in session.partitions
        standing = Standing(
            open=part.end > at,
            lookback=lookback if part.key in again else 0,
            asked=asked,
            known_at=_known_at(node, part, at),
        )
        found.append(
            Looked(
                partition=part,
                node=own,
                standing=standing,
                parts=parts,
                previous=previous,
                reasons=() if left else _why(session, node, own, previous, parts, standing),
            )
        )
    return tuple(found)


def examine_partitions(session: Session, node: Node, newest: Newest) -> Examined:
    """Decide the node of all partitions: it runs where one is due, or where what was read is not its own."""
    looked = look(session, node)
    previous = newest(node.name)
    parts = _parts_of_all(session, node, standing_results(session, node))
    own = decide(node, parts, previous, missing=session.artifacts.missing(previous) if previous else None)
    return Examined(decision=_decision(looked, own), parts=parts, previous=previous)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """results: the last of every partition, by its key. examined: the node as it is to be built over them.
    waits_for: partitions that have to be read before it can be."""

    results: Mapping[str, Result]
    examined: Examined
    waits_for: tuple[str, ...]


def gather(session: Session, node: Node) -> Gathered:
    """Read what is due. What has been read stays read, wherever this is cut off."""
    due = [one for one in look(session, node) if one.reasons]
    quiet = replace(session, listen=silent)
    for number, one in enumerate(due):
        message = f"{one.partition.key}: {one.reasons[0].text}"
        session.listen(Progress(node=node, message=message, share=number / len(due)))
        examined = Examined(
            decision=Rebuild(reasons=one.reasons), parts=_parts(session, node, one), previous=one.previous
        )
        build(quiet, one.node, {}, examined, one.reasons)
    results = standing_results(session, node)
    examined = Examined(
        decision=Rebuild(reasons=()),
        parts=_parts_of_all(session, node, results),
        previous=session.results.newest(node.name),
    )
    return Gathered(results=results, examined=examined, waits_for=_unread(session, node))


def _unread(session: Session, node: Node) -> tuple[str, ...]:
    """Partitions without which the rest is no table: never read, read otherwise, or gone.

    An open one that was never read is as if it had not begun.
    """
    if not session.only_partitions:
        return ()
    others = replace(session, partitions=frozenset(), only_partitions=False, forced=frozenset())
    return tuple(
        one.partition.key
        for one in look(others, node)
        if one.reasons
        and one.reasons[0].kind != "observed"
        and not (one.standing.open and one.previous is None)
    )


def standing_results(session: Session, node: Node) -> dict[str, Result]:
    """The last result of every partition that was read, by its key, oldest first."""
    known = session.results.all_newest(node.name)
    cut = partitions(node.config, now(session, node, session.results.newest))
    found = ((part.key, known.get(f"{node.name}/{part.key}")) for part in cut)
    return {key: result for key, result in found if result is not None}


def _known_at(node: Node, part: Partition, at: datetime) -> datetime | None:
    """When the last value of a partition became known; None where that is still to come, or at once."""
    late = timedelta(seconds=node.config.get("known_after_seconds", 0))
    return part.end + late if late and part.end + late <= at else None


def _why(
    session: Session,
    node: Node,
    own: Node,
    previous: Result | None,
    parts: IdentityParts,
    standing: Standing,
) -> tuple[Reason, ...]:
    return why(
        own,
        previous,
        parts,
        standing,
        missing=session.artifacts.missing(previous) if previous else None,
        version=lambda: data_version(session, node, _bounds(own)),
        nearer=session.places.nearer,
    )


def _parts(session: Session, node: Node, one: Looked) -> IdentityParts:
    """What a reading of now is made of, with the version where a later look compares it.

    It is asked before the rows are: what comes between is seen the next time.
    """
    again = one.standing.open or one.standing.lookback
    version = data_version(session, node, _bounds(one.node)) if again else None
    return replace(one.parts, observed={"version": version})


def _plain_parts(session: Session, own: Node, code: Code) -> IdentityParts:
    return identity(
        own,
        inputs={},
        observed={},
        code=code,
        sample=session.settings.sample,
        previous=None,
    )


def _parts_of_all(session: Session, node: Node, results: Mapping[str, Result]) -> IdentityParts:
    there = [[key, result.data_version] for key, result in results.items()]
    return identity(
        node,
        inputs={},
        observed={f"partitions:{node.name}": digest(there)[:16]},
        code=session.code_of(node),
        sample=session.settings.sample,
        previous=None,
    )


def _bounds(own: Node) -> tuple[str, str]:
    return own.config["start"], own.config["end"]


def _decision(looked: tuple[Looked, ...], own: Decision) -> Decision:
    texts: dict[str, list[int]] = {}
    first: dict[str, Reason] = {}
    for number, one in enumerate(looked):
        for reason in one.reasons[:1]:
            texts.setdefault(str(reason), []).append(number)
            first.setdefault(str(reason), reason)
    if not texts:
        return own
    keys = [one.partition.key for one in looked]
    return Rebuild(
        reasons=tuple(
            replace(first[text], text=f"{first[text].text}: {_spans(keys, numbers)}")
            for text, numbers in texts.items()
        )
    )


def _spans(keys: list[str], numbers: list[int]) -> str:
    """`2013-01 to 2013-03, 2013-07`: neighbours together."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    told = [keys[run[0]] if len(run) == 1 else f"{keys[run[0]]} to {keys[run[-1]]}" for run in runs]
    return ", ".join(told[:4]) + (f" and {len(told) - 4} more" if len(told) > 4 else "")


def _refuse_unknown(session: Session, node: Node, cut: tuple[Partition, ...]) -> None:
    missing = sorted(session.partitions - {part.key for part in cut})
    if missing:
        span = f"{cut[0].key} to {cut[-1].key}" if cut else "none yet"
        raise Refused(
            (
                Diagnostic(
                    code="MLC905",
                    message=f"`{node.name}` has no partition `{missing[0]}`",
                    span=node.span,
                    help=f"there are {span}",
                ),
            )
        )
