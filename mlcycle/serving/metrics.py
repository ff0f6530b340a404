"""Prometheus metrics of one worker, kept as plain numbers until someone asks for them."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"

#: Upper bounds in seconds.
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics(Collector):
    """Counts requests, their time, rows, and what the online store could not give.

    A service has one worker a process and is scaled by processes, so nothing is shared between workers, and
    counting is an addition. Labels come from a fixed set (paths of our own, statuses, views), so that no
    client can make them grow. All methods are called on the event loop.
    """

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, int]] = Counter()
        self._seconds: dict[str, list[int]] = {}
        self._total: dict[str, float] = {}
        self._rows = 0
        self._unusable: Counter[tuple[str, str]] = Counter()

    def answered(self, path: str, status: int, seconds: float) -> None:
        """Count one request. `path` must be one of the service's own."""
        self._requests[path, status] += 1
        counts = self._seconds.get(path)
        if counts is None:
            counts = self._seconds[path] = [0] * (len(BUCKETS) + 1)
            self._total[path] = 0.0
        counts[bisect_left(BUCKETS, seconds)] += 1
        self._total[path] += seconds

    def scored(self, rows: int) -> None:
        self._rows += rows

    def unusable(self, view: str, reason: str) -> None:
        """Count one row whose lookup in `view` was `stale` or `missing`."""
        self._unusable[view, reason] += 1

    def text(self) -> bytes:
        """The exposition."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        """The metrics as prometheus_client writes them."""
        requests = CounterMetricFamily("mlcycle_requests", "Requests answered.", labels=("path", "status"))
        for (path, status), count in self._requests.items():
            requests.add_metric((path, str(status)), count)
        yield requests
        seconds = HistogramMetricFamily(
            "mlcycle_request_seconds", "Time from a request's start to its answer.", labels=("path",)
        )
        bounds = [*map(str, BUCKETS), "+Inf"]
        for path, counts in self._seconds.items():
            seconds.add_metric((path,), list(zip(bounds, accumulate(counts), strict=True)), self._total[path])
        yield seconds
        yield CounterMetricFamily("mlcycle_rows", "Rows scored.", value=self._rows)
        unusable = CounterMetricFamily(
            "mlcycle_lookups_unusable",
            "Rows whose value in a view was stale or missing.",
            labels=("view", "reason"),
        )
        for (view, reason), count in self._unusable.items():
            unusable.add_metric((view, reason), count)
        yield unusable
