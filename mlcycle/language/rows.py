"""A model's rows where no source has them, and labels made of what happens after a prediction."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema, model_validator

from mlcycle.cron import first
from mlcycle.language.base import SpecModel, problem
from mlcycle.language.names import ColumnName, Name
from mlcycle.language.quantities import Count, Duration, Instant, Timezone
from mlcycle.language.words import found, shown


def cron(value: object) -> str:
    """The five fields of cron, of a time that comes."""
    help_line = 'write minute, hour, day of month, month and day of week: `"0 3 * * 1"` is Monday at 3:00'
    if not isinstance(value, str):
        raise problem("MLC104", f"expected the five fields of cron, found {found(value)}", help=help_line)
    try:
        due = first(value)
    except ValueError as error:
        raise problem("MLC740", f"{shown(value)} is not a cron: {error}", help=help_line) from None
    if due is None:
        raise problem("MLC740", f"{shown(value)} never comes", help=help_line)
    return value


Cron = Annotated[
    str,
    PlainValidator(cron),
    WithJsonSchema({"type": "string", "description": 'The five fields of cron: `"0 3 * * 1"`.'}),
]


def _each_once(values: tuple[datetime, ...]) -> tuple[datetime, ...]:
    """Moments, however they are written: the same one twice would make the same rows twice."""
    for index, value in enumerate(values):
        if value in values[:index]:
            message = f"{value:%Y-%m-%d %H:%M} UTC is listed twice"
            raise problem("MLC113", message, index, help="remove one")
    return values


class Population(SpecModel):
    """An entity as of given moments: one row for each of them and each one known by then."""

    noun: ClassVar[str] = "population"

    entity: Name
    """The entity: each of its keys is a row, at each moment from which on it is known."""
    source: Name | None = None
    """The source whose rows tell from when on a key is known; the label's if left out."""
    at: Annotated[tuple[Instant, ...], AfterValidator(_each_once)] | None = Field(
        default=None, min_length=1, json_schema_extra={"uniqueItems": True}
    )
    """The moments, listed."""
    cron: Cron | None = None
    """Instead of a list, the moments as in crontab: minute, hour, day of month, month, day of week."""
    start: Instant | None = Field(default=None, alias="from")
    """With `cron`: no moment is before this."""
    until: Instant | None = None
    """With `cron`: every moment is before this; up to now if left out."""
    timezone: Timezone | None = None
    """With `cron`: whose clock it is read by; UTC if left out."""

    @model_validator(mode="after")
    def _moments(self) -> Population:
        if (self.at is None) == (self.cron is None):
            message = "a population is as of the moments of a list or of a cron"
            raise problem("MLC109", message, help='write `at: [2024-05-01]` or `cron: "0 6 * * 1"`')
        of_cron = {"from": self.start, "until": self.until, "timezone": self.timezone}
        if self.at is not None:
            for key, value in of_cron.items():
                if value is not None:
                    raise problem("MLC109", f"`{key}` belongs to a `cron`", key, help="remove it")
        elif self.start is None:
            raise problem("MLC109", "a cron has no first moment", "cron", help="add `from: 2024-05-01`")
        if self.start is not None and self.until is not None and self.until <= self.start:
            raise problem("MLC109", "`until` is not after `from`, so there is no moment", "until")
        return self


class LaterEvents(SpecModel):
    """A label made of later events: a figure over what happens in [T, T + window) to the row's entity."""

    noun: ClassVar[str] = "label of later events"

    source: Name
    """The source of the events."""
    column: ColumnName | None = None
    """The column; `count` without one counts events."""
    function: Literal["mean", "sum", "count", "min", "max", "any", "std", "distinct_count", "first", "last"]
    """What is taken of the values. Without an event `count`, `distinct_count` and `sum` are 0, `any` is
    false, and all others are missing."""
    window: Duration
    """How long after the prediction events count: `7d`."""
    entity: Name | None = None
    """The entity whose key joins events to rows; the population's if left out."""
    min_rows: Count | None = None
    """The least number of values that make a label; a row with fewer is set aside."""

    @property
    def sentence(self) -> str:
        """What it is, in short."""
        of = self.source if self.column is None else f"{self.source}.{self.column}"
        return f"{self.function} of {of}"

    @model_validator(mode="after")
    def _consistent(self) -> LaterEvents:
        if self.column is None and self.function != "count":
            help_line = "only `count` can do without a column: it counts events"
            raise problem("MLC109", f"`{self.function}` needs a `column`", "function", help=help_line)
        if not self.window:
            raise problem("MLC109", "nothing happens in no time", "window", help="write `window: 7d`")
        return self
