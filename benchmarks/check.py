"""How long `mlcycle check` takes: its start, with and without SQL, and a hundred specs at once.

    python benchmarks/check.py

Prints seconds of CPU and of wall clock (the least of several runs) and ratios to importing the two libraries that
any checker of YAML specs needs. Compare ratios: seconds depend on the machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
_PLAIN = """mlcycle: 1
sources:
  planes: {kind: csv, path: data/planes.csv, columns: {tail_number: {unique: true}}}
entities: {aircraft: tail_number}
feature_views:
  facts: {source: planes, entity: aircraft, columns: [seats, engines]}
"""


def seconds(command: list[str], folder: Path, repeats: int) -> tuple[float, float]:
    """The least CPU and wall seconds of `repeats` runs; the command must succeed."""
    best_cpu = best_wall = float("inf")
    for _ in range(repeats):
        before, start = os.times(), time.perf_counter()
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        wall, after = time.perf_counter() - start, os.times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        best_cpu, best_wall = min(best_cpu, cpu), min(best_wall, wall)
    return best_cpu, best_wall


def project(folder: Path, specs: int) -> Path:
    """The example project with `specs` copies of its spec, each of another name, and one without SQL."""
    (folder / "specs").mkdir(parents=True)
    (folder / "plain").mkdir()
    shutil.copytree(REPOSITORY / "data", folder / "data")
    (folder / "mlcycle.yaml").write_text("mlcycle: 1\nspecs: [specs/*.yaml]\n")
    (folder / "plain" / "planes.yaml").write_text(_PLAIN)
    text = (REPOSITORY / "specs" / "flight_delays.yaml").read_text()
    for number in range(specs):
        (folder / "specs" / f"flights_{number}.yaml").write_text(text)
    return folder


def main() -> None:
    python, check = [sys.executable, "-c"], [sys.executable, "-m", "mlcycle.cli.main", "check"]
    with tempfile.TemporaryDirectory() as scratch:
        folder = project(Path(scratch) / "project", 100)
        base_cpu, base_wall = seconds([*python, "import pydantic, yaml"], folder, 7)
        rows = [("import pydantic, yaml", base_cpu, base_wall, "")]
        for name, arguments, repeats, limit in (
            ("check, no SQL", ["plain/planes.yaml"], 7, "0.5"),
            ("check, the example (SQL)", ["specs/flights_0.yaml"], 7, "0.9"),
            ("check, 100 examples", [], 2, "3"),
        ):
            rows.append((name, *seconds([*check, *arguments], folder, repeats), limit))
    print(f"{'':<26}{'CPU s':>8}{'wall s':>8}{'ratio':>8}   limit s")
    for name, cpu, wall, limit in rows:
        print(f"{name:<26}{cpu:>8.2f}{wall:>8.2f}{cpu / base_cpu:>8.1f}   {limit}")


if __name__ == "__main__":
    main()
