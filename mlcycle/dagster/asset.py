"""One asset for each node; running it is `engine.run_node`."""

# Annotations are not postponed here: Dagster reads the type of `context` while it defines the asset.
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import dagster as dg

from mlcycle.dagster.described import asset_spec, check_spec
from mlcycle.dagster.naming import CAUSE_TAG, is_forced, op_name
from mlcycle.dagster.partitions import BACKFILL, asked, tell, waiting
from mlcycle.dagster.shown import materialization
from mlcycle.dagster.tracking import hang_below_parent
from mlcycle.diagnostics.diagnostic import Refused
from mlcycle.engine.gather import standing_results
from mlcycle.engine.run_node import run_node
from mlcycle.engine.session import Session
from mlcycle.engine.upstream import check_span, evidence
from mlcycle.graph.code_digest import CodeReader
from mlcycle.graph.node import Graph, Node
from mlcycle.graph.partitions import is_partitioned
from mlcycle.task import CheckResult

SESSIONS = "mlcycle"
MLFLOW = "mlflow"


class Sessions(Protocol):
    """The open sessions of one Dagster run."""

    def __call__(self, project: str) -> Session: ...


class OpenSessions(Protocol):
    """Gives the session of a project; the projects' locks are held until the context closes."""

    def __call__(self) -> AbstractContextManager[Sessions]: ...


def asset(
    graph: Graph, node: Node, root: Path, code: CodeReader, *, by_clock: bool = False
) -> dg.AssetsDefinition:
    """The node as an asset with its checks. by_clock: whether the environment goes by the clock."""
    needs = {SESSIONS, MLFLOW} if tracks(node) else {SESSIONS}

    @dg.multi_asset(
        name=op_name(node.name),
        specs=[asset_spec(graph, node, root, code, by_clock=by_clock)],
        check_specs=[check_spec(node, check) for check in node.checks],
        required_resource_keys=needs,
        backfill_policy=BACKFILL if is_partitioned(node) else None,
    )
    def materialize(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
        with _failures_told():
            session: Session = getattr(context.resources, SESSIONS)(graph.project)
            forced = {node.name} if is_forced(dict(context.run.tags), node.name) else set()
            cause = context.run.tags.get(CAUSE_TAG, session.cause)
            session = replace(session, run_id=context.run.run_id, forced=session.forced | forced, cause=cause)
            if is_partitioned(node) and (keys := asked(context)):
                session = replace(session, partitions=frozenset(keys), only_partitions=True)
            ran = run_node(session, node)
            if is_partitioned(node):
                tell(context, ran, standing_results(session, node))
        if tracks(node):
            hang_below_parent(getattr(context.resources, MLFLOW), ran, context.run.tags.get(CAUSE_TAG))
        if ran.waits_for:
            yield waiting(context, ran)
            return
        if ran.result is None:
            raise AssertionError(f"{node.name} finished without a result")
        context.log.info(f"{ran.status}: {ran.result.key_figure or ran.result.data_version}")
        yield materialization(ran, ran.result, session.artifacts.folder(ran.result))
        if ran.result.blocking:
            raise dg.Failure(description=_stopped(node, ran.result.blocking), allow_retries=False)

    return materialize


def tracks(node: Node) -> bool:
    """Whether the node's work reports to the experiment tracker."""
    return node.name.endswith("/training")


@contextmanager
def _failures_told() -> Iterator[None]:
    """Turn findings into a failed step whose message has their codes and lines."""
    try:
        yield
    except Refused as refused:
        found = refused.diagnostics
        lines = [f"{d.code} {d.span}: {d.message}" + (f" ({d.help})" if d.help else "") for d in found]
        raise dg.Failure(
            description="\n".join(lines),
            metadata={"spec": ", ".join(str(d.span) for d in found)},
            allow_retries=False,
        ) from refused


def _stopped(node: Node, checks: tuple[CheckResult, ...]) -> str:
    lines = [
        f"{check.name} {check.verdict} at {check_span(node, check.name)}: {check.message} [{evidence(check)}]"
        for check in checks
    ]
    return "\n".join(["What follows does not run.", *lines])
