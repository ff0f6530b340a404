"""What `mlcycle simulate` refuses before it plays anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlcycle.cli.exits import Exit
from mlcycle.cli.main import status_of
from tests.support.project import sliced_project

_SPEC = "specs/flight_delays.yaml"
_MAY = ("--from", "2013-05-01", "--to", "2013-06-01")
#: Everything from the services on.
_LIFE = "services:\n"
Run = Callable[..., tuple[int, str]]


def _shown(code: str, message: str, help_line: str) -> str:
    """A mistake of the spec as a whole, as it is shown: at its first line."""
    return (
        f"error[{code}]: {message}\n"
        f" --> {_SPEC}:1:1\n"
        "  |\n"
        "1 | # yaml-language-server: $schema=../schema/mlcycle.schema.json\n"
        "  | ^\n"
        f"  = help: {help_line}\n\n"
    )


@pytest.fixture
def project(tmp_path: Path, example_data: Path) -> Path:
    return sliced_project(tmp_path / "project", flights=50)


@pytest.fixture
def run(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run(...)`: the status of `mlcycle simulate` of the spec, and what it said on standard error."""
    monkeypatch.chdir(project)

    def call(*arguments: str) -> tuple[int, str]:
        status = status_of(["simulate", _SPEC, *arguments])
        return status, capsys.readouterr().err

    return call


@pytest.mark.parametrize("to", ["2013-05-01", "2013-04-30", "2013-05-01T02:00:00+02:00"])
def test_an_end_that_is_not_after_the_beginning(run: Run, project: Path, to: str) -> None:
    status, said = run("--from", "2013-05-01", "--to", to)
    assert status == Exit.USAGE
    assert "`--from` has to be before `--to`" in said
    assert not (project / ".mlcycle").exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--from", "May", "--to", "2013-06-01"), "`May` is not a day or a time; write `2013-11-01`"),
        (("--from", "2013-05-01"), "Missing option '--to'"),
        ((*_MAY, "--sample", "0%"), "`0%` is not between 0 and 1"),
        ((*_MAY, "--sample", "some"), "`some` is not a share; write `10%` or `0.1`"),
        ((*_MAY, "--step", "weekly"), "`weekly` is not a duration; write `15m`, `24h` or `7d`"),
        ((*_MAY, "--look-every", "0d"), "a duration of 0 never ends"),
    ],
)
def test_words_that_are_no_values(run: Run, project: Path, given: tuple[str, ...], said: str) -> None:
    status, shown = run(*given)
    assert (status, said in " ".join(shown.split())) == (Exit.USAGE, True), shown
    assert not (project / ".mlcycle").exists()


def test_a_service_that_nobody_declared(run: Run) -> None:
    assert run(*_MAY, "--service", "delay_api") == (
        Exit.WRONG,
        _shown("MLC771", "there is no service `delay_api` to simulate", "there is delays_api"),
    )


def test_a_spec_without_a_service(run: Run, project: Path) -> None:
    text = (project / _SPEC).read_text()
    (project / _SPEC).write_text(text[: text.index(_LIFE)])
    assert run(*_MAY) == (
        Exit.WRONG,
        _shown("MLC771", "there is no service to simulate", "the spec declares no service"),
    )


def test_a_spec_with_several_services(run: Run, project: Path) -> None:
    text = (project / _SPEC).read_text()
    model = text[text.index("  late:\n    task") : text.index("  arrival_delay:\n    task")].rstrip()
    services = "services:\n  second_api: {model: second}\n  delays_api: {model: late}\n"
    second = model.replace("  late:", "  second:", 1)
    (project / _SPEC).write_text(f"{text[: text.index(_LIFE)].rstrip()}\n{second}\n\n{services}")
    status, said = run(*_MAY)
    assert (status, said) == (
        Exit.WRONG,
        _shown("MLC772", "the spec declares several services", "write `--service second_api`"),
    )
