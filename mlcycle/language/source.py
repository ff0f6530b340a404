"""What every source has, whatever it is read from."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from mlcycle.language.base import SpecModel, documentation, problem
from mlcycle.language.checks import ColumnChecks, RowCheck
from mlcycle.language.names import ColumnName, Columns, Expression, Name, Snapshot, Text
from mlcycle.language.quantities import Availability, DType, Duration, Instant, Share
from mlcycle.language.sheet import Sheet
from mlcycle.language.slots import CleanSpec, SlotSpec


class Freshness(SpecModel):
    """How old the newest row may be, as of the environment's `now`."""

    noun: ClassVar[str] = "freshness limit"

    warn_after: Duration | None = None
    """Older than this is a warning."""
    error_after: Duration | None = None
    """Older than this stops what follows."""

    @model_validator(mode="after")
    def _in_order(self) -> Freshness:
        if self.warn_after is None and self.error_after is None:
            raise problem("MLC109", "freshness has no limit", help="give `warn_after`, `error_after` or both")
        if (
            self.warn_after is not None
            and self.error_after is not None
            and self.warn_after > self.error_after
        ):
            raise problem("MLC109", "`warn_after` is later than `error_after`", "warn_after")
        return self


class Derived(SpecModel):
    """A column computed from others of the same row."""

    noun: ClassVar[str] = "derived column"

    expression: Expression
    """SQL over the source's columns."""
    dtype: DType | None = None
    """Its type; inferred from the expression if left out."""
    available_after: Availability | None = None
    """When it is known after the row's event time; the latest of what it is computed from if left out."""
    description: Text | None = documentation()
    """What it means."""


class SourceColumn(SpecModel):
    """What a source promises of one of its columns."""

    noun: ClassVar[str] = "column"

    dtype: DType | None = None
    """Its type; taken from the data if left out."""
    format: Text | None = None
    """How times or dates are written, in strftime's notation, where they are text and not ISO 8601."""
    nullable: bool = False
    """Whether values may be missing."""
    unique: bool = False
    """Whether no value occurs twice."""
    available_after: Availability | None = None
    """When the value is known after the row's event time; `never` for what must never be a feature."""
    sensitive: bool = False
    """Whether it may be grouped by but never be an input of a model."""
    pii: bool = False
    """Whether it is personal data; so is whatever is derived from it."""
    checks: ColumnChecks | None = None
    """Checks of its values."""
    description: Text | None = documentation()
    """What it means."""


class Quarantine(SpecModel):
    """What becomes of rows that break the contract."""

    noun: ClassVar[str] = "quarantine"

    max_share: Share
    """So large a part of the rows at most may be set aside; with more of them the contract fails."""


class Partitions(SpecModel):
    """How a source is read: a day or a month at a time, by its `timestamp`, in UTC."""

    noun: ClassVar[str] = "partitioning"

    every: Literal["day", "month"]
    """How long a partition is."""
    start: Instant
    """Where the first one begins: a day, or the first day of a month. Earlier rows are not read."""
    end: Instant | None = None
    """Where the last one ends; up to the environment's `now` if left out."""
    lookback: Annotated[int, Field(ge=0, le=1000)] = 0
    """So many of the newest closed partitions are read again when the source changes: late rows are expected
    there."""


class SourceSpec(SlotSpec):
    """A table of data. Read, cleaned, derived from, then checked, in this order."""

    slot: ClassVar[str] = "sources"
    noun: ClassVar[str] = "source"

    description: Text | None = documentation()
    """What the data is and where it comes from."""
    sheet: Sheet | None = documentation()
    """What its data sheet says beyond what is measured."""
    timestamp: ColumnName | None = None
    """The column with the time of the event that a row tells of; without one the source is static."""
    timestamp_format: Text | None = None
    """How the timestamp is written, in strftime's notation, where it is text and not ISO 8601."""
    created_timestamp: ColumnName | None = None
    """The column with the time a row was written; where it is later, the row is known only then."""
    available_after: Availability | None = None
    """When a row's values are known after its event time; a column may say otherwise."""
    key: Columns | None = None
    """The columns that identify a row; the unique column if left out."""
    partitions: Partitions | None = None
    """Reads the source in parts, each once: days or months of its `timestamp`."""
    snapshot: Snapshot | None = None
    """A recorded version of the table to keep to, by its version (`mlcycle data history`)."""
    freshness: Freshness | None = None
    """How old the newest row may be."""
    clean: tuple[CleanSpec, ...] = ()
    """Steps that drop or change rows, in order."""
    derive: dict[Name, Derived] = Field(default_factory=dict)
    """New columns, computed after cleaning."""
    columns: dict[ColumnName, SourceColumn] = Field(default_factory=dict)
    """What is promised of columns. Columns that are not listed are there, and not checked."""
    checks: tuple[RowCheck, ...] = ()
    """Checks over rows."""
    quarantine: Quarantine | None = None
    """Sets rows that fail a check of severity `error` aside, in a file, and goes on with the others."""
