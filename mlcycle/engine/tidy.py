"""What may go of the earlier readings of partitions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from mlcycle.engine.session import Session
from mlcycle.graph.node import Node
from mlcycle.store.result import Result


def tidy(session: Session, node: Node, before: Result | None, after: Result) -> None:
    """Remove the files of readings that others followed, where the node of all partitions names others now.

    before, after: its results. A run that dies on the way leaves files that the next reading removes.
    """
    named = {} if before is None else before.record["folders"]
    for key, folder in after.record["folders"].items():
        if named.get(key, folder) != folder:
            for path in followed(session.results.history(f"{node.name}/{key}")):
                session.artifacts.drop(path)
            session.fault(f"{node.name}/{key}:tidied")


def followed(readings: Sequence[Result]) -> tuple[str, ...]:
    """The folders of the readings of a partition, newest first, that nothing needs.

    The next reading tells late rows by the last one. One with more rows than that which followed it has what
    the source may have no more.
    """
    needed = {readings[0].path}
    for later, earlier in pairwise(readings):
        if earlier.figures["rows"] > later.figures["rows"]:
            needed.add(earlier.path)
    return tuple(dict.fromkeys(one.path for one in readings if one.path not in needed))
