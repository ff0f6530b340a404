"""The request-time program: features computed from a row itself, by the same code in training and serving.

Columns are as `mlcycle.steps.expression` has them: float64 with NaN for int64, float64 and bool, object
arrays of str or None for strings, datetime64[us] in UTC with NaT for timestamps and dates; all of one length.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcycle.steps.expression import Columns, Evaluate, compile_tree, full


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One computed column. `dtype` is its declared one; `evaluate` its compiled expression."""

    output: str
    dtype: str
    evaluate: Evaluate = field(compare=False, repr=False)


def parse_program(program: Iterable[Mapping[str, Any]]) -> tuple[Entry, ...]:
    """Compile a program as the manifest has it; do this once, not at each request.

    Raises ValueError for a function that needs to be resolved first (`is_holiday`) or is not known.
    """
    return tuple(
        Entry(output=entry["output"], dtype=entry["dtype"], evaluate=compile_tree(entry["expression"]))
        for entry in program
    )


def run_program(program: Iterable[Entry], columns: Columns) -> dict[str, NDArray[Any]]:
    """The columns that `program` adds to `columns`, in its order; each entry sees those before it."""
    added: dict[str, NDArray[Any]] = {}
    known = dict(columns)
    with np.errstate(all="ignore"):
        for entry in program:
            known[entry.output] = added[entry.output] = full(entry.evaluate(known), columns)
    return added
