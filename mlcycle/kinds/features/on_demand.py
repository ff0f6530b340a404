"""Features of the request in Feast: what its on-demand views call, with the program that a package runs.

A generated repository names `computed` in the function of each on-demand view. Feast keeps that function as
text, and nothing in it is code but this one call: the rest is data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa

from mlcycle.kinds.features.holidays_resolved import resolve
from mlcycle.kinds.sources.arrays import polars_type, to_arrays, to_series
from mlcycle.steps.program import parse_program, run_program

_MOMENT = pl.Datetime("us", "UTC")
#: Types of pandas that tell a missing number, truth value or text from others, and whose name Feast knows.
_NULLABLE: Mapping[pa.DataType, Any] = {
    pa.int64(): pd.Int64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
    pa.string(): pd.StringDtype(),
    pa.large_string(): pd.StringDtype(),
}


def computed(
    inputs: pd.DataFrame,
    *,
    columns: Mapping[str, Sequence[str]],
    program: Sequence[Mapping[str, Any]],
    features: Mapping[str, str],
) -> pd.DataFrame:
    """The features of each row of `inputs`, in its order, by the steps that training and services run.

    columns: what the program reads -> the column of `inputs` that has it, and its dtype. Others are let be.
    program: entries as a model package has them. features: name in the result -> output of the program.
    Dates come as midnight, UTC: Feast has no dates. Raises KeyError for a column that `inputs` lacks.
    """
    read = pl.DataFrame([_column(name, inputs, *where) for name, where in columns.items()])
    added = run_program(parse_program(resolve(program)), to_arrays(read))
    dtypes = {entry["output"]: entry["dtype"] for entry in program}
    made = pl.DataFrame([to_series(name, added[out], dtypes[out]) for name, out in features.items()])
    moments = made.with_columns(pl.col(pl.Date).cast(_MOMENT))
    table = moments.to_arrow(compat_level=pl.CompatLevel.oldest())
    found: pd.DataFrame = table.to_pandas(types_mapper=_NULLABLE.get)
    return found.set_index(inputs.index)


def _column(name: str, inputs: pd.DataFrame, column: str, dtype: str) -> pl.Series:
    """A column as declared: Feast gives one of nulls alone without a type, and whole numbers as floats."""
    kind = polars_type(dtype)
    given = pl.Series(name, pa.Array.from_pandas(inputs[column]))
    if kind == pl.Date:  # Feast has it as a moment
        given = given.cast(_MOMENT) if given.dtype.is_temporal() else given
    return given.cast(kind)
