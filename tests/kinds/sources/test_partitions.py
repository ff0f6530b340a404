"""A shop's orders by day, in SQLite: what is read when and why, what is killed, late, gone or empty."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
from pathlib import Path

import polars as pl
import pytest

from mlcycle.cli.main import status_of
from mlcycle.cli.plan_text import plan_text
from mlcycle.cli.summary import summary
from mlcycle.diagnostics.diagnostic import Refused
from mlcycle.engine.run_node import run_node
from mlcycle.graph.code_digest import CodeReader
from mlcycle.kinds.sources.within import ROWS
from mlcycle.store.faults import no_fault
from mlcycle.task import CheckResult
from tests.support.command import forked
from tests.support.parts import PARTITIONS, SOURCE, Shop, at, share_code
from tests.support.read import _READ
from tests.support.small import kill_at

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _code(monkeypatch: pytest.MonkeyPatch) -> None:
    share_code(monkeypatch)


FOUR = "partitions: {every: day, start: 2020-01-01, end: 2020-01-05}"
TIMES = ("2020-01-01T10:00:00Z", "2020-01-02 23:30:00", "2020-01-04T02:00:00+00:00", "2020-01-04 09:00")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Two orders on the fourth day, none on the third."""
    return filled(tmp_path)


def filled(root: Path) -> Shop:
    root.mkdir(exist_ok=True)
    shop = Shop(root)
    shop.create()
    for number, time in enumerate(TIMES):
        shop.order(number, time)
    shop.declare(key=FOUR)
    return shop


class Killed(Exception):
    """Stands for a kill: nothing of the engine's catches it on the way to what is kept."""


def check(ran: object, name: str) -> CheckResult:
    return next(one for one in ran.result.checks if one.name == name)  # type: ignore[attr-defined]


def test_each_is_read_once_and_an_empty_one_is_known_as_empty(shop: Shop) -> None:
    assert shop.why() == ["never read: 2020-01-01 to 2020-01-04"]
    gathered, source = shop.bring()
    assert gathered.key_figure == "4 partitions, 4 rows, empty: 2020-01-03"
    assert shop.rows(source)["id"].to_list() == [0, 1, 2, 3]
    shop.order(9, "2020-01-01 11:00")
    assert shop.why() == []
    assert [ran.status for ran in shop.bring()] == ["reused", "reused"]


def test_an_open_one_and_one_that_was_open_are_read_again(shop: Shop) -> None:
    shop.declare()
    shop.now = at("2020-01-04T12:00")
    shop.bring()
    shop.order(9, "2020-01-04 13:00")
    assert shop.why() == ["still open: 2020-01-04"]
    shop.now = at("2020-01-05T00:10")
    assert shop.why() == ["was open when it was read: 2020-01-04", "never read: 2020-01-05"]
    gathered, source = shop.bring()
    assert gathered.key_figure == "5 partitions, 5 rows, empty: 2020-01-03, 2020-01-05"
    found = shop.rows(source)
    assert (found["first_seen"] == found["placed_at"]).all()
    assert shop.why() == ["still open: 2020-01-05"]


def test_where_rows_tell_when_they_were_written_an_unchanged_open_one_stands(shop: Shop) -> None:
    shop.declare(", created_timestamp: created")
    shop.now = at("2020-01-04T12:00")
    _, source = shop.bring()
    assert "first_seen" not in shop.rows(source).columns
    assert shop.why() == []
    shop.order(9, "2020-01-02 13:00", created="2020-01-04 12:30")
    assert shop.why() == []
    shop.order(10, "2020-01-04 12:10")
    assert shop.why() == ["still open: 2020-01-04"]
    _, source = shop.bring("2020-01-02")
    late = shop.rows(source).row(1, named=True)
    assert (late["id"], late["created"]) == (9, at("2020-01-04T12:30"))


