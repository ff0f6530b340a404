"""The contract of a source: checks of single columns and of whole rows, under pandera's names."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from mlcycle.language.base import SpecModel, documentation, problem
from mlcycle.language.kinds import Kinds
from mlcycle.language.names import ColumnName, Columns, Expression, Name, Text
from mlcycle.language.patterns import refusal
from mlcycle.language.quantities import Count, Growth, Severity, Share
from mlcycle.language.scalar_types import Number, Value
from mlcycle.language.slots import SlotSpec


class ColumnCheck(SpecModel):
    """One check of a column's values; nulls are not looked at."""

    noun: ClassVar[str] = "check"

    severity: Severity = "error"
    """`error` stops what follows; `warn` only reports."""


class MinCheck(ColumnCheck):
    """A lower limit."""

    min_value: Number
    """The limit."""


class MaxCheck(ColumnCheck):
    """An upper limit."""

    max_value: Number
    """The limit."""


class EqualCheck(ColumnCheck):
    """One value."""

    value: Value
    """The value."""


class RangeCheck(ColumnCheck):
    """Values between two limits, which count as inside unless told otherwise."""

    min_value: Number
    """The least value."""
    max_value: Number
    """The greatest value."""
    include_min: bool = True
    """Whether `min_value` itself is allowed."""
    include_max: bool = True
    """Whether `max_value` itself is allowed."""

    @model_validator(mode="after")
    def _in_order(self) -> RangeCheck:
        if self.min_value > self.max_value:
            raise problem(
                "MLC109", f"`min_value` {self.min_value} is above `max_value` {self.max_value}", "min_value"
            )
        return self


class AllowedCheck(ColumnCheck):
    """Only these values."""

    allowed_values: tuple[Value, ...] = Field(min_length=1)
    """The values that are allowed."""


class ForbiddenCheck(ColumnCheck):
    """None of these values."""

    forbidden_values: tuple[Value, ...] = Field(min_length=1)
    """The values that are not."""


class ExactCheck(ColumnCheck):
    """These values, and all of them."""

    values: tuple[Value, ...] = Field(min_length=1)
    """The values."""


class PatternCheck(ColumnCheck):
    """A regular expression in RE2's syntax, without look-around and references back: it is always quick."""

    pattern: Expression
    """The expression."""

    @field_validator("pattern")
    @classmethod
    def _readable(cls, pattern: str) -> str:
        reason = refusal(pattern)
        if reason is not None:
            help_line = "write it in RE2's syntax: no look-around, no references back"
            raise problem("MLC344", f"the pattern cannot be read: {reason}", help=help_line)
        return pattern


class PrefixCheck(ColumnCheck):
    """How a text begins or ends."""

    string: Expression
    """The text to begin or end with."""


class LengthCheck(ColumnCheck):
    """The number of characters of a text."""

    min_value: int | None = Field(default=None, ge=0)
    """The least number of characters."""
    max_value: int | None = Field(default=None, ge=0)
    """The greatest number of characters."""

    @model_validator(mode="after")
    def _one_limit(self) -> LengthCheck:
        if self.min_value is None and self.max_value is None:
            raise problem("MLC109", "this check has no limit", help="give `min_value`, `max_value` or both")
        return self


class ColumnChecks(SpecModel):
    """The checks of one column, each under pandera's name."""

    noun: ClassVar[str] = "set of checks"

    equal_to: EqualCheck | None = None
    """Every value equals `value`."""
    not_equal_to: EqualCheck | None = None
    """No value equals `value`."""
    greater_than: MinCheck | None = None
    """Every value is above `min_value`."""
    greater_than_or_equal_to: MinCheck | None = None
    """Every value is at least `min_value`."""
    less_than: MaxCheck | None = None
    """Every value is below `max_value`."""
    less_than_or_equal_to: MaxCheck | None = None
    """Every value is at most `max_value`."""
    in_range: RangeCheck | None = None
    """Every value lies between `min_value` and `max_value`."""
    unique_values_eq: ExactCheck | None = None
    """Every value is one of `values`, and each of those occurs."""
    isin: AllowedCheck | None = None
    """Every value is one of `allowed_values`."""
    notin: ForbiddenCheck | None = None
    """No value is one of `forbidden_values`."""
    str_matches: PatternCheck | None = None
    """Every text matches `pattern` from its beginning."""
    str_contains: PatternCheck | None = None
    """Every text contains a match of `pattern`."""
    str_startswith: PrefixCheck | None = None
    """Every text begins with `string`."""
    str_endswith: PrefixCheck | None = None
    """Every text ends with `string`."""
    str_length: LengthCheck | None = None
    """Every text has from `min_value` to `max_value` characters."""

    def given(self) -> dict[str, ColumnCheck]:
        """The checks that were written, by name, in the order written."""
        return {
            name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set
        }


