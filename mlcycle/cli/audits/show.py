"""`mlcycle audit show`: what was done."""

from __future__ import annotations

import click

from mlcycle.cli.console import say, table
from mlcycle.cli.options import environment_option
from mlcycle.cli.rollouts.steering import opened, plain


@click.command("show", short_help="Show what was done.")
@click.argument("subject", required=False)
@click.option("--last", default=20, show_default=True, help="How many entries.")
@click.option("--json", "as_json", is_flag=True, help="Whole entries as JSON, for tools.")
@environment_option
def command(subject: str | None, last: int, as_json: bool, environment: str) -> None:
    """Show what was done to SUBJECT (`rollout:project/service`; default: everything), oldest first."""
    entries = opened(environment).store.audit.entries(subject=subject, last=last)
    if as_json:
        names = ("seq", "actor", "subject", "operation", "event", "state", "previous", "hash")
        shown = [{**{n: getattr(e, n) for n in names}, "at": e.at.isoformat()} for e in entries]
        say(plain(shown))
        return
    rows = [
        (
            str(entry.seq),
            f"{entry.at:%Y-%m-%d %H:%M:%S} UTC",
            entry.actor,
            entry.subject,
            str(entry.event.get("event", "")).replace("_", " "),
            str(entry.event.get("reason") or ""),
        )
        for entry in entries
    ]
    say(table(rows, indent="") if rows else f"nothing was done in {environment} yet")
