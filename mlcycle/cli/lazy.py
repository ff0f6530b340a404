"""Groups of commands, each in a module of its own that is only imported when it is asked for."""

from __future__ import annotations

import importlib
from typing import Any

import click


class LazyGroup(click.Group):
    """The command `name` is `command` in the module `<package>.<name>`.

    hidden: commands that others start, not people: no list has them.
    """

    def __init__(
        self, *args: Any, package: str, names: tuple[str, ...], hidden: tuple[str, ...] = (), **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.package = package
        self.names = names
        self.known = (*names, *hidden)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.known:
            return None
        command = importlib.import_module(f"{self.package}.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self.known:
            from mlcycle.diagnostics.suggest import did_you_mean

            hint = did_you_mean(args[0], self.names)
            raise click.UsageError(f"there is no command `{args[0]}`." + (f" {hint}" if hint else ""), ctx)
        return super().resolve_command(ctx, args)
