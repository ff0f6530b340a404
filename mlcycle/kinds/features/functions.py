"""Functions over the values of several rows: what each takes and gives, for features and for labels."""

from __future__ import annotations

from collections.abc import Mapping

from mlcycle.graph.column import DType
from mlcycle.kinds.interface import NUMERIC

#: What a function takes, where that is not any number; and gives, where that is not the column's dtype.
_ACCEPTS: Mapping[str, tuple[DType, ...]] = {
    "any": ("bool",),
    **dict.fromkeys(("count", "distinct_count", "first", "last"), ()),
}
_DTYPES: Mapping[str, DType] = {
    "count": "int64",
    "distinct_count": "int64",
    "any": "bool",
    **dict.fromkeys(("mean", "std", "ewm"), "float64"),
}


def takes(function: str) -> tuple[DType, ...]:
    """The dtypes of columns that a function takes; none: any."""
    return _ACCEPTS.get(function, NUMERIC)


def gives(function: str, column: DType) -> DType:
    """The dtype of a function's figure over a column; true and false are 1 and 0 where they are added up."""
    fixed = _DTYPES.get(function)
    if fixed is not None:
        return fixed
    return "int64" if column == "bool" and function not in ("first", "last") else column