def test_the_newest_are_read_again_if_the_source_says_something_else(shop: Shop) -> None:
    shop.declare(key=FOUR.replace("}", ", lookback: 2}"))
    shop.now = at("2020-01-08")
    shop.bring()
    assert shop.why() == []
    shop.order(9, "2020-01-01 11:00")
    assert shop.why() == []
    shop.order(10, "2020-01-03 11:00")
    # SQLite is asked for a day more on both sides
    assert shop.why() == ["the newest 2 are read again: 2020-01-03 to 2020-01-04"]
    shop.now = at("2020-01-09")
    gathered, source = shop.bring()
    assert gathered.key_figure == "4 partitions, 5 rows, 1 late"
    seen = dict(shop.rows(source).select("id", "first_seen").iter_rows())
    assert (seen[10], seen[3]) == (at("2020-01-09"), at("2020-01-04T09:00"))


def test_one_that_was_read_before_its_values_were_known_is_read_once_more(shop: Shop) -> None:
    """Whatever the lookback, and however long nobody looked."""
    shop.declare(key=FOUR)
    spec = shop.root / "specs/shop.yaml"
    spec.write_text(spec.read_text().replace("amount: {", "amount: {nullable: true, available_after: 36h, "))
    shop.execute("UPDATE orders SET amount = NULL WHERE id > 0")
    shop.now = at("2020-01-05T12:00")
    shop.bring()
    shop.execute("UPDATE orders SET amount = 7.0 WHERE id > 0")
    shop.now = at("2020-01-06T11:59")
    assert shop.why() == []
    shop.now = at("2020-01-09")
    assert shop.why() == ["was read before all of its values were known: 2020-01-04"]
    _, source = shop.bring()
    found = shop.rows(source)
    assert found["amount"].to_list() == [1.0, None, 7.0, 7.0]
    assert (found["first_seen"] == found["placed_at"]).all()  # the rows were there: only values came
    assert shop.why() == []


def test_what_is_asked_for_is_read_and_nothing_else(shop: Shop) -> None:
    shop.bring()
    shop.order(9, "2020-01-01 11:00")
    shop.order(10, "2020-01-02 11:00")
    gathered, source = shop.bring("2020-01-02")
    assert gathered.result is not None
    assert gathered.result.cause == ("asked: 2020-01-02",)
    assert shop.rows(source)["id"].to_list() == [0, 10, 1, 2, 3]
    gathered, source = shop.bring(force=True)
    assert gathered.result is not None
    assert gathered.result.cause == ("asked: 2020-01-01 to 2020-01-04",)
    assert shop.rows(source)["id"].to_list() == [0, 9, 10, 1, 2, 3]
    with pytest.raises(Refused, match=r"MLC905.*has no partition `2031-01-01`"):
        shop.bring("2031-01-01")


def test_another_question_is_asked_of_every_partition(shop: Shop) -> None:
    shop.bring()
    spec = shop.root / "specs/shop.yaml"
    spec.write_text(spec.read_text().replace("FROM orders", "FROM orders WHERE id > 0"))
    (reason,) = shop.why()
    assert reason.startswith("read.query changed: ")
    assert ": 2020-01-01 to 2020-01-04 (specs/shop.yaml:" in reason
    _, source = shop.bring()
    assert shop.rows(source)["id"].to_list() == [1, 2, 3]


def test_rows_that_vanish_are_told_of(shop: Shop) -> None:
    gathered, _ = shop.bring()
    assert check(gathered, "rows_gone").verdict == "pass"
    shop.execute("DELETE FROM orders WHERE id = 0")
    gathered, _ = shop.bring("2020-01-01")
    found = check(gathered, "rows_gone")
    assert (found.verdict, found.severity, found.figure) == ("fail", "warn", 1.0)
    assert found.message == "2020-01-01 has 1 row fewer than at its reading before"


