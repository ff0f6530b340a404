"""The mean over folds: its interval, and when nothing can be said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mlcycle.kinds.gates.folds import Folds, read_folds
from mlcycle.kinds.gates.metric.work import judge
from tests.kinds.gates.test_judges import scores

pytestmark = pytest.mark.slow

FOLDS = Folds(
    figures={"roc_auc": [0.70, 0.72, 0.74], "precision": [0.5, None, 0.5]},
    learned=(80,) * 3,
    held_out=(40,) * 3,
)


def test_the_interval_is_that_of_nadeau_and_bengio() -> None:
    """s is 0.02, t of two degrees of freedom 4.3027 at 95%, and n2/n1 a half: 4.3027 * 0.02 * sqrt(5/6)."""
    found = FOLDS.mean("roc_auc", 0.95)
    assert (found.figure, found.low, found.high) == pytest.approx(
        (0.72, 0.72 - 0.078556, 0.72 + 0.078556), abs=1e-6
    )


def test_what_one_fold_cannot_say_is_unknown() -> None:
    assert not FOLDS.mean("precision", 0.95).known
    assert not FOLDS.mean("f1", 0.95).known


@pytest.mark.parametrize(
    ("config", "verdict"),
    [
        ({"metric": "roc_auc", "min": 0.71}, "pass"),
        ({"metric": "roc_auc", "min": 0.73}, "fail"),
        ({"metric": "roc_auc", "min": 0.71, "confidence": 0.95}, "inconclusive"),
        ({"metric": "roc_auc", "min": 0.64, "confidence": 0.95}, "pass"),
        ({"metric": "precision", "min": 0.1}, "inconclusive"),
        ({"metric": "precision"}, "inconclusive"),
        ({"metric": "roc_auc"}, "pass"),
    ],
)
def test_a_gate_judges_the_mean(config: dict[str, object], verdict: str) -> None:
    found = judge({**config, "on": "folds"}, replace(scores(100), folds=FOLDS))
    assert (found.verdict, found.rows) == (verdict, 120)
    assert judge({**config, "on": "folds"}, scores(100)).verdict == "inconclusive"


def test_a_training_without_folds_has_none() -> None:
    assert read_folds({"metrics": {}}) is None
