"""Nothing unknown passes: no figure, no limit, too few rows, nothing to compare with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from mlcycle.kinds.signals.data_drift.work import measure
from mlcycle.kinds.signals.measured import Chunk, Reference
from mlcycle.kinds.signals.realized_performance.work import measure as realized
from mlcycle.kinds.signals.verdicts import check
from mlcycle.ports import CannotMeasure, Series
from tests.support.packages import parsed_manifest

NOW = datetime(2013, 12, 1, tzinfo=UTC)
CONFIG = {"method": "jensen_shannon", "min_rows": 100, "columns": ["schedule.distance"]}
NAN = math.nan


class Fixed:
    """Gives the figures of the test, whatever it is asked; those of missing values are 0."""

    def __init__(self, chunk: float, reference: Sequence[float] = ()) -> None:
        self.series = Series(reference=tuple(reference), chunks=(chunk,))

    def drift(self, reference: pl.DataFrame, chunks: Any, **asked: Any) -> Mapping[str, Series]:
        none = Series(reference=tuple(0.0 for _ in self.series.reference), chunks=(0.0,))
        return {name: none if name.startswith("missing:") else self.series for name in reference.columns}

    def estimate(self, *frames: Any, **asked: Any) -> Series:
        raise CannotMeasure("not asked for here")


def rows(count: int, **columns: Any) -> pl.DataFrame:
    return pl.DataFrame({"schedule.distance": [float(i) for i in range(count)], **columns})


def verdict(port: Fixed, count: int = 200, reference: int | None = 60_000, **config: Any) -> str:
    chunk = Chunk(start=NOW, end=NOW, rows=rows(count), requests=pl.DataFrame())
    known = None if reference is None else rows(reference)
    found = measure({**CONFIG, **config}, [chunk], Reference(manifest=parsed_manifest(), rows=known), port)
    ((one,),) = found
    assert one.name == "data_drift.schedule.distance"
    return one.verdict


@pytest.mark.parametrize(
    ("figure", "limits", "expected"),
    [
        (0.05, {"max": 0.1}, "pass"),
        (0.1, {"max": 0.1}, "pass"),
        (0.11, {"max": 0.1}, "fail"),
        (0.6, {"min": 0.62}, "fail"),
        (0.7, {"min": 0.6, "max": 0.65}, "fail"),
        (NAN, {"max": 0.1}, "inconclusive"),
        (0.05, {"max": NAN}, "inconclusive"),
        (0.05, {}, "inconclusive"),
    ],
)
def test_a_pass_needs_a_figure_and_a_limit(figure: float, limits: dict[str, float], expected: str) -> None:
    assert check("x", figure, limits, "", rows=1).verdict == expected


def test_an_authors_limit_holds_as_it_is() -> None:
    assert verdict(Fixed(0.2), max=0.3) == "pass"
    assert verdict(Fixed(0.4), max=0.3) == "fail"


def test_a_limit_comes_from_the_reference_and_needs_thirty_chunks() -> None:
    assert verdict(Fixed(0.1, [0.1, 0.12] * 20)) == "pass"
    assert verdict(Fixed(0.4, [0.1, 0.12] * 20)) == "fail"
    assert verdict(Fixed(0.1, [0.1] * 29)) == "inconclusive"
    assert verdict(Fixed(0.1, [0.1] * 40), reference=1_000) == "inconclusive"


def test_few_rows_and_no_reference_are_inconclusive_even_within_the_limit() -> None:
    assert verdict(Fixed(0.0), count=99, max=0.5) == "inconclusive"
    assert verdict(Fixed(0.0), reference=None, max=0.5) == "inconclusive"


def test_a_redacted_feature_is_not_applicable() -> None:
    chunk = Chunk(start=NOW, end=NOW, rows=pl.DataFrame({"other": [1.0] * 200}), requests=pl.DataFrame())
    reference = Reference(manifest=parsed_manifest(), rows=rows(60_000))
    ((one,),) = measure({**CONFIG, "max": 0.5}, [chunk], reference, Fixed(0.0))
    assert (one.verdict, one.name) == ("not_applicable", "data_drift.schedule.distance")


def test_labels_that_are_not_known_are_no_performance() -> None:
    labels = [1.0, 0.0] * 40 + [None] * 120
    frame = rows(200, score=[0.9, 0.1] * 100, label=labels)
    chunk = Chunk(start=NOW, end=NOW, rows=frame, requests=pl.DataFrame())
    reference = Reference(manifest=parsed_manifest(), rows=None)
    config = {"metric": "accuracy", "min": 0.5}
    ((few,),) = realized({**config, "min_rows": 100}, [chunk], reference, Fixed(0.0))
    ((enough,),) = realized({**config, "min_rows": 80}, [chunk], reference, Fixed(0.0))
    assert (few.verdict, few.rows) == ("inconclusive", 80)
    assert (enough.verdict, enough.figure, enough.rows) == ("pass", 1.0, 80)