class RowCheck(SlotSpec):
    """A check over rows or over the whole table."""

    noun: ClassVar[str] = "check of rows"

    severity: Severity = "error"
    """`error` stops what follows; `warn` only reports."""
    description: Text | None = documentation()
    """Why the check is there."""

    @classmethod
    def choose(cls, name: str, kinds: Kinds) -> type[SlotSpec]:
        found: dict[str, type[SlotSpec]] = {
            "unique": Unique,
            "expression": Holds,
            "foreign_key": ForeignKey,
            "row_count": RowCount,
            "statistic": Statistic,
        }
        return found[name]

    @classmethod
    def known(cls, kinds: Kinds) -> tuple[str, ...]:
        return ("expression", "foreign_key", "row_count", "statistic", "unique")


class Unique(RowCheck):
    """No two rows have the same values in these columns."""

    kind: Literal["unique"]
    """What it is."""
    columns: Columns
    """The columns taken together."""


class Holds(RowCheck):
    """A condition that every row meets; a row where it is unknown (a null) does not fail."""

    kind: Literal["expression"]
    """What it is."""
    expression: Expression
    """SQL over the columns, true or false."""


class ForeignKey(RowCheck):
    """Values that are found in a column of another source."""

    kind: Literal["foreign_key"]
    """What it is."""
    columns: Columns
    """The columns of this source."""
    source: Name
    """The other source."""
    references: Columns | None = None
    """Its columns; the same names if left out."""
    min_matched: Share = 1.0
    """The least share of rows whose values are found."""


class RowCount(RowCheck):
    """Limits of the number of rows."""

    kind: Literal["row_count"]
    """What it is."""
    min: Count | None = None
    """The least number of rows."""
    max: Count | None = None
    """The greatest number of rows."""
    max_drop: Share | None = None
    """How many rows fewer than the last version that kept the contract, as a part of it."""
    max_increase: Growth | None = None
    """How many rows more than the last version that kept the contract, as a part of it."""

    @model_validator(mode="after")
    def _one_limit(self) -> RowCount:
        _refuse_no_limit(self.min, self.max, self.max_drop, self.max_increase)
        return self


class Statistic(RowCheck):
    """Limits of a figure of one column over all rows; nulls are left out of it.

    A column without a value has no figure, and fails.
    """

    kind: Literal["statistic"]
    """What it is."""
    column: ColumnName
    """The column."""
    statistic: Literal[
        "mean", "median", "std", "sum", "min", "max", "quantile", "null_share", "distinct", "distinct_share"
    ]
    """The figure. `std` is of a sample; `distinct` counts values, `distinct_share` is that by rows."""
    at: Share | None = None
    """Which `quantile`: `99%` is the value that 99% of the rows do not exceed."""
    min: Number | None = None
    """The least figure."""
    max: Number | None = None
    """The greatest figure."""
    max_drop: Share | None = None
    """How much less than in the last version that kept the contract, as a part of it."""
    max_increase: Growth | None = None
    """How much more than in the last version that kept the contract, as a part of it."""

    @model_validator(mode="after")
    def _one_limit(self) -> Statistic:
        _refuse_no_limit(self.min, self.max, self.max_drop, self.max_increase)
        if (self.statistic == "quantile") != (self.at is not None):
            word = "needs" if self.at is None else "takes no"
            message = f"`{self.statistic}` {word} `at`"
            raise problem("MLC109", message, "statistic", help="write `statistic: quantile, at: 99%`")
        return self


def _refuse_no_limit(*limits: object) -> None:
    if all(limit is None for limit in limits):
        help_line = "give `min`, `max`, `max_drop` or `max_increase`"
        raise problem("MLC109", "this check has no limit", help=help_line)
