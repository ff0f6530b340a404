"""What every tracker of experiments keeps to: for the suite of whoever writes an adapter.

Each contract takes a tracker and a folder for files of its own; see `feature_store` for how to run them. The
port only writes, so what a run shows afterwards is for the adapter's own tests. It raises AssertionError.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mlcycle.ports import Tracker

Contract = Callable[[Tracker, Path], None]


def gives_each_training_a_run_of_its_own(tracker: Tracker, folder: Path) -> None:
    """Also the same training once more, and with everything that a run may hold."""
    file = folder / "training.json"
    file.write_text("{}")
    long = {"validation.logloss": [1 / (round + 1) for round in range(2_300)]}
    runs = [
        _log(tracker),
        _log(tracker),
        _log(tracker, experiment="contract.another"),
        _log(tracker, params={"none": None, "long": "x" * 10_000, "é": [1, {"a": True}]}, history=long),
        _log(tracker, tags={"quote": "it's", "empty": ""}, artifacts=[file]),
    ]
    assert all(runs)
    assert len(set(runs)) == len(runs)


def adds_evaluations_to_a_training(tracker: Tracker, folder: Path) -> None:
    """The same once more too: a run that was cut off evaluates again."""
    run = _log(tracker)
    plot = folder / "roc.png"
    plot.write_bytes(b"png")
    for figure in (0.69, 0.69, 0.7):
        tracker.log_evaluation(run, {"test.roc_auc": figure}, [plot])


def leaves_a_run_that_is_gone_alone(tracker: Tracker, folder: Path) -> None:
    """An evaluation whose training's run was deleted by hand is no error."""
    tracker.log_evaluation("0" * 32, {"test.roc_auc": 0.69}, [])


def does_not_pass_over_a_file_that_is_not_there(tracker: Tracker, folder: Path) -> None:
    """It raises OSError, and can log the next run."""
    try:
        _log(tracker, artifacts=[folder / "nowhere"])
    except OSError:
        assert _log(tracker)
        return
    raise AssertionError("a file that is not there was passed over")


CONTRACTS: tuple[Contract, ...] = (
    gives_each_training_a_run_of_its_own,
    adds_evaluations_to_a_training,
    leaves_a_run_that_is_gone_alone,
    does_not_pass_over_a_file_that_is_not_there,
)


def _log(tracker: Tracker, **changed: Any) -> str:
    given: dict[str, Any] = {
        "experiment": "contract",
        "run_name": "late",
        "tags": {"mlcycle.dataset": "d1"},
        "params": {"eta": 0.1},
        "metrics": {"validation.roc_auc": 0.7},
        "history": {"validation.logloss": [0.5, 0.4, 0.45]},
        "artifacts": [],
    }
    return tracker.log_training(**{**given, **changed})
