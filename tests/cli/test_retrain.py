"""`mlcycle retrain` and `mlcycle why` on a project in this process: what they print and how they end."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlcycle.cli.exits import Exit
from mlcycle.cli.main import status_of
from mlcycle.renewal import retrainer
from mlcycle.store.database import connect
from mlcycle.store.results import Results
from tests.cli.builders import result
from tests.support.project import sliced_project

pytestmark = pytest.mark.slow

_SPEC = "specs/flight_delays.yaml"
_DECLARED = """
retraining:
  weekly:
    model: late
    triggers:
      - {kind: schedule, cron: "0 3 * * 1"}
"""
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def project(tmp_path: Path, example_data: Path) -> Path:
    folder = sliced_project(tmp_path / "project", flights=200)
    text = (folder / _SPEC).read_text()
    own = text[text.index("\nretraining:") : text.index("\ntests:")]
    (folder / _SPEC).write_text(text.replace(own, "") + _DECLARED)
    text = "mlcycle: 1\nenvironments:\n  local: {now: 2013-12-04T00:00:00Z}\n"
    (folder / "mlcycle.yaml").write_text(text)
    return folder


@pytest.fixture
def trained(project: Path) -> Path:
    """The project as if its model had been trained once."""
    engine = connect(f"sqlite:///{project}/.mlcycle/state.db")
    Results(engine=engine, environment="local").add(result("flight_delays/models/late/training"))
    engine.dispose()
    return project


@pytest.fixture
def run(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("retrain", ...)`: the status, standard output and standard error of a command line."""
    monkeypatch.chdir(project)

    def call(*arguments: str) -> tuple[int, str, str]:
        status = status_of(list(arguments))
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return call


def _ask(project: Path, days: int = 0) -> str:
    """Ask for a retraining, as a person, and leave it; its id."""
    from mlcycle.cli.project import open_project

    opened = open_project([project / _SPEC])
    graph, place = opened.graph(_SPEC), opened.environment("local")
    clock = lambda: datetime(2026, 1, 1 + days, tzinfo=UTC)  # noqa: E731
    with retrainer(graph, place, root=project, actor="ana", clock=clock) as found:
        request = found.ask(graph.retrainings[0], "new labels")
        assert request is not None
        return request.id


def test_before_the_first_training(run: Run) -> None:
    status, out, _ = run("retrain", "status", _SPEC)
    assert status == Exit.OK
    assert out.splitlines()[:2] == [
        "flight_delays: retraining weekly of late",
        "  now      `late` was never trained: there is nothing to train again",
    ]
    status, out, _ = run("retrain", "tick")
    assert (status, out) == (
        Exit.OK,
        f"flight_delays: nothing fires (`mlcycle retrain status {_SPEC}` says why)\n",
    )
    status, _, err = run("retrain", "now", _SPEC, "weekly", "--reason", "new labels")
    assert status == Exit.WRONG
    assert "error[MLC751]: `late` was never trained: there is nothing to train again" in err


def test_status_says_what_would_fire_next(run: Run, trained: Path) -> None:
    assert run("retrain", "tick", _SPEC)[0] == Exit.OK
    status, out, _ = run("retrain", "status")
    assert status == Exit.OK
    assert out.splitlines() == [
        "flight_delays: retraining weekly of late",
        "  now      may fire",
        "  schedule  armed  0 of 1  asks at `0 3 * * 1` (UTC)",
        "                           is due at 2013-12-09 03:00 UTC",
        "                           saw nothing due since it was declared",
    ]
    _, out, _ = run("retrain", "status", "--json")
    (found,) = json.loads(out)
    assert (found["project"], found["model"], found["held"]) == ("flight_delays", "late", None)
    assert found["triggers"][0]["seen"] == "2013-12-04T00:00:00+00:00"


def test_what_was_asked_for_is_in_the_plan_and_in_the_status(run: Run, trained: Path) -> None:
    name = _ask(trained)
    line = f"asked for: retraining weekly ({name}): asked for: new labels; `mlcycle retrain tick {_SPEC}`"
    assert f"{line} runs it" in run("plan", _SPEC)[1].splitlines()
    out = run("retrain", "status")[1]
    assert f"now      the retraining {name} has not ended" in out
    assert "waits to be run" in out
    status, _, err = run("retrain", "now", _SPEC, "weekly", "--reason", "again")
    assert status == Exit.WRONG
    assert "error[MLC752]: a retraining `weekly` was asked for already and has not ended" in err


def test_resume(run: Run, trained: Path) -> None:
    assert run("retrain", "resume", _SPEC, "weekly")[:2] == (
        Exit.OK,
        "flight_delays: the retraining `weekly` may fire again\n",
    )


@pytest.mark.parametrize("words", [("resume",), ("now", "--reason", "a")])
def test_a_retraining_that_is_not_declared(run: Run, words: tuple[str, ...]) -> None:
    status, _, err = run("retrain", words[0], _SPEC, "wekly", *words[1:])
    assert status == Exit.WRONG
    assert f"error[MLC750]: {_SPEC} declares no retraining `wekly`" in err
    assert "did you mean `weekly`?" in err


def test_a_project_without_any(run: Run, project: Path) -> None:
    text = (project / _SPEC).read_text()
    (project / _SPEC).write_text(text.replace(_DECLARED, ""))
    status, out, err = run("retrain", "tick")
    assert (status, out) == (Exit.OK, "")
    assert "no spec declares a `retraining`" in err


def test_why_of_nothing(run: Run) -> None:
    status, _, err = run("why", "0192")
    assert status == Exit.WRONG
    assert "error[MLC753]: no prediction `0192` is in the log of `flight_delays/delays_api` in local" in err
    status, _, err = run("why", "0192", "--service", "delay_api")
    assert status == Exit.WRONG
    assert "error[MLC801]: no spec declares a service `delay_api`" in err
    assert "did you mean `delays_api`?" in err
