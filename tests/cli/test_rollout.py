"""`mlcycle rollout` and `mlcycle audit` over a real state database; the registry is a folder of files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mlcycle import composition
from mlcycle.cli.exits import Exit
from mlcycle.cli.main import status_of
from mlcycle.control import notes
from mlcycle.control.places import traffic_folder
from mlcycle.control.rollouts import Controller
from mlcycle.control.tick import Look
from mlcycle.rollout.events import Evidence, Failed, Paused
from mlcycle.store.database import connect
from tests.support.releases import CANARY, INSTANT, passed, release
from tests.support.steered import Down, steered

pytestmark = pytest.mark.slow

Run = Callable[..., tuple[int, str, str]]
SERVICE = "shop/api"
SPEC = """\
mlcycle: 1
sources:
  flights:
    kind: csv
    path: flights.csv
    timestamp: scheduled_departure
    derive: {late: {expression: "arrival_delay >= 15"}}
    columns: {arrival_delay: {nullable: true, available_after: 24h}}
feature_views:
  schedule: {source: flights, columns: [distance]}
models:
  late: {task: binary_classification, label: flights.late, horizon: 2h, features: [schedule]}
services:
  api: {model: late}
"""


@pytest.fixture
def controller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Controller:
    """A project's controller, which commands are given too. Nothing was rolled out yet."""
    (tmp_path / "mlcycle.yaml").write_text("mlcycle: 1\nspecs: ['*.yaml']\n")
    (tmp_path / "shop.yaml").write_text(SPEC)
    (tmp_path / "flights.csv").write_text(
        "scheduled_departure,arrival_delay,distance\n2013-01-01T00:00:00Z,3,400\n"
    )
    monkeypatch.chdir(tmp_path)
    made = steered(tmp_path)
    monkeypatch.setattr(composition, "controller", lambda *given, **named: replaced(made, **named))
    return made


def replaced(controller: Controller, actor: str = "") -> Controller:
    return Controller(store=controller.store, reconciler=controller.reconciler, actor=actor or "ana")


@pytest.fixture
def moving(controller: Controller) -> Controller:
    """Version 1 was champion before version 2; version 3 is in its first stage."""
    for version, plan in ((1, INSTANT), (2, INSTANT), (3, CANARY)):
        controller.start(SERVICE, release(version, model="shop.late"), plan, operation=str(version))
    return controller


