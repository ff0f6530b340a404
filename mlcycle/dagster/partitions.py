"""Partitions of a source as Dagster has them: the asset, which of them a run is for, what it is told."""

# Annotations are not postponed here: see `asset.py`.
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import dagster as dg

from mlcycle.dagster.naming import JOB, asset_key
from mlcycle.dagster.shown import check_result
from mlcycle.engine.report import Ran
from mlcycle.graph.node import Graph, Node
from mlcycle.graph.partitions import floor, is_partitioned, key_format
from mlcycle.store.result import Result
from mlcycle.task import CheckResult

#: The job that Dagster itself makes of all assets: partitions of different sizes can only meet there.
IMPLICIT_JOB = "__ASSET_JOB"

_SHOWN = 5

#: Many runs at once would stand before the project's lock.
BACKFILL = dg.BackfillPolicy.single_run()


def definition(node: Node) -> dg.TimeWindowPartitionsDefinition | None:
    """The partitions of a node, the one that is still open included; None where it has none."""
    if not is_partitioned(node):
        return None
    every, until = node.config["every"], node.config.get("end")
    format = key_format(every)
    end = datetime.fromisoformat(until) if until is not None else None
    return dg.TimeWindowPartitionsDefinition(
        start=floor(datetime.fromisoformat(node.config["start"]), every),
        end=end,
        fmt=format,
        cron_schedule="0 0 * * *" if every == "day" else "0 0 1 * *",
        timezone="UTC",
        end_offset=1,
    )


def job_name(graphs: Sequence[Graph]) -> str:
    """The job that runs any of the assets: our own, unless they are cut in several ways."""
    cuts = {
        (node.config["every"], node.config["start"], node.config.get("end"))
        for graph in graphs
        for node in graph.nodes
        if is_partitioned(node)
    }
    return JOB if len(cuts) < 2 else IMPLICIT_JOB


def asked(context: dg.AssetExecutionContext) -> tuple[str, ...]:
    """The partitions that a run is for; none where it is for whatever is due."""
    if context.has_partition_key or context.has_partition_key_range:
        return tuple(context.partition_keys)
    return ()


def tell(context: dg.AssetExecutionContext, ran: Ran, parts: Mapping[str, Result]) -> None:
    """Tell Dagster of partitions: of those that the run is for beside its own event, of others by an event
    each, where they were read by this run or Dagster has not heard of them."""
    run_for = frozenset(asked(context))
    key = asset_key(ran.node.name)
    known = frozenset() if run_for else _known(context, key)
    for name, result in parts.items():
        metadata = _metadata(result)
        if name in run_for:
            context.add_asset_metadata(metadata, asset_key=key, partition_key=name)
        elif not run_for and (name not in known or result.run_id == context.run.run_id):
            context.log_event(dg.AssetMaterialization(asset_key=key, partition=name, metadata=metadata))


def waiting(context: dg.AssetExecutionContext, ran: Ran) -> dg.MaterializeResult[Any]:
    """The event of partitions that were read while others are missing: the source stays as it was."""
    missing = ran.waits_for
    more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
    text = f"the source waits for {', '.join(missing[:_SHOWN])}{more}"
    context.log.warning(text)
    checks = (
        CheckResult(name=one.name, verdict="inconclusive", severity="warn", message=text)
        for one in ran.node.checks
    )
    return dg.MaterializeResult(
        asset_key=asset_key(ran.node.name),
        metadata={"waits": text},
        check_results=[check_result(ran.node, check) for check in checks],
    )


def _known(context: dg.AssetExecutionContext, key: dg.AssetKey) -> frozenset[str]:
    return frozenset(context.instance.get_materialized_partitions(key))


def _metadata(result: Result) -> dict[str, Any]:
    late = result.figures.get("late")
    return {
        "dagster/row_count": result.figures["rows"],
        "why": "; ".join(result.cause),
        "read": result.started.isoformat(timespec="seconds"),
        "version": result.data_version[:12],
        **({"late": late} if late else {}),
    }
