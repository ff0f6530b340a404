"""The persistent Dagster instance of a checkout: what `mlcycle run` does is seen in the page."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path

import dagster as dg
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from mlcycle.dagster.naming import HOST_TAG, PID_TAG, PROJECT_TAG
from mlcycle.store.lock import Owner

_SETTINGS = """\
telemetry: {enabled: false}
nux: {enabled: false}
"""


def prepare_home(home: Path) -> Path:
    """DAGSTER_HOME with its settings; an author's own dagster.yaml there is left alone."""
    home.mkdir(parents=True, exist_ok=True)
    settings = home / "dagster.yaml"
    if not settings.exists():
        settings.write_text(_SETTINGS)
    return home


def open_instance(home: Path) -> DagsterInstance:
    """The instance in `home`; to be used as a context manager."""
    return dg.DagsterInstance.from_config(str(prepare_home(home)))


def bury_dead_runs(instance: DagsterInstance, project: str) -> tuple[str, ...]:
    """Report runs of the project as failed whose process is gone; returns their ids.

    Dagster leaves a run that was killed as STARTED and does not execute it again until it is told.
    """
    unfinished = RunsFilter(
        tags={PROJECT_TAG: project}, statuses=[DagsterRunStatus.STARTED, DagsterRunStatus.STARTING]
    )
    dead = [run for run in instance.get_runs(unfinished) if not _alive(run.tags)]
    for run in dead:
        instance.report_run_failed(run, "the process that ran it was killed")
    return tuple(run.run_id for run in dead)


def own_tags(project: str) -> dict[str, str]:
    """The tags that tell later whether the process of a run still lives."""
    return {PROJECT_TAG: project, PID_TAG: str(os.getpid()), HOST_TAG: socket.gethostname()}


def _alive(tags: Mapping[str, str]) -> bool:
    pid = tags.get(PID_TAG, "")
    if not pid.isdigit() or int(pid) == os.getpid():
        return False
    return Owner(pid=int(pid), host=tags.get(HOST_TAG, ""), since="", command="").alive()
