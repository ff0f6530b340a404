"""A sensor that looks at every service with a rollout, so that steps are made where nothing else looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import dagster as dg

SENSOR = "mlcycle_rollouts"

_EVERY_SECONDS = 30


def rollout_sensor(sweep: Callable[[], Iterable[tuple[Any, str | None]]]) -> dg.SensorDefinition:
    """`sweep` looks at each service once and says what became of it; the sensor runs nothing in Dagster."""

    @dg.sensor(
        name=SENSOR,
        minimum_interval_seconds=_EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Looks at each service with a rollout: what its traffic shows, its deadline, one step.",
    )
    def look(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        looks = list(sweep())
        news = [said for _, said in looks if said is not None]
        for said in news:
            context.log.info(said)
        if not looks:
            return dg.SkipReason("no rollout is going on")
        return dg.SkipReason("; ".join(news) or f"looked at {len(looks)}, and nothing was to be done")

    return look
