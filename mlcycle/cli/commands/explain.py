"""`mlcycle explain MLC103`: what an error means and what to do instead."""

from __future__ import annotations

import click

from mlcycle.cli.console import say, table


@click.command("explain", short_help="What an error code means, with an example.")
@click.argument("code", required=False)
def command(code: str | None) -> None:
    """Say what CODE means, why it is an error and what to write instead; without CODE, list them all."""
    from mlcycle.diagnostics.codes import all_codes, find
    from mlcycle.diagnostics.suggest import did_you_mean

    if code is None:
        say(table(((known.code, known.title) for known in all_codes()), indent=""))
        return
    wanted = code.upper() if code.upper().startswith("MLC") else f"MLC{code}"
    found = find(wanted)
    if found is None:
        hint = did_you_mean(wanted, [known.code for known in all_codes()])
        raise click.BadParameter(
            f"`{code}` is not a code of mlcycle. {hint or '`mlcycle explain` lists them.'}"
        )
    say(f"{found.code}: {found.title}\n\n{found.text.strip()}")
