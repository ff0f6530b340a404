"""`mlcycle retrain`: when models are trained again, and why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from mlcycle.cli.console import note, say
from mlcycle.cli.exits import Exit
from mlcycle.cli.options import environment_option, spec_argument, specs_argument
from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE

if TYPE_CHECKING:
    from mlcycle.cli.project import Opened
    from mlcycle.control.retrain import Ticker
    from mlcycle.graph.node import Graph
    from mlcycle.graph.retraining import Retraining


@click.group("retrain", short_help="Train a model again when it is time to; say why, and when next.")
def command() -> None:
    """When models are trained again: what their triggers saw, and what was asked for.

    `tick` is what Dagster's sensor `mlcycle_retraining` does by itself.
    """


@command.command("status", short_help="Say what each trigger counted, and what would fire next.")
@specs_argument
@environment_option
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def status(specs: tuple[Path, ...], environment: str, as_json: bool) -> None:
    """Say where the retrainings of SPECS (default: all) stand. Looks at nothing new and changes nothing."""
    from mlcycle.cli.project import open_project
    from mlcycle.cli.retraining_text import as_data, as_text
    from mlcycle.control.standing import standing
    from mlcycle.renewal import retrainer

    opened = open_project(specs)
    found = []
    for graph in _declaring(opened, specs):
        place = opened.environment(environment)
        with retrainer(graph, place, root=opened.root, actor=_me()) as one:
            found += [(graph.project, standing(one, declared)) for declared in graph.retrainings]
    say(as_data(found) if as_json else "\n\n".join(as_text(project, one) for project, one in found))


@command.command("tick", short_help="Look at the triggers once, and run what fires.")
@specs_argument
@environment_option
@click.pass_context
def tick(ctx: click.Context, specs: tuple[Path, ...], environment: str) -> None:
    """Bring what the triggers of SPECS (default: all) watch up to date, look once, and run what fires.

    What was asked for before, and was cut off, is finished first.
    """
    from mlcycle.cli.project import open_project
    from mlcycle.cli.retraining_text import ended

    opened = open_project(specs)
    worst = Exit.OK
    for graph in _declaring(opened, specs):
        with _ticking(opened, graph, environment) as ticker:
            requests = ticker.tick()
        for request in requests:
            say(ended(request))
        if not requests:
            say(f"{graph.project}: nothing fires (`mlcycle retrain status {graph.spec_file}` says why)")
        worst = Exit.GATE if any(one.status == "failed" for one in requests) else worst
    ctx.exit(worst)


@command.command("now", short_help="Train again now, for a reason.")
@spec_argument
@click.argument("name")
@click.option("--reason", required=True, help="Why: it is kept with the model.")
@environment_option
@click.pass_context
def now(ctx: click.Context, spec: Path, name: str, reason: str, environment: str) -> None:
    """Run the retraining NAME of SPEC now; neither its cool-down nor its week's limit stops that."""
    from mlcycle.cli.project import open_project
    from mlcycle.cli.retraining_text import ended

    opened = open_project([spec])
    graph = opened.graph(opened.files([spec])[0])
    declared = _named(graph, name)
    with _ticking(opened, graph, environment) as ticker:
        if ticker.retrainer.training(declared) is None:
            message = f"`{declared.model}` was never trained: there is nothing to train again"
            _refuse("MLC751", message, f"start with `mlcycle run {graph.spec_file}`")
        request = ticker.ask(declared, reason)
        if request is None:
            message = f"a retraining `{name}` was asked for already and has not ended"
            _refuse("MLC752", message, f"`mlcycle retrain tick {graph.spec_file}` goes on with it")
    say(ended(request))
    ctx.exit(Exit.GATE if request.status == "failed" else Exit.OK)


@command.command("resume", short_help="Let a retraining that was left to a person fire again.")
@spec_argument
@click.argument("name")
@environment_option
def resume(spec: Path, name: str, environment: str) -> None:
    """Let the retraining NAME of SPEC fire by itself again: its strikes are forgotten, its cool-down is
    over."""
    from mlcycle.cli.project import open_project
    from mlcycle.renewal import retrainer

    opened = open_project([spec])
    graph = opened.graph(opened.files([spec])[0])
    declared = _named(graph, name)
    with retrainer(graph, opened.environment(environment), root=opened.root, actor=_me()) as one:
        one.resume(declared)
    say(f"{graph.project}: the retraining `{name}` may fire again")


def _declaring(opened: Opened, specs: tuple[Path, ...]) -> Iterator[Graph]:
    """The graphs of the specs that declare a retraining."""
    none = True
    for file in opened.files(specs):
        graph = opened.graph(file)
        if graph.retrainings:
            none = False
            yield graph
    if none:
        note("no spec declares a `retraining`")


def _named(graph: Graph, name: str) -> Retraining:
    from mlcycle.diagnostics.suggest import did_you_mean

    known = [one.name for one in graph.retrainings]
    found = next((one for one in graph.retrainings if one.name == name), None)
    if found is None:
        listed = f"there is {', '.join(known)}" if known else "it declares none"
        _refuse(
            "MLC750",
            f"{graph.spec_file} declares no retraining `{name}`",
            did_you_mean(name, known) or listed,
        )
    return found


@contextmanager
def _ticking(opened: Opened, graph: Graph, environment: str) -> Iterator[Ticker]:
    from mlcycle.cli.progress import progress_view
    from mlcycle.renewal import ticker

    place = opened.environment(environment)
    called = f"mlcycle retrain {graph.spec_file}"
    with (
        progress_view() as progress,
        ticker(graph, place, root=opened.root, actor=_me(), command=called, progress=progress) as found,
    ):
        yield found


def _me() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a process without an entry in the list of users
        return "an unknown user"


def _refuse(code: str, message: str, help_line: str) -> NoReturn:
    raise Refused((Diagnostic(code=code, message=message, span=NOWHERE, help=help_line),))
