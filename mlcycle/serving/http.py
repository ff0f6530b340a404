"""The little of HTTP that a service needs, on plain ASGI."""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from mlcycle.serving.problem import Problem

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

#: The headers of a request, names in lower case; of a repeated one the last.
Headers = Mapping[bytes, bytes]

JSON = b"application/json"

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class Answer:
    """A response."""

    body: bytes
    status: int = 200
    content_type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that has reached its route; its body is still to be read."""

    headers: Headers
    receive: Receive
    id: str


class Gone(Exception):
    """The client closed the connection before its request was whole."""


def request_id(headers: Headers) -> str:
    """The caller's X-Request-ID if it is a short plain word, else a random one."""
    given = headers.get(b"x-request-id")
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given.decode("ascii")
    return os.urandom(16).hex()


def require_json(headers: Headers) -> None:
    """Raise a 415 unless the body is declared as JSON, in UTF-8 if it names a charset."""
    declared = headers.get(b"content-type", b"")
    if declared != JSON and not _json_in_utf8(declared.lower()):
        raise Problem(415, "unsupported_media_type", "The body must be application/json in UTF-8.")
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise Problem(415, "unsupported_media_type", "The body must not be compressed.")


def _json_in_utf8(declared: bytes) -> bool:
    media, _, parameters = declared.partition(b";")
    plain = parameters.replace(b" ", b"").replace(b'"', b"")
    return media.strip() == JSON and plain in (b"", b"charset=utf-8")


async def read_body(headers: Headers, receive: Receive, limit: int) -> bytes:
    """The whole body. Raises a 413 as soon as it is known to be larger than `limit` bytes, and Gone."""
    declared = headers.get(b"content-length")
    if declared is not None and (not declared.isdigit() or int(declared[:20]) > limit):
        raise _too_large(limit)
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        part: bytes = message.get("body", b"")
        body += part
        if len(body) > limit:
            raise _too_large(limit)
        if not message.get("more_body", False):
            return body


def _too_large(limit: int) -> Problem:
    return Problem(413, "body_too_large", f"The body may have at most {limit} bytes.")


async def respond(send: Send, answer: Answer, request_id: str) -> None:
    """Send a whole response, with the request's id."""
    headers = [
        (b"content-type", answer.content_type),
        (b"content-length", str(len(answer.body)).encode()),
        (b"x-request-id", request_id.encode()),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
