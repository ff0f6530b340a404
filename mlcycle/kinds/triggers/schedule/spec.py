"""A retraining at fixed times."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, ClassVar, Literal

from pydantic import PlainValidator, WithJsonSchema

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import TriggerKind
from mlcycle.kinds.triggers.schedule.cron import parse
from mlcycle.language.base import problem
from mlcycle.language.words import found, shown

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _cron(value: object) -> str:
    help_line = 'write minute, hour, day of month, month and day of week: `"0 3 * * 1"` is Monday at 3:00'
    if not isinstance(value, str):
        raise problem("MLC104", f"expected the five fields of cron, found {found(value)}", help=help_line)
    try:
        due = parse(value).next(_EPOCH)
    except ValueError as error:
        raise problem("MLC740", f"{shown(value)} is not a cron: {error}", help=help_line) from None
    if due is None:
        raise problem("MLC740", f"{shown(value)} never comes", help=help_line)
    return value


class Spec(TriggerKind):
    """Asks for a retraining at fixed times, all of them UTC. Times that passed while nobody looked count
    once."""

    work: ClassVar[str] = "mlcycle.kinds.triggers.schedule.work:observe"
    mends: ClassVar[bool] = False

    kind: Literal["schedule"]
    cron: Annotated[
        str,
        PlainValidator(_cron),
        WithJsonSchema({"type": "string", "description": 'The five fields of cron: `"0 3 * * 1"`.'}),
    ]
    """Minute, hour, day of month, month, day of week, as in crontab; UTC."""

    def config(self) -> Config:
        return {"cron": self.cron}

    def sentence(self) -> str:
        return f"at `{self.cron}` (UTC)"
