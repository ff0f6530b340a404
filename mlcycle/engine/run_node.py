"""Run one node: decide, work aside, move into place, then one transaction.

Killed at any point, the node has either its old result or its new one: the result's row is the truth, and it
is written last; a folder that no row names is nothing.
"""

from __future__ import annotations

import traceback

from mlcycle.diagnostics.diagnostic import Refused
from mlcycle.engine.build import build
from mlcycle.engine.decisions import Rebuild, Reuse
from mlcycle.engine.events import Finished, Started
from mlcycle.engine.examine import examine
from mlcycle.engine.gather import examine_partitions, gather
from mlcycle.engine.report import Ran
from mlcycle.engine.session import Session
from mlcycle.engine.tidy import tidy
from mlcycle.engine.upstream import Blocked, inputs, refuse_blocked
from mlcycle.graph.node import Node
from mlcycle.graph.partitions import is_partitioned


def run_node(session: Session, node: Node) -> Ran:
    """Bring one node up to date; listeners hear of it either way.

    Raises `Refused` for what the author can mend (its work failed on the data, an input was never built),
    `Blocked` where a check upstream forbids it, and lets any other exception of the work through.
    """
    start = session.clock()
    try:
        ran = _run(session, node)
    except Exception as error:
        _tell_failure(session, node, error, (session.clock() - start).total_seconds())
        raise
    session.listen(Finished(ran=ran))
    return ran


def _run(session: Session, node: Node) -> Ran:
    newest, begun = session.results.newest, session.clock()
    refuse_blocked(session.graph, node, newest)
    found = inputs(session.graph, node, newest)
    partitioned = is_partitioned(node)
    examined = (
        examine_partitions(session, node, newest) if partitioned else examine(session, node, found, newest)
    )
    session.fault(f"{node.name}:decided")
    match examined.decision:
        case Reuse(result=result):
            return Ran(node=node, status="reused", result=result)
        case Rebuild(reasons=reasons):
            session.listen(Started(node=node, reasons=reasons))
            if partitioned:
                gathered = gather(session, node)
                found, examined = gathered.results, gathered.examined
                if gathered.waits_for:
                    return Ran(node=node, status="built", reasons=reasons, waits_for=gathered.waits_for)
            result = build(session, node, found, examined, reasons)
            if partitioned:
                tidy(session, node, examined.previous, result)
    previous = examined.previous
    return Ran(
        node=node,
        status="built",
        reasons=reasons,
        seconds=(result.ended - begun).total_seconds() if partitioned else result.seconds,
        result=result,
        same_content=previous is not None and previous.data_version == result.data_version,
    )


def _tell_failure(session: Session, node: Node, error: Exception, seconds: float) -> None:
    refused = isinstance(error, Refused)
    session.listen(
        Finished(
            ran=Ran(
                node=node,
                status="blocked" if isinstance(error, Blocked) else "failed",
                seconds=seconds,
                result=session.results.newest(node.name),
                diagnostics=error.diagnostics if isinstance(error, Refused) else (),
                traceback=None if refused else "".join(traceback.format_exception(error)),
            )
        )
    )
