"""A tracking server that is not there is named at once, without its credentials."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from mlcycle.adapters.mlflow.reachable import require
from mlcycle.diagnostics.diagnostic import Refused


def test_a_server_that_does_not_answer_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connecting is refused
        port = taken.getsockname()[1]
        with pytest.raises(Refused) as refused:
            require(f"http://ana:secret@127.0.0.1:{port}")
    (found,) = refused.value.diagnostics
    assert found.code == "MLC876"
    assert f"http://127.0.0.1:{port} does not answer" in found.message
    assert "secret" not in found.message


class _Forbids(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(403)

    def log_message(self, *_: object) -> None:
        pass


def test_a_server_that_refuses_is_there() -> None:
    with HTTPServer(("127.0.0.1", 0), _Forbids) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        require(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


def test_a_database_is_no_server() -> None:
    require("sqlite:///nowhere/mlflow.db")
