"""Whether the graph does what the fitted steps do, on rows that they were not fitted on if there are any."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from mlcycle.kinds.packages.session import run
from mlcycle.kinds.preprocess.chain import FittedChain, without_values
from mlcycle.kinds.preprocess.inputs import Inputs
from mlcycle.task import CheckResult

#: Largest difference between the 32-bit graph and scikit-learn's 64 bits, relative where a value is above 1.
TOLERANCE = 1e-4
ROWS = 1_000


def agreement(
    fitted: Sequence[FittedChain], rows: Inputs, graph: bytes, personal: Collection[str] = ()
) -> CheckResult:
    """The check `transforms`: each column of the graph against its step's own answer for up to 1,000 rows.

    No value of a `personal` feature is in what it says.
    """
    some = _spread(rows)
    found = run(graph, len(some), some.feed)
    expected = np.concatenate([np.asarray(c.transform(some), dtype=np.float64) for c in fitted], axis=1)
    columns, shown = [name for chain in fitted for name in chain.outputs], without_values(fitted, personal)
    unlike = np.isnan(found) != np.isnan(expected)
    differences = np.nan_to_num(np.abs(found - expected) / np.maximum(1.0, np.abs(expected)), nan=0.0)
    differences[unlike] = np.inf
    worst = float(differences.max(initial=0.0))
    passed = worst <= TOLERANCE
    where = "" if passed else f", most in `{shown.of(columns[int(differences.max(axis=0).argmax())])}`"
    return CheckResult(
        name="transforms",
        verdict="pass" if passed else "fail",
        message=f"graph and fitted steps differ by at most {worst:.2g} over {len(some):,} rows{where}",
        figure=worst if np.isfinite(worst) else None,
        limit=f"max {TOLERANCE:g}",
        rows=len(some),
    )


def cross_fitted(fitted: Sequence[FittedChain], x: NDArray[np.float32]) -> None:
    """Put into the training rows' columns what steps that learn from labels made of them."""
    start = 0
    for chain in fitted:
        end = start + len(chain.outputs)
        if chain.train is not None:
            x[:, start:end] = chain.train
        start = end


def _spread(rows: Inputs) -> Inputs:
    every = slice(None, None, max(1, len(rows) // ROWS))
    return Inputs(numeric=rows.numeric[every][:ROWS], text=rows.text[every][:ROWS])
