"""Features computed from one row of the source, looked up by key like its columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from mlcycle.kinds.features.events import by_availability, newest
from mlcycle.kinds.features.holidays_resolved import resolve
from mlcycle.kinds.sources.arrays import to_arrays, to_series
from mlcycle.steps.program import parse_program, run_program


def changes(
    frame: pl.DataFrame, config: Mapping[str, Any], keys: Sequence[str], timestamp: str | None
) -> pl.DataFrame:
    """`expression` over the columns of the newest known row, evaluated as at request time."""
    output = config["output"]
    program = resolve([{name: config[name] for name in ("output", "dtype", "expression")}])
    read = dict.fromkeys([keys[0], *columns_of(config["expression"])])
    computed = run_program(parse_program(program), to_arrays(frame, read))[output]
    values = {output: pl.lit(to_series(output, computed, config["dtype"]))}
    return newest(by_availability(frame, config, keys, timestamp, values), keys)


def columns_of(tree: Mapping[str, Any]) -> Iterator[str]:
    """The columns that an expression tree reads."""
    if "column" in tree:
        yield tree["column"]
    for argument in tree.get("arguments", ()):
        yield from columns_of(argument)
