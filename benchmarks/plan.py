"""How long `mlcycle plan` takes on a project that is up to date, and what a run costs that has nothing to do.

    python benchmarks/plan.py [FLIGHTS]

Runs the example once on FLIGHTS of its flights (default 20,000), which takes a minute or two, then measures.
Ratios are to `mlcycle check` of the same spec.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from timing import MLCYCLE, seconds, show

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))
_SPEC = "specs/flight_delays.yaml"


def main() -> None:
    from tests.support.project import sliced_project

    flights = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as scratch:
        folder = sliced_project(Path(scratch) / "project", flights=flights)
        first = seconds([*MLCYCLE, "run", _SPEC], folder, 1)
        rows = [("check", *seconds([*MLCYCLE, "check", _SPEC], folder, 5), "")]
        for name, command, repeats in (
            ("plan, nothing changed", ["plan", _SPEC], 5),
            ("run, nothing changed", ["run", _SPEC], 5),
            ("status", ["status"], 5),
        ):
            rows.append((name, *seconds([*MLCYCLE, *command], folder, repeats), ""))
        rows.append((f"the first run, {flights:,} flights", *first, ""))
    show(rows)


if __name__ == "__main__":
    main()
