"""`mlcycle schema`: the JSON Schema of specs, for editors."""

from __future__ import annotations

import click

from mlcycle.cli.console import say


@click.command("schema", short_help="Print the JSON Schema of specs, for editors.")
def command() -> None:
    """Print the JSON Schema of specs, with every kind that is installed.

    Name the file in a spec's first line, and an editor completes and explains:
    `# yaml-language-server: $schema=../schema/mlcycle.schema.json`
    """
    say(schema_text())


def schema_text() -> str:
    """The schema of specs with every installed kind, as indented JSON."""
    import json

    from mlcycle.language.kinds import find_kinds
    from mlcycle.language.schema import json_schema

    return json.dumps(json_schema(find_kinds()), indent=2, ensure_ascii=False)
