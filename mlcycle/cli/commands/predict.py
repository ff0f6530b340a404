"""`mlcycle predict`: ask a service."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlcycle.cli.console import note, say
from mlcycle.cli.exits import Exit
from mlcycle.cli.options import environment_option
from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE, Span

if TYPE_CHECKING:
    from mlcycle.deployed import Deployed


@click.command("predict", short_help="Ask a service for a prediction.")
@click.argument("service")
@click.argument("request", default="-")
@click.option("--url", help="Ask the service at this address instead of looking for it.")
@environment_option
@click.pass_context
def command(ctx: click.Context, service: str, request: str, url: str | None, environment: str) -> None:
    """Ask SERVICE for the predictions of REQUEST: JSON, a file with it, or `-` for standard input.

    REQUEST is one row, a list of rows, or the whole request with `rows`. A service that `mlcycle serve` runs
    is asked; when none runs, one is started for this question.
    """
    from mlcycle.cli.asking import post
    from mlcycle.cli.deployed import find
    from mlcycle.cli.project import open_project

    body = request_of(request)
    deployed = find(open_project(), service, environment)
    with _address(deployed, url) as address:
        status, answer = post(f"{address}/predict", body, deployed.key)
    say(json.dumps(answer, indent=2))
    ctx.exit(Exit.OK if status == 200 else Exit.WRONG)


def request_of(text: str) -> dict[str, Any]:
    """The request in a text, a file or standard input; raises Refused (MLC804) for what is not JSON."""
    name = "standard input" if text == "-" else text
    given = sys.stdin.read() if text == "-" else text
    if not text.lstrip().startswith(("{", "[", "-")):
        try:
            given = Path(text).read_text(encoding="utf-8")
        except OSError as error:
            raise _refused(
                f"`{text}` is neither JSON nor a file that can be read: {error.strerror}"
            ) from None
    try:
        found = json.loads(given)
    except ValueError as error:
        place = (
            Span(name, error.lineno, error.colno, error.lineno, error.colno + 1)
            if isinstance(error, json.JSONDecodeError)
            else NOWHERE
        )
        raise _refused(f"the request is not JSON: {error}", place) from None
    if isinstance(found, list):
        return {"rows": found}
    if not isinstance(found, dict):
        raise _refused("the request is neither an object nor a list of rows")
    return found if "rows" in found else {"rows": [found]}


def _refused(message: str, place: Span = NOWHERE) -> Refused:
    help_line = 'write a row such as \'{"carrier": "UA"}\', or the name of a file with one'
    return Refused((Diagnostic(code="MLC804", message=message, span=place, help=help_line),))


@contextmanager
def _address(deployed: Deployed, url: str | None) -> Iterator[str]:
    """Where to ask: the given address, that of a running service, or that of one started for the question."""
    from mlcycle.cli.asking import answers

    if url is not None:
        yield url.rstrip("/")
        return
    if deployed.address_file.is_file():
        known = json.loads(deployed.address_file.read_text())["url"]
        if answers(known):
            yield known
            return
    note(f"starting {deployed.name} (version {deployed.version} of {deployed.model}) to ask it")
    with deployed.running() as running:
        yield running.url
