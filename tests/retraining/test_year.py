"""What a year of chunks comes to: no false retraining, none in vain without end, and one that mends is
enough."""

from __future__ import annotations

from statistics import mean

import pytest

from tests.retraining.year import Year, live

pytestmark = pytest.mark.slow

GOOD, BEGINS = 0.69, 60


def _years(level: float, *, mended: bool) -> list[Year]:
    def true(day: int, retrained: int | None) -> float:
        well = day < BEGINS or (mended and retrained is not None and retrained >= BEGINS)
        return GOOD if well else level

    return [live(true, seed=seed) for seed in range(40)]


def test_a_quiet_year_asks_for_nothing() -> None:
    years = _years(GOOD, mended=False)
    said = f"a plain threshold asks {sum(year.threshold for year in years)} times in 40 quiet years"
    assert sum(len(year.retrained) for year in years) == 0, said


@pytest.mark.parametrize("level", [0.55, 0.58, 0.60, 0.61])
def test_where_retraining_cannot_help_it_is_left_to_a_person_after_three(level: float) -> None:
    years = _years(level, mended=False)
    plain = mean(year.threshold for year in years)
    assert [len(year.retrained) for year in years] == [3] * 40, f"a plain threshold: {plain:.0f} a year"
    assert all(year.left for year in years)
    assert plain > 200


@pytest.mark.parametrize("level", [0.55, 0.58, 0.60])
def test_a_drift_that_retraining_mends_takes_one(level: float) -> None:
    assert [len(year.retrained) for year in _years(level, mended=True)] == [1] * 40


def test_a_value_at_the_limit_itself_does_not_storm() -> None:
    """The worst place: half of the days are beyond it, and some are clear by chance."""
    years = _years(0.62, mended=False)
    assert mean(len(year.retrained) for year in years) < 4
    assert max(len(year.retrained) for year in years) <= 6
    assert mean(year.threshold for year in years) > 100


def test_a_retraining_that_always_fails_is_tried_three_times() -> None:
    year = live(lambda day, _: GOOD if day < BEGINS else 0.55, seed=1, outcome="failed")
    assert len(year.retrained) == 3
    assert year.left
