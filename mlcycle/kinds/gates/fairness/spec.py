"""Alike for every group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.node import Config
from mlcycle.kinds.gates.limits import limit_mistakes, metric_mistakes
from mlcycle.kinds.interface import GateKind, Mistake, Setting
from mlcycle.language.names import Columns


class Spec(GateKind):
    """Compares a rate between groups of the test rows.

    The groups may be made by a sensitive column: grouping by it is what it is there for.
    """

    work: ClassVar[str] = "mlcycle.kinds.gates.fairness.work:judge"

    kind: Literal["fairness"]
    metric: str
    """The metric, by fairlearn's name."""
    by: Columns
    """Columns of the label's source whose values make the groups."""
    max: float | None = None
    """The greatest difference that passes."""
    min: float | None = None
    """The least ratio that passes."""
    min_rows: Annotated[int, Field(ge=1)] = 100
    """Groups with fewer test rows are shown and not judged."""

    def config(self) -> Config:
        config: dict[str, object] = {"metric": self.metric, "by": list(self.by), "min_rows": self.min_rows}
        if self.max is not None:
            config["max"] = self.max
        if self.min is not None:
            config["min"] = self.min
        return config

    def sentence(self) -> str:
        limits = [f"at most {self.max:g}"] if self.max is not None else []
        limits += [f"at least {self.min:g}"] if self.min is not None else []
        limit = " and ".join(limits) or "for the report"
        groups = f"groups of `{'`, `'.join(self.by)}` with {self.min_rows:,} rows or more"
        return f"`{self.metric}` over {groups}: {limit}."

    def groups_by(self) -> tuple[str, ...]:
        return tuple(self.by)

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        yield from metric_mistakes(self.metric, setting.task, fairness=True)
        yield from limit_mistakes(self.metric, {"min": self.min, "max": self.max})
