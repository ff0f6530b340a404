"""Timing commands of the command line; shared by the benchmarks."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

MLCYCLE = (sys.executable, "-m", "mlcycle.cli.main")


def seconds(command: Sequence[str], folder: Path, repeats: int) -> tuple[float, float]:
    """The least CPU and wall seconds of `repeats` runs; the command must succeed."""
    best_cpu = best_wall = float("inf")
    for _ in range(repeats):
        before, start = os.times(), time.perf_counter()
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        wall, after = time.perf_counter() - start, os.times()
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        best_cpu, best_wall = min(best_cpu, cpu), min(best_wall, wall)
    return best_cpu, best_wall


def show(rows: Sequence[tuple[str, float, float, str]]) -> None:
    """A table of (name, CPU seconds, wall seconds, limit); ratios are to the first row's CPU."""
    base = rows[0][1]
    print(f"{'':<34}{'CPU s':>8}{'wall s':>8}{'ratio':>8}   limit")
    for name, cpu, wall, limit in rows:
        print(f"{name:<34}{cpu:>8.2f}{wall:>8.2f}{cpu / base:>8.1f}   {limit}".rstrip())
