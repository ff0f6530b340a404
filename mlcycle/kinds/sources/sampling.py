"""A sample of a table's rows: the same rows at every run, spread evenly over time."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

#: Smaller tables are kept whole: they are looked up by the large ones, and cost little.
KEPT_WHOLE = 50_000


def sampled(frame: pl.DataFrame, share: float) -> pl.DataFrame:
    """About `share` of the rows, chosen by a hash of their position."""
    if share >= 1 or frame.height < KEPT_WHOLE:
        return frame
    positions = np.arange(frame.height, dtype=np.uint64)
    return frame.filter(pl.Series(_mixed(positions) < np.uint64(share * 2.0**64)))


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finalizer of SplitMix64 (Steele, Lea and Flood, 2014): neighbours get unrelated numbers."""
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
