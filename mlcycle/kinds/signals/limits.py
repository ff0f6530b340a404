"""Limits taken from the reference's own chunks, for signals whose author named none.

A figure of a chunk depends on how many rows it has, so the reference is cut into chunks of that many rows
(never more: smaller ones vary more, which errs to the side of fewer alarms). The limit is the prediction
limit of one further value of a normal sample (Hahn 1969), at a false alarm in a hundred chunks over all
columns of the signal together (Bonferroni), and never inside what the reference itself has shown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise

import numpy as np
import polars as pl
from scipy.stats import t

from mlcycle.kinds.gates.catalog import metric_info
from mlcycle.kinds.gates.metrics import figure
from mlcycle.kinds.signals.measured import judged
from mlcycle.kinds.signals.verdicts import Limits
from mlcycle.steps.manifest import Manifest

#: Fewer chunks of the reference give no limit.
LEAST_CHUNKS = 30

#: Smaller chunks than this say nothing of how chunks vary.
LEAST_ROWS = 50

#: How often a signal fails, of all chunks in which nothing has changed.
FALSE_ALARMS = 0.01

_STEP = 1.1


def chunk_rows(reference: int, rows: int) -> int | None:
    """How large the reference's chunks are for a chunk of `rows`; None where it is too small for limits.

    Sizes go in steps of a tenth, so that chunks of about one size share the work.
    """
    size = min(_rounded(rows), reference // LEAST_CHUNKS)
    return size if size >= LEAST_ROWS else None


def _rounded(rows: int) -> int:
    return math.ceil(_STEP ** math.floor(math.log(max(rows, 1), _STEP) + 1e-9))


def too_small(reference: int, rows: int) -> str:
    """Why there is no limit."""
    return (
        f"the reference has {reference:,} rows, too few for {LEAST_CHUNKS} chunks of the size of this one "
        f"({rows:,} rows): give a limit of your own"
    )


def upper(values: Sequence[float], family: int = 1) -> float:
    """The most that a further value of the same kind reaches; NaN with fewer values than LEAST_CHUNKS.

    family: how many columns are judged at once.
    """
    found = np.array(values, np.float64)
    found = found[np.isfinite(found)]
    count = len(found)
    if count < LEAST_CHUNKS:
        return math.nan
    factor = float(t.ppf(1 - FALSE_ALARMS / family, count - 1)) * math.sqrt(1 + 1 / count)
    return max(float(found.mean()) + factor * float(found.std(ddof=1)), float(found.max()))


def of_distance(values: Sequence[float], family: int = 1) -> float:
    """The most that a distance reaches in a chunk like those of the reference; `values` are of its chunks.

    Two corrections, without which there were three to five times as many false alarms as asked for: square
    roots, as distances of few categories are half-normal; and a chunk outside the reference of k chunks lies
    further from it than one inside, by sqrt((k + 1) / (k - 1)), as the latter shares its rows.
    """
    pieces = len(values)
    if pieces < LEAST_CHUNKS:
        return math.nan
    outside = math.sqrt((pieces + 1) / (pieces - 1))
    return min(1.0, upper([math.sqrt(value * outside) for value in values], family) ** 2)


def lower(values: Sequence[float]) -> float:
    """The least that a further value of the same kind reaches."""
    return -upper([-value for value in values])


#: The size of the reference's chunks to the limits of a chunk.
BySize = Callable[[int], Limits]


def of_metric(metric: str, reference: pl.DataFrame, manifest: Manifest) -> BySize:
    """The limit of a metric on the side of the worse, from the realized metric of the reference's chunks."""
    return cache(lambda size: _of_metric(metric, reference, manifest, size))


def _of_metric(metric: str, reference: pl.DataFrame, manifest: Manifest, size: int) -> Limits:
    pieces = reference.height // size
    ends = np.linspace(0, reference.height, pieces + 1).astype(int)
    parts = [reference.slice(a, b - a) for a, b in pairwise(ends)]
    values = [figure(metric, judged(part, manifest)) for part in parts]
    info = metric_info(metric)
    greater = info is not None and info.greater_is_better
    return {"min": lower(values)} if greater else {"max": upper(values)}
