"""What was found when something was looked at: verdicts, with their evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Verdict = Literal["pass", "fail", "inconclusive", "not_applicable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A small table shown beside a result (failing rows, figures a slice): at most 50 rows."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The verdict of one of the node's checks with its evidence.

    Only `pass` is a pass. `figure`, `low`, `high` and `limit` are numbers where the check has them;
    `rows` is how many rows it rests on; `message` is one sentence for a person.
    """

    name: str
    verdict: Verdict
    severity: Literal["error", "warn"] = "error"
    message: str = ""
    figure: float | None = None
    low: float | None = None
    high: float | None = None
    limit: str | None = None
    rows: int | None = None
    table: Table | None = None

    @property
    def blocks(self) -> bool:
        """Whether what follows must not run."""
        return self.severity == "error" and self.verdict in ("fail", "inconclusive")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkResult:
    """A closed chunk of predictions, measured.

    monitor: `project/name`. start, end: UTC; the chunk holds what was predicted at start <= at < end.
    rows: the predicted rows that were measured; labelled: those of them whose true value was known.
    package: digest of the model package that answered them, "" for a chunk without rows.
    checks: named `<signal kind>` or `<signal kind>.<column or metric>`: `data_drift.schedule.distance`,
        `realized_performance.roc_auc`. `inconclusive` where there is too little to tell.
    reference: digest of the rows that it was compared with, "" where there were none.
    settled: whether its checks are final. Checks that need labels (`realized_performance`) are measured
        again as labels arrive, until all are there or the model's label delay and one more chunk have
        passed; all other checks are final at once. Who counts each chunk once waits for this where labels
        matter.
    """

    monitor: str
    start: datetime
    end: datetime
    rows: int
    labelled: int
    package: str
    checks: tuple[CheckResult, ...]
    reference: str
    settled: bool = True

    def check(self, name: str) -> CheckResult | None:
        """The check of that name, if the chunk has it."""
        return next((check for check in self.checks if check.name == name), None)
