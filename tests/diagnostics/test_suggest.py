"""Did you mean: slips are found, other words are not."""

from __future__ import annotations

import pytest

from mlcycle.diagnostics.suggest import did_you_mean, nearest

NAMES = ("parquet", "csv", "freshness", "path")


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("parqet", "parquet"),
        ("CSV", "csv"),
        ("freshnes", "freshness"),
        ("pth", "path"),
        ("zzz", None),
        ("", None),
        ("p" * 10_000, None),
    ],
)
def test_nearest(word: str, name: str | None) -> None:
    assert nearest(word, NAMES) == name


def test_without_a_near_name_the_names_are_listed() -> None:
    assert did_you_mean("zzz", NAMES) == "there are `csv`, `freshness`, `parquet`, `path`"
    assert did_you_mean("zzz", ["only"]) == "there is `only`"
    assert did_you_mean("zzz", []) is None
    many = did_you_mean("zzz", [f"n{number:02}" for number in range(20)])
    assert many is not None
    assert many.endswith("`n11` and 8 more")
