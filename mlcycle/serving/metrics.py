"""Prometheus metrics of one worker; several workers of a service are summed through prometheus_client."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"

_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """Counts requests, their time, rows, and what the online store could not give.

    Labels come from a fixed set (paths of our own, statuses, views), so that no client can make them grow.
    """

    def __init__(self, *, shared: bool = False) -> None:
        """shared: several workers write to one PROMETHEUS_MULTIPROC_DIR, and each shows the sum of all."""
        self._shared = shared
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "mlcycle_requests", "Requests answered.", ("path", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "mlcycle_request_seconds",
            "Time from the request's first byte to its answer.",
            ("path",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._rows = Counter("mlcycle_rows", "Rows scored.", registry=self._registry)
        self._lookups = Counter(
            "mlcycle_lookups_unusable",
            "Rows whose value in a view was stale or missing.",
            ("view", "reason"),
            registry=self._registry,
        )
        self._children: dict[tuple[str, int], tuple[Counter, Histogram]] = {}

    def answered(self, path: str, status: int, seconds: float) -> None:
        """Count one request. `path` must be one of the service's own."""
        child = self._children.get((path, status))
        if child is None:
            child = (self._requests.labels(path, str(status)), self._seconds.labels(path))
            self._children[path, status] = child
        child[0].inc()
        child[1].observe(seconds)

    def scored(self, rows: int) -> None:
        self._rows.inc(rows)

    def unusable(self, view: str, reason: str) -> None:
        """Count one row whose lookup in `view` was `stale` or `missing`."""
        self._lookups.labels(view, reason).inc()

    def text(self) -> bytes:
        """The exposition: of all workers where they share a folder, else of this one."""
        if not self._shared:
            return generate_latest(self._registry)
        shared = CollectorRegistry()
        multiprocess.MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
        return generate_latest(shared)
