"""The types a generated request module is written in: strict, bounded, and the same in every service."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

#: The largest finite float32: the graph computes in float32, and a larger number would become infinite.
FLOAT32_MAX = 3.4028234663852886e38
MAX_TEXT = 4096


class Strict(BaseModel):
    """Unknown keys, NaN, infinities and values of another type are refused; nothing is converted."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, populate_by_name=False)


def _instant(value: object) -> object:
    """ISO 8601 with a time of day to a naive datetime in UTC; without an offset it is UTC already."""
    if not isinstance(value, str) or len(value) < 11:
        raise ValueError("a time like 2013-11-28T15:00:00Z is needed")
    try:
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise ValueError("a time like 2013-11-28T15:00:00Z is needed") from None


Text = Annotated[str, Field(max_length=MAX_TEXT, pattern=r"^[^\x00]*$")]
Number = Annotated[float, Field(ge=-FLOAT32_MAX, le=FLOAT32_MAX)]
Integer = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
Flag = bool
Day = date
Instant = Annotated[
    datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})
]
