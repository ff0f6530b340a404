"""What is kept of one run of a node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from mlcycle.task import CheckResult, Input, Last, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityParts:
    """Everything that decides whether a result still holds; equal parts mean the same work on the same data.

    config, steps: the node's own; a step is {name, kind, work, config}.
    inputs: role -> data version.
    observed: looked-up facts; code: module -> digest; libraries: distribution -> version.
    checks: name -> severity. sample: the share of rows that sources keep.
    """

    work: str
    config: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[Mapping[str, Any], ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
    observed: Mapping[str, str | None] = field(default_factory=dict)
    code: Mapping[str, str] = field(default_factory=dict)
    libraries: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, str] = field(default_factory=dict)
    sample: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A file that a result wrote: its path below the result's folder and its size in bytes."""

    path: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One finished run of a node: what it was made of, what came out and where it lies.

    path: the folder, relative to the artefacts' root, with forward slashes.
    identity: digest of `parts`. cause: the reasons it ran for, as sentences; what asked for the run comes
    first.
    started, ended: UTC.
    """

    node: str
    identity: str
    parts: IdentityParts
    data_version: str
    path: str
    files: tuple[Artifact, ...]
    started: datetime
    ended: datetime
    figures: Mapping[str, Any] = field(default_factory=dict)
    key_figure: str = ""
    record: Mapping[str, Any] = field(default_factory=dict)
    checks: tuple[CheckResult, ...] = ()
    tables: tuple[Table, ...] = ()
    plots: tuple[str, ...] = ()
    cause: tuple[str, ...] = ()
    environment: str = "local"
    run_id: str = ""

    @property
    def seconds(self) -> float:
        """How long the work took."""
        return (self.ended - self.started).total_seconds()

    @property
    def blocking(self) -> tuple[CheckResult, ...]:
        """The checks that stop what follows."""
        return tuple(check for check in self.checks if check.blocks)


def as_input(result: Result, folder: Path) -> Input:
    """The result as a later node's work sees it; `folder` is the absolute path of what it wrote."""
    return Input(
        node=result.node,
        path=folder,
        data_version=result.data_version,
        figures=result.figures,
        record=result.record,
        checks=result.checks,
        cause=result.cause,
    )


def as_last(result: Result, folder: Path, *, whole: bool, continues: bool) -> Last:
    """The result as the next run of its own node sees it (`mlcycle.task.Last`)."""
    seen = as_input(result, folder)
    kept = {field.name: getattr(seen, field.name) for field in fields(seen)}
    return Last(**kept, whole=whole, continues=continues)
