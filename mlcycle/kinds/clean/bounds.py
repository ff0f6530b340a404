"""Bounds of numbers that a spec gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mlcycle.graph.column import DType
from mlcycle.kinds.clean.values import fits
from mlcycle.kinds.interface import Mistake
from mlcycle.language.base import problem

#: `min`, `max` or both.
Bounds = dict[str, int | float]


def refuse_bounds(least: int | float | None, most: int | float | None) -> None:
    """Raise what a validator raises for bounds that bound nothing, or everything."""
    if least is None and most is None:
        raise problem("MLC109", "this step has no bound", help="give `min`, `max` or both")
    if least is not None and most is not None and least > most:
        raise problem("MLC109", f"`min` {least} is above `max` {most}", "min")


def bound_mistakes(bounds: Bounds, dtypes: Mapping[str, DType]) -> Iterator[Mistake]:
    """Bounds that a column of whole numbers cannot take."""
    for key, bound in bounds.items():
        whole = [name for name, dtype in dtypes.items() if dtype == "int64" and not fits(bound, dtype)]
        if whole:
            message = f"`{whole[0]}` holds whole numbers, and {bound} is none"
            yield Mistake(code="MLC341", message=message, path=(key,))


def outside(columns: Iterable[str], bounds: Bounds) -> str:
    """When a number is beyond the bounds, as the end of a sentence."""
    words = {"min": "below", "max": "above"}
    names = " or ".join(f"`{name}`" for name in columns)
    return f"{names} is {' or '.join(f'{words[key]} {bound}' for key, bound in bounds.items())}"
