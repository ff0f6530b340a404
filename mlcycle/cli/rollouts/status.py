"""`mlcycle rollout status`: where a service stands, what is awaited, and what to type."""

from __future__ import annotations

import click

from mlcycle.cli.console import say
from mlcycle.cli.options import environment_option
from mlcycle.cli.rollouts.steering import opened, plain


@click.command("status", short_help="Say where a service stands and what is awaited.")
@click.argument("service", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON document, for tools.")
@environment_option
def command(service: str | None, as_json: bool, environment: str) -> None:
    """Say where SERVICE (default: every one) stands, what its rollout waits for, and what to type next.

    Traffic and the registry's aliases are brought up to date, should a crash have left them behind.
    """
    from mlcycle.cli.rollouts.text import document, standing
    from mlcycle.control import notes
    from mlcycle.control.places import traffic_folder

    controller = opened(environment)
    names = [controller.named(service)] if service else [state.service for state in controller.store.all()]
    shown = []
    for name in sorted(names):
        state = controller.store.state(name)
        folder = traffic_folder(controller.reconciler.home, name)
        seen = notes.read(folder, state.generation)
        entries = controller.store.audit.entries(subject=f"rollout:{name}", last=5)
        if as_json:
            shown.append(document(state, environment, entries, seen))
        else:
            say(standing(state, environment, controller.store.clock(), entries, seen) + "\n")
    if as_json:
        say(plain(shown))
    elif not names:
        say(f"nothing was rolled out in {environment} yet; `mlcycle run SPEC` rolls out the first version")
    for name in names:
        controller.reconciler.reconcile(name)
