"""Running one of the graphs that training makes, a slice of rows at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

_SLICE = 16_384

Feed = Callable[[int, int], dict[str, NDArray[Any]]]


def session(graph: bytes, threads: int = 1) -> onnxruntime.InferenceSession:
    """A session on the CPU that logs errors only."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def run(graph: bytes, rows: int, feed: Feed) -> NDArray[np.float32]:
    """The first output of `graph` for rows 0 to `rows`; `feed(start, stop)` gives the inputs of a slice."""
    loaded = session(graph)
    parts = [
        loaded.run(None, feed(start, min(start + _SLICE, rows)))[0]
        for start in range(0, max(rows, 1), _SLICE)
    ]
    return np.concatenate(parts).astype(np.float32, copy=False)
