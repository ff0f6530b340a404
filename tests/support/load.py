"""Requests to real services from threads of this process, and every answer that came back."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from mlcycle.adapters.bentoml.process import Running


@dataclass
class Load:
    """statuses, and of each answer (id, package, seconds since 1970 when it was asked for and answered).

    lost: requests whose connection broke.
    """

    statuses: list[int] = field(default_factory=list)
    answers: list[tuple[str, str, float, float]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    slowest: float = 0.0


@contextmanager
def load_on(
    services: Sequence[Running],
    rows: Sequence[Sequence[dict[str, Any]]],
    *,
    threads: int = 2,
    pause: float = 0.004,
) -> Iterator[Load]:
    """Ask every service again and again, from `threads` threads each, until the block ends."""
    found, stop = Load(), threading.Event()
    workers = [
        threading.Thread(target=_ask, args=(service, rows, f"{index}.{thread}", found, stop, pause))
        for index, service in enumerate(services)
        for thread in range(threads)
    ]
    for worker in workers:
        worker.start()
    try:
        yield found
    finally:
        stop.set()
        for worker in workers:
            worker.join()


def _ask(
    service: Running,
    rows: Sequence[Sequence[dict[str, Any]]],
    name: str,
    found: Load,
    stop: threading.Event,
    pause: float,
) -> None:
    connection = http.client.HTTPConnection(service.host, service.port, timeout=60)
    bodies = [json.dumps({"rows": list(one)}).encode() for one in rows]
    number = 0
    while not stop.wait(pause):
        number += 1
        given = f"{name}.{number}"
        headers = {"content-type": "application/json", "x-request-id": given}
        began = time.time()
        try:
            connection.request("POST", "/predict", bodies[number % len(bodies)], headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            found.lost.append(given)
            connection.close()
            continue
        ended = time.time()
        found.statuses.append(response.status)
        found.acknowledged.append(given)
        found.slowest = max(found.slowest, ended - began)
        if response.status == 200:
            found.answers.append((given, json.loads(content)["package"], began, ended))
    connection.close()


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for other processes; they cannot be given a clock."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("what was waited for did not come")
        pause.wait(0.05)
