"""Execute chosen nodes of an open session as one Dagster run in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mlcycle.dagster.asset import Sessions
from mlcycle.dagster.build import build
from mlcycle.dagster.connection import Connection
from mlcycle.dagster.instance import bury_dead_runs, open_instance, own_tags
from mlcycle.dagster.naming import JOB, asset_key
from mlcycle.engine.session import Session

#: The terminal shows our own progress; the page has Dagster's log.
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class DagsterExecution:
    """Runs nodes by the definitions that Dagster's page shows too, on the persistent instance in `home`.

    Failures are not raised: the session's listener has heard of them.
    """

    home: Path
    connection: Connection

    def __call__(self, session: Session, names: tuple[str, ...]) -> str:
        """Run the nodes; returns the id of the Dagster run."""

        @contextmanager
        def opened() -> Iterator[Sessions]:
            yield lambda project: session

        definitions = build(
            [session.graph],
            root=session.settings.root,
            open_sessions=opened,
            connection=lambda: self.connection,
        )
        job = definitions.resolve_job_def(JOB)
        with open_instance(self.home) as instance:
            bury_dead_runs(instance, session.graph.project)
            session.fault("dagster:opened")
            result = job.execute_in_process(
                instance=instance,
                asset_selection=[asset_key(name) for name in names],
                tags=own_tags(session.graph.project),
                run_config=_QUIET,
                raise_on_error=False,
            )
            session.fault("dagster:ended")
            return result.run_id
