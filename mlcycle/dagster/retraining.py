"""The sensor that asks for retrainings and notes what came of them: a tick, with Dagster as what runs.

What fires is kept in the state database before a run is requested, and the run is requested under the id
of what
was asked for: Dagster launches it once, whatever is killed between the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

import dagster as dg
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from mlcycle.control.retrain import DAGSTER, Retrainer, options
from mlcycle.dagster.naming import JOB, PROJECT_TAG, REQUEST_TAG, asset_key, cause_tags
from mlcycle.engine.selection import chosen
from mlcycle.store.retrains import Request

SENSOR = "mlcycle_retraining"
_SECONDS = 60

#: The retrainers of a code location's projects, each open while its context is.
Retrainers = Callable[[], Sequence[AbstractContextManager[Retrainer]]]

_ENDED = {
    DagsterRunStatus.SUCCESS: None,
    DagsterRunStatus.FAILURE: "its Dagster run failed",
    DagsterRunStatus.CANCELED: "its Dagster run was cancelled",
}


def retraining_sensor(retrainers: Retrainers, job: str = JOB) -> dg.SensorDefinition:
    """Looks at the triggers of every project once a minute, and runs what fires by the job of that name."""

    @dg.sensor(
        name=SENSOR,
        job_name=job,
        minimum_interval_seconds=_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Trains models again when their triggers ask for it: `mlcycle retrain status` says why.",
    )
    def retraining(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        asked = False
        for opened in retrainers():
            with opened as retrainer:
                for request in _asked(retrainer, context.instance):
                    asked = True
                    yield _run(retrainer, request)
        if not asked:
            yield dg.SkipReason("no trigger fires")

    return retraining


def _asked(retrainer: Retrainer, instance: DagsterInstance) -> Iterator[Request]:
    """What Dagster is to run: asked for before and not launched yet, or asked for by this look."""
    for request in retrainer.pending():
        if request.owner == DAGSTER and not _settled(retrainer, request, instance):
            yield request
    for retraining in retrainer.graph.retrainings:
        retrainer.look(retraining)
    for request in retrainer.pending():
        if request.owner == "" and retrainer.retrains.claim(request, DAGSTER):
            yield request


def _settled(retrainer: Retrainer, request: Request, instance: DagsterInstance) -> bool:
    """Whether a run of the request is there; one that has ended is noted."""
    runs = instance.get_runs(RunsFilter(tags={REQUEST_TAG: request.id}), limit=1)
    if runs and runs[0].status in _ENDED:
        retrainer.settle(request, _ENDED[runs[0].status])
    return bool(runs)


def _run(retrainer: Retrainer, request: Request) -> dg.RunRequest:
    nodes = chosen(retrainer.graph, options(retrainer.graph, request))
    return dg.RunRequest(
        run_key=request.id,
        asset_selection=[asset_key(name) for name in nodes],
        tags={
            PROJECT_TAG: retrainer.graph.project,
            REQUEST_TAG: request.id,
            **cause_tags(request.sentence),
        },
    )
