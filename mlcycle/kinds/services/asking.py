"""A client of a service, as plain as can be: one connection, JSON bodies, the error's own words."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

Row = Mapping[str, Any]

#: Statuses of a machine that is short of time, not of a service that is wrong.
_BUSY = (429, 503, 504)
_TRIES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer other than 200."""

    status: int
    message: str


class Client:
    """Asks one service for predictions."""

    def __init__(self, url: str, key: str | None = None) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        self._headers = {"content-type": "application/json", **({"x-api-key": key} if key else {})}

    def predict(self, rows: Sequence[Row]) -> list[Mapping[str, Any]] | Refusal:
        """The predictions of rows, in their order. Raises OSError if the service cannot be reached."""
        body = json.dumps({"rows": list(rows)}).encode()
        status, answer = self._post(body)
        for _ in range(_TRIES - 1):
            if status not in _BUSY:
                break
            status, answer = self._post(body)
        if status != 200:
            error = answer.get("error", {})
            places = "; ".join(f"{d['path']}: {d['message']}" for d in error.get("details", ())[:3])
            return Refusal(status=status, message=f"{status} {error.get('message', '')} {places}".strip())
        predictions: list[Mapping[str, Any]] = answer["predictions"]
        return predictions

    def _post(self, body: bytes) -> tuple[int, dict[str, Any]]:
        self._connection.request("POST", "/predict", body, self._headers)
        response = self._connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
        return response.status, answer

    def close(self) -> None:
        self._connection.close()


def batches(bodies: Sequence[int], *, max_rows: int, max_bytes: int) -> list[range]:
    """Consecutive rows by request: five single ones, then one of many, and so on.

    bodies: the size of each row as JSON. A request holds at most 50 rows and keeps within the limits.
    """
    found: list[range] = []
    start = 0
    while start < len(bodies):
        wanted = min(max_rows, 50) if len(found) % 6 == 5 else 1
        end, size = start, 64
        while (
            end < len(bodies)
            and end - start < wanted
            and (end == start or size + bodies[end] + 2 <= max_bytes)
        ):
            size += bodies[end] + 2
            end += 1
        found.append(range(start, end))
        start = end
    return found
