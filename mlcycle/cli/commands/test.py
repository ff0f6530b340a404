"""`mlcycle test`: the spec's given and expected rows."""

from __future__ import annotations

from pathlib import Path

import click

from mlcycle.cli.console import count, note, show_findings
from mlcycle.cli.exits import Exit
from mlcycle.cli.options import specs_argument


@click.command("test", short_help="Compute the spec's examples and compare.")
@specs_argument
@click.pass_context
def command(ctx: click.Context, specs: tuple[Path, ...]) -> None:
    """Compute the cases under `tests:` of SPECS (default: all) and compare with what they expect.

    The features are computed by the code that trains and serves.
    """
    from mlcycle.cli.cases import run_cases
    from mlcycle.cli.project import open_project
    from mlcycle.lowering.lower import lower

    opened = open_project(specs)
    failed = 0
    for file in opened.files(specs):
        compiled = opened.checked(file)
        outcome = run_cases(lower(compiled.loaded, opened.kinds, opened.schemas))
        show_findings(outcome.findings, compiled.sources)
        failed += len(outcome.findings)
        said = f"{count(len(outcome.findings), 'failure')}" if outcome.findings else "all as expected"
        note(f"{file}: {count(outcome.compared, 'value')} compared, {said}")
    ctx.exit(Exit.WRONG if failed else Exit.OK)
