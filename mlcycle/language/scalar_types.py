"""Values of a column as a spec writes them: text, numbers, true, false; and rows made of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

from mlcycle.language.base import problem
from mlcycle.language.words import found


def value(given: object) -> str | int | float | bool:
    """Text, a number, true or false; never null."""
    if isinstance(given, str | int | float):
        return given
    raise problem("MLC104", f"expected text, a number, true or false; found {found(given)}")


def number(given: object) -> int | float:
    """A number, whole or not."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return given
    raise problem("MLC104", f"expected a number, found {found(given)}")


def cell(given: object) -> str | int | float | bool | None:
    """The value of one column in one row; nothing is null."""
    return None if given is None else value(given)


_VALUE = ["string", "number", "boolean"]
Value = Annotated[
    str | int | float | bool,
    PlainValidator(value),
    WithJsonSchema({"type": _VALUE, "description": "Text, a number, true or false."}),
]
Number = Annotated[
    int | float, PlainValidator(number), WithJsonSchema({"type": "number", "description": "A number."})
]
Cell = Annotated[
    str | int | float | bool | None,
    PlainValidator(cell),
    WithJsonSchema(
        {"type": [*_VALUE, "null"], "description": "The value of a column; null where it is missing."}
    ),
]
