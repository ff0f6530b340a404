"""Real services under load: versions come and go, challengers fail, processes are killed; no answer is lost.

A service has one worker a process, so two processes on one traffic folder are its two workers.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest

from mlcycle.adapters.bentoml.process import Running, start
from mlcycle.control.window import Observer
from mlcycle.rollout.plan import Plan, Stage
from mlcycle.rollout.state import Rollout, State
from mlcycle.serving import records, traffic
from mlcycle.serving.settings import LOG, TRAFFIC
from tests.support.challengers import Fault, far, faulty, other_features, other_graph, other_rows
from tests.support.load import load_on, until
from tests.support.packages import rows
from tests.support.releases import START, release
from tests.support.services import LIMITS, make_service
from tests.support.worker import arm, logged

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("live_service")]

QUICK = {**LIMITS, "timeout_seconds": 4.0}


@pytest.fixture(scope="module")
def champion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("champion")
    make_service(folder, limits=QUICK)
    return folder


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("other")
    make_service(folder, model=other_graph(), declared=other_features(), examples=other_rows())
    return folder


Started = Callable[..., list[Running]]


@pytest.fixture
def workers(champion: Path, tmp_path: Path) -> Iterator[Started]:
    with ExitStack() as stack:

        def begin(count: int, own: Path = champion, **more: str) -> list[Running]:
            folders = {TRAFFIC: str(tmp_path / "traffic"), LOG: str(tmp_path / "log")}
            environ = {**os.environ, **folders, **more}
            found = [
                stack.enter_context(start(own, homes=tmp_path / "homes", environ=environ))
                for _ in range(count)
            ]
            for service in found:
                service.wait_ready(path="/version")
            return found

        yield begin


class Steering:
    """Writes documents, each to hold from a moment on, and waits until every worker follows."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.folder = folder
        self.workers = workers
        self.told: list[traffic.Traffic] = []

    def tell(self, *arms: traffic.Arm, ahead: float = 0.4, **more: Any) -> None:
        document = traffic.Traffic(
            generation=len(self.told) + 1, effective_at=time.time() + ahead, arms=arms, **more
        )
        self.told.append(document)
        traffic.write(self.folder, document)

    def followed(self) -> None:
        def done() -> bool:
            found = traffic.acknowledgements(self.folder)
            return [one.generation for one in found] == [len(self.told)] * self.workers

        until(done)
        assert [one.error for one in traffic.acknowledgements(self.folder)] == [None] * self.workers

    def at(self, moment: float) -> traffic.Traffic:
        """The document that holds at a moment."""
        return [one for one in self.told if one.effective_at <= moment][-1]


def test_twelve_flips_lose_nothing_and_overlap_nowhere(
    champion: Path, other: Path, workers: Started, tmp_path: Path
) -> None:
    services = workers(2)
    steering = Steering(tmp_path / "traffic", 2)
    both = (arm(champion, 0.5), arm(other, 0.5, "2"))
    steering.tell(*both, salt="0")
    steering.followed()
    with load_on(services, [other_rows(1), other_rows(2)]) as load:
        for flip in range(1, 13):
            share = flip % 4 / 4
            first, second = (champion, other) if flip % 2 else (other, champion)
            # Both versions stay in memory, so that a change takes effect at its time exactly.
            steering.tell(arm(first, 1 - share), arm(second, share), salt=str(flip))
            steering.followed()
    assert load.lost == []
    assert Counter(load.statuses) == {200: len(load.statuses)}
    assert len(load.statuses) > 300
    found = {one["id"]: one for one in logged(tmp_path / "log")}
    for given, package, began, ended in load.answers:
        record = found[given]
        document = steering.at(record["received"])
        assert began - 0.01 <= record["received"] <= ended + 0.01
        assert record["generation"] == document.generation
        assert (record["served"], record["fallback"]) == (package, None)
        assert package in {one.package for one in document.arms if one.weight}
    assert {one["generation"] for one in found.values()} >= set(range(1, 13))
    assert len({package for _, package, _, _ in load.answers}) == 2


@pytest.mark.parametrize("fault", ["raises", "nan", "hangs", "slow", "swapped"])
def test_a_bad_challenger_does_no_harm(
    champion: Path, workers: Started, tmp_path: Path, fault: Fault
) -> None:
    bad = tmp_path / "bad"
    make_service(bad, model=faulty(fault))
    services = workers(1)
    steering = Steering(tmp_path / "traffic", 1)
    steering.tell(arm(champion, 0.5), arm(bad, 0.5, "2"))
    steering.followed()
    # The seventh row is one that the two columns' order decides.
    asked = [rows(20)[6:7]] if fault == "swapped" else [far(1), far(3)]
    with load_on(services, asked, threads=4, pause=0.01) as load:
        until(lambda: len(load.statuses) >= 300)
        steering.tell(arm(champion, 1.0))
        steering.followed()
        after = len(load.statuses)
        until(lambda: len(load.statuses) >= after + 50)
    assert load.lost == []
    assert Counter(load.statuses) == {200: len(load.statuses)}
    assert load.slowest < 4.0
    found = logged(tmp_path / "log")
    fallbacks = {one["fallback"] for one in found} - {None}
    expected = {"raises": "error", "nan": "not_finite", "hangs": "timeout"}
    if fault in expected:
        assert fallbacks == {expected[fault], "breaker"}
        assert {one["served"] for one in found} == {arm(champion, 1).package}
    else:
        assert {one["served"] for one in found} == {arm(champion, 1).package, arm(bad, 1).package}
        assert logged(tmp_path / "log", records.PAIRS)
    assert verdicts(tmp_path / "log", champion, bad)[SEEN_BY[fault]] == "fail", "the champion is put back"
    began = time.monotonic()
    services[0].stop()
    assert time.monotonic() - began < 9


