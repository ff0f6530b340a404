"""`mlcycle build`: the generated code, to read and to deploy, without running anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlcycle.cli.console import count, note, say
from mlcycle.cli.options import specs_argument
from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE
from mlcycle.language.paths import inside

if TYPE_CHECKING:
    from mlcycle.cli.project import Compiled
    from mlcycle.graph.node import Graph

_UNKNOWN_COLUMNS = "MLC211"


@click.command("build", short_help="Write the generated code, without running anything.")
@specs_argument
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write into, one folder a project.  [default: build]",
)
def command(specs: tuple[Path, ...], output: Path | None) -> None:
    """Write what is generated from SPECS (default: all): the services and the feature repository.

    The same spec gives the same bytes. Files that are no longer generated are left alone.
    """
    from mlcycle.cli.project import open_project
    from mlcycle.emit.render import write_tree
    from mlcycle.emit.tree import generated

    opened = open_project(specs)
    for file in opened.files(specs):
        graph = _complete(opened.checked(file))
        folder = _folder(opened.root, output, graph.project)
        files = generated(graph)
        try:
            changed = write_tree(folder, files)
        except ValueError as error:
            raise _unwritable(graph.project, error) from None
        for name in changed:
            say(str(folder / name))
        note(f"{graph.project}: {count(len(files), 'file')} in {folder}, {len(changed)} changed")


def _complete(compiled: Compiled) -> Graph:
    """The graph of a spec; raises Refused where columns are not known: there is no type to write."""
    unknown = [replace(d, severity="error") for d in compiled.diagnostics if d.code == _UNKNOWN_COLUMNS]
    if unknown or compiled.graph is None:
        raise Refused(tuple(unknown))
    return compiled.graph


def _folder(root: Path, output: Path | None, project: str) -> Path:
    """The folder of a project's files. A link in the repository leads nowhere outside it."""
    if output is not None:
        return output / project
    try:
        return inside(root, f"build/{project}")
    except ValueError as error:
        raise _unwritable(project, error) from None


def _unwritable(project: str, error: ValueError) -> Refused:
    message = f"the generated code of `{project}` cannot be written: {error}"
    return Refused((Diagnostic(code="MLC805", message=message, span=NOWHERE, help="remove the link"),))
