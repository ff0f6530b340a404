"""The command line: finds the command, and turns what stopped it into words and an exit status."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

from mlcycle.cli.console import OutputClosed, note, show_findings, sources_of
from mlcycle.cli.exits import Exit, of_findings
from mlcycle.cli.lazy import LazyGroup
from mlcycle.diagnostics.diagnostic import Refused

_COMMANDS = (
    *("init", "check", "plan", "build", "run", "serve", "predict", "push", "status", "rollout", "monitors"),
    *("retrain", "simulate", "why", "data", "lineage", "audit", "test", "explain", "schema", "doctor"),
)

_HIDDEN = ("control",)


@click.group(
    cls=LazyGroup,
    package="mlcycle.cli.commands",
    names=_COMMANDS,
    hidden=_HIDDEN,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="mlcycle", message="%(prog)s %(version)s")
def cli() -> None:
    """One YAML spec for a model's whole lifecycle.

    Every command works on the project around the current folder: the nearest folder with `mlcycle.yaml`.
    """


def status_of(arguments: list[str]) -> int:
    """Run one command line; returns its exit status. The only place that catches everything."""
    try:
        return int(cli.main(arguments, prog_name="mlcycle", standalone_mode=False) or Exit.OK)
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except (click.Abort, KeyboardInterrupt):
        note("stopped")
        return Exit.INTERRUPTED
    except OutputClosed:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except Refused as refused:
        return _refuse(refused)
    except ModuleNotFoundError as error:
        from mlcycle.cli.extras import missing

        refused_by_extra = missing(error, _command_of(arguments))
        return _fault(error) if refused_by_extra is None else _refuse(refused_by_extra)
    except Exception as error:  # our own fault: shown whole, with its own status
        return _fault(error)


def _command_of(arguments: list[str]) -> str:
    return next((argument for argument in arguments if argument in _COMMANDS), "")


def _refuse(refused: Refused) -> Exit:
    from mlcycle.cli.project import root_or_none

    show_findings(refused.diagnostics, sources_of(refused.diagnostics, root_or_none()))
    return of_findings(refused.diagnostics)


def _fault(error: BaseException) -> Exit:
    import traceback

    note("".join(traceback.format_exception(error)).rstrip())
    where = "".join(f"\n  while: {line}" for line in getattr(error, "__notes__", ()))
    note(f"\nmlcycle is at fault here, not your project. Please report the lines above.{where}")
    return Exit.FAULT


def main() -> NoReturn:
    """The console script: quiet tools, and none of their warnings unless Python was asked for them.

    SIGTERM ends it as Ctrl-C does, so that what it started is stopped and what it wrote is taken back.
    """
    import signal
    import warnings

    from mlcycle.telemetry import silence

    silence(os.environ)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(status_of(sys.argv[1:]))


def _interrupt(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
