"""The command line itself: statuses, what stopped a command, unknown commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import click
import pytest

from mlcycle.cli import main
from mlcycle.cli.exits import Exit
from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE


def _failing(error: BaseException) -> Callable[[], NoReturn]:
    def fail() -> NoReturn:
        raise error

    return fail


def _status(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> int:
    """The status of a command that ends with `error`."""
    command = click.Command("doctor", callback=_failing(error))
    monkeypatch.setattr(main.LazyGroup, "get_command", lambda *_: command)
    return main.status_of(["doctor"])


def _refused(code: str) -> Refused:
    return Refused((Diagnostic(code=code, message="no", span=NOWHERE),))


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (_refused("MLC101"), Exit.WRONG),
        (_refused("MLC870"), Exit.LOCKED),
        (_refused("MLC638"), Exit.LOCKED),
        (_refused("MLC642"), Exit.MISSING),
        (_refused("MLC643"), Exit.MISSING),
        (_refused("MLC800"), Exit.MISSING),
        (click.UsageError("no"), Exit.USAGE),
        (ModuleNotFoundError("no", name="bentoml"), Exit.MISSING),
        (ModuleNotFoundError("no", name="mlcycle.nowhere"), Exit.FAULT),
        (RuntimeError("no"), Exit.FAULT),
        (KeyboardInterrupt(), Exit.INTERRUPTED),
    ],
    ids=lambda value: repr(value) if isinstance(value, BaseException) else str(value),
)
def test_what_stops_a_command_is_its_status(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, status: Exit
) -> None:
    assert _status(monkeypatch, error) == status


def test_a_missing_extra_is_one_line_that_names_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _status(monkeypatch, ModuleNotFoundError("no", name="dagster._core"))
    shown = capsys.readouterr().err
    assert "pip install 'mlcycle[run]'" in shown
    assert "Traceback" not in shown


def test_our_own_fault_keeps_its_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = RuntimeError("the ground gave way")
    error.add_note("flights/models/late/training at specs/flights.yaml:7:3")
    _status(monkeypatch, error)
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert "the ground gave way" in shown
    assert "flights/models/late/training at specs/flights.yaml:7:3" in shown
    assert "mlcycle is at fault here" in shown


def test_an_unknown_command_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.status_of(["chek"]) == Exit.USAGE
    assert "did you mean `check`?" in capsys.readouterr().err


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.status_of(["--help"]) == Exit.OK
    shown = capsys.readouterr().out
    assert [name for name in main._COMMANDS if f"\n  {name} " not in shown] == []


def test_outside_of_a_project_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main.status_of(["check"]) == Exit.WRONG
    assert "mlcycle.yaml" in capsys.readouterr().err
