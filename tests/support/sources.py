"""A source's node over a file written by a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import polars as pl

from mlcycle.graph.column import Column
from mlcycle.graph.node import Check, Node, Step
from mlcycle.kinds.sources.materialize import materialize
from mlcycle.kinds.sources.snapshot import FILE
from mlcycle.ports import Ports
from mlcycle.task import CheckResult, Input, Last, Outcome, Task

WORKS = {
    "csv": "mlcycle.kinds.sources.csv.work:read",
    "parquet": "mlcycle.kinds.sources.parquet.work:read",
    **{
        kind: f"mlcycle.kinds.clean.{kind}.work:apply"
        for kind in ("aggregate", "cast", "drop_duplicates", "drop_nulls", "fill_nulls", "rename")
    },
    "derive": "mlcycle.kinds.sources.derive:apply",
    "contract": "mlcycle.kinds.sources.contract:validate",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What materializing gave: the outcome and the table."""

    outcome: Outcome
    table: pl.DataFrame
    path: Path

    def check(self, name: str) -> CheckResult:
        return next(check for check in self.outcome.checks if check.name == name)


def step(name: str, kind: str, config: Mapping[str, Any], work: str | None = None) -> Step:
    return Step(name=name, kind=kind, work=work or WORKS[kind], config=config)


def promised(**columns: Mapping[str, Any]) -> dict[str, Any]:
    """A contract's config: `promised(a={"unique": True, "checks": {"isin": {...}}})`."""
    return {
        "columns": {
            name: {
                "nullable": given.get("nullable", False),
                "unique": given.get("unique", False),
                "checks": {
                    check: {
                        "params": {key: value for key, value in params.items() if key != "severity"},
                        "severity": params.get("severity", "error"),
                    }
                    for check, params in given.get("checks", {}).items()
                },
            }
            for name, given in columns.items()
        },
        "checks": [],
    }


def materialized(
    root: Path,
    columns: Mapping[str, str],
    *,
    kind: str,
    path: str,
    steps: Sequence[Step] = (),
    now: datetime = datetime(2014, 1, 1, tzinfo=UTC),
    sample: float = 1.0,
    pii: Sequence[str] = (),
    inputs: Mapping[str, Input] | None = None,
    reasons: Mapping[str, str] | None = None,
    previous: Last | None = None,
    **config: Any,
) -> Made:
    """Run the node of a source whose file is below `root`; its table lands in `root/out`."""
    typed = [{"name": name, "dtype": dtype} for name, dtype in columns.items()]
    read = {"path": path, "columns": typed} | {k: v for k, v in config.items() if k != "freshness"}
    node = Node(
        name="shop/sources/orders",
        kind=f"source.{kind}",
        work="mlcycle.kinds.sources.materialize:materialize",
        config={"kind": kind, "path": path, "columns": typed, **config},
        steps=(step("read", kind, read), *steps),
        checks=tuple(Check(name=name) for name in ("contract", "contract_warnings", "freshness")),
        columns=tuple(Column(name=name, pii=name in pii) for name in columns),
        documentation={"cleaning": reasons or {}},
    )
    out = root / "out"
    out.mkdir(exist_ok=True)
    task = Task(
        node=node,
        inputs=inputs or {},
        root=root,
        out=out,
        now=now,
        ports=cast(Ports, None),
        sample=sample,
        last=previous,
    )
    outcome = materialize(task)
    return Made(outcome=outcome, table=pl.read_parquet(out / FILE), path=out / FILE)
