"""Ask a running service as its users would, over kept connections, and tell it labels."""

from __future__ import annotations

import http.client
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from mlcycle.simulation.stream import Request, feedback

#: Users at a time: one worker answers one request while the other is on its way.
_USERS = 2
_LABELS = 500
_TIMEOUT = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """How many requests were answered, and the status and words of the others."""

    answered: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Answers) -> Answers:
        return Answers(answered=self.answered + other.answered, refused=self.refused + other.refused)


class Users:
    """A few users of one service. Requests keep their order within a user, and are shared out by turns."""

    def __init__(self, url: str, key: str | None = None) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "", parts.port)
        self._key = {"x-api-key": key} if key else {}
        self._pool = ThreadPoolExecutor(_USERS, "mlcycle-user")
        self._connections = [self._connect() for _ in range(_USERS)]

    def ask(self, requests: Iterable[Request]) -> Answers:
        """Send every request and wait for all answers. Raises OSError if the service cannot be reached."""
        given = list(requests)
        shares = [given[user::_USERS] for user in range(_USERS)]
        found = self._pool.map(self._ask, range(_USERS), shares)
        return sum(found, Answers())

    def tell(self, requests: Sequence[Request]) -> int:
        """Tell the labels of requests; returns how many were taken."""
        taken = 0
        for start in range(0, len(requests), _LABELS):
            some = requests[start : start + _LABELS]
            status, _ = self._post(0, "/feedback", feedback(some), {})
            taken += len(some) if status == 202 else 0
        return taken

    def _ask(self, user: int, requests: Sequence[Request]) -> Answers:
        answered, refused = 0, Counter[str]()
        for request in requests:
            status, body = self._post(user, "/predict", request.body, {"x-request-id": request.id})
            if status == 200:
                answered += 1
            else:
                refused[f"{status} {body[:200].decode(errors='replace')}"] += 1
        return Answers(answered=answered, refused=refused)

    def _post(self, user: int, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Ask once; again over a new connection where the service had closed the kept one meanwhile."""
        sent = {"content-type": "application/json", **self._key, **headers}
        try:
            return self._once(user, path, body, sent)
        except (ConnectionError, http.client.RemoteDisconnected):
            self._connections[user].close()
            return self._once(user, path, body, sent)

    def _once(self, user: int, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        connection = self._connections[user]
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(*self._address, timeout=_TIMEOUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown()
        for connection in self._connections:
            connection.close()
