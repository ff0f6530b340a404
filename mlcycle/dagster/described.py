"""What Dagster shows of a node before it ever ran: schema, lineage, owners, the line of the spec."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from mlcycle.dagster.freshness import policy
from mlcycle.dagster.naming import asset_key, check_name
from mlcycle.dagster.partitions import definition
from mlcycle.diagnostics.span import NOWHERE
from mlcycle.engine.observe import required
from mlcycle.graph.canonical import digest
from mlcycle.graph.code_digest import CodeReader
from mlcycle.graph.column import Column
from mlcycle.graph.node import Check, Graph, Node
from mlcycle.graph.partitions import is_partitioned

#: What a phase or part of a project runs on, for the badges of its assets.
_KINDS = {
    "partitions": "polars",
    "sources": "polars",
    "features": "feast",
    "feature_store": "feast",
    "online": "feast",
    "rows": "polars",
    "dataset": "feast",
    "split": "polars",
    "training": "xgboost",
    "package": "onnx",
    "evaluation": "scikitlearn",
    "registration": "mlflow",
    "card": "markdown",
    "sheet": "markdown",
    "sheets": "markdown",
    "service": "bentoml",
    "replay": "bentoml",
    "rollout": "bentoml",
    "predictions": "polars",
}


def asset_spec(
    graph: Graph, node: Node, root: Path, code: CodeReader, *, by_clock: bool = False
) -> dg.AssetSpec:
    """The asset of a node. by_clock: whether the environment goes by the clock, as Dagster does."""
    return dg.AssetSpec(
        key=asset_key(node.name),
        deps=[_dep(graph[name]) for name in required(graph, node)],
        partitions_def=definition(node),
        freshness_policy=policy(node) if by_clock else None,
        description=_description(node),
        group_name=node.group,
        owners=_owners(node),
        kinds=_kinds(node),
        code_version=_code_version(node, code),
        metadata=_metadata(graph, node, root),
    )


def _dep(node: Node) -> dg.AssetDep:
    """What follows partitions rests on all of them, and goes by their content."""
    mapping = dg.AllPartitionMapping() if is_partitioned(node) else None
    return dg.AssetDep(asset_key(node.name), partition_mapping=mapping)


def check_spec(node: Node, check: Check) -> dg.AssetCheckSpec:
    """A declared check; one of severity error stops what follows in the same run."""
    return dg.AssetCheckSpec(
        name=check_name(check.name),
        asset=asset_key(node.name),
        description=check.description,
        blocking=check.severity == "error",
        metadata={"spec": str(check.span)} if check.span != NOWHERE else None,
    )


def _description(node: Node) -> str | None:
    text = node.documentation.get("description")
    return str(text) if text else None


def _owners(node: Node) -> list[str]:
    owner = node.documentation.get("owner")
    if isinstance(owner, str):
        return [owner if "@" in owner else f"team:{owner}"]
    if not isinstance(owner, Mapping):
        return []
    named = [f"team:{check_name(str(owner['team']))}"] if owner.get("team") else []
    return [*named, str(owner["email"])] if owner.get("email") else named


def _kinds(node: Node) -> set[str]:
    parts = node.name.split("/")
    known = _KINDS.get(parts[-1]) or _KINDS.get(parts[1] if len(parts) > 1 else "")
    own = str(node.config.get("kind", ""))
    return {kind for kind in (known, own) if kind}


def _code_version(node: Node, code: CodeReader) -> str | None:
    """A digest of the declaration and the code; None while the author's module is not there."""
    works = (node.work, *(step.work for step in node.steps))
    try:
        behind = code.code(works)
    except ModuleNotFoundError:
        return None
    steps = [(step.name, step.work, step.config) for step in node.steps]
    return digest([node.config, steps, dict(behind.modules), dict(behind.libraries)])[:16]


def _metadata(graph: Graph, node: Node, root: Path) -> dict[str, Any]:
    found: dict[str, Any] = {"work": node.work, "spec": str(node.span)}
    if node.span != NOWHERE:
        place = dg.LocalFileCodeReference(
            file_path=str(root / node.span.file), line_number=node.span.line, label=str(node.span)
        )
        found["dagster/code_references"] = dg.CodeReferencesMetadataValue(code_references=[place])
    if node.columns:
        found["dagster/column_schema"] = dg.TableSchema(columns=[_column(column) for column in node.columns])
        lineage = _lineage(graph, node)
        if lineage:
            found["dagster/column_lineage"] = dg.TableColumnLineage(deps_by_column=lineage)
    return found


def _column(column: Column) -> dg.TableColumn:
    marks = {"sensitive": column.sensitive, "pii": column.pii}
    return dg.TableColumn(
        name=column.name,
        type=column.dtype,
        description=column.description,
        constraints=dg.TableColumnConstraints(nullable=column.nullable),
        tags={mark: "" for mark, there in marks.items() if there},
    )


def _lineage(graph: Graph, node: Node) -> dict[str, list[dg.TableColumnDep]]:
    found: dict[str, list[dg.TableColumnDep]] = defaultdict(list)
    for column in node.columns:
        for reference in sorted(column.lineage):
            source = f"{graph.project}/sources/{reference.source}"
            if source in graph and source != node.name:
                dep = dg.TableColumnDep(asset_key=asset_key(source), column_name=reference.column)
                found[column.name].append(dep)
    return dict(found)
