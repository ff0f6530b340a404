"""SQL expressions over columns: parsed by sqlglot, kept to an allow list, turned into a tree with dtypes.

A tree is plain JSON: `{"column": name}`, `{"literal": value}`, `{"call": function, "arguments": [...]}`.
`mlcycle.steps` evaluates it with numpy; `Expression.duckdb` is the same for DuckDB. docs/expressions.md has
the rules both keep.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlcycle.graph.column import DType
from mlcycle.graph.expression_duckdb import name, result
from mlcycle.graph.expression_value import ExpressionError as ExpressionError
from mlcycle.graph.expression_value import Piece, call
from mlcycle.graph.node import Json

if TYPE_CHECKING:
    from sqlglot.errors import ParseError
    from sqlglot.expressions.core import Expr as SqlNode

#: No expression that a person writes comes near; what is longer is a mistake or an attack.
MAX_LENGTH = 10_000
#: sqlglot's parser takes about 15 stack frames a level; this leaves room whatever it is called from.
MAX_NESTING = 20

#: Calls whose whole numbers always fit into an int64.
_FITTING = frozenset({"cast", "length", "timestamp_part"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """One scalar expression.

    references: the columns it reads, as they are named in the columns it was parsed against.
    duckdb: SQL that computes the same; each column is one quoted name, dots included. None where DuckDB has
        no way to say it (`is_holiday`).
    """

    tree: Json
    dtype: DType
    references: frozenset[str]
    duckdb: str | None


def parse(sql: str, columns: Mapping[str, DType]) -> Expression:
    """Read one expression over `columns` (name or `view.feature` -> dtype).

    Raises ExpressionError with a code of MLC330 to MLC340 and the place in `sql`.
    """
    from mlcycle.graph.expression_translate import Translator

    piece = Translator(sql, columns).piece(_read(sql))
    if piece.dtype == "null":
        raise ExpressionError("MLC337", "the expression is always null", piece.offset)
    return _finished(piece, piece.dtype)


def _finished(piece: Piece, dtype: DType) -> Expression:
    tree, duckdb = piece.tree, piece.duckdb
    if dtype == "int64" and "column" in tree:
        duckdb = name(tree["column"])
    elif duckdb is not None:
        duckdb = result(duckdb, dtype)
    if dtype == "int64" and "call" in tree and tree["call"] not in _FITTING:
        tree = call("cast", tree, {"literal": "int64"}, {"literal": "int64"})
    return Expression(tree=tree, dtype=dtype, references=piece.references, duckdb=duckdb)


def _read(sql: str) -> SqlNode:
    import sqlglot
    from sqlglot.errors import ParseError, TokenError

    if len(sql) > MAX_LENGTH:
        raise ExpressionError(
            "MLC331", f"the expression has {len(sql):,} characters; {MAX_LENGTH:,} are allowed"
        )
    try:
        _check_tokens(sql)
        found = sqlglot.parse(sql, read="duckdb")
    except ParseError as error:
        raise _syntax(sql, error) from None
    except TokenError as error:
        raise ExpressionError("MLC330", f"the expression cannot be read: {_first_line(str(error))}") from None
    except RecursionError:
        raise ExpressionError("MLC331", "the expression is nested too deeply") from None
    if len(found) != 1 or found[0] is None:
        raise ExpressionError("MLC330", "the expression is empty")
    return found[0]


def _check_tokens(sql: str) -> None:
    """sqlglot parses any statement, to any depth it has stack for; only expressions may get that far."""
    from sqlglot.dialects.duckdb import DuckDB
    from sqlglot.tokenizer_core import TokenType

    tokens = DuckDB().tokenize(sql)
    queries = {TokenType.SELECT, TokenType.WITH, TokenType.FROM, TokenType.SEMICOLON, TokenType.VALUES}
    statements = {*DuckDB.Parser.STATEMENT_PARSERS, *DuckDB.Tokenizer.COMMANDS, *queries}
    opens, closes = {TokenType.L_PAREN, TokenType.CASE}, {TokenType.R_PAREN, TokenType.END}
    depth = 0
    for position, token in enumerate(tokens):
        depth += (token.token_type in opens) - (token.token_type in closes)
        if depth > MAX_NESTING:
            message = f"parentheses and CASE are nested more than {MAX_NESTING} levels deep"
            raise ExpressionError("MLC331", message, token.start)
        if token.token_type in (queries if position else statements):
            written = token.text
            message = f"`{written}` is not part of an expression: one value computed from this row's columns"
            raise ExpressionError("MLC332", message, token.start)


def _syntax(sql: str, error: ParseError) -> ExpressionError:
    detail = error.errors[0] if error.errors else {}
    line, column = detail.get("line") or 1, detail.get("col") or 1
    highlight = detail.get("highlight") or ""
    before = sum(len(text) for text in sql.splitlines(keepends=True)[: line - 1])
    offset = min(max(before + column - max(len(highlight), 1), 0), max(len(sql) - 1, 0))
    message = (
        f"the expression cannot be read at `{highlight}`" if highlight else "the expression cannot be read"
    )
    return ExpressionError("MLC330", message, offset, _wording(str(detail.get("description", ""))))


def _wording(description: str) -> str | None:
    if description.startswith("Required keyword"):
        return "something is missing beside it"
    if description.startswith("The number of provided arguments"):
        return "it has too many arguments"
    return _first_line(description).rstrip(".").lower() or None


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0]
