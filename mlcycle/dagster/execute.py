"""Execute chosen nodes of an open session as one Dagster run in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from dagster import DagsterExecutionInterruptedError, ExecuteInProcessResult

from mlcycle.dagster.asset import Sessions
from mlcycle.dagster.build import build
from mlcycle.dagster.connection import Connection
from mlcycle.dagster.instance import bury_dead_runs, open_instance, own_tags
from mlcycle.dagster.naming import asset_key, cause_tags, op_name
from mlcycle.dagster.partitions import job_name
from mlcycle.engine.events import Event, Finished, Listener
from mlcycle.engine.session import Session

#: The terminal shows our own progress; the page has Dagster's log.
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


_INTERRUPTS = frozenset({"KeyboardInterrupt", DagsterExecutionInterruptedError.__name__})


@dataclass(frozen=True, slots=True, kw_only=True)
class DagsterExecution:
    """Runs nodes by the definitions that Dagster's page shows too, on the persistent instance in `home`.

    Failures are not raised: the session's listener has heard of them.
    """

    home: Path
    connection: Connection

    def __call__(self, session: Session, names: tuple[str, ...]) -> str:
        """Run the nodes; returns the id of the Dagster run."""

        told: set[str] = set()
        heard = replace(session, listen=_noting_failures(session, told))

        @contextmanager
        def opened() -> Iterator[Sessions]:
            yield lambda project: heard

        definitions = build(
            [session.graph],
            root=session.settings.root,
            open_sessions=opened,
            connection=lambda: self.connection,
            code=session.code,
        )
        job = definitions.resolve_job_def(job_name([session.graph]))
        with open_instance(self.home) as instance:
            bury_dead_runs(instance, session.graph.project)
            session.fault("dagster:opened")
            try:
                result = job.execute_in_process(
                    instance=instance,
                    asset_selection=[asset_key(name) for name in names],
                    tags={**own_tags(session.graph.project), **cause_tags(session.cause)},
                    run_config=_QUIET,
                    raise_on_error=False,
                )
            except DagsterExecutionInterruptedError:
                raise KeyboardInterrupt from None
            session.fault("dagster:ended")
        _raise_untold(result, told)
        return result.run_id


def _noting_failures(session: Session, told: set[str]) -> Listener:
    def heard(event: Event) -> None:
        if isinstance(event, Finished) and (
            event.ran.status in ("failed", "blocked") or (event.ran.result and event.ran.result.blocking)
        ):
            told.add(op_name(event.ran.node.name))
        session.listen(event)

    return heard


def _raise_untold(result: ExecuteInProcessResult, told: set[str]) -> None:
    """Raise for what failed outside a node's work: no listener has heard of it.

    Ctrl-C, which Dagster takes for a failure of the step that it met, is Ctrl-C again.
    """
    untold = [event for event in result.all_events if event.is_step_failure and event.step_key not in told]
    if not result.success and not told and not untold:
        untold = [event for event in result.all_events if event.is_failure]
    for event in untold:
        error = getattr(event.event_specific_data, "error", None)
        if error is not None and error.cls_name in _INTERRUPTS:
            raise KeyboardInterrupt
        detail = error.to_string() if error is not None else event.message
        raise RuntimeError(f"{event.step_key or 'the run'} failed in Dagster: {detail}")
