"""A small copy of the example project in a folder of a test's own."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import polars as pl

_REPOSITORY = Path(__file__).resolve().parent.parent.parent


def sliced_project(
    target: Path, *, flights: int = 20_000, spec: str = "flight_delays.yaml", served: bool = False
) -> Path:
    """Copy the example project into `target` with every n-th flight and the weather; returns `target`.

    The slice keeps the whole year, so that time splits, windows and gates mean what they mean in full.
    served: whether to leave out the model that no service serves.
    """
    (target / "data").mkdir(parents=True)
    (target / "specs").mkdir()
    shutil.copy(_REPOSITORY / "mlcycle.yaml", target)
    shutil.copy(_REPOSITORY / "specs" / spec, target / "specs")
    if served:
        text = (target / "specs" / spec).read_text()
        shorter, removed = re.subn(r"(?ms)^  arrival_delay:\n.*?(?=^services:)", "", text)
        assert removed == 1
        (target / "specs" / spec).write_text(shorter)
    table = pl.read_parquet(_REPOSITORY / "data" / "flights.parquet")
    table.gather_every(max(1, table.height // flights)).write_parquet(target / "data" / "flights.parquet")
    for name in ("weather.parquet", "planes.csv"):
        shutil.copy(_REPOSITORY / "data" / name, target / "data")
    return target
