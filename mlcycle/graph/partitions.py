"""Partitions of a source: how its time is cut, and the node that each of them is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from mlcycle.graph.node import Node

Every = Literal["day", "month"]

#: The node that stands for all partitions of a source, and that of one.
PARTITIONED = "partitions"
PARTITION = "partition"

_FORMATS: Mapping[Every, str] = {"day": "%Y-%m-%d", "month": "%Y-%m"}
_READ = "mlcycle.kinds.sources.within:read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """The rows whose event time lies in [start, end), UTC. key: `2013-01` or `2013-01-31`."""

    key: str
    start: datetime
    end: datetime


def key_format(every: Every) -> str:
    """How a partition is called, in strftime's notation."""
    return _FORMATS[every]


def floor(time: datetime, every: Every) -> datetime:
    """The start of the partition that holds `time`."""
    day = time.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day if every == "day" else day.replace(day=1)


def partitions(config: Mapping[str, Any], now: datetime) -> tuple[Partition, ...]:
    """Those that have begun at `now`, oldest first; the last may still be open. config: that of the node."""
    return tuple(_cut(config, now))


def _cut(config: Mapping[str, Any], now: datetime) -> Iterator[Partition]:
    every: Every = config["every"]
    start = datetime.fromisoformat(config["start"])
    end = datetime.fromisoformat(config["end"]) if "end" in config else None
    while start <= now and (end is None or start < end):
        following = floor(start + timedelta(days=1 if every == "day" else 31), every)
        yield Partition(key=start.strftime(_FORMATS[every]), start=start, end=following)
        start = following


def is_partitioned(node: Node) -> bool:
    """Whether a node stands for the partitions of a source."""
    return node.kind == PARTITIONED


def partition_node(node: Node, partition: Partition) -> Node:
    """The node that reads one partition of `node`."""
    kept = ("timestamp", "first_seen", "key", "secret")
    config = {name: node.config[name] for name in kept if name in node.config}
    bounds = {"start": partition.start.isoformat(), "end": partition.end.isoformat()}
    return Node(
        name=f"{node.name}/{partition.key}",
        kind=PARTITION,
        work=_READ,
        config={**config, "partition": partition.key, **bounds},
        steps=node.steps,
        columns=node.columns,
        span=node.span,
    )
