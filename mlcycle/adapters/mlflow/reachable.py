"""Whether a tracking server is there. Imports nothing of MLflow."""

from __future__ import annotations

from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE

#: Seconds in which it has to answer; MLflow's own retries would take minutes to say the same.
_PATIENCE = 10


def require(uri: str) -> None:
    """Ask the tracking server at `uri` for a sign of life; databases and folders are none and pass.

    Any answer will do, a refusal too: what is asked later may carry credentials, which this does not. Raises
    Refused (MLC876) where nobody answers.
    """
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https"):
        return
    server = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
    try:
        urlopen(f"{server}/health", timeout=_PATIENCE).close()
    except HTTPError as answer:
        answer.close()
    except (URLError, OSError) as error:
        message = f"the tracking server at {server} does not answer: {getattr(error, 'reason', error)}"
        help_line = "`tracking` of the environment in mlcycle.yaml says where it is"
        raise Refused((Diagnostic(code="MLC876", message=message, span=NOWHERE, help=help_line),)) from error
