"""What a work function is given and what it gives back. Leaf: imports nothing of the compiler but its data.

A work function has the signature `(task: Task) -> Outcome`. It reads the results of its inputs, writes its
output into `task.out` (an empty folder, moved into place when the work has succeeded) and returns figures.
It never decides whether to run, never reads a clock, an environment variable or the state store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from mlcycle.graph.node import Node, Step
from mlcycle.ports import Ports
from mlcycle.verdicts import CheckResult as CheckResult
from mlcycle.verdicts import Table as Table
from mlcycle.verdicts import Verdict as Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A result of an earlier node as its reader sees it.

    `path` is the folder it wrote, `data_version` its content digest, `figures` and `record` what it reported,
    `cause` why it was made.
    """

    node: str
    path: Path
    data_version: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)
    checks: tuple[CheckResult, ...] = ()
    cause: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Last(Input):
    """A node's own last result, whatever it was made of. Its figures and its record can always be compared.

    whole: its files are as it left them, so that they can be read.
    continues: it is whole, and what was read for it is a part of what is to be read now (the same reading
        step and sample, and nobody forced a run), so that work may add to it.
    """

    whole: bool
    continues: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Everything a work function may look at.

    root: the project's root folder; declared paths are relative to it.
    out: an empty folder of this run's own to write into.
    now: the environment's idea of now (UTC); for `local` the newest row of the data.
    observed: the looked-up value of each of `node.observes`.
    last: the node's last result, for checks of how much something changed, and for work that adds to it.
    sample: share of rows to keep (0 < sample <= 1), applied by sources only.
    progress: `progress("fitting", 0.4)`; the share may be None.
    run_id: of the Dagster run, for tags.
    fill: a step's config with the secrets below its `connect` filled in. For the call alone: never kept.
    hide: a message without the secrets that a step's config, as written, names.
    """

    node: Node
    inputs: Mapping[str, Input]
    root: Path
    out: Path
    now: datetime
    ports: Ports
    observed: Mapping[str, str | None] = field(default_factory=dict)
    last: Last | None = None
    environment: str = "local"
    sample: float = 1.0
    run_id: str = ""
    progress: Callable[[str, float | None], None] = lambda message, share: None
    fill: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda config: config
    hide: Callable[[str, Mapping[str, Any]], str] = lambda text, config: text

    def steps(self) -> tuple[Step, ...]:
        """The node's steps in order."""
        return self.node.steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a work function reports.

    data_version: digest of the meaning of the output; None lets the engine hash the files in `out`. Give
        it where files carry something that is not content (a run id, a path).
    figures: for people: rows, seconds, scores. Shown in the terminal and in Dagster, never hashed.
    key_figure: the one figure worth showing on the step's line ("336,776 rows", "AUC 0.690").
    record: what later nodes need and is not content (an MLflow run id, a registry version).
    plots: files in `out` worth looking at (PNG, Markdown, HTML), relative.
    """

    data_version: str | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)
    key_figure: str = ""
    record: Mapping[str, Any] = field(default_factory=dict)
    checks: tuple[CheckResult, ...] = ()
    tables: tuple[Table, ...] = ()
    plots: tuple[str, ...] = ()


class WorkError(Exception):
    """The author's data or declaration made a step impossible; `step` names the one, and so its line.

    Anything else that a work function raises is a fault of ours and keeps its traceback.
    """

    def __init__(self, code: str, message: str, *, step: str | None = None, help: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.step = step
        self.help = help
