"""Retrainings as plain data: each trigger with its work named and what it listens to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import cast

from mlcycle.graph.canonical import digest
from mlcycle.graph.retraining import Retraining, Trigger
from mlcycle.kinds.interface import TriggerKind
from mlcycle.language.project import Project

_COOLDOWN = timedelta(days=1)


def retrainings(project: Project) -> Iterator[Retraining]:
    """What the project declares, in its order."""
    for name, spec in project.retraining.items():
        cooldown = spec.cooldown if spec.cooldown is not None else _COOLDOWN
        yield Retraining(
            name=name,
            model=spec.model,
            triggers=tuple(_trigger(project.name, cast(TriggerKind, one)) for one in spec.triggers),
            cooldown_seconds=int(cooldown.total_seconds()),
            max_per_week=spec.max_per_week,
            span=spec.span(),
        )


def _trigger(project: str, spec: TriggerKind) -> Trigger:
    config, monitor, source = spec.config(), spec.watches(), spec.counts()
    meaning = digest([dict(config), spec.needed(), monitor, source])
    return Trigger(
        name=f"{spec.kind}-{meaning[:8]}",
        kind=spec.kind,
        work=spec.work,
        config=config,
        needed=spec.needed(),
        mends=spec.mends,
        monitor=f"{project}/monitors/{monitor}" if monitor is not None else None,
        source=f"{project}/sources/{source}" if source is not None else None,
        sentence=spec.sentence(),
        span=spec.span("kind"),
    )
