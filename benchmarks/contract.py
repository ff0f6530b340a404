"""How long a contract takes on a million rows, against pandera alone, and with how much memory.

    python benchmarks/contract.py [ROWS]

Ten columns, ten checks. Each line is a process of its own: the table is made, then the contract is checked
five times and the least counts. Memory is the most that the process had, the table and the libraries
included. Limits at a million rows: 2 s, 1 GiB.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

_LINES = {
    "pandera alone": "no row fails",
    "the contract": "no row fails",
    "the contract, 1% fails": "10,000 rows fail two checks each",
    "the contract, with a quarantine": "the same, set aside and written",
}


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(f"{rows:,} rows, 10 columns, 10 checks\n")
    print(f"{'':<34}{'wall s':>8}{'ratio':>8}{'MiB':>8}")
    base = None
    for name, note in _LINES.items():
        done = subprocess.run(
            [sys.executable, __file__, str(rows), name], capture_output=True, text=True, check=True
        )
        found = json.loads(done.stdout)
        base = base or found["seconds"]
        ratio = found["seconds"] / base
        print(f"{name:<34}{found['seconds']:>8.2f}{ratio:>8.1f}{found['mebibytes']:>8.0f}   {note}")


def measure(rows: int, name: str) -> dict[str, float]:
    """The least seconds of five times, and the most memory."""
    work = _works(rows)[name]
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return {"seconds": best, "mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _works(rows: int) -> dict[str, Callable[[], object]]:
    import tempfile
    from pathlib import Path

    from mlcycle.kinds.sources.contract import judge
    from mlcycle.kinds.sources.failures import Rows
    from mlcycle.kinds.sources.quarantine import separate
    from mlcycle.kinds.sources.row_checks import Around

    good, bad = _table(rows, failing=0), _table(rows, failing=rows // 100)
    config, named = _config(), Rows(key=("id",))
    folder = Path(tempfile.mkdtemp())

    def aside() -> object:
        quarantined = {**config, "quarantine": {"max_share": 0.02}}
        return separate(bad, judge(bad, quarantined, named, Around()), folder)

    return {
        "pandera alone": lambda: _pandera(good),
        "the contract": lambda: judge(good, config, named, Around()),
        "the contract, 1% fails": lambda: judge(bad, config, named, Around()),
        "the contract, with a quarantine": aside,
    }


def _table(rows: int, failing: int) -> Any:
    import numpy as np
    import polars as pl

    random = np.random.default_rng(0)
    numbers = {f"n{i}": random.normal(100, 10, rows) for i in range(5)}
    numbers["n0"][:failing] = -1e9
    texts = {f"t{i}": random.choice(["EWR", "JFK", "LGA"], rows) for i in range(3)}
    texts["t0"][:failing] = "???"
    return pl.DataFrame({"id": np.arange(rows), **numbers, **texts, "flag": random.random(rows) < 0.5})


def _checks() -> dict[str, dict[str, dict[str, Any]]]:
    inside = {"in_range": {"min_value": -1000, "max_value": 1000}}
    return {
        **{f"n{i}": inside for i in range(5)},
        "t0": {"isin": {"allowed_values": ["EWR", "JFK", "LGA"]}},
        "t1": {"str_matches": {"pattern": "^[A-Z]{3}$"}},
        "t2": {"str_length": {"min_value": 3, "max_value": 3}},
        "flag": {"isin": {"allowed_values": [True, False]}},
    }


def _config() -> dict[str, Any]:
    """Nine checks of columns, and that an id is unique."""
    columns = {
        name: {
            "nullable": False,
            "unique": False,
            "checks": {check: {"params": params, "severity": "error"} for check, params in checks.items()},
        }
        for name, checks in _checks().items()
    }
    columns["id"] = {"nullable": False, "unique": True, "checks": {}}
    return {"columns": columns, "checks": []}


def _pandera(table: Any) -> object:
    """The same contract as one would write it for pandera."""
    import pandera.polars as pa

    columns = {
        name: pa.Column(checks=[getattr(pa.Check, check)(**params) for check, params in checks.items()])
        for name, checks in _checks().items()
    }
    columns["id"] = pa.Column(unique=True)
    return pa.DataFrameSchema(columns).validate(table, lazy=True)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps(measure(int(sys.argv[1]), sys.argv[2])))
    else:
        main()
