"""`mlcycle build`: the generated code, to read and to deploy, without running anything."""

from __future__ import annotations

from pathlib import Path

import click

from mlcycle.cli.console import count, note, say
from mlcycle.cli.options import specs_argument


@click.command("build", short_help="Write the generated code, without running anything.")
@specs_argument
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write into, one folder a project.  [default: build]",
)
def command(specs: tuple[Path, ...], output: Path | None) -> None:
    """Write what is generated from SPECS (default: all): the services and the feature repository.

    The same spec gives the same bytes. Files that are no longer generated are removed.
    """
    from mlcycle.cli.project import open_project
    from mlcycle.emit.render import write_tree
    from mlcycle.emit.tree import generated

    opened = open_project(specs)
    for file in opened.files(specs):
        graph = opened.graph(file)
        folder = (output or opened.root / "build") / graph.project
        files = generated(graph)
        changed = write_tree(folder, files)
        for name in changed:
            say(str(folder / name))
        note(f"{graph.project}: {count(len(files), 'file')} in {folder}, {len(changed)} changed")
