"""Folds one after another in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import Mistake, Setting, SplitKind
from mlcycle.kinds.splits.gaps import Gap, declared
from mlcycle.kinds.splits.shares import fold_mistakes
from mlcycle.language.quantities import Duration, Share


class Spec(SplitKind):
    """Cross-validation in time: each fold is held out once, to judge a model that learned from what was
    before.

    The newest rows are the test side; no fold sees them. The rows before are cut into `folds` + 1 parts of
    equally many: each but the first is held out once. A fold learns from nothing whose label was not known
    when its first held-out row was predicted: the gap is that of the split `time`, label delay + horizon.
    """

    work: ClassVar[str] = "mlcycle.kinds.splits.time_series.work:assign"
    by_time: ClassVar[bool] = True

    kind: Literal["time_series"]
    folds: Annotated[int, Field(ge=2, le=20)] = 5
    """How many; so many models are trained beside the one that is packaged."""
    window: Literal["expanding"] | Duration = "expanding"
    """How far back a model learns from, before the first row it is judged by: `180d`, or everything. The
    model that is packaged learns from as much."""
    validation: Share = 0.1
    """Share of the rows that stops the training early; a fold takes as much of what it learns from."""
    test: Share = 0.2
    """Share, the newest rows, that gates judge by."""
    gap: Gap | Duration | None = None
    """By default label delay + horizon; a smaller one needs `{value: 0d, reason: ...}`."""

    def fold_count(self) -> int:
        return self.folds

    def config(self) -> Config:
        config = {"validation": self.validation, "test": self.test, "folds": self.folds}
        if isinstance(self.window, timedelta):
            config["window_seconds"] = int(self.window.total_seconds())
        return config

    def declared_gap(self) -> tuple[timedelta, str | None] | None:
        return declared(self.gap)

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        if not setting.has_timestamp:
            message = "folds in time need rows with a time, and the label's source declares no `timestamp`"
            yield Mistake(code="MLC504", message=message, path=("kind",), help="use `kind: k_fold`")
        if self.window == timedelta(0):
            yield Mistake(code="MLC503", message="a window of no time has no rows", path=("window",))
        yield from fold_mistakes(self.validation, self.test)
