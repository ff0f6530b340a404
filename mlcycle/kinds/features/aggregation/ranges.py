"""Reductions over many overlapping ranges of one array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt


def reduce_ranges(
    values: npt.NDArray[Any],
    low: npt.NDArray[np.int64],
    high: npt.NDArray[np.int64],
    combine: Callable[[npt.NDArray[Any], npt.NDArray[Any]], npt.NDArray[Any]],
    identity: Any,
) -> npt.NDArray[Any]:
    """`combine` over `values[low[i]:high[i]]` for every i; `identity` for an empty range.

    A value may be a row of numbers, `values` [N, k], if `combine` takes such rows, the earlier ones first.

    Each range is cut into pieces of 1, 2, 4... values from its start on, and the figures of all pieces of a
    size are made from those of half the size: n log n work for any overlap. A result depends on the values in
    its range alone, to the last bit; a running sum, by contrast, remembers what has left its window.
    """
    result = np.full((len(low), *values.shape[1:]), identity, dtype=values.dtype)
    start, length = low.copy(), high - low
    longest = int(length.max(initial=0))
    pieces, size = values, 1
    while size <= longest:
        chosen = np.flatnonzero(length & size)
        result[chosen] = combine(result[chosen], pieces[start[chosen]])
        start[chosen] += size
        pieces = combine(pieces[:-size], pieces[size:])
        size *= 2
    return result
