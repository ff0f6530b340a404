"""Earlier rows train, later rows judge."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar, Literal

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import Mistake, Setting, SplitKind
from mlcycle.kinds.splits.gaps import Gap, declared
from mlcycle.kinds.splits.shares import default_shares, sum_mistakes
from mlcycle.language.quantities import Duration, Instant, Share


class Spec(SplitKind):
    """Splits rows by their event time: by shares of the rows, or at dates.

    Rows in the gap belong to no side: their labels were not known when the first row of the next side was
    predicted. The gap is inferred as label delay + horizon.
    """

    work: ClassVar[str] = "mlcycle.kinds.splits.time.work:assign"
    by_time: ClassVar[bool] = True

    kind: Literal["time"]
    train: Share | None = None
    """Share of the rows, from the oldest, that trains."""
    validation: Share | None = None
    """Share that stops the training early."""
    test: Share | None = None
    """Share, the newest rows, that gates judge by."""
    train_until: Instant | None = None
    """Instead of shares: rows before this time train."""
    validation_until: Instant | None = None
    """Rows from `train_until` to this time validate; the rest is the test side."""
    gap: Gap | Duration | None = None
    """By default label delay + horizon; a smaller one needs `{value: 0d, reason: ...}`."""

    def config(self) -> Config:
        if self.train_until is not None:
            config = {"train_until": self.train_until.isoformat()}
            if self.validation_until is not None:
                config["validation_until"] = self.validation_until.isoformat()
            return config
        return default_shares(self.train, self.validation, self.test)

    def declared_gap(self) -> tuple[timedelta, str | None] | None:
        return declared(self.gap)

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        if not setting.has_timestamp:
            message = "a time split needs rows with a time, and the label's source declares no `timestamp`"
            yield Mistake(code="MLC504", message=message, path=("kind",), help="use `kind: random`")
        shares = (self.train, self.validation, self.test)
        if self.train_until is None:
            yield from sum_mistakes(*shares)
            return
        if any(share is not None for share in shares):
            message = "`train_until` and shares say the same thing twice"
            yield Mistake(code="MLC503", message=message, path=("train_until",), help="keep one of the two")
        if self.validation_until is not None and self.validation_until <= self.train_until:
            message = "`validation_until` is not after `train_until`, so the validation side has no rows"
            yield Mistake(code="MLC503", message=message, path=("validation_until",))
