"""NannyML itself: imported late, without what it would read from files or report, and cut as we cut."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from mlcycle.telemetry import silence

#: python-dotenv's own switch. NannyML loads any `.env` above its folder, so that of a project with its
#: virtual environment inside, and everything in this process would see what it sets.
_NO_DOTENV = "PYTHON_DOTENV_DISABLED"


@cache
def library() -> Any:
    """The module `nannyml`; importing it takes several CPU seconds, so only when something is measured."""
    silence(os.environ)
    before = os.environ.get(_NO_DOTENV)
    os.environ[_NO_DOTENV] = "1"
    try:
        with quiet():
            import nannyml
    finally:
        if before is None:
            del os.environ[_NO_DOTENV]
        else:
            os.environ[_NO_DOTENV] = before
    return nannyml


@contextmanager
def quiet() -> Iterator[None]:
    """Without the warnings of NannyML and what it calls: those that matter are our own errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@cache
def by_index() -> Any:
    """A chunker that takes a frame's index for the number of the chunk.

    Its own ones cut by size, count or period: with those, chunks of two sides have the same size by luck
    only, time zones are dropped, and a period without rows vanishes.
    """
    nannyml = library()
    base: Any = nannyml.Chunker

    class ByIndex(base):  # type: ignore[misc]
        def _split(self, data: pd.DataFrame) -> list[Any]:
            parts = data.groupby(level=0, sort=True)
            return [nannyml.Chunk(key=str(number), data=part) for number, part in parts]

    return ByIndex()


def frame(parts: list[pl.DataFrame]) -> pd.DataFrame:
    """The parts below each other in pandas, with the number of the part as index.

    Columns are float64 or object, and nothing else: NannyML leaves out Int64, Float64, boolean and datetime
    columns without a word. Raises TypeError for any other type.
    """
    whole = pl.concat(parts)
    columns = {name: _column(whole[name]) for name in whole.columns}
    index = np.repeat(np.arange(len(parts)), [part.height for part in parts])
    return pd.DataFrame(columns, index=index)


def _column(values: pl.Series) -> Any:
    if values.dtype == pl.Float64:
        return values.fill_null(float("nan")).to_numpy()
    if values.dtype == pl.String:
        held = np.empty(len(values), dtype=object)
        held[:] = values.to_list()
        return held
    raise TypeError(f"column {values.name} is {values.dtype}, neither float64 nor text")
