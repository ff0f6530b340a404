from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from mlcycle import composition
from mlcycle.dagster.steering import STEERING_JOB
from mlcycle.language.workspace import LOCAL
from mlcycle.projects import definitions
from tests.support.releases import CANARY, INSTANT, SERVICE, release
from tests.support.steered import disagreements, steered

pytestmark = pytest.mark.slow


def test_a_rollout_is_steered_from_dagster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    controller = steered(tmp_path)
    controller.start(SERVICE, release(1), INSTANT, operation="one")
    controller.start(SERVICE, release(2), CANARY, operation="two")
    monkeypatch.setattr(composition, "controller", lambda *given, **named: controller)
    job = definitions(tmp_path, (), LOCAL).resolve_job_def(STEERING_JOB)

    def steer(instance: dg.DagsterInstance, **config: Any) -> dg.ExecuteInProcessResult:
        given = {"ops": {"steer": {"config": {"service": "delays_api", **config}}}}
        return job.execute_in_process(run_config=given, instance=instance, raise_on_error=False)

    with dg.DagsterInstance.ephemeral() as instance:
        assert steer(instance, action="promote", reason="urgent").success
        assert controller.store.state(SERVICE).champion == release(2)
        entry = controller.store.audit.entries()[-1]
        assert (entry.event["reason"], entry.operation.startswith("dagster/")) == ("urgent", True)

        assert steer(instance, action="rollback").success
        assert controller.store.state(SERVICE).champion == release(1)

        failed = steer(instance, action="abort")
        assert not failed.success
        (event,) = [event for event in failed.all_events if event.is_step_failure]
        assert "MLC630: no rollout of flights/delays_api is going on" in str(event.event_specific_data)
    assert disagreements(controller) == []
