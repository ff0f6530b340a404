"""Partitions in Dagster: what a run reads is shown, and a backfill reads what it is for, and no more."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster import DagsterInstance
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from dagster._core.remote_origin import InProcessCodeLocationOrigin
from dagster._core.test_utils import InProcessTestWorkspaceLoadTarget
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._daemon.backfill import execute_backfill_iteration

from mlcycle.composition import execution
from mlcycle.dagster.instance import open_instance
from mlcycle.dagster.naming import JOB, asset_key
from mlcycle.dagster.partitions import IMPLICIT_JOB, definition, job_name
from mlcycle.engine.selection import Options
from mlcycle.language.workspace import LOCAL
from mlcycle.projects import definitions
from tests.support.parts import PARTITIONS, SOURCE, Shop, at, share_code
from tests.support.read import SPEC

pytestmark = [
    pytest.mark.slow,
    # Dagster's own way of asking for partitions
    pytest.mark.filterwarnings("ignore:Function `AssetSelection.sources` is deprecated"),
    pytest.mark.filterwarnings("ignore:.*shutdown_asyncgens:pytest.PytestUnraisableExceptionWarning"),
]

KEY = asset_key(PARTITIONS)
FOUR = "partitions: {every: day, start: 2020-01-01, end: 2020-01-05}"
#: Runs are executed where they are launched, in this process.
_HERE = """\
telemetry: {enabled: false}
run_launcher: {module: dagster._core.launcher.sync_in_memory_run_launcher, class: SyncInMemoryRunLauncher}
run_coordinator: {module: dagster._core.run_coordinator, class: DefaultRunCoordinator}
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    share_code(monkeypatch)
    shop = Shop(tmp_path)
    shop.create()
    for number, time_ in enumerate(("2020-01-01 10:00", "2020-01-02 10:00", "2020-01-04 10:00")):
        shop.order(number, time_)
    shop.declare(key=FOUR)
    return shop


@contextmanager
def instance(shop: Shop) -> Iterator[DagsterInstance]:
    home = shop.root / ".mlcycle/dagster"
    home.mkdir(parents=True, exist_ok=True)
    (home / "dagster.yaml").write_text(_HERE)
    with open_instance(home) as opened:
        yield opened


def backfill(shop: Shop, instance: DagsterInstance, *keys: str) -> None:
    """What the page's dialogue does: ask for partitions, and let Dagster's daemon see to it."""
    module = LoadableTargetOrigin(module_name="mlcycle.definitions")
    target = InProcessTestWorkspaceLoadTarget(InProcessCodeLocationOrigin(module))
    with WorkspaceProcessContext(instance, target) as workspace:
        asked = PartitionBackfill.from_asset_partitions(
            backfill_id="-".join(keys),
            asset_graph=workspace.create_request_context().asset_graph,
            partition_names=keys,
            asset_selection=[KEY],
            backfill_timestamp=time.time(),
            tags={},
            dynamic_partitions_store=instance,
            all_partitions=False,
            title=None,
            description=None,
            run_config=None,
        )
        instance.add_backfill(asked)
        for _ in range(5):
            wrong = [one for one in execute_backfill_iteration(workspace, logging.getLogger("t")) if one]
            assert not wrong, wrong[0].to_string()
            found = instance.get_backfill(asked.backfill_id)
            if found is not None and found.status is BulkActionStatus.COMPLETED_SUCCESS:
                return
    raise AssertionError(f"the backfill ended as {found.status if found else 'nothing'}")


def shown(instance: DagsterInstance, run_id: str) -> dict[str | None, dict[str, Any]]:
    """Partition -> what a run told of it; None for what it told of the whole."""
    records = instance.get_records_for_run(run_id).records
    events = [record.event_log_entry.dagster_event for record in records]
    made = [
        event.step_materialization_data.materialization
        for event in events
        if event and event.is_step_materialization
    ]
    return {
        one.partition: {name: value.value for name, value in one.metadata.items()}
        for one in made
        if one.asset_key == KEY
    }