def test_files_that_are_gone_are_read_again_or_told_of(shop: Shop) -> None:
    shop.bring()
    shutil.rmtree(shop.root / ".mlcycle/artifacts" / PARTITIONS / "2020-01-02")
    (reason,) = shop.why()
    assert reason.startswith("artefact missing: ")
    spec = shop.root / "specs/shop.yaml"
    spec.write_text(spec.read_text().replace("amount: {", "amount: {nullable: true, "))
    runner = shop.parted()
    with runner.opened("a test") as session, pytest.raises(Refused, match=r"MLC907.*2020-01-02"):
        run_node(session, session.graph[SOURCE])
    assert [ran.status for ran in shop.bring()] == ["built", "built"]


def test_the_command_line_has_words_for_them(
    shop: Shop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.root)
    shop.bring()
    shop.order(9, "2020-01-02 11:00")
    shop.now = at("2020-01-06T08:30")
    shop.bring("2020-01-02")
    assert [line.split() for line in plan_text(shop.parts_plan()).splitlines()[1:4]] == [
        ["keep", "partitions/orders"],
        ["keep", "sources/orders"],
        ["steps:", "read", "(partitions),", "contract"],
    ]
    told = {ran.node.name: ran.result for ran in shop.bring() if ran.result is not None}
    lines = summary(shop.graph(), "local", told).splitlines()
    assert "  partitions/orders  4 partitions, 5 rows, empty: 2020-01-03, 1 late" in lines
    assert status_of(["data", "history", "shop.orders"]) == 0
    shown = [re.split("  +", line.strip()) for line in capsys.readouterr().out.splitlines()]
    assert [len(line) for line in shown[:2]] == [4, 4]
    assert shown[3:] == [
        ["4 partitions"],
        ["2020-01-01", "1 rows", "read 2020-01-05 00:00 UTC", "never read"],
        ["2020-01-02", "2 rows", "read 2020-01-06 08:30 UTC", "asked", "1 late"],
        ["2020-01-03", "0 rows", "read 2020-01-05 00:00 UTC", "never read"],
        ["2020-01-04", "2 rows", "read 2020-01-05 00:00 UTC", "never read"],
    ]


def test_killed_between_partitions_it_goes_on_where_it_was(tmp_path: Path) -> None:
    whole = filled(tmp_path / "whole")
    unbroken = [ran.result.data_version for ran in whole.bring() if ran.result is not None]
    for point in ("worked", "recorded"):
        shop = filled(tmp_path / point)

        def kill(name: str, point: str = point) -> None:
            if name == f"{PARTITIONS}/2020-01-02:{point}":
                raise Killed

        shop.fault = kill
        with pytest.raises(Killed):
            shop.bring()
        shop.fault = lambda name: None
        first = "2020-01-03" if point == "recorded" else "2020-01-02"
        assert shop.why() == [f"never read: {first} to 2020-01-04"]
        assert [ran.result.data_version for ran in shop.bring() if ran.result is not None] == unbroken


#: SIGKILL at each of these, one after the other: the next run begins with what the last one left.
POINTS = (
    f"{PARTITIONS}/2020-01-01:begun",
    f"{PARTITIONS}/2020-01-02:worked",
    f"{PARTITIONS}/2020-01-02:moved",
    f"{PARTITIONS}/2020-01-03:recorded",
    f"{PARTITIONS}:worked",
    f"{SOURCE}:moved",
)


def _kill_again_and_again(root: Path, told: Path) -> None:
    """In a process that imported everything and read nothing yet: fork a run for each kill."""
    shop = Shop(root)
    with pytest.MonkeyPatch.context() as patch:
        share_code(patch)
        works = [work for node in shop.graph().nodes for work in (node.work, *(s.work for s in node.steps))]
        CodeReader(root, _read=_READ).code(works)
        ended = {}
        for point in POINTS:
            child = os.fork()
            if child == 0:
                try:
                    shop.fault = kill_at(point)
                    shop.bring()
                finally:
                    os._exit(1)
            ended[point] = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        told.write_text(json.dumps(ended))


