"""Commands on a small project, in this process: what they print and the status they end with."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlcycle.cli.exits import Exit
from mlcycle.cli.main import status_of
from mlcycle.store.lock import project_lock
from tests.support.project import sliced_project

pytestmark = pytest.mark.xdist_group("commands")

_SPEC = "specs/flight_delays.yaml"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, example_data: Path) -> Path:
    return sliced_project(tmp_path_factory.mktemp("commands") / "project", flights=2_000)


@pytest.fixture
def run(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("check", ...)`: the status, standard output and standard error of a command line."""
    monkeypatch.chdir(project)

    def call(*arguments: str) -> tuple[int, str, str]:
        status = status_of(list(arguments))
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return call


@pytest.fixture
def broken(project: Path) -> str:
    """A spec with a misspelt key, beside those that `mlcycle.yaml` names."""
    text = (project / _SPEC).read_text()
    (project / "broken.yaml").write_text(text.replace("horizon: 2h", "horizn: 2h"))
    return "broken.yaml"


def test_check_says_that_all_is_well(run: Run) -> None:
    assert run("check") == (Exit.OK, "", "1 spec checked: no errors\n")


def test_check_shows_a_mistake_with_its_line(run: Run, broken: str) -> None:
    status, out, err = run("check", broken)
    assert status == Exit.WRONG
    assert "error[MLC101]: `horizn` is not a key of this model" in out
    assert "--> broken.yaml:105:5" in out
    assert "did you mean `horizon`?" in out
    assert err == "1 spec checked: 1 error\n"


def test_check_as_json_is_one_array(run: Run, broken: str) -> None:
    status, out, err = run("check", broken, "--format", "json")
    (found,) = json.loads(out)
    assert (status, err, found["code"]) == (Exit.WRONG, "", "MLC101")
    assert run("check", "--format", "json")[:2] == (Exit.OK, "[]\n")


def test_check_for_github_is_an_annotation(run: Run, broken: str) -> None:
    status, out, _ = run("check", broken, "--format", "github")
    assert status == Exit.WRONG
    assert out.startswith("::error file=broken.yaml,line=105,")
    assert run("check", "--format", "github")[:2] == (Exit.OK, "")


def test_other_commands_refuse_a_broken_spec(run: Run, broken: str) -> None:
    for command in ("plan", "build", "run", "status", "test"):
        status, _, err = run(command, broken)
        assert status == Exit.WRONG, command
        assert "MLC101" in err, command


def test_offline_plan_lists_the_nodes(run: Run) -> None:
    status, out, _ = run("plan", "--offline")
    assert status == Exit.OK
    assert "unknown  models/late/training" in out
    assert "steps: read (parquet), clean.0 (drop_duplicates), derive, contract" in out


def test_a_first_plan_builds_everything(run: Run) -> None:
    status, out, _ = run("plan")
    assert status == Exit.OK
    assert out.splitlines()[-1].endswith(" to build")
    assert out.count("never built") == int(out.splitlines()[-1].split()[0])


def test_build_writes_once(run: Run, tmp_path: Path) -> None:
    status, out, err = run("build", "--output", str(tmp_path / "out"))
    assert status == Exit.OK
    assert out.count("\n") > 3
    assert (tmp_path / "out" / "flight_delays" / "services" / "delays_api" / "service.py").is_file()
    status, out, err = run("build", "--output", str(tmp_path / "out"))
    assert (status, out) == (Exit.OK, "")
    assert err.endswith(" 0 changed\n")


def test_the_examples_own_cases_pass(run: Run) -> None:
    status, _, err = run("test")
    assert status == Exit.OK
    assert "2 values compared, all as expected" in err


def test_a_case_that_fails_is_a_status(run: Run, project: Path) -> None:
    text = (project / _SPEC).read_text()
    (project / "other.yaml").write_text(text.replace("hour_of_day: 10}", "hour_of_day: 15}"))
    status, _, err = run("test", "other.yaml")
    assert status == Exit.WRONG
    assert "`hour_of_day` is 10, expected 15" in err


def test_status_before_the_first_run_says_how_to_start(run: Run) -> None:
    assert (
        run("status")[1]
        == f"flight_delays: nothing was built yet in local; start with `mlcycle run {_SPEC}`\n"
    )


def test_another_run_is_named(run: Run, project: Path) -> None:
    locks = project / ".mlcycle" / "locks"
    with project_lock(locks, "flight_delays", command="mlcycle run elsewhere", now=datetime.now(UTC)):
        status, _, err = run("run", _SPEC)
    assert status == Exit.LOCKED
    assert "mlcycle run elsewhere" in err
    assert str(os.getpid()) in err


def test_an_unknown_node_gets_a_suggestion(run: Run) -> None:
    status, _, err = run("run", _SPEC, "--select", "late/trainig")
    assert status == Exit.WRONG
    assert "did you mean `late/training`?" in err


@pytest.mark.parametrize("share", ["0", "101%", "ten"])
def test_a_share_is_between_nothing_and_everything(run: Run, share: str) -> None:
    assert run("run", _SPEC, "--sample", share)[0] == Exit.USAGE


def test_an_unknown_environment_gets_a_suggestion(run: Run) -> None:
    status, _, err = run("status", "--env", "producton")
    assert status == Exit.WRONG
    assert "did you mean `production`?" in err


def test_a_variable_that_is_not_set_is_missing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLCYCLE_STATE", raising=False)
    status, _, err = run("status", "--env", "production")
    assert status == Exit.MISSING
    assert "MLCYCLE_STATE" in err


@pytest.mark.parametrize("command", ["serve", "predict"])
def test_a_service_must_be_declared_and_rolled_out(run: Run, command: str) -> None:
    request = ["{}"] if command == "predict" else []
    status, _, err = run(command, "dealys_api", *request)
    assert status == Exit.WRONG
    assert "did you mean `delays_api`?" in err
    status, _, err = run(command, "delays_api", *request)
    assert status == Exit.MISSING
    assert f"mlcycle run {_SPEC}" in err


def test_a_request_that_is_not_json_shows_the_place(run: Run) -> None:
    status, _, err = run("predict", "delays_api", "{'carrier': 'UA'}")
    assert status == Exit.WRONG
    assert "MLC804" in err


def test_a_spec_outside_of_the_project_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("mlcycle: 1\n")
    assert run("check", str(tmp_path / "other.yaml"))[0] == Exit.WRONG
    assert run("check", _SPEC, str(tmp_path / "other.yaml"))[0] == Exit.USAGE


def test_explain_shows_a_page_and_suggests_codes(run: Run) -> None:
    assert run("explain", "mlc101")[1].startswith("MLC101: ")
    assert run("explain", "101")[1].startswith("MLC101: ")
    assert run("explain", "MLC1o1")[0] == Exit.USAGE
    assert "MLC101" in run("explain")[1]


def test_the_schema_beside_the_example_is_the_current_one(run: Run, repository: Path) -> None:
    """`make schema` writes it."""
    assert run("schema")[1] == (repository / "schema" / "mlcycle.schema.json").read_text(encoding="utf-8")
