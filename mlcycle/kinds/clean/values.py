"""Values that a spec writes, against the dtype of the column that is to hold them."""

from __future__ import annotations

from datetime import datetime

from mlcycle.graph.column import DType

Scalar = str | int | float | bool


def fits(value: Scalar, dtype: DType) -> bool:
    """Whether a column of `dtype` can hold the value; times and dates are ISO 8601 text."""
    match dtype:
        case "int64":
            return isinstance(value, int) and not isinstance(value, bool)
        case "float64":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "bool":
            return isinstance(value, bool)
        case "string":
            return isinstance(value, str)
        case "timestamp" | "date":
            return isinstance(value, str) and _is_time(value, dtype)
    return True


def dtype_of(values: tuple[Scalar, ...]) -> DType:
    """The dtype that holds them all; "unknown" for none, or for values that go into no one column."""
    kinds: tuple[DType, ...] = ("bool", "int64", "float64", "string")
    found = (dtype for dtype in kinds if values and all(fits(value, dtype) for value in values))
    return next(found, "unknown")


def read(text: str, dtype: DType) -> Scalar | None:
    """The value that a key of a mapping stands for in a column of `dtype`; None if it is none of it.

    Keys of YAML are text here, whatever they look like.
    """
    if dtype == "bool":
        return {"true": True, "false": False}.get(text)
    if dtype in ("int64", "float64"):
        try:
            return int(text) if dtype == "int64" else float(text)
        except ValueError:
            return None
    return text if fits(text, dtype) else None


def _is_time(text: str, dtype: DType) -> bool:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return dtype == "timestamp" or (
        len(text) == len("2024-01-31") and moment.time().isoformat() == "00:00:00"
    )
