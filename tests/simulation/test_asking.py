"""Users of a service: who is asked again, what is counted, what is sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from mlcycle.simulation.asking import Answers, Users
from mlcycle.simulation.stream import Request

NOON = datetime(2013, 5, 1, 12, tzinfo=UTC)


@dataclass
class Seen:
    """What a service was asked. hang_up: it closes each connection after an answer, without a word."""

    hang_up: bool = False
    refuse: frozenset[str] = frozenset()
    asked: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    connections: set[Any] = field(default_factory=set)


@contextmanager
def service(seen: Seen) -> Iterator[str]:
    """A small service that keeps connections; its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen.asked.append((self.path, headers, body))
            seen.connections.add(self.client_address)
            refused = headers.get("x-request-id") in seen.refuse
            status = 503 if refused else 202 if self.path == "/feedback" else 200
            answer = b"too busy" if refused else b"{}"
            self.send_response(status)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)
            self.close_connection = seen.hang_up

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def request(number: int, label: Any = None) -> Request:
    return Request(
        id=f"r{number}", at=NOON, body=json.dumps({"rows": [number]}).encode(), label=label, label_at=NOON
    )


def test_two_users_keep_their_connections_and_share_by_turns() -> None:
    seen = Seen()
    with service(seen) as url, Users(url) as users:
        assert users.ask(request(number) for number in range(7)) == Answers(answered=7)
        assert users.ask([]) == Answers()
    ids = [headers["x-request-id"] for _, headers, _ in seen.asked]
    assert [name for name in ids if int(name[1:]) % 2 == 0] == ["r0", "r2", "r4", "r6"]
    assert [name for name in ids if int(name[1:]) % 2] == ["r1", "r3", "r5"]
    assert len(seen.connections) == 2


def test_who_finds_the_kept_connection_closed_asks_again() -> None:
    seen = Seen(hang_up=True)
    with service(seen) as url, Users(url) as users:
        assert users.ask(request(number) for number in range(8)) == Answers(answered=8)
    assert sorted(headers["x-request-id"] for _, headers, _ in seen.asked) == [f"r{n}" for n in range(8)]
    assert len(seen.connections) == 8


def test_what_is_refused_is_counted_by_its_words() -> None:
    seen = Seen(refuse=frozenset({"r1", "r2"}))
    with service(seen) as url, Users(url) as users:
        answers = users.ask(request(number) for number in range(4))
    assert (answers.answered, dict(answers.refused)) == (2, {"503 too busy": 2})


def test_labels_are_told_many_at_a_time_with_the_key() -> None:
    seen = Seen()
    with service(seen) as url, Users(url, key="secret") as users:
        assert users.tell([request(number, label=bool(number % 2)) for number in range(501)]) == 501
        assert users.tell([]) == 0
    assert [(path, len(body["labels"])) for path, _, body in seen.asked] == [
        ("/feedback", 500),
        ("/feedback", 1),
    ]
    assert seen.asked[1][2] == {"labels": [{"request_id": "r500", "row": 0, "label": False}]}
    assert {headers["x-api-key"] for _, headers, _ in seen.asked} == {"secret"}


def test_a_service_that_is_gone_is_an_error() -> None:
    with service(Seen()) as url:
        pass
    with Users(url) as users, pytest.raises(OSError, match="refused"):
        users.ask([request(1)])
