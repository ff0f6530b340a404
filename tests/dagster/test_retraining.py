"""The sensor in process: it asks once, says why, and notes what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from mlcycle.control.retrain import DAGSTER, Retrainer
from mlcycle.dagster.asset import Sessions
from mlcycle.dagster.build import build
from mlcycle.dagster.connection import Connection
from mlcycle.dagster.naming import CAUSE_TAG, JOB, REQUEST_TAG, asset_key
from mlcycle.dagster.retraining import SENSOR, retraining_sensor
from mlcycle.store.retrains import Request
from tests.support.retrained import DAY, PERFORMANCE, START, Lived, day, graph, performance
from tests.support.small import small_runner

pytestmark = pytest.mark.slow


class Located:
    """The project as a code location, with an instance of its own."""

    def __init__(self, lived: Lived, instance: dg.DagsterInstance) -> None:
        self.lived, self.instance = lived, instance

        @contextmanager
        def opened() -> Iterator[Sessions]:
            with small_runner(lived.root, lived.graph).opened("a page") as session:
                yield lambda project: session

        @contextmanager
        def retrainer() -> Iterator[Retrainer]:
            with lived.ticker() as ticker:
                yield ticker.retrainer

        place = Connection(
            tracking_uri=f"sqlite:///{lived.root}/mlflow.db", artifact_root=lived.root / "mlflow"
        )
        self.definitions = build(
            [lived.graph],
            root=lived.root,
            open_sessions=opened,
            connection=lambda: place,
            sensors=[retraining_sensor(lambda: [retrainer()])],
        )

    def evaluate(self) -> list[dg.RunRequest]:
        context = dg.build_sensor_context(instance=self.instance, definitions=self.definitions)
        found = self.definitions.get_repository_def().get_sensor_def(SENSOR).evaluate_tick(context)
        return list(found.run_requests or [])

    def launch(self, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
        return self.definitions.resolve_job_def(JOB).execute_in_process(
            instance=self.instance,
            asset_selection=request.asset_selection,
            tags=dict(request.tags),
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )

    def requests(self) -> tuple[Request, ...]:
        with self.lived.ticker() as ticker:
            return ticker.retrainer.retrains.requests("small")


@pytest.fixture
def located(tmp_path: Path) -> Iterator[Located]:
    days = [day(0, performance(0.60)), day(1, performance(0.61))]
    lived = Lived(tmp_path, graph(PERFORMANCE), days=days, now=START + 2 * DAY)
    lived.train()
    with dg.DagsterInstance.ephemeral() as instance:
        yield Located(lived, instance)


def test_it_asks_once_and_says_why(located: Located) -> None:
    located.lived.more(7)
    (asked,) = located.evaluate()
    (request,) = located.requests()
    assert (asked.run_key, request.owner, request.status) == (request.id, DAGSTER, "running")
    assert asked.tags[CAUSE_TAG] == request.sentence
    assert asked.tags[REQUEST_TAG] == request.id
    assert asset_key("small/models/sum/registration") in (asked.asset_selection or ())
    (again,) = located.evaluate()
    assert again.run_key == asked.run_key, "a tick that was lost is asked again; Dagster launches a key once"


def test_what_it_launched_carries_its_cause_and_is_noted(located: Located) -> None:
    located.lived.more(7)
    (asked,) = located.evaluate()
    result = located.launch(asked)
    assert result.success
    assert located.evaluate() == []
    (request,) = located.requests()
    assert (request.status, request.told) == ("succeeded", "version 26")
    with located.lived.ticker() as ticker:
        training = ticker.retrainer.results.newest("small/models/sum/training")
    assert training is not None
    assert training.cause[0] == request.sentence
    assert training.run_id == result.run_id


def test_a_run_that_failed_is_noted(located: Located) -> None:
    (located.lived.root / "data/a.txt").write_text("1\n")
    (asked,) = located.evaluate()
    assert not located.launch(asked).success
    assert located.evaluate() == []
    (request,) = located.requests()
    assert (request.status, request.told) == ("failed", "gate.0.metric did not pass")


def test_with_nothing_new_nothing_runs(located: Located) -> None:
    (asked,) = located.evaluate()
    assert located.launch(asked).success
    located.evaluate()
    assert [one.status for one in located.requests()] == ["nothing_new"]
