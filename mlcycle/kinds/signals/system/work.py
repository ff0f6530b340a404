"""How quickly the service answers, and how often it fails to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from mlcycle.kinds.signals.measured import Chunk, Reference, silent
from mlcycle.kinds.signals.verdicts import check
from mlcycle.ports import Monitor
from mlcycle.task import CheckResult

#: Fewer requests have no 99th percentile.
LEAST_REQUESTS = 100


def measure(
    config: Mapping[str, Any], chunks: Sequence[Chunk], reference: Reference, port: Monitor
) -> Sequence[tuple[CheckResult, ...]]:
    """config: `p99_seconds` or `error_rate`, or both. Checks `system.p99` and `system.error_rate`.

    Requests of every package count. A failure is a status of 500 or more; a request that was refused for what
    it asked (4xx) is none, and neither is one that the champion answered in a challenger's place.
    """
    return [tuple(_checks(config, chunk.requests)) for chunk in chunks]


def _checks(config: Mapping[str, Any], requests: pl.DataFrame) -> list[CheckResult]:
    count = requests.height
    wanted = [key for key in ("p99_seconds", "error_rate") if key in config]
    if count < LEAST_REQUESTS:
        text = f"{count:,} requests are fewer than the {LEAST_REQUESTS} that say anything"
        return [silent(_name(key), "inconclusive", text, count) for key in wanted]
    found = []
    for key in wanted:
        if key == "p99_seconds":
            figure = float(requests["seconds"].quantile(0.99, "higher") or 0.0)
            text = f"99 of 100 requests are answered within {figure * 1000:.1f} ms"
        else:
            failed = int((requests["status"] >= 500).sum())
            figure = failed / count
            text = f"{failed:,} of {count:,} requests failed"
        found.append(check(_name(key), figure, {"max": config[key]}, text, rows=count))
    return found


def _name(key: str) -> str:
    return f"system.{key.removesuffix('_seconds')}"
