"""What a request is told when it cannot be answered: one shape for every 4xx and 5xx."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pydantic import ValidationError

_MAX_DETAILS = 20
_MAX_PATH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One thing wrong with a request: where in the body, and what."""

    path: str
    message: str


class Problem(Exception):
    """An answer that is not 200. `code` is for programs, `message` for people; neither repeats the input."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: tuple[Detail, ...] = (),
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.headers = headers

    def body(self, request_id: str) -> bytes:
        """The JSON text of the error."""
        error = {
            "code": self.code,
            "message": self.message,
            "request_id": request_id,
            "details": [{"path": detail.path, "message": detail.message} for detail in self.details],
        }
        return json.dumps({"error": error}, separators=(",", ":")).encode()


def invalid_request(error: ValidationError) -> Problem:
    """A 400 that lists what pydantic found, at most 20 places."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    details = tuple(
        Detail(
            path=".".join(map(str, one["loc"]))[:_MAX_PATH], message=one["msg"].removeprefix("Value error, ")
        )
        for one in found[:_MAX_DETAILS]
    )
    count = "1 problem" if len(found) == 1 else f"{len(found)} problems"
    return Problem(400, "invalid_request", f"The request has {count}.", details=details)
