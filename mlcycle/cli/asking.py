"""The few HTTP calls that the command line makes, with the standard library alone."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE

_TIMEOUT = 60.0


def post(url: str, body: dict[str, Any], key: str | None) -> tuple[int, Any]:
    """POST a JSON body; returns the status and the JSON answer. Raises Refused (MLC807) if nobody answers."""
    headers = {"content-type": "application/json", **({"x-api-key": key} if key else {})}
    asked = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
    try:
        with urllib.request.urlopen(asked, timeout=_TIMEOUT) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())
    except OSError as error:
        message = f"nobody answers at {url}: {error}"
        help_line = "start the service with `mlcycle serve`, or leave out `--url`"
        raise Refused((Diagnostic(code="MLC807", message=message, span=NOWHERE, help=help_line),)) from None


def answers(url: str) -> bool:
    """Whether a service is alive at `url`."""
    try:
        with urllib.request.urlopen(f"{url}/health/live", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
