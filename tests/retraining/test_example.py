"""The worked example of docs/retraining.md is what happens."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from mlcycle.retraining.machine import Ended, Looked, advance
from mlcycle.retraining.state import State
from tests.retraining.year import POLICY, START, observed

_ROW = re.compile(r"^\| (\d+) \| ([\d.]+|none) \| [^|]* \| (\d+) \| ([^|]*)\|$", re.MULTILINE)


def test_the_example(repository: Path) -> None:
    days = _ROW.findall((repository / "docs/retraining.md").read_text(encoding="utf-8"))
    assert len(days) == 19
    state = State(retraining="p/r")
    for day, value, count, said in days:
        before, now = state, START + timedelta(days=int(day) + 1)
        seen = observed(int(day), None if value == "none" else float(value))
        state, firing = advance(state, Looked(now=now, seen={"performance": (seen,)}), POLICY)
        counted = state.counted("performance")
        assert (day, counted.count) == (day, int(count))
        assert (day, firing is not None) == (day, "it fires" in said)
        assert (day, state.strikes > before.strikes) == (day, "strike 1" in said)
        assert (day, before.strikes > 0 and state.strikes == 0) == (day, "no strikes" in said)
        assert (day, counted.armed and not before.counted("performance").armed) == (
            day,
            "armed again" in said,
        )
        if firing is not None:
            ended = Ended(now=now + timedelta(hours=1), id=firing.id, outcome="succeeded")
            state = advance(state, ended, POLICY)[0]
