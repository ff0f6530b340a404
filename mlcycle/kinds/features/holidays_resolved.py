"""Holidays as constants: what a program needs of the calendar is written into it when it is built.

A service then answers from the package alone, with the days that the model was trained with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import holidays

from mlcycle.task import WorkError

#: Days outside these years are no holidays to a program.
FIRST_YEAR, LAST_YEAR = 1990, 2060

_EPOCH = date(1970, 1, 1)


def resolve(program: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The program with every `is_holiday` replaced by a look into a list of days.

    Raises WorkError for a country or subdivision that the library `holidays` does not know.
    """
    return [{**entry, "expression": resolve_tree(entry["expression"], entry["output"])} for entry in program]


def resolve_tree(tree: Mapping[str, Any], step: str | None = None) -> dict[str, Any]:
    """One expression tree, resolved as in `resolve`; `step` is named by an error."""
    if "call" not in tree:
        return dict(tree)
    arguments = [resolve_tree(argument, step) for argument in tree["arguments"]]
    if tree["call"] != "is_holiday":
        return {"call": tree["call"], "arguments": arguments}
    timestamp, country, subdivision, timezone = arguments
    days = list(_days(country["literal"], subdivision["literal"], step))
    day = {"call": "local_day", "arguments": [timestamp, timezone]}
    return {"call": "is_in_days", "arguments": [day, {"literal": days}]}


@lru_cache(maxsize=32)
def _days(country: str, subdivision: str | None, step: str | None) -> tuple[int, ...]:
    """The public holidays as days since 1970-01-01, ascending."""
    try:
        found = holidays.country_holidays(country, subdiv=subdivision, years=range(FIRST_YEAR, LAST_YEAR + 1))
    except NotImplementedError as error:
        help = (
            "countries and subdivisions are named by their ISO 3166 codes: `country: US`, `subdivision: NY`"
        )
        raise WorkError("MLC810", f"the holidays cannot be found: {error}", step=step, help=help) from None
    return tuple(sorted((day - _EPOCH).days for day in found))
