"""The job `mlcycle_rollout`: what `mlcycle rollout` does, from Dagster's page."""

# Annotations are not postponed here: Dagster reads them while it defines the op.
from typing import Protocol

import dagster as dg

from mlcycle.control.rollouts import Action
from mlcycle.diagnostics.diagnostic import Refused
from mlcycle.rollout.words import in_short
from mlcycle.store.rollouts import Change

STEERING_JOB = "mlcycle_rollout"

_DESCRIPTION = "Pause, resume, promote, abort or roll back the rollout of a service."


class Steer(Protocol):
    """Does what was asked for in a run."""

    def __call__(self, service: str, action: Action, *, reason: str, operation: str) -> Change: ...


class Steering(dg.Config):
    """What to do to which service."""

    service: str
    """Its name, or `project/service`."""
    action: Action
    reason: str = ""
    """Why; kept in the audit trail."""


def steering_job(steer: Steer) -> dg.JobDefinition:
    """The job. A run that is executed again does nothing twice: its operation is that of the first run."""

    @dg.op(name="steer", description=_DESCRIPTION)
    def op(context: dg.OpExecutionContext, config: Steering) -> None:
        run = context.run.root_run_id or context.run_id
        try:
            change = steer(config.service, config.action, reason=config.reason, operation=f"dagster/{run}")
        except Refused as refused:
            told = [
                f"{d.code}: {d.message}" + (f" ({d.help})" if d.help else "") for d in refused.diagnostics
            ]
            raise dg.Failure(description="\n".join(told), allow_retries=False) from refused
        kept = f"generation {change.state.generation}" if change.changed else "nothing to do"
        kept = "this run did it before" if change.repeated else kept
        context.log.info(f"{change.state.service}: {in_short(change.state)} ({kept})")

    @dg.job(name=STEERING_JOB, executor_def=dg.in_process_executor, description=_DESCRIPTION)
    def job() -> None:
        op()

    return job
