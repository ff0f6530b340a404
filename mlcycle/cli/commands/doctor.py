"""`mlcycle doctor`: what is installed, what is missing and for which command, what would phone home."""

from __future__ import annotations

import click

from mlcycle.cli.console import say, table
from mlcycle.cli.exits import Exit


@click.command("doctor", short_help="What is installed, what is missing, what would phone home.")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Look at this machine: libraries, programs, ports, and what the tools would report about their use.

    Exits with 5 when something that `mlcycle run` needs is missing.
    """
    import os

    from mlcycle.cli import inspection

    libraries = inspection.libraries()
    say(f"python {inspection.python()}\n\nlibraries")
    rows = [
        (lib.name, lib.installed or "missing", lib.wanted, lib.extra or "base", lib.verdict)
        for lib in libraries
    ]
    say(table([("name", "installed", "wanted", "extra", ""), *rows]))
    say("\nprograms")
    say(table((program.name, program.path or "not found", program.use) for program in inspection.programs()))
    say("\nports")
    say(table((str(p.number), "in use" if p.taken else "free", p.use) for p in inspection.ports()))
    say("\nreports about use (every process that mlcycle starts has these set)")
    say(table(inspection.switches(os.environ)))
    lacking = sorted(
        {
            f"mlcycle[{lib.extra}]" if lib.extra else "mlcycle"
            for lib in libraries
            if lib.verdict and lib.needed
        }
    )
    if lacking:
        say("\nto mend: " + ", ".join(f"pip install '{name}'" for name in lacking))
        ctx.exit(Exit.MISSING)
