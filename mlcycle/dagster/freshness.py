"""How old a source's newest row is, in the words of Dagster's freshness checks and policies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import dagster as dg

from mlcycle.graph.node import Node
from mlcycle.store.result import Result

CHECK = "freshness"

#: Dagster's own names, which its page and its sensors look for.
PARAMS = "dagster/freshness_params"
FRESH_UNTIL = "dagster/fresh_until_timestamp"
LAST_UPDATED = "dagster/last_updated_timestamp"

_SHORTEST = timedelta(minutes=1)


def policy(node: Node) -> dg.FreshnessPolicy | None:
    """Fails where the source has not been looked at for so long that its newest row must be too old by now.

    The check tells of the rows as of the last look; nobody would hear of it where nothing runs any more. None
    for a source without `error_after`, which Dagster cannot do without.
    """
    limits = node.config.get("freshness", {})
    if "error_after_seconds" not in limits:
        return None
    fail, warn = (
        max(timedelta(seconds=limits[key]), _SHORTEST) if key in limits else None
        for key in ("error_after_seconds", "warn_after_seconds")
    )
    assert fail is not None
    return dg.FreshnessPolicy.time_window(
        fail_window=fail, warn_window=warn if warn is not None and warn < fail else None
    )


def newest_row(node: Node, result: Result) -> Mapping[str, Any]:
    """When the rows of a source were last up to date, for the asset."""
    newest = _newest(node, result)
    return {} if newest is None else {LAST_UPDATED: dg.TimestampMetadataValue(newest.timestamp())}


def evidence(node: Node, result: Result) -> Mapping[str, Any]:
    """What Dagster's own freshness checks tell beside their verdict."""
    limits = node.config.get("freshness", {})
    newest = _newest(node, result)
    found: dict[str, Any] = {PARAMS: dg.JsonMetadataValue(dict(limits)), **newest_row(node, result)}
    if newest is not None and limits:
        until = newest + timedelta(seconds=min(limits.values()))
        found[FRESH_UNTIL] = dg.TimestampMetadataValue(until.timestamp())
    return found


def _newest(node: Node, result: Result) -> datetime | None:
    text = result.figures.get("newest")
    is_source = node.name.split("/")[1] == "sources"
    return datetime.fromisoformat(text) if is_source and isinstance(text, str) else None