@pytest.fixture
def run(controller: Controller, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        status = status_of(list(arguments))
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return call


def test_status_says_what_stands_and_what_to_type(
    run: Run, moving: Controller, golden: Callable[[Path, str], None]
) -> None:
    rollout = moving.store.state(SERVICE).rollout
    assert rollout is not None
    event = Paused(at=rollout.began, rollout=rollout.id, reason="decisions differ", evidence=passed())
    moving.change(SERVICE, event, operation="tick", expected=3)
    status, out, _ = run("rollout", "status", "api")
    assert status == Exit.OK
    golden(Path(__file__).parent / "expected" / "rollout_status.txt", out)


def test_status_for_tools(run: Run, moving: Controller) -> None:
    status, out, _ = run("rollout", "status", "--json")
    (shown,) = json.loads(out)
    assert status == Exit.OK
    assert (shown["service"], shown["generation"], shown["champion"]["version"]) == (SERVICE, 3, "2")
    assert shown["rollout"]["challenger"]["version"] == "3"
    assert shown["awaits"] == [
        "error_rate, latency to pass",
        "at least 100 requests to the challenger",
        "at least 60 s in this stage",
    ]
    assert f"mlcycle rollout abort {SERVICE}" in shown["next"]
    assert [entry["event"]["event"] for entry in shown["last"]] == ["started"] * 3


def test_status_before_the_first_version(run: Run) -> None:
    assert run("rollout", "status") == (
        Exit.OK,
        "nothing was rolled out in local yet; `mlcycle run SPEC` rolls out the first version\n",
        "",
    )
    status, _, err = run("rollout", "status", "api")
    assert status == Exit.MISSING
    assert "MLC643" in err
    assert "mlcycle run SPEC rolls out the first version" in err


def test_status_makes_good_what_a_crash_left_behind(run: Run, moving: Controller, tmp_path: Path) -> None:
    file = tmp_path / "registry" / "shop.late.json"
    before = file.read_text()
    file.unlink()
    assert run("rollout", "status", "api")[0] == Exit.OK
    assert json.loads(file.read_text()) == json.loads(before)


@pytest.mark.parametrize(
    ("action", "stands"),
    [
        ("pause", "version 2 is champion; version 3 gets 5% (paused, stage 1 of 2)"),
        ("promote", "version 3 is champion"),
        ("abort", "version 2 is champion"),
        ("rollback", "version 1 is champion"),
    ],
)
def test_steering(run: Run, moving: Controller, action: str, stands: str) -> None:
    status, out, _ = run("rollout", action, "api", "--reason", "a bad day", "--actor", "ben")
    assert (status, out) == (Exit.OK, f"{SERVICE} in local: {stands} (generation 4)\n")
    entry = moving.store.audit.entries()[-1]
    assert (entry.actor, entry.event["reason"]) == ("ben", "a bad day")


def test_resuming(run: Run, moving: Controller) -> None:
    assert run("rollout", "resume", "api")[1].endswith("(nothing to do)\n")
    run("rollout", "pause", "api")
    assert run("rollout", "resume", "api")[1].endswith("(stage 1 of 2) (generation 5)\n")


def test_what_cannot_be_done_says_why(run: Run, controller: Controller) -> None:
    controller.start(SERVICE, release(1, model="shop.late"), INSTANT, operation="1")
    status, _, err = run("rollout", "rollback", "api")
    assert status == Exit.WRONG
    assert "error[MLC637]: shop/api has no champion before the present one" in err
    status, _, err = run("rollout", "promote", "api")
    assert status == Exit.WRONG
    assert "error[MLC630]: no rollout of shop/api is going on; the last one, of version 1, ended as" in err
    assert "mlcycle rollout status shop/api" in err


def test_starting_again_after_a_failure(run: Run, moving: Controller) -> None:
    """By the plan that the spec has now: at once."""
    rollout = moving.store.state(SERVICE).rollout
    assert rollout is not None
    failed = Failed(
        at=rollout.began,
        rollout=rollout.id,
        evidence=(passed()[0], Evidence(name="latency", verdict="fail", message="twice as slow")),
    )
    moving.change(SERVICE, failed, operation="tick", expected=3)
    shown = run("rollout", "status", "api")[1]
    assert "failed: latency: twice as slow" in shown
    assert "mlcycle rollout start shop/api " in shown
    status, out, _ = run("rollout", "start", "api")
    assert (status, out) == (Exit.OK, f"{SERVICE} in local: version 3 is champion (generation 5)\n")
    assert run("rollout", "start", "api")[1].endswith("(nothing to do)\n")


def test_a_registry_that_is_down_is_told_and_requests_follow(
    run: Run, moving: Controller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    down = steered(tmp_path, registry=Down(tmp_path))
    monkeypatch.setattr(composition, "controller", lambda *given, **named: down)
    status, _, err = run("rollout", "rollback", "api")
    assert status == Exit.MISSING
    assert "error[MLC642]" in err
    assert "the rollout stands and requests follow it" in err
    champion = moving.store.state(SERVICE).champion
    assert champion is not None
    assert champion.version == "1"


def test_the_audit_trail_is_shown(run: Run, moving: Controller) -> None:
    run("rollout", "abort", "api", "--reason", "wrong data")
    lines = run("audit", "show")[1].splitlines()
    assert len(lines) == 4
    assert lines[-1].split()[0] == "4"
    assert lines[-1].endswith("ana  rollout:shop/api  aborted  wrong data")
    assert len(run("audit", "show", "--last", "2")[1].splitlines()) == 2
    assert run("audit", "show", "rollout:shop/other")[1] == "nothing was done in local yet\n"
    shown = json.loads(run("audit", "show", "rollout:shop/api", "--json")[1])
    assert [entry["seq"] for entry in shown] == [1, 2, 3, 4]
    assert shown[3]["previous"] == shown[2]["hash"]


@pytest.mark.parametrize("offline", [False, True])
def test_the_audit_trail_is_verified(run: Run, moving: Controller, tmp_path: Path, offline: bool) -> None:
    arguments = ("audit", "verify", *(["--offline"] if offline else []))
    status, out, err = run(*arguments)
    assert (status, out.splitlines()[0]) == (Exit.OK, "the record of local holds: 3 entries")
    assert ("the registered model shop.late: 1 head agree" in err) != offline
    engine = connect(f"sqlite:///{tmp_path}/state.db")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE mlcycle_audit_v1 SET actor = 'eve' WHERE seq = 2")
    engine.dispose()
    status, _, err = run(*arguments)
    assert status == Exit.WRONG
    assert "error[MLC644]: entry 2 (rollout:shop/api, 2) was changed after it was written" in err


def test_after_a_good_rollout_there_is_nothing_to_type(run: Run, controller: Controller) -> None:
    controller.start(SERVICE, release(1, model="shop.late"), INSTANT, operation="1")
    assert "next" not in run("rollout", "status", "api")[1]


def test_a_misspelt_command_is_told(run: Run) -> None:
    status, _, err = run("rollout", "abbort", "api")
    assert status == Exit.USAGE
    assert "there is no command `abbort`. did you mean `abort`?" in err


def test_every_command_has_help(run: Run) -> None:
    for group in ("rollout", "audit"):
        listed = run(group, "--help")[1]
        for name in [line.split()[0] for line in listed.split("Commands:\n")[1].splitlines()]:
            assert "Usage: mlcycle" in run(group, name, "--help")[1]


def test_what_to_type_names_the_environment(moving: Controller) -> None:
    from mlcycle.cli.rollouts.text import standing

    state = moving.store.state(SERVICE)
    shown = standing(state, "production", moving.store.clock(), ())
    assert "shop/api in production" in shown
    assert "mlcycle rollout abort shop/api --env production" in shown


def test_status_says_what_the_last_look_saw(run: Run, moving: Controller, tmp_path: Path) -> None:
    state = moving.store.state(SERVICE)
    latency = Evidence(name="latency", verdict="inconclusive", message="50 of 200 requests")
    look = Look(
        state=state,
        at=moving.store.clock(),
        rollout=state.rollout,
        requests=50,
        evidence=(passed()[0], latency),
        waiting=("latency is inconclusive", "50 of 100 requests"),
    )
    notes.write(traffic_folder(tmp_path, SERVICE), look)
    out = run("rollout", "status", "api")[1]
    assert "seen        50 requests to the challenger, " in out
    assert "            latency inconclusive: 50 of 200 requests\n" in out
    assert "awaits      latency is inconclusive; 50 of 100 requests\n" in out
    assert json.loads(run("rollout", "status", "--json")[1])[0]["seen"]["requests"] == 50
