"""A challenger that is wrong in every way that a model can be, beside a champion: nobody loses an answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from mlcycle.serving import records
from mlcycle.serving.routing import bucket
from mlcycle.serving.settings import Limits
from tests.support.challengers import Fault, far, faulty, other_features, other_graph, other_rows
from tests.support.packages import rows
from tests.support.services import make_service
from tests.support.worker import Worker, arm


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Generated folders by the fault of their package, and `other` with other features."""
    home = tmp_path_factory.mktemp("folders")
    for fault in get_args(Fault):
        make_service(home / fault, model=faulty(fault))
    make_service(home / "other", model=other_graph(), declared=other_features(), examples=other_rows())
    return {path.name: path for path in home.iterdir()}


QUICK = Limits(timeout_seconds=4.0)


def beside(own: Path, other: Path, home: Path, share: float = 0.5, **more: Any) -> Worker:
    worker = Worker(own, home, limits=QUICK)
    worker.told(1, arm(own, 1 - share), arm(other, share, "2"), **more)
    return worker


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "reason"), [("raises", "error"), ("nan", "not_finite"), ("hangs", "timeout")]
)
def test_where_a_challenger_fails_the_champion_answers(
    service_folder: Path, folders: dict[str, Path], tmp_path: Path, fault: str, reason: str
) -> None:
    worker = beside(service_folder, folders[fault], tmp_path)
    champion = arm(service_folder, 1).package
    answers = worker.ask(far(1), count=16)
    assert {(answer.status_code, answer.json()["package"]) for answer in answers} == {(200, champion)}
    found = {(one["assigned"] == champion, one["served"], one["fallback"]) for one in worker.records()}
    assert found >= {(True, champion, None), (False, champion, reason)}
    assert {fallback for _, _, fallback in found} <= {None, reason, "breaker"}
    assert worker.records(records.PAIRS) == []


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["slow", "swapped", "harmless"])
def test_a_challenger_that_answers_is_compared(
    service_folder: Path, folders: dict[str, Path], tmp_path: Path, fault: str
) -> None:
    worker = beside(service_folder, folders[fault], tmp_path)
    champion, challenger = arm(service_folder, 1).package, arm(folders[fault], 1).package
    for index in range(8):
        worker.ask(far(2), **{"x-request-id": f"r{index}"})
    served = {one["id"]: one for one in worker.records()}
    assert {one["served"] for one in served.values()} == {champion, challenger}
    pairs = worker.records(records.PAIRS)
    assert {pair["id"] for pair in pairs} == {i for i, one in served.items() if one["served"] == challenger}
    (plain,) = Worker_of(service_folder, tmp_path / "plain").ask(far(2))
    expected = plain.json()["predictions"]
    for pair in pairs:
        assert (pair["package"], pair["error"], pair["generation"]) == (champion, None, 1)
        assert pair["scores"] == pytest.approx([one["score"] for one in expected])
        assert pair["decisions"] == [one["decision"] for one in expected]
        said = served[pair["id"]]["rows"]
        assert pair["answered"]["scores"] == [one["score"] for one in said]
        assert pair["answered"]["decisions"] == [one["decision"] for one in said]


def Worker_of(own: Path, home: Path) -> Worker:
    worker = Worker(own, home)
    worker.told(1, arm(own, 1.0))
    return worker


def test_a_challenger_that_fails_often_is_left_out(
    service_folder: Path, folders: dict[str, Path], tmp_path: Path
) -> None:
    worker = beside(service_folder, folders["nan"], tmp_path, share=1.0)
    for _ in range(30):
        worker.ask(far(1))
    reasons = [one["fallback"] for one in worker.records()]
    assert reasons == ["not_finite"] * 10 + ["breaker"] * 20


@pytest.mark.slow
def test_a_hung_challenger_takes_no_more_than_its_part_of_the_time(
    service_folder: Path, folders: dict[str, Path], tmp_path: Path
) -> None:
    worker = beside(service_folder, folders["hangs"], tmp_path, share=1.0)
    worker.ask(far(1))
    (record,) = worker.records()
    assert 1.9 < record["seconds"] < 4.0


