"""Whoever edits the audit trail, or a state, is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, select, update

from mlcycle.rollout.events import RolledBack
from mlcycle.store.anchors import Anchors
from mlcycle.store.audit import Head
from mlcycle.store.database import AUDIT, AUDIT_HEADS, ROLLOUTS, connect, writing
from mlcycle.store.rollouts import Rollouts
from mlcycle.store.verify import verify
from tests.support.releases import INSTANT, SERVICE, advanced, later, started
from tests.support.small import Ticking

pytestmark = pytest.mark.slow

FILE = "anchors"


@pytest.fixture
def store(engine: Engine) -> Rollouts:
    """Five changes of one service, one of another, and an entry of something else."""
    store = Rollouts(engine=engine, environment="local", clock=Ticking())
    events = (
        started(1),
        started(2, INSTANT),
        started(3),
        advanced("r3", 0, later(100)),
        RolledBack(at=later(200)),
    )
    for number, event in enumerate(events):
        change = store.change(SERVICE, event, operation=str(number), actor="ana", expected=number)
        assert change.refusal is None
    store.change("flights/other", started(1), operation="other", actor="ben", expected=0)
    with writing(engine) as connection:
        store.audit.append(
            connection, at=later(1), actor="m", subject="retraining:x", operation="x", event={"psi": 0.3}
        )
    return store


def test_an_honest_trail_holds(store: Rollouts, tmp_path: Path) -> None:
    anchors = Anchors(file=tmp_path / "a" / "local.anchors")
    heads = [Head(seq=entry.seq, hash=entry.hash) for entry in store.audit.entries()]
    assert [anchors.add(head) for head in (heads[1], heads[6], heads[3])] == [True, True, False]
    assert anchors.read() == (heads[1], heads[6])
    assert verify(store, {FILE: anchors.read()}) == ()


def test_an_empty_trail_holds(engine: Engine) -> None:
    assert verify(Rollouts(engine=engine, environment="none", clock=Ticking()), {}) == ()


def edit(column: str, value: str, seq: int = 3) -> Callable[[Connection], None]:
    return lambda c: _run(c, f"UPDATE mlcycle_audit_v1 SET {column} = '{value}' WHERE seq = {seq}")


def _run(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement)


def _delete(connection: Connection) -> None:
    _run(connection, "DELETE FROM mlcycle_audit_v1 WHERE seq = 4")


def _insert(connection: Connection) -> None:
    _run(connection, "UPDATE mlcycle_audit_v1 SET seq = seq + 100 WHERE seq > 4")
    _run(
        connection,
        "INSERT INTO mlcycle_audit_v1 SELECT environment, 5, at, actor, subject, 'mine', event, state,"
        " previous, hash FROM mlcycle_audit_v1 WHERE seq = 4",
    )
    _run(connection, "UPDATE mlcycle_audit_v1 SET seq = seq - 99 WHERE seq > 100")


def _reorder(connection: Connection) -> None:
    for old, new in ((3, 99), (4, 3), (99, 4)):
        _run(connection, f"UPDATE mlcycle_audit_v1 SET seq = {new} WHERE seq = {old}")


def _cut(connection: Connection) -> None:
    """The last entries, with everything in the database that tells of them."""
    _run(connection, "DELETE FROM mlcycle_audit_v1 WHERE seq > 4")
    kept = connection.execute(select(AUDIT).where(AUDIT.c.seq == 4)).one()
    connection.execute(update(AUDIT_HEADS).values(seq=4, hash=kept.hash))
    _run(connection, "DELETE FROM mlcycle_rollouts_v1 WHERE service = 'flights/other'")
    connection.execute(update(ROLLOUTS).values(state=kept.state, generation=4, seq=4))


def _state(connection: Connection) -> None:
    found = connection.execute(select(ROLLOUTS.c.state).limit(1)).scalar_one()
    connection.execute(update(ROLLOUTS).values(state=found | {"generation": 9}, generation=9))


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (edit("actor", "eve"), "entry 3 (rollout:flights/delays_api, 2) was changed"),
        (edit("at", "2026-01-01T09:00:00+00:00"), "entry 3 "),
        (edit("event", '{"event": "aborted"}'), "entry 3 cannot be read"),
        (edit("state", "{}"), "entry 3 cannot be read"),
        (edit("subject", "rollout:a/b"), "entry 3 "),
        (edit("operation", "y", seq=7), "entry 7 "),
        (edit("hash", "0" * 64, seq=7), "entry 7 was written last"),
        (_delete, "entry 4 is missing before entry 5"),
        (_insert, "entry 5 does not follow from entry 4"),
        (_reorder, "entry 3 does not follow from entry 2"),
        (_cut, "entry 7 is gone: anchors has its hash"),
        (_state, "is another than the audit trail leads to"),
        (lambda c: _run(c, "DELETE FROM mlcycle_rollouts_v1"), "the state of flights/delays_api is gone"),
        (lambda c: _run(c, "UPDATE mlcycle_rollouts_v1 SET state = '{}'"), "is another than the audit"),
        (lambda c: _run(c, "UPDATE mlcycle_rollouts_v1 SET service = service || 'x'"), "knows nothing of"),
    ],
)
def test_tampering_is_found(
    engine: Engine, store: Rollouts, tamper: Callable[[Connection], None], said: str
) -> None:
    head = store.audit.head()
    with writing(engine) as connection:
        tamper(connection)
    found = verify(store, {FILE: (head,)})
    assert any(said in sentence for sentence in found), found


def test_a_chain_that_was_written_anew_is_found_by_its_anchors(
    engine: Engine, store: Rollouts, tmp_path: Path
) -> None:
    """Who can compute hashes can make a chain that holds in itself: without rolling back, this time."""
    head = store.audit.head()
    forged = connect(f"sqlite:///{tmp_path}/forged.db")
    other = Rollouts(engine=forged, environment="local", clock=Ticking())
    for number in range(1, 8):
        other.change(
            SERVICE, started(number, INSTANT), operation=str(number), actor="ana", expected=number - 1
        )
    assert verify(other, {}) == ()
    assert verify(other, {FILE: (head,)}) == ("entry 7 is another than the one that anchors has the hash of",)
    forged.dispose()


def test_a_move_that_was_never_legal_is_found(engine: Engine, store: Rollouts) -> None:
    """An entry with right hashes, of a change that the machine would not have made."""
    skipped = store.audit.entries()[3]
    with writing(engine) as connection:
        store.audit.append(
            connection,
            at=later(1),
            actor="eve",
            subject=skipped.subject,
            operation="again",
            event=skipped.event,
            state=skipped.state,
        )
    assert any("entry 8 of flights/delays_api was no legal move" in said for said in verify(store, {}))


def test_a_line_that_was_cut_off_is_passed_over(store: Rollouts, tmp_path: Path) -> None:
    anchors = Anchors(file=tmp_path / "local.anchors")
    head = store.audit.head()
    anchors.file.write_text(f"2 {'a' * 30}")
    assert anchors.read() == ()
    anchors.add(head)
    assert anchors.read() == (head,)
    assert not anchors.add(head)
