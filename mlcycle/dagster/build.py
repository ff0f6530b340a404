"""Graphs as Dagster definitions: an asset a node, one shared job, everything in one process by default."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from mlcycle.dagster.asset import MLFLOW, SESSIONS, OpenSessions, Sessions, asset, tracks
from mlcycle.dagster.connection import Connection
from mlcycle.dagster.monitoring import monitor_schedule
from mlcycle.dagster.naming import JOB
from mlcycle.dagster.partitions import job_name
from mlcycle.dagster.steering import Steer, steering_job
from mlcycle.dagster.tracking import tracking_resource
from mlcycle.graph.code_digest import CodeReader
from mlcycle.graph.node import Graph


def build(
    graphs: Sequence[Graph],
    *,
    root: Path,
    open_sessions: OpenSessions,
    connection: Callable[[], Connection],
    sensors: Sequence[dg.SensorDefinition] = (),
    steer: Steer | None = None,
    code: CodeReader | None = None,
    by_clock: bool = False,
) -> dg.Definitions:
    """The definitions of a code location. Nothing is loaded, read or connected to until a run starts.

    steer: what the job `mlcycle_rollout` does; there is none without it. code: a reader that may have read
    below `root` already. by_clock: whether the environment's now is the clock: then sources have Dagster's
    freshness policies.
    """
    reader = code or CodeReader(root)
    with warnings.catch_warnings():
        # References to code are marked beta, and tell so at each use.
        warnings.simplefilter("ignore", dg.BetaWarning)
        assets = [
            asset(graph, node, root, reader, by_clock=by_clock) for graph in graphs for node in graph.nodes
        ]
    resources = {SESSIONS: _sessions(open_sessions)}
    if any(tracks(node) for graph in graphs for node in graph.nodes):
        resources[MLFLOW] = tracking_resource(connection)
    return dg.Definitions(
        assets=assets,
        jobs=[
            *([_job(assets)] if assets and job_name(graphs) == JOB else ()),
            *([steering_job(steer)] if steer is not None else ()),
        ],
        schedules=[schedule] if (schedule := monitor_schedule(graphs)) is not None else [],
        sensors=sensors,
        executor=dg.in_process_executor,
        resources=resources,
    )


def _job(assets: Sequence[dg.AssetsDefinition]) -> Any:
    return dg.define_asset_job(JOB, selection=dg.AssetSelection.assets(*assets))


def _sessions(open_sessions: OpenSessions) -> dg.ResourceDefinition:
    @dg.resource(description="The engine's open sessions, one a project, each under its project's lock.")
    def sessions(_: dg.InitResourceContext) -> Iterator[Sessions]:
        with open_sessions() as opened:
            yield opened

    return sessions
