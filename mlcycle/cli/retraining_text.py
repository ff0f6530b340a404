"""Retrainings as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from mlcycle.cli.console import table

if TYPE_CHECKING:
    from mlcycle.control.standing import OfTrigger, Standing
    from mlcycle.store.retrains import Request

_WORDS = {
    "requested": "was asked for and waits to be run",
    "running": "is being run, or was cut off",
    "succeeded": "succeeded",
    "failed": "failed",
    "nothing_new": "found nothing new",
}


def as_text(project: str, standing: Standing) -> str:
    """A retraining with a line for each trigger."""
    held = standing.held or "may fire"
    lines = [f"{project}: retraining {standing.retraining} of {standing.model}", f"  now      {held}"]
    if standing.left_to_a_person:
        lines.append(f"           go on with `mlcycle retrain resume SPEC {standing.retraining}`")
    elif standing.strikes:
        lines.append(f"  strikes  {standing.strikes} in a row failed or did not help")
    if standing.last is not None:
        lines.append(f"  last     {ended(standing.last)}")
    rows = [row for trigger in standing.triggers for row in _rows(trigger)]
    return "\n".join([*lines, table(rows)])


def ended(request: Request) -> str:
    """A request, why it was made and what came of it."""
    told = f" ({request.told})" if request.told else ""
    return f"{request.sentence}\n           {_WORDS[request.status]}{told}"


def as_data(found: Sequence[tuple[str, Standing]]) -> str:
    """A list of objects, one a retraining; times are ISO texts in UTC, or null."""
    data = [{"project": project, **asdict(standing)} for project, standing in found]
    return json.dumps(data, indent=2, default=lambda time: time.isoformat())


def _rows(trigger: OfTrigger) -> Iterator[tuple[str, ...]]:
    armed = "armed" if trigger.armed else "disarmed"
    yield (trigger.kind, armed, f"{trigger.count} of {trigger.needed}", f"asks {trigger.asks}")
    yield ("", "", "", trigger.next)
    if trigger.evidence:
        yield ("", "", "", f"saw {trigger.evidence}")
