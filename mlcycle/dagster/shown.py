"""What Dagster shows of a result: figures, checks with their evidence, tables, plots."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from mlcycle.dagster.freshness import CHECK as FRESHNESS
from mlcycle.dagster.freshness import evidence as evidence_of
from mlcycle.dagster.freshness import newest_row
from mlcycle.dagster.naming import asset_key, check_name
from mlcycle.engine.report import Ran
from mlcycle.engine.upstream import check_span, evidence
from mlcycle.graph.node import Node
from mlcycle.kinds.splits.accepted import told
from mlcycle.store.encoding import plain
from mlcycle.store.result import Result
from mlcycle.task import CheckResult, Table

#: A larger picture is named by its path only; the page keeps metadata in its event log.
_LARGEST_PLOT = 400_000


def materialization(ran: Ran, result: Result, folder: Path) -> dg.MaterializeResult[Any]:
    """The result as an asset's materialization; for a reused one the old result, marked so."""
    return dg.MaterializeResult(
        asset_key=asset_key(ran.node.name),
        data_version=dg.DataVersion(result.data_version),
        metadata=_metadata(ran, result, folder),
        check_results=[
            check_result(ran.node, check, evidence_of(ran.node, result) if check.name == FRESHNESS else {})
            for check in result.checks
        ],
    )


def check_result(
    node: Node, check: CheckResult, more: Mapping[str, Any] | None = None
) -> dg.AssetCheckResult:
    """A verdict with its evidence, and `more`: only `pass`, `not_applicable` and what its author
    accepts count as passed."""
    said = told(check, node.documentation.get("accepted", {}))
    shown: dict[str, Any] = {
        "verdict": check.verdict,
        "figure": check.figure,
        "interval": None if None in (check.low, check.high) else f"{check.low:.6g} to {check.high:.6g}",
        "limit": check.limit,
        "rows": check.rows,
        "accepted": said.reason or None,
        "accepted for nothing": ", ".join(said.needless) or None,
        "spec": str(check_span(node, check.name)),
    }
    if check.table is not None:
        shown["table"] = _table(check.table)
    severity = dg.AssetCheckSeverity.ERROR if check.severity == "error" else dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        asset_key=asset_key(node.name),
        check_name=check_name(check.name),
        passed=said.verdict in ("pass", "not_applicable", "accepted"),
        severity=severity,
        description=": ".join(part for part in (said.message, evidence(check)) if part) or None,
        metadata={**{key: value for key, value in shown.items() if value is not None}, **(more or {})},
    )


def _metadata(ran: Ran, result: Result, folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {
        "reused": ran.status == "reused",
        "why": dg.MarkdownMetadataValue("\n".join(f"* {reason}" for reason in result.cause)),
        "path": dg.PathMetadataValue(str(folder)),
        "seconds": result.seconds,
        "identity": result.identity,
    }
    if result.key_figure:
        found["result"] = result.key_figure
    found.update(newest_row(ran.node, result))
    rows = result.figures.get("rows")
    if isinstance(rows, int):
        found["dagster/row_count"] = rows
    found.update({f"figures/{name}": value for name, value in _figures(result.figures).items()})
    found.update({f"record/{name}": value for name, value in _figures(result.record).items()})
    found.update({f"table/{table.title}": _table(table) for table in result.tables})
    found.update(_looked_at(folder / name) for name in result.plots)
    return found


def _figures(values: Mapping[str, Any]) -> dict[str, Any]:
    shown = plain(values)
    return {name: _one(value) for name, value in shown.items() if value is not None}


def _one(value: Any) -> Any:
    return dg.JsonMetadataValue(value) if isinstance(value, dict | list) else value


def _table(table: Table) -> dg.MarkdownMetadataValue:
    """A table as Markdown: Dagster's own table value refuses mixed types in a column."""
    lines = [table.columns, ["---"] * len(table.columns), *(map(_cell, row) for row in table.rows)]
    body = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return dg.MarkdownMetadataValue(f"{table.title}\n\n{body}")


def _cell(value: Any) -> str:
    text = "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")


def _looked_at(file: Path) -> tuple[str, Any]:
    """A file that is worth looking at: a text as it is, a page by its path, a picture in the page.

    Browsers follow no link from Dagster's page to a file, so the path is there to be copied.
    """
    if file.suffix == ".html":
        return f"page/{file.name}", dg.PathMetadataValue(str(file))
    if file.suffix == ".md" and file.is_file():
        return f"text/{file.name}", dg.MarkdownMetadataValue(file.read_text(encoding="utf-8"))
    return f"plot/{file.name}", _plot(file)


def _plot(file: Path) -> dg.MarkdownMetadataValue | dg.PathMetadataValue:
    if not file.is_file() or file.stat().st_size > _LARGEST_PLOT:
        return dg.PathMetadataValue(str(file))
    image = base64.b64encode(file.read_bytes()).decode()
    return dg.MarkdownMetadataValue(f"![{file.stem}](data:image/png;base64,{image})")