#: The analysis that sees a fault in what was logged.
SEEN_BY: dict[Fault, str] = {
    "raises": "error_rate",
    "nan": "error_rate",
    "hangs": "error_rate",
    "slow": "latency",
    "swapped": "disagreement",
}
ANALYSES = {
    "error_rate": {"max_increase": 0.01, "confidence": 0.95},
    "latency": {"quantile": 0.95, "max_increase": 1.0, "confidence": 0.95},
    "disagreement": {"max": 0.15, "confidence": 0.95},
}


def verdicts(log: Path, champion: Path, challenger: Path) -> dict[str, str]:
    """What a look at a rollout of `challenger` decides on the log."""
    plan = Plan(kind="canary", stages=(Stage(weight=0.5),))
    rollout = Rollout(
        id="r",
        challenger=release(2, package=arm(challenger, 0.5).package),
        plan=plan,
        stage=0,
        began=START,
        entered=START,
        since=0,
    )
    state = State(
        service="p/s",
        generation=1,
        champion=release(1, package=arm(champion, 0.5).package),
        rollout=rollout,
    )
    window = Observer(log).window(state, "binary_classification")
    works = {name: resolve_name(f"mlcycle.kinds.analyses.{name}.work:judge") for name in ANALYSES}
    return {name: works[name](config, window).verdict for name, config in ANALYSES.items()}


def test_a_killed_worker_has_logged_everything_that_it_answered(workers: Started, tmp_path: Path) -> None:
    (service,) = workers(1)
    with load_on([service], [rows(1), rows(60)], threads=4, pause=0.001) as load:
        until(lambda: len(load.acknowledged) >= 400)
        for pid in family(service.process.pid):
            os.kill(pid, signal.SIGKILL)
        until(lambda: len(load.lost) >= 4)
    assert set(load.acknowledged) <= {one["id"] for one in logged(tmp_path / "log")}
    assert all(records.is_closed(path) for path in records.segments(tmp_path / "log", records.PREDICTIONS))


def family(pid: int) -> list[int]:
    """A process and everything below it, the deepest first."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [one for child in children for one in family(int(child))] + [pid]


def test_overload_is_answered_with_200_429_or_503_and_passes(workers: Started, tmp_path: Path) -> None:
    own, slow = tmp_path / "own", tmp_path / "slow"
    make_service(own, limits={**LIMITS, "timeout_seconds": 10.0})  # the default
    make_service(slow, model=faulty("slow"))
    (service,) = workers(1, own)
    steering = Steering(tmp_path / "traffic", 1)
    steering.tell(arm(own, 0.5), arm(slow, 0.5, "2"))
    steering.followed()
    with load_on([service], [far(1), rows(200)], threads=80, pause=0.0) as load:
        until(lambda: len(load.statuses) >= 1500)
    assert load.lost == []
    assert set(load.statuses) <= {200, 429, 503}
    assert Counter(load.statuses)[200] > 100
    with load_on([service], [rows(1)], threads=1) as calm:
        until(lambda: len(calm.statuses) >= 20)
    assert set(calm.statuses) == {200}


#: Kills the process that tries a package where it would open the graph; no other process notices.
DEADLY = """
import os, signal, sys
if "mlcycle.serving.trial" in sys.orig_argv:
    import onnxruntime
    onnxruntime.InferenceSession = lambda *a, **k: os.kill(os.getpid(), signal.SIGSEGV)
"""


@pytest.mark.parametrize(("kind", "said"), [("damaged", "model.onnx"), ("deadly", "ended the process")])
def test_a_package_that_cannot_be_loaded_leaves_the_worker_at_work(
    champion: Path, workers: Started, tmp_path: Path, kind: str, said: str
) -> None:
    bad, path = tmp_path / "bad", os.pathsep.join(["", *filter(None, sys.path)])
    make_service(bad, model=faulty("harmless"))
    if kind == "damaged":
        model = next((bad / "packages").glob("*/model.onnx"))
        model.write_bytes(model.read_bytes()[:-1] + b"\x00")
    else:
        (tmp_path / "sitecustomize.py").write_text(DEADLY)
        path = f"{tmp_path}{path}"
    (service,) = workers(1, PYTHONPATH=path)
    steering = Steering(tmp_path / "traffic", 1)
    with load_on([service], [rows(1)], threads=1) as load:
        steering.tell(arm(champion, 0.5), arm(bad, 0.5))
        until(lambda: [one.generation for one in traffic.acknowledgements(steering.folder)] == [1])
        (given,) = traffic.acknowledgements(steering.folder)
        assert given.error is not None
        assert said in given.error
        steering.tell(arm(champion, 1.0), ahead=0.0)
        steering.followed()
        answered = len(load.statuses)
        until(lambda: len(load.statuses) > answered + 1)  # one may have been under way
    assert Counter(load.statuses) == {200: len(load.statuses)}
    assert {one["generation"] for one in logged(tmp_path / "log")} >= {0, 2}
