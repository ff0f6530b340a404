from __future__ import annotations

from pathlib import Path

import pytest

from mlcycle.kinds.gates.evidence import overall, verify, write
from mlcycle.task import CheckResult, Table, WorkError

pytestmark = pytest.mark.slow

PACKAGE = "a" * 64
TABLE = Table(title="Groups", columns=("origin", "rows"), rows=(("EWR", 10), ("JFK", None)))
GOOD = CheckResult(
    name="gate.0.metric", verdict="pass", figure=0.7, low=0.6, high=0.8, limit="min 0.6", rows=9
)
WARNS = CheckResult(name="gate.1.fairness", verdict="fail", severity="warn", table=TABLE)
BAD = CheckResult(name="gate.2.metric", verdict="fail", message="f1 0.1 on 9 test rows")
THIN = CheckResult(name="gate.3.metric", verdict="inconclusive", message="f1 cannot be computed")
NONE = CheckResult(name="gate.4.champion", verdict="not_applicable")


def written(folder: Path, *gates: CheckResult) -> str:
    return write(
        folder, package_digest=PACKAGE, dataset_version="d", champion=None, gates=gates, metrics={"f1": 0.5}
    )


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    digest = written(tmp_path, GOOD, WARNS, NONE)
    found = verify(tmp_path, package_digest=PACKAGE, evidence_digest=digest)
    assert found.gates == (GOOD, WARNS, NONE)
    assert (found.verdict, found.digest, found.champion) == ("pass", digest, None)


@pytest.mark.parametrize("gate", [BAD, THIN])
def test_a_gate_that_has_not_passed_is_refused(tmp_path: Path, gate: CheckResult) -> None:
    digest = written(tmp_path, GOOD, gate)
    with pytest.raises(WorkError, match=f"{gate.name} is {gate.verdict}: {gate.message}") as error:
        verify(tmp_path, package_digest=PACKAGE, evidence_digest=digest)
    assert (error.value.code, error.value.step) == ("MLC522", gate.name)


def test_an_edited_file_is_refused(tmp_path: Path) -> None:
    digest = written(tmp_path, BAD)
    file = tmp_path / "evidence.json"
    file.write_text(file.read_text().replace('"fail"', '"pass"'))
    with pytest.raises(WorkError, match="not the file that the evaluation wrote") as error:
        verify(tmp_path, package_digest=PACKAGE, evidence_digest=digest)
    assert error.value.code == "MLC520"


def test_a_missing_file_and_a_link_are_refused(tmp_path: Path) -> None:
    digest = written(tmp_path, GOOD)
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(WorkError, match="not the file"):
        verify(tmp_path / "elsewhere", package_digest=PACKAGE, evidence_digest=digest)
    (tmp_path / "elsewhere" / "evidence.json").symlink_to(tmp_path / "evidence.json")
    with pytest.raises(WorkError, match="not the file"):
        verify(tmp_path / "elsewhere", package_digest=PACKAGE, evidence_digest=digest)


def test_evidence_of_another_package_is_refused(tmp_path: Path) -> None:
    digest = written(tmp_path, GOOD)
    with pytest.raises(WorkError, match="judges package aaaaaaaaaaaa, not bbbbbbbbbbbb") as error:
        verify(tmp_path, package_digest="b" * 64, evidence_digest=digest)
    assert error.value.code == "MLC521"


@pytest.mark.parametrize(
    ("gates", "expected"),
    [
        ((GOOD, WARNS), "pass"),
        ((GOOD, THIN), "inconclusive"),
        ((THIN, BAD), "fail"),
        ((NONE,), "not_applicable"),
        ((NONE, GOOD), "pass"),
        ((), "not_applicable"),
    ],
)
def test_the_worst_verdict_that_counts(gates: tuple[CheckResult, ...], expected: str) -> None:
    assert overall(gates) == expected
