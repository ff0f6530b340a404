"""What the commands of `mlcycle rollout` share: finding the service, doing it, saying what stands."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from mlcycle.cli.console import say
from mlcycle.cli.options import environment_option

if TYPE_CHECKING:
    from mlcycle.control.rollouts import Action, Controller
    from mlcycle.store.rollouts import Change

actor_option = click.option("--actor", default="", metavar="NAME", help="Who does it; you, if left out.")


def opened(environment: str, actor: str = "") -> Controller:
    """The controller of an environment of the project around the current folder."""
    from mlcycle.cli.project import open_project
    from mlcycle.composition import controller

    project = open_project()
    return controller(project.environment(environment), project.root, actor=actor)


def operation() -> str:
    """The id of what is done by this command line."""
    return f"cli/{uuid.uuid4()}"


def steering(action: Action, help: str) -> click.Command:
    """The command of an action."""

    @click.command(action, help=help, short_help=help.split(".", 1)[0] + ".")
    @click.argument("service")
    @click.option("--reason", default="", metavar="TEXT", help="Why; kept in the audit trail.")
    @actor_option
    @environment_option
    def command(service: str, reason: str, actor: str, environment: str) -> None:
        controller = opened(environment, actor)
        name = controller.named(service)
        told(name, environment, lambda: controller.act(name, action, reason=reason, operation=operation()))

    return command


def told(service: str, environment: str, do: Callable[[], Change]) -> None:
    """Do it and say what stands."""
    from mlcycle.rollout.words import in_short

    change = do()
    kept = f"generation {change.state.generation}" if change.changed else "nothing to do"
    say(f"{service} in {environment}: {in_short(change.state)} ({kept})")


def plain(value: Any) -> str:
    """JSON for tools."""
    import json

    return json.dumps(value, indent=2, ensure_ascii=False)
