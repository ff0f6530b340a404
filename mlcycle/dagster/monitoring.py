"""The schedule that measures what has closed: the triggers of retraining see nothing that nobody measured."""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from mlcycle.control.retrain import measuring
from mlcycle.dagster.naming import asset_key
from mlcycle.dagster.partitions import job_name
from mlcycle.graph.node import Graph, Node

SCHEDULE = "mlcycle_monitors"

#: Ten minutes past, so that the requests of the hour that has closed are in the log.
_HOURLY, _DAILY = "10 * * * *", "10 0 * * *"
_DAY = 86_400


def monitor_schedule(graphs: Sequence[Graph]) -> dg.ScheduleDefinition | None:
    """Materializes every monitor, and the sources of its labels: once a day, or once an hour where a chunk is
    shorter than a day (UTC).

    A monitor for which no chunk has closed does nothing. None where there is no monitor.
    """
    monitors = [(graph, node) for graph in graphs for node in graph.nodes if node.kind == "monitor"]
    if not monitors:
        return None
    shortest = min(_every(node) for _, node in monitors)
    wanted = dict.fromkeys(name for graph, node in monitors for name in measuring(graph, (node.name,)))

    @dg.schedule(
        name=SCHEDULE,
        job_name=job_name(graphs),
        cron_schedule=_DAILY if shortest >= _DAY else _HOURLY,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Measures the predictions of services: `mlcycle monitors` does the same at once.",
    )
    def measure(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        return dg.RunRequest(asset_selection=[asset_key(name) for name in wanted])

    return measure


def _every(node: Node) -> int:
    """The length of a monitor's chunks in seconds."""
    return int(node.config["every_seconds"])
