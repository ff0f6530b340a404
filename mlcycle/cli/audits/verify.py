"""`mlcycle audit verify`: whether the record holds."""

from __future__ import annotations

import click

from mlcycle.cli.console import count, note, say
from mlcycle.cli.options import environment_option
from mlcycle.cli.rollouts.steering import opened
from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE


@click.command("verify", short_help="Say whether the record of changes holds.")
@click.option("--offline", is_flag=True, help="Do not ask the registry for the head that it was told.")
@environment_option
def command(offline: bool, environment: str) -> None:
    """Follow the chain of entries, make every change once more, and compare with what was noted elsewhere.

    Exits with 1 if anything differs.
    """
    from mlcycle.store.anchors import written
    from mlcycle.store.verify import verify

    controller = opened(environment)
    anchors = controller.reconciler.noted(registry=not offline)
    found = verify(controller.store, anchors)
    if found:
        help_line = "compare with a backup of the state database; `mlcycle audit show --json` has the entries"
        raise Refused(
            tuple(
                Diagnostic(code="MLC644", message=sentence, span=NOWHERE, help=help_line)
                for sentence in found
            )
        )
    entries = controller.store.audit.entries()
    for where, heads in anchors.items():
        note(f"{where}: {count(len(heads), 'head')} agree")
    say(f"the record of {environment} holds: {count(len(entries), 'entry', 'entries')}")
    if entries:
        say(f"head {written(controller.store.audit.head())}")
