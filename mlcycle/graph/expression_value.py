"""The values that parsing an expression works with: a typed piece, and the error with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mlcycle.graph.column import DType
from mlcycle.graph.node import Json

#: The dtype of a piece of an expression; NULL has one of its own until what it stands beside gives it one.
Dtype = DType | Literal["null"]


class ExpressionError(Exception):
    """An expression was refused.

    offset: the character in the text at which the cause starts, from 0.
    help: what to write instead, if we know.
    """

    def __init__(self, code: str, message: str, offset: int = 0, help: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.offset = offset
        self.help = help


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of an expression: its tree, its dtype, where it starts, and the same as DuckDB's SQL.

    Numbers are DOUBLE in `duckdb`, whatever their dtype. `duckdb` is None where no SQL says the same.
    """

    tree: Json
    dtype: Dtype
    offset: int
    duckdb: str | None
    references: frozenset[str] = frozenset()

    @property
    def literal(self) -> object:
        """The value of a literal; anything else raises KeyError."""
        return self.tree["literal"]

    @property
    def is_literal(self) -> bool:
        return "literal" in self.tree


def call(function: str, *arguments: Json) -> Json:
    """A node of the tree."""
    return {"call": function, "arguments": list(arguments)}
