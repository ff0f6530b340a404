"""The author's own gap between the sides of a split by time."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from mlcycle.language.base import SpecModel
from mlcycle.language.quantities import Duration


class Gap(SpecModel):
    """A gap of the author's own between the sides of a time split."""

    value: Duration
    """The time between the last row of one side and the first of the next."""
    reason: Annotated[str, Field(min_length=1)]
    """Why a smaller gap than label delay + horizon is right here."""


def declared(gap: Gap | timedelta | None) -> tuple[timedelta, str | None] | None:
    """The gap and the reason for it; None lets it be inferred."""
    if isinstance(gap, Gap):
        return (gap.value, gap.reason)
    return None if gap is None else (gap, None)
