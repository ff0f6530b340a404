from __future__ import annotations

import dagster as dg
import pytest

from mlcycle.dagster.rollouts import SENSOR, rollout_sensor

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("looks", "said"),
    [
        ([], "no rollout is going on"),
        ([(None, None)], "looked at 1, and nothing was to be done"),
        ([(None, None), (None, "version 2 is champion")], "version 2 is champion"),
    ],
    ids=["none", "waiting", "a step"],
)
def test_the_sensor_looks_and_runs_nothing(looks: list[tuple[None, str | None]], said: str) -> None:
    calls: list[int] = []

    def sweep() -> list[tuple[None, str | None]]:
        calls.append(1)
        return looks

    sensor = rollout_sensor(sweep)
    definitions = dg.Definitions(sensors=[sensor])
    assert definitions.resolve_sensor_def(SENSOR).name == "mlcycle_rollouts"
    with dg.DagsterInstance.ephemeral() as instance, dg.build_sensor_context(instance=instance) as context:
        found = sensor(context)
    assert isinstance(found, dg.SkipReason)
    assert found.skip_message == said
    assert calls == [1]
