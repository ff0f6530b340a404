from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, text

from mlcycle.store.database import connect
from mlcycle.store.result import Artifact, IdentityParts, Result
from mlcycle.store.results import Results
from mlcycle.task import CheckResult, Table

START = datetime(2026, 1, 1, tzinfo=UTC)
TABLE = Table(title="failing rows", columns=("when", "x"), rows=((date(2013, 1, 1), math.nan), (None, 2.5)))
RESULT = Result(
    node="p/sources/s",
    identity="i" * 64,
    parts=IdentityParts(work="m:f", config={"path": "x"}, observed={"now": None}, code={"m": "1"}),
    data_version="v1",
    path="p/sources/s/1",
    files=(Artifact(path="data.parquet", size=3),),
    started=START,
    ended=START.replace(second=2),
    figures={"rows": 3, "share": 0.5, "steps": [["read", 3]]},
    checks=(
        CheckResult(
            name="contract", verdict="fail", figure=1.0, low=0.5, high=1.5, limit="max 0", table=TABLE
        ),
        CheckResult(name="warned", verdict="fail", severity="warn"),
    ),
    tables=(TABLE,),
    plots=("a.png",),
    cause=("never built",),
)


@pytest.fixture
def results(engine: Engine) -> Results:
    return Results(engine=engine, environment="local")


def test_a_result_comes_back_as_it_went_in(results: Results) -> None:
    results.add(RESULT)

    shown = Table(title="failing rows", columns=("when", "x"), rows=(("2013-01-01", None), (None, 2.5)))
    checks = (replace(RESULT.checks[0], table=shown), RESULT.checks[1])
    assert results.newest(RESULT.node) == replace(RESULT, tables=(shown,), checks=checks)


def test_only_what_fails_as_an_error_blocks() -> None:
    assert [check.name for check in RESULT.blocking] == ["contract"]


def test_the_newest_counts_and_history_is_kept(results: Results) -> None:
    results.add(RESULT)
    results.add(replace(RESULT, data_version="v2"))
    results.add(replace(RESULT, node="p/sources/other"))
    results.add(replace(RESULT, node="px/sources/s"))

    newest = results.all_newest("p")
    assert {name: result.data_version for name, result in newest.items()} == {
        "p/sources/s": "v2",
        "p/sources/other": "v1",
    }
    assert [result.data_version for result in results.history(RESULT.node)] == ["v2", "v1"]


def test_environments_do_not_see_each_other(results: Results, engine: Engine) -> None:
    results.add(RESULT)
    other = Results(engine=engine, environment="production")

    assert other.newest(RESULT.node) is None
    assert other.all_newest("p") == {}


def test_a_touch_lasts_until_the_next_result(results: Results, engine: Engine) -> None:
    other = Results(engine=engine, environment="production")
    results.touch(RESULT.node)
    results.touch(RESULT.node)

    assert results.touched(RESULT.node)
    assert not other.touched(RESULT.node)
    other.add(RESULT)
    assert results.touched(RESULT.node)
    results.add(RESULT)
    assert not results.touched(RESULT.node)


def test_any_text_is_kept(results: Results) -> None:
    odd = Table(title="rows", columns=("x",), rows=(("\x00",), ("é\u2028𝄞",), ("'; drop table x; --",)))
    results.add(replace(RESULT, tables=(odd,), checks=(), cause=("100 %",)))

    found = results.newest(RESULT.node)
    assert found is not None
    assert (found.tables, found.cause) == ((odd,), ("100 %",))


def test_names_are_no_patterns(results: Results) -> None:
    results.add(replace(RESULT, node="a_b/sources/s"))
    results.add(replace(RESULT, node="axb/sources/s"))

    assert list(results.all_newest("a_b")) == ["a_b/sources/s"]


def test_processes_that_come_at_once_make_the_tables_once(state_url: str) -> None:
    together = Barrier(6)

    def begin(number: int) -> str:
        together.wait()
        results = Results(engine=connect(state_url), environment=f"e{number}")
        results.add(replace(RESULT, environment=results.environment))
        found = results.newest(RESULT.node)
        results.engine.dispose()
        return found.data_version if found else "lost"

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(begin, range(6))) == ["v1"] * 6


def test_sqlite_is_set_to_keep_what_it_acknowledged(tmp_path: Path) -> None:
    with connect(f"sqlite:///{tmp_path}/state.db").connect() as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout")
        }

    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 30000}
