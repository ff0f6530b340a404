"""`mlcycle check`: every mistake in the specs, without running anything."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from mlcycle.cli.console import colorful, count, note, say
from mlcycle.cli.exits import Exit, of_findings
from mlcycle.cli.options import specs_argument
from mlcycle.diagnostics.diagnostic import Diagnostic


@click.command("check", short_help="Find every mistake in the specs, without running anything.")
@specs_argument
@click.option(
    "--format", "style", type=click.Choice(["text", "json", "github"]), default="text", show_default=True
)
@click.pass_context
def command(ctx: click.Context, specs: tuple[Path, ...], style: str) -> None:
    """Check SPECS (default: all that `mlcycle.yaml` names): text, shape, references, types, leakage, gates.

    Runs none of your code, uses no network and opens nothing outside the project.
    """
    from mlcycle.cli.project import open_project

    opened = open_project(specs)
    files = opened.files(specs)
    found: list[Diagnostic] = []
    sources: dict[str, str] = {}
    for file in files:
        compiled = opened.compile(file)
        found += compiled.diagnostics
        sources |= compiled.sources
    opened.schemas.save()
    _show(found, sources, style)
    if style == "text":
        _total(found, len(files))
    ctx.exit(of_findings(tuple(found)) and Exit.WRONG)


def _show(found: list[Diagnostic], sources: dict[str, str], style: str) -> None:
    from mlcycle.diagnostics import render

    ordered = sorted(found, key=lambda d: d.order)
    if style == "json":
        say(render.as_json(ordered).rstrip())
    elif style == "github":
        if ordered:
            say(render.as_github(ordered).rstrip())
    elif ordered:
        say(render.as_text(ordered, sources, color=colorful(sys.stdout.isatty())).rstrip() + "\n")


def _total(found: list[Diagnostic], specs: int) -> None:
    errors = sum(d.severity == "error" for d in found)
    warnings = sum(d.severity == "warning" for d in found)
    parts = [count(errors, "error")] if errors else ["no errors"]
    parts += [count(warnings, "warning")] if warnings else []
    note(f"{count(specs, 'spec')} checked: {', '.join(parts)}")