def test_the_process_itself_killed_between_partitions(tmp_path: Path) -> None:
    unbroken = [
        ran.result.data_version for ran in filled(tmp_path / "whole").bring() if ran.result is not None
    ]
    shop, told = filled(tmp_path / "killed"), tmp_path / "ended.json"
    process = forked(_kill_again_and_again, shop.root, told)
    process.join(60)
    assert process.exitcode == 0
    assert json.loads(told.read_text()) == dict.fromkeys(POINTS, -signal.SIGKILL)
    assert shop.why() == []
    gathered, source = shop.bring()
    assert [gathered.status, source.status] == ["reused", "built"]
    assert [ran.result.data_version for ran in (gathered, source) if ran.result is not None] == unbroken
    assert shop.rows(source)["id"].to_list() == [0, 1, 2, 3]
    assert not list((shop.root / ".mlcycle/artifacts/shop").glob(".unfinished/*"))


def folders(shop: Shop, key: str) -> list[Path]:
    """The readings of a partition whose files are there."""
    return sorted((shop.root / ".mlcycle/artifacts" / PARTITIONS / key).glob("*"))


def test_of_several_readings_the_last_is_kept_and_what_the_source_may_have_no_more(shop: Shop) -> None:
    shop.bring()
    first = folders(shop, "2020-01-04")
    shop.order(9, "2020-01-04 11:00")
    shop.bring("2020-01-04")
    assert len(folders(shop, "2020-01-04")) == 1
    assert folders(shop, "2020-01-04") != first
    shop.execute("DELETE FROM orders WHERE id = 2")
    shop.bring("2020-01-04")
    shop.order(10, "2020-01-04 12:00")
    _, source = shop.bring("2020-01-04")
    there = [pl.read_parquet(folder / ROWS)["id"].to_list() for folder in folders(shop, "2020-01-04")]
    assert sorted(map(sorted, there)) == [[2, 3, 9], [3, 9, 10]], (
        "the one of before the row was gone, the last"
    )
    assert shop.rows(source)["id"].to_list() == [0, 1, 3, 9, 10]
    assert not list((shop.root / ".mlcycle/artifacts/shop").glob(".unfinished/*"))
    for key in ("2020-01-01", "2020-01-02", "2020-01-03"):
        assert len(folders(shop, key)) == 1
    assert shop.why() == []


def test_a_backfill_takes_nothing_away_that_the_source_was_put_together_from(shop: Shop) -> None:
    shop.bring()
    shop.order(9, "2020-01-01 11:00")
    shop.declare(key=FOUR.replace("05", "06"))
    shop.now = at("2020-01-07")
    gathered = shop.read_only("2020-01-01")
    assert gathered.waits_for == ("2020-01-05",)
    assert len(folders(shop, "2020-01-01")) == 2
    shop.bring()
    assert len(folders(shop, "2020-01-01")) == 1


def test_killed_while_it_tidies_the_next_reading_does(shop: Shop) -> None:
    shop.bring()

    def kill(name: str) -> None:
        if name == f"{PARTITIONS}:recorded":
            raise Killed

    shop.fault = kill
    shop.order(9, "2020-01-01 11:00")
    with pytest.raises(Killed):
        shop.bring("2020-01-01")
    shop.fault = no_fault
    assert len(folders(shop, "2020-01-01")) == 2
    assert [ran.status for ran in shop.bring()] == ["reused", "built"]
    shop.order(10, "2020-01-01 12:00")
    _, source = shop.bring("2020-01-01")
    assert shop.rows(source)["id"].to_list() == [0, 9, 10, 1, 2, 3]
    assert len(folders(shop, "2020-01-01")) == 1


def test_the_order_of_reading_makes_no_difference(tmp_path: Path) -> None:
    unbroken = [ran.result.data_version for ran in filled(tmp_path / "a").bring() if ran.result is not None]
    shop = filled(tmp_path / "b")
    keys = [f"2020-01-0{day}" for day in (4, 2, 1, 3)]
    random.Random(0).shuffle(keys)
    for number, key in enumerate(keys, 1):
        gathered = shop.read_only(key)
        assert bool(gathered.waits_for) == (number < len(keys))
    assert [ran.result.data_version for ran in shop.bring() if ran.result is not None] == unbroken