def test_overload_leaves_comparisons_out(
    service_folder: Path, folders: dict[str, Path], tmp_path: Path
) -> None:
    worker = beside(service_folder, folders["harmless"], tmp_path, share=1.0)
    worker.ask(rows(1), count=60)
    pairs = worker.records(records.PAIRS)
    text = worker.get("/metrics").text
    (line,) = [one for one in text.splitlines() if one.startswith("mlcycle_pairs_left_out_total ")]
    served = [one for one in worker.records() if one["fallback"] is None]
    assert len(pairs) + float(line.split()[1]) == len(served)
    assert len(pairs) < 60


def test_two_versions_with_other_features_side_by_side(
    service_folder: Path, folders: dict[str, Path], tmp_path: Path
) -> None:
    worker = beside(service_folder, folders["other"], tmp_path)
    champion, challenger = arm(service_folder, 1).package, arm(folders["other"], 1).package
    answers = [answer for _ in range(3) for answer in worker.ask(other_rows(2), count=8)]
    assert {(answer.status_code, answer.json()["package"]) for answer in answers} == {
        (200, champion),
        (200, challenger),
    }
    (alone,) = Worker_of(folders["other"], tmp_path / "alone").ask(
        [{k: v for k, v in row.items() if k != "carrier"} for row in other_rows(2)]
    )
    for answer in answers:
        if answer.json()["package"] == challenger:
            assert answer.json()["predictions"] == alone.json()["predictions"]
    for one in worker.records():
        columns = set(one["rows"][0]["request"])
        assert ("tail_number" in columns, "carrier" in columns) == (
            (True, False) if one["served"] == challenger else (False, True)
        )


def test_a_request_for_the_champion_alone_is_answered_by_it(
    service_folder: Path, folders: dict[str, Path], tmp_path: Path
) -> None:
    worker = beside(service_folder, folders["other"], tmp_path, share=1.0)
    for _ in range(12):
        (answer,) = worker.ask(rows(1))
        assert answer.json()["package"] == arm(service_folder, 1).package
    assert {one["fallback"] for one in worker.records()} == {"schema"}


def test_what_no_version_knows_is_refused_whoever_would_answer(
    service_folder: Path, folders: dict[str, Path], tmp_path: Path
) -> None:
    worker = beside(service_folder, folders["other"], tmp_path)
    (row,) = other_rows(1)
    del row["origin"]
    for body in ({**other_rows(1)[0], "gate": 1}, row):
        answers = worker.ask([body], count=8)
        assert {answer.status_code for answer in answers} == {400}
    assert {(one["status"], one["assigned"]) for one in worker.records()} == {(400, None)}


def test_who_asks_again_gets_the_same_version_and_keeps_it(
    service_folder: Path, folders: dict[str, Path], tmp_path: Path
) -> None:
    worker = Worker(service_folder, tmp_path, limits=Limits(timeout_seconds=60))
    kept: set[str] = set()
    for generation, share in enumerate((0.25, 0.5, 1.0), start=1):
        arms = (arm(service_folder, 1 - share), arm(folders["harmless"], share))
        worker.told(generation, *arms, salt="s", sticky_by="origin")
        origins = [f"O{index}" for index in range(24)]
        bodies = [{"rows": [{**rows(1)[0], "origin": origin}]} for origin in origins for _ in "12"]
        packages = [answer.json()["package"] for answer in worker.ask_all(bodies)]
        assert packages[::2] == packages[1::2]
        chosen = {o for o, p in zip(origins, packages[::2], strict=True) if p == arms[1].package}
        assert chosen == {origin for origin in origins if bucket("s", origin) < share}
        assert kept <= chosen
        kept = chosen
    assert len(kept) == 24


def test_a_challengers_lookups_are_its_own(
    service_folder: Path, folders: dict[str, Path], tmp_path: Path
) -> None:
    worker = beside(service_folder, folders["harmless"], tmp_path, share=1.0)
    worker.ask([{**rows(1)[0], "origin": "XXX", "lookups": None}])
    (record,) = worker.records()
    assert (record["fallback"], record["rows"][0]["missing"]) == (None, ["weather_at_origin"])
