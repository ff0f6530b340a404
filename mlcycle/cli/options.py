"""Options and arguments that several commands share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

spec_argument = click.argument("spec", type=_FILE)
specs_argument = click.argument("specs", nargs=-1, type=_FILE)
environment_option = click.option(
    "--env",
    "environment",
    default="local",
    show_default=True,
    metavar="NAME",
    help="Environment of mlcycle.yaml.",
)


class Share(click.ParamType[float]):
    """`10%` or `0.1`: more than 0, at most 1."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        text = str(value).strip()
        try:
            share = float(text[:-1]) / 100 if text.endswith("%") else float(text)
        except ValueError:
            self.fail(f"`{value}` is not a share; write `10%` or `0.1`", param, ctx)
        if not 0 < share <= 1:
            self.fail(f"`{value}` is not between 0 and 1", param, ctx)
        return share


class Span(click.ParamType[timedelta]):
    """A duration as a spec writes it: `15m`, `24h`, `7d`."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        from pydantic_core import PydanticCustomError

        from mlcycle.language.quantities import duration

        try:
            found = duration(str(value))
        except PydanticCustomError:
            self.fail(f"`{value}` is not a duration; write `15m`, `24h` or `7d`", param, ctx)
        if not found:
            self.fail("a duration of 0 never ends", param, ctx)
        return found


class Moment(click.ParamType[datetime]):
    """A day or a time in ISO 8601; UTC unless it has an offset."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"`{value}` is not a day or a time; write `2013-11-01`", param, ctx)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
