"""Notice when a node's work begins to use the outside, so that a cut-off run is never taken for done.

A feature store or a registry is shared: work that died half-way may have left there what its node's last
result knows nothing of. The note is taken away in the transaction that keeps the next result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mlcycle.ports import Ports


def noticed(ports: Ports, notice: Callable[[], None]) -> Ports:
    """The same ports; `notice` is called once, before the first use of any of them."""
    once = _Once(notice)
    store: Any = _Noticed(ports.feature_store, once)
    tracker: Any = _Noticed(ports.tracker, once)
    registry: Any = _Noticed(ports.registry, once)
    builder: Any = _Noticed(ports.builder, once)
    predictions: Any = _Noticed(ports.predictions, once)
    chunks: Any = _Noticed(ports.chunks, once)
    rollouts: Any = _Noticed(ports.rollouts, once)
    return Ports(
        feature_store=store,
        tracker=tracker,
        registry=registry,
        builder=builder,
        predictions=predictions,
        chunks=chunks,
        monitor=ports.monitor,
        rollouts=rollouts,
    )


class _Once:
    def __init__(self, notice: Callable[[], None]) -> None:
        self._notice = notice
        self._done = False

    def __call__(self) -> None:
        if not self._done:
            self._done = True
            self._notice()


class _Noticed:
    def __init__(self, port: Any, notice: Callable[[], None]) -> None:
        self._port = port
        self._notice = notice

    def __getattr__(self, name: str) -> Any:
        self._notice()
        return getattr(self._port, name)
