from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from mlcycle.kinds.services.asking import batches
from mlcycle.kinds.services.parity import Answered, judge

FRAME = pl.DataFrame({"key.flight_id": ["a", "b", "c"], "request.x": [1, 2, 3]})
EXPECTED = np.array([0.1, 0.5, 0.9])


def answered(*scores: float, refused: dict[int, str] | None = None) -> Answered:
    return Answered(scores=np.array(scores), refused=refused or {})


def test_equal_scores_pass() -> None:
    check = judge(FRAME, EXPECTED, answered(0.1, 0.5 + 9e-6, 0.9), 1e-5)
    assert check.verdict == "pass"
    assert check.figure == pytest.approx(9e-6)
    assert (check.rows, check.limit, check.table) == (3, "<= 1e-05", None)


def test_a_difference_fails_and_shows_the_row() -> None:
    check = judge(FRAME, EXPECTED, answered(0.1, 0.6, 0.9), 1e-5)
    assert check.verdict == "fail"
    assert check.table is not None
    assert check.table.columns == ("flight_id", "training", "service", "refused because")
    assert check.table.rows == (("b", "0.5", "0.6", ""),)


def test_a_refused_row_fails_even_if_all_others_agree() -> None:
    check = judge(FRAME, EXPECTED, answered(0.1, 0.5, np.nan, refused={2: "400 no"}), 1e-5)
    assert check.verdict == "fail"
    assert check.figure == 0.0
    assert check.table is not None
    assert check.table.rows == (("c", "0.9", "nan", "400 no"),)


def test_no_answer_at_all_fails() -> None:
    check = judge(FRAME, EXPECTED, answered(np.nan, np.nan, np.nan), 1e-5)
    assert check.verdict == "fail"
    assert check.figure is None


def test_batches_cover_every_row_once_and_mix_sizes() -> None:
    found = batches([500] * 1000, max_rows=1000, max_bytes=262_144)
    assert [index for part in found for index in part] == list(range(1000))
    assert {len(part) for part in found[:-1]} == {1, 50}


def test_batches_keep_within_the_limits() -> None:
    assert max(len(part) for part in batches([500] * 100, max_rows=7, max_bytes=262_144)) == 7
    assert max(len(part) for part in batches([500] * 100, max_rows=1000, max_bytes=2600)) == 5
    assert [len(part) for part in batches([5000] * 3, max_rows=50, max_bytes=100)] == [1, 1, 1]


def test_a_key_that_is_personal_is_in_no_table() -> None:
    check = judge(FRAME, EXPECTED, answered(0.1, 0.6, 0.9), 1e-5, ["flight_id"])
    assert check.table is not None
    assert (check.table.columns, check.table.rows) == (
        ("training", "service", "refused because"),
        (("0.5", "0.6", ""),),
    )
