from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mlcycle.kinds.gates.catalog import BINARY, FAIRNESS_METRICS
from mlcycle.kinds.gates.fairness.groups import FIGURES, counted
from mlcycle.kinds.gates.fairness.work import judge
from mlcycle.kinds.gates.scores import Scores

pytestmark = pytest.mark.slow


def scores(rows: int = 3_000, bias: float = 0.0, **groups: Any) -> Scores:
    source = np.random.default_rng(0)
    labels = (source.random(rows) < 0.4).astype(np.float64)
    origin = source.choice(np.array(["EWR", "JFK", "LGA"], dtype=object), size=rows)
    raw = 0.3 * labels + 0.7 * source.random(rows) + bias * (origin == "JFK")
    return Scores(
        task=BINARY, classes=2, threshold=0.5, labels=labels, scores=raw, groups={"origin": origin, **groups}
    )


def brute_force(metric: str, given: Scores, names: list[str]) -> float:
    """Rates of each group by counting rows, compared as fairlearn's documentation defines the metrics."""
    selected, hits, alarms = [], [], []
    for name in names:
        mine = given.groups["origin"] == name
        decided = given.scores[mine] >= given.threshold
        positive = given.labels[mine] == 1
        selected.append(decided.mean())
        hits.append(decided[positive].mean())
        alarms.append(decided[~positive].mean())
    if metric == "demographic_parity_difference":
        return float(max(selected) - min(selected))
    if metric == "demographic_parity_ratio":
        return float(min(selected) / max(selected))
    return float(max(max(hits) - min(hits), max(alarms) - min(alarms)))


def test_the_catalogue_lists_what_is_implemented() -> None:
    assert {info.name for info in FAIRNESS_METRICS} == set(FIGURES)


@pytest.mark.parametrize("metric", sorted(FIGURES))
@pytest.mark.parametrize("bias", [0.0, 0.2])
def test_figures_are_those_of_brute_force(metric: str, bias: float) -> None:
    given = scores(bias=bias)
    found = judge({"metric": metric, "by": ["origin"], "min_rows": 10}, given)
    assert found.figure == pytest.approx(brute_force(metric, given, ["EWR", "JFK", "LGA"]))
    assert (found.low or 0) <= (found.figure or 0) <= (found.high or 0)


def test_an_unfair_model_fails_and_its_rates_are_shown() -> None:
    config = {"metric": "equalized_odds_difference", "by": ["origin"], "max": 0.15, "min_rows": 10}
    found = judge(config, scores(bias=0.3))
    assert found.verdict == "fail"
    assert found.table is not None
    assert [row[0] for row in found.table.rows] == ["EWR", "JFK", "LGA"]
    assert sum(row[1] for row in found.table.rows) == 3_000


def test_small_groups_are_left_out_and_named() -> None:
    given = scores()
    origin = given.groups["origin"].copy()
    origin[:8] = "SWF"
    small = scores(origin=origin)
    config = {"metric": "demographic_parity_difference", "by": ["origin"], "max": 0.2, "min_rows": 100}
    found = judge(config, small)
    assert found.message.endswith("over 3 groups; left out as too small: SWF")
    assert found.rows == 2_992
    expected = brute_force("demographic_parity_difference", small, ["EWR", "JFK", "LGA"])
    assert found.figure == pytest.approx(expected)


def test_fewer_than_two_groups_are_inconclusive() -> None:
    config = {"metric": "demographic_parity_difference", "by": ["origin"], "max": 0.2, "min_rows": 5_000}
    found = judge(config, scores())
    assert (found.verdict, found.figure) == ("inconclusive", None)
    assert found.message.startswith("0 of 3 groups have enough rows")


def test_a_group_without_positives_is_inconclusive() -> None:
    given = scores()
    given.labels[given.groups["origin"] == "JFK"] = 0
    found = judge(
        {"metric": "equalized_odds_difference", "by": ["origin"], "max": 0.2, "min_rows": 10}, given
    )
    assert (found.verdict, found.figure) == ("inconclusive", None)


def test_two_columns_make_groups_together_and_missing_is_a_group() -> None:
    part = np.array(["", "am", "pm"] * 1_000, dtype=object)
    names = [group.name for group in counted(scores(part=part), ["origin", "part"])]
    assert len(names) == 9
    assert names[0] == "EWR, (missing)"


def test_the_interval_agrees_with_drawing_rows_again() -> None:
    given = scores(bias=0.1)
    source = np.random.default_rng(2)
    drawn = []
    for _ in range(400):
        rows = source.integers(0, given.rows, given.rows)
        again = Scores(
            task=BINARY,
            classes=2,
            threshold=0.5,
            labels=given.labels[rows],
            scores=given.scores[rows],
            groups={"origin": given.groups["origin"][rows]},
        )
        drawn.append(brute_force("demographic_parity_difference", again, ["EWR", "JFK", "LGA"]))
    found = judge({"metric": "demographic_parity_difference", "by": ["origin"], "min_rows": 10}, given)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])), abs=0.01)


def test_a_group_of_exactly_the_least_rows_counts() -> None:
    given = scores()
    least = min(group.rows for group in counted(given, ["origin"]))
    config = {"metric": "demographic_parity_difference", "by": ["origin"], "min_rows": least}
    assert judge(config, given).message.endswith("over 3 groups")
    assert "left out" in judge({**config, "min_rows": least + 1}, given).message
