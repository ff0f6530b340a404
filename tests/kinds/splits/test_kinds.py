"""Splits by label, by group, by hash, by a column: shares, what stays together, what stays."""

from __future__ import annotations

import hashlib
from typing import Any

import polars as pl
import pytest

from mlcycle.kinds.splits.column import work as column
from mlcycle.kinds.splits.group import work as group
from mlcycle.kinds.splits.hash import work as hashed
from mlcycle.kinds.splits.stratified import work as stratified

SHARES: dict[str, Any] = {"train": 0.7, "validation": 0.1, "test": 0.2, "seed": 3}


def dataset(count: int, **columns: list[Any]) -> pl.DataFrame:
    return pl.DataFrame({"key.id": [f"row-{i}" for i in range(count)], **columns})


def customers(count: int) -> pl.DataFrame:
    """A few customers have many rows; one in fifty rows has none."""
    named = [None if i % 50 == 0 else f"c{(i * i) % 997 % (1 + i % 90)}" for i in range(count)]
    return dataset(count, **{"by.customer": named})


def shares_of(sides: pl.Series) -> dict[str, float]:
    return {side: count / len(sides) for side, count in sides.value_counts().iter_rows()}


@pytest.mark.parametrize("work", [group, hashed])
def test_a_group_is_on_one_side(work: Any) -> None:
    frame = customers(5_000)
    sides = work.assign(frame, {**SHARES, "by": ["customer"]})
    each = frame.with_columns(sides).group_by("by.customer").agg(pl.col("side").n_unique())
    assert each["side"].max() == 1
    assert each.height > 20
    assert sides.null_count() == 0


def test_groups_fill_sides_to_their_shares_of_rows() -> None:
    sides = group.assign(
        dataset(6_000, **{"by.customer": [i % 600 for i in range(6_000)]}), {**SHARES, "by": ["customer"]}
    )
    assert shares_of(sides) == pytest.approx({"train": 0.7, "validation": 0.1, "test": 0.2}, abs=0.002)


def test_a_group_falls_where_its_middle_row_does() -> None:
    sides = group.assign(
        dataset(50, **{"by.customer": [i % 10 for i in range(50)]}), {**SHARES, "by": ["customer"]}
    )
    assert dict(sides.value_counts().iter_rows()) == {"train": 35, "validation": 5, "test": 10}


def test_a_hashed_value_keeps_its_side_as_data_grows_and_is_shuffled() -> None:
    config = {**SHARES, "by": ["customer"]}
    small, large = customers(500), customers(5_000).sample(fraction=1.0, shuffle=True, seed=1)
    before = dict(zip(small["by.customer"], hashed.assign(small, config), strict=True))
    after = dict(zip(large["by.customer"], hashed.assign(large, config), strict=True))
    assert before == {name: after[name] for name in before}
    assert set(before.values()) == {"train", "validation", "test"}


def test_the_hash_is_the_documented_one() -> None:
    digest = hashlib.blake2b(b"3:c17", digest_size=8, salt=(3).to_bytes(8, "big", signed=True)).digest()
    point = int.from_bytes(digest, "big") / 2**64
    found = hashed.assign(dataset(1, **{"by.customer": ["c17"]}), {**SHARES, "by": ["customer"]})
    assert found.to_list() == ["train" if point < 0.7 else "validation" if point < 0.8 else "test"]


def test_every_class_has_its_shares() -> None:
    """One in a hundred rows is true: a random split of 1,000 leaves about 1 to validate."""
    frame = dataset(1_000, label=[float(i % 100 == 0) for i in range(1_000)])
    sides = stratified.assign(frame, {**SHARES, "bins": 10})
    counts = frame.with_columns(sides).group_by("label", "side").len()
    assert sorted(counts.filter(pl.col("label") == 1)["len"]) == [1, 2, 7]
    assert sorted(counts.filter(pl.col("label") == 0)["len"]) == [99, 198, 693]


def test_every_part_of_a_number_has_its_shares() -> None:
    frame = dataset(1_000, label=[float(i * i) for i in range(1_000)])
    sides = stratified.assign(frame, {**SHARES, "bins": 10})
    tenth = frame.with_columns(sides).filter(pl.col("label") >= 900.0**2)
    assert shares_of(tenth["side"]) == {"train": 0.7, "validation": 0.1, "test": 0.2}
    by = stratified.assign(frame.with_columns(pl.lit("x").alias("by.a")), {**SHARES, "bins": 10, "by": ["a"]})
    assert shares_of(by) == {"train": 0.7, "validation": 0.1, "test": 0.2}
    assert by.to_list() != sides.to_list()


@pytest.mark.parametrize(
    ("values", "config", "sides"),
    [
        (["a", "b", "c", "d", None], {"train": ["a", "b"], "validation": [], "test": ["c"]}, "ttexx"),
        ([1, 2, 3, 4, None], {"train": ["1", "2"], "validation": ["4"], "test": ["3"]}, "ttevx"),
        ([True, False, None], {"train": ["true"], "validation": [], "test": ["false"]}, "tex"),
    ],
)
def test_the_data_says_which_side(values: list[Any], config: dict[str, Any], sides: str) -> None:
    names = {"t": "train", "v": "validation", "e": "test", "x": "unused"}
    found = column.assign(dataset(len(values), **{"by.fold": values}), {"column": "fold", **config})
    assert found.to_list() == [names[letter] for letter in sides]