def run(shop: Shop, options: Options = Options()) -> str:  # noqa: B008
    """`mlcycle run`, as the command does it."""
    execute = execution(LOCAL, shop.root)
    report = shop.parted().run(options, command="t", execute=execute, listen=lambda event: None)
    assert report.ok
    return report.run_id


def test_the_assets(shop: Shop) -> None:
    defs = definitions(shop.root, (SPEC,), LOCAL)
    graph = defs.resolve_asset_graph()
    cut = graph.get(KEY).partitions_def
    assert cut is not None
    assert list(cut.get_partition_keys()) == ["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04"]
    source = graph.get(asset_key(SOURCE))
    assert isinstance(source.partition_mappings[KEY], dg.AllPartitionMapping)
    assert graph.get(KEY).backfill_policy == dg.BackfillPolicy.single_run()


def test_partitions_of_several_sizes_are_run_by_the_job_of_all_assets(shop: Shop) -> None:
    shop.declare(key=FOUR)
    one = shop.graph()
    shop.declare(key="partitions: {every: month, start: 2020-01-01}")
    other = shop.graph()
    assert (job_name([one]), job_name([one, other])) == (JOB, IMPLICIT_JOB)
    months = definition(other[PARTITIONS])
    assert months is not None
    assert months.get_first_partition_key() == "2020-01"
    with dg.instance_for_test():
        newest = months.get_partition_keys(current_time=at("2020-03-05"))[-1]
    assert newest == "2020-03"


def test_a_run_shows_what_it_read_and_a_backfill_reads_what_it_is_for(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.root)
    with instance(shop) as opened:
        backfill(shop, opened, "2020-01-01", "2020-01-02")
        (first,) = opened.get_runs()
        told = shown(opened, first.run_id)
        assert set(told) == {"2020-01-01", "2020-01-02"}
        assert told["2020-01-01"]["dagster/row_count"] == 1
        assert told["2020-01-01"]["why"] == "never read"
        assert told["2020-01-02"]["waits"] == "the source waits for 2020-01-03, 2020-01-04"
        assert shop.why() == ["never read: 2020-01-03 to 2020-01-04"]

    run_id = run(shop)
    with instance(shop) as opened:
        assert set(shown(opened, run_id)) == {"2020-01-03", "2020-01-04", None}
        assert shown(opened, run_id)["2020-01-03"]["dagster/row_count"] == 0
        assert len(opened.get_materialized_partitions(KEY)) == 4
        assert shop.why() == []

        shop.order(9, "2020-01-02 11:00")
        backfill(shop, opened, "2020-01-02")
        told = shown(opened, opened.get_runs(limit=1)[0].run_id)
        assert told["2020-01-02"]["why"] == "asked"
        assert told["2020-01-02"]["late"] == 1
        assert told["2020-01-02"]["reused"] is False
    gathered, source = shop.bring()
    assert (gathered.status, source.status) == ("reused", "built")
    assert shop.rows(source)["id"].to_list() == [0, 1, 9, 2]


def test_a_failure_names_the_partition(shop: Shop) -> None:
    shop.execute("INSERT INTO orders VALUES (7, '2020-01-03 25:00', 1.0, '2020-01-03')")
    defs = definitions(shop.root, (SPEC,), LOCAL)
    job = defs.resolve_job_def(JOB)
    with dg.DagsterInstance.ephemeral() as opened:
        ran = job.execute_in_process(
            instance=opened, asset_selection=[KEY], partition_key="2020-01-03", raise_on_error=False
        )
        (failed,) = [event for event in ran.all_events if event.is_step_failure]
        assert failed.step_failure_data.user_failure_data is not None
        assert "2020-01-03: column `placed_at` has values" in str(
            failed.step_failure_data.user_failure_data.description
        )
