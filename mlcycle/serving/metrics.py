"""Prometheus metrics of one worker, kept as plain numbers until someone asks for them."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"

#: What a request may be given to; champion and challenger change their versions, and not their labels.
ARMS = ("champion", "challenger")

#: Upper bounds in seconds.
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics(Collector):
    """Counts requests, their time, rows, and what the online store could not give.

    A service has one worker a process and is scaled by processes, so nothing is shared between workers, and
    counting is an addition. Labels come from a fixed set (paths of our own, statuses, views, arms), so that
    no client can make them grow. All methods are called on the event loop.
    """

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, int]] = Counter()
        self._seconds: dict[str, _Seconds] = {}
        self._rows = 0
        self._unusable: Counter[tuple[str, str]] = Counter()
        self._arms = {arm: _Arm() for arm in ARMS}
        self._fallbacks: Counter[str] = Counter()
        self._records: Counter[tuple[str, bool]] = Counter()
        self._left_out = 0
        self._generation = 0

    def answered(self, path: str, status: int, seconds: float) -> None:
        """Count one request. `path` must be one of the service's own."""
        self._requests[path, status] += 1
        counts = self._seconds.get(path)
        if counts is None:
            counts = self._seconds[path] = _Seconds()
        counts.add(seconds)

    def scored(self, rows: int) -> None:
        self._rows += rows

    def unusable(self, view: str, reason: str) -> None:
        """Count one row whose lookup in `view` was `stale` or `missing`."""
        self._unusable[view, reason] += 1

    def arm(self, arm: str, *, failed: bool, fallback: str | None, seconds: float) -> None:
        """Count one request of the arm that it was given to, whoever answered it."""
        counts = self._arms[arm]
        counts.failures += failed
        counts.seconds.add(seconds)
        if fallback is not None:
            self._fallbacks[fallback] += 1

    def follows(self, generation: int) -> None:
        """The generation of the traffic document that a request was answered by."""
        self._generation = generation

    def logged(self, kind: str, records: int) -> None:
        self._records[kind, True] += records

    def not_logged(self, kind: str, records: int) -> None:
        self._records[kind, False] += records

    def not_compared(self) -> None:
        """Count one request that the champion did not score as well."""
        self._left_out += 1

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
        for path, counts in self._seconds.items():
            seconds.add_metric((path,), counts.buckets(), counts.total)
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
        yield from self._of_arms()
        yield from self._of_records()

    def _of_arms(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "mlcycle_arm_requests", "Requests by the arm they were given to.", labels=("arm",)
        )
        failures = CounterMetricFamily(
            "mlcycle_arm_failures", "Requests that their arm did not answer by itself.", labels=("arm",)
        )
        seconds = HistogramMetricFamily(
            "mlcycle_arm_seconds", "Time from a request's start to its answer, by its arm.", labels=("arm",)
        )
        for arm, counts in self._arms.items():
            requests.add_metric((arm,), sum(counts.seconds.counts))
            failures.add_metric((arm,), counts.failures)
            seconds.add_metric((arm,), counts.seconds.buckets(), counts.seconds.total)
        yield from (requests, failures, seconds)
        fallbacks = CounterMetricFamily(
            "mlcycle_fallbacks", "Requests of a challenger that the champion answered.", labels=("reason",)
        )
        for reason, count in self._fallbacks.items():
            fallbacks.add_metric((reason,), count)
        yield fallbacks
        yield GaugeMetricFamily(
            "mlcycle_traffic_generation",
            "The traffic document's generation; 0 for none.",
            value=self._generation,
        )

    def _of_records(self) -> Iterator[Metric]:
        written = CounterMetricFamily(
            "mlcycle_log_records", "Records of the prediction log.", labels=("kind",)
        )
        lost = CounterMetricFamily(
            "mlcycle_log_lost_records", "Records that could not be written.", labels=("kind",)
        )
        for (kind, done), count in self._records.items():
            (written if done else lost).add_metric((kind,), count)
        yield from (written, lost)
        yield CounterMetricFamily(
            "mlcycle_pairs_left_out", "Requests not scored by the champion as well.", value=self._left_out
        )


class _Seconds:
    """A histogram of times."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.total += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """Bounds and how many were at most that long, as prometheus_client takes them."""
        return list(zip([*map(str, BUCKETS), "+Inf"], accumulate(self.counts), strict=True))


class _Arm:
    def __init__(self) -> None:
        self.failures = 0
        self.seconds = _Seconds()
