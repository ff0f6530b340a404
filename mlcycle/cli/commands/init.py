"""`mlcycle init`: a first spec from a data file's columns."""

from __future__ import annotations

import os
from pathlib import Path

import click

from mlcycle.cli.console import note
from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE

_SCHEMA = "schema/mlcycle.schema.json"
_WORKSPACE = "mlcycle: 1\nspecs: [specs/*.yaml]\n"


@click.command("init", short_help="Draft a spec from a data file's columns.")
@click.argument("data", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Default: specs/<name of DATA>.yaml."
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def command(data: Path, output: Path | None, force: bool) -> None:
    """Draft a spec for DATA (CSV or Parquet): its columns with their types, and questions for you to answer.

    The folder becomes a project (`mlcycle.yaml`) if it is not in one yet. DATA must lie inside the project.
    """
    from mlcycle.lowering.draft import draft
    from mlcycle.lowering.schemas import first_look

    root = _root()
    path = _inside(root, data)
    name = data.name.split(".")[0].replace("-", "_").lower()
    target = output or root / "specs" / f"{name}.yaml"
    text = draft(*first_look(root, path), name)
    _write(target, text, force)
    for missing, content in ((root / "mlcycle.yaml", _WORKSPACE), (root / _SCHEMA, _schema())):
        if not missing.exists():
            _write(missing, content, force=False)
    note(f"answer the questions in {_shown(target)}, then: mlcycle check {_shown(target)}")


def _schema() -> str:
    """What the draft's first line names, so that an editor completes and explains."""
    from mlcycle.cli.commands.schema import schema_text

    return schema_text() + "\n"


def _shown(path: Path) -> str:
    """A path as short as it can be typed from here."""
    shown = os.path.relpath(path)
    return str(path) if shown.startswith("..") else shown


def _root() -> Path:
    from mlcycle.cli.project import root_or_none

    return root_or_none() or Path.cwd()


def _inside(root: Path, data: Path) -> str:
    try:
        return data.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        raise click.UsageError(
            f"`{data}` is outside of the project at {root}; copy or move it inside"
        ) from None


def _write(target: Path, text: str, force: bool) -> None:
    if target.exists() and not force:
        message = f"`{_shown(target)}` exists already"
        help_line = "choose another `--output`, or give `--force` to write over it"
        raise Refused((Diagnostic(code="MLC805", message=message, span=NOWHERE, help=help_line),))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    note(f"wrote {_shown(target)}")
