from __future__ import annotations

import hashlib

import polars as pl
import pytest

from mlcycle.kinds.splits.points import points
from mlcycle.kinds.splits.random.work import assign

SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2, "seed": 3}


def dataset(count: int) -> pl.DataFrame:
    numbers = range(count)
    return pl.DataFrame({"key.id": [f"row-{i}" for i in numbers], "key.part": [i % 7 for i in numbers]})


def test_shares_are_kept() -> None:
    counts = dict(assign(dataset(20_000), SHARES).value_counts().iter_rows())
    assert counts["train"] == pytest.approx(14_000, abs=260)  # four standard deviations
    assert counts["validation"] == pytest.approx(2_000, abs=170)
    assert counts["test"] == pytest.approx(4_000, abs=230)


def test_a_row_keeps_its_side_when_the_data_grows_and_is_shuffled() -> None:
    small, large = dataset(500), dataset(5_000).sample(fraction=1.0, shuffle=True, seed=1)
    before = dict(zip(small["key.id"], assign(small, SHARES), strict=True))
    after = dict(zip(large["key.id"], assign(large, SHARES), strict=True))
    assert before == {key: after[key] for key in before}


def test_the_hash_is_the_documented_one() -> None:
    keys = pl.DataFrame({"a": ["EWR1", None], "b": [None, "x"]})
    expected = []
    for text in (b"4:EWR1,-:", b"-:,1:x"):
        digest = hashlib.blake2b(text, digest_size=8, salt=(5).to_bytes(8, "big", signed=True)).digest()
        expected.append(int.from_bytes(digest, "big") / 2**64)
    assert points(keys, 5).tolist() == expected


def test_another_seed_gives_another_split() -> None:
    frame = dataset(200)
    assert assign(frame, SHARES).to_list() != assign(frame, {**SHARES, "seed": 4}).to_list()


def test_keys_that_join_to_the_same_text_are_told_apart() -> None:
    keys = pl.DataFrame({"a": ["x,1:y", "x"], "b": ["z", "y,1:z"]})
    first, second = points(keys, 0)
    assert first != second


def test_without_a_key_rows_with_the_same_inputs_share_a_side() -> None:
    numbers = [i % 1000 for i in range(3000)]
    frame = pl.DataFrame({"request.seats": numbers, "label": range(3000)})
    sides = frame.with_columns(side=assign(frame, SHARES))
    assert dict(sides["side"].value_counts().iter_rows())["train"] == pytest.approx(2100, abs=180)
    assert sides.group_by("request.seats").agg(pl.col("side").n_unique())["side"].max() == 1
