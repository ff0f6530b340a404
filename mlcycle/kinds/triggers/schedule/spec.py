"""A retraining at fixed times."""

from __future__ import annotations

from typing import ClassVar, Literal

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import TriggerKind
from mlcycle.language.rows import Cron


class Spec(TriggerKind):
    """Asks for a retraining at fixed times, all of them UTC. Times that passed while nobody looked count
    once."""

    work: ClassVar[str] = "mlcycle.kinds.triggers.schedule.work:observe"
    mends: ClassVar[bool] = False

    kind: Literal["schedule"]
    cron: Cron
    """Minute, hour, day of month, month, day of week, as in crontab; UTC."""

    def config(self) -> Config:
        return {"cron": self.cron}

    def sentence(self) -> str:
        return f"at `{self.cron}` (UTC)"
