"""From sqlglot's nodes to our tree, with dtypes; whatever is not named here is refused with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlcycle.graph import expression_duckdb as sql
from mlcycle.graph.column import DType
from mlcycle.graph.expression_calls import apply, build, cast
from mlcycle.graph.expression_forms import between, case, contained
from mlcycle.graph.expression_functions import FUNCTIONS, NODES, OPERATORS, SPECIAL
from mlcycle.graph.expression_places import called_at, no_column, refused, start, written
from mlcycle.graph.expression_special import special
from mlcycle.graph.expression_value import ExpressionError, Piece

if TYPE_CHECKING:
    from sqlglot.expressions.core import Expr as SqlNode

MAX_DEPTH = 100

#: Arguments of sqlglot's nodes that carry no meaning of the author's.
_HARMLESS = frozenset({"safe", "coalesce", "ignore_nulls", "typed", "is_nvl", "_type", "nested", "kind"})
_KNOWN = frozenset(
    {
        "this",
        "expression",
        "expressions",
        "decimals",
        "true",
        "false",
        "low",
        "high",
        "ifs",
        "default",
        "to",
        "table",
    }
)
_LARGEST_WHOLE = 2**53


class Translator:
    """Translates one expression; `text` is the source, for places and messages."""

    def __init__(self, text: str, columns: Mapping[str, DType]) -> None:
        self._text = text
        self._columns = columns
        self._depth = 0

    def piece(self, node: SqlNode) -> Piece:
        """The typed piece of `node`."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError(
                "MLC331", f"the expression is nested more than {MAX_DEPTH} levels deep", start(node)
            )
        try:
            return self._translate(node)
        finally:
            self._depth -= 1

    def _translate(self, node: SqlNode) -> Piece:
        kind = type(node).__name__
        if kind == "Paren":
            return self.piece(node.this)
        own = {
            "Column": self._column,
            "Literal": self._literal,
            "Boolean": self._constant,
            "Null": self._constant,
            "Cast": self._cast,
            "Case": self._case,
            "In": self._in,
            "Between": self._between,
            "Is": self._is,
            "If": self._if,
            "Neg": self._negative,
            "Log": self._log,
            "Anonymous": self._named,
        }.get(kind)
        if own is None and kind not in NODES:
            raise refused(self._text, node)
        self._refuse_unknown_arguments(node)
        return own(node) if own is not None else self._call(NODES[kind], node, self._children(node))

    def _children(self, node: SqlNode) -> list[SqlNode]:
        return [child for child in node.iter_expressions() if type(child).__name__ != "DataType"]

    def _refuse_unknown_arguments(self, node: SqlNode) -> None:
        for key, value in node.args.items():
            if value and key not in _KNOWN and key not in _HARMLESS and not _leaf(node):
                place = start(value) if hasattr(value, "args") else start(node)
                raise ExpressionError("MLC333", f"`{key}` is not allowed in `{written(node)}`", place)

    def _call(self, name: str, node: SqlNode, children: Sequence[SqlNode]) -> Piece:
        pieces = [self.piece(child) for child in children]
        first = min(start(node), *(piece.offset for piece in pieces), len(self._text))
        offset = called_at(self._text, name, first)
        if name in SPECIAL:
            return special(name, pieces, offset)
        return apply(FUNCTIONS.get(name) or OPERATORS[name], pieces, offset)

    def _column(self, node: SqlNode) -> Piece:
        name = ".".join(part.name for part in _parts(node))
        offset = start(node)
        dtype = self._columns.get(name)
        if dtype is None:
            raise no_column(name, self._columns, offset)
        return Piece(
            tree={"column": name},
            dtype=dtype,
            offset=offset,
            duckdb=sql.column(name, dtype),
            references=frozenset({name}),
        )

    def _literal(self, node: SqlNode) -> Piece:
        offset = start(node)
        if node.is_string:
            if "\0" in node.this:
                raise ExpressionError("MLC340", "a text must not contain the character NUL", offset)
            return Piece(
                tree={"literal": node.this}, dtype="string", offset=offset, duckdb=sql.text(node.this)
            )
        return self._number(node.this, offset)

    def _number(self, written: str, offset: int) -> Piece:
        try:
            value: float | int = int(written)
        except ValueError:
            value = float(written)
        if (isinstance(value, int) and abs(value) > _LARGEST_WHOLE) or value in (float("inf"), float("-inf")):
            help = "numbers are 64-bit floats: whole numbers are exact up to 9007199254740992 (2 to the 53rd)"
            raise ExpressionError("MLC340", f"the number {written} cannot be computed with", offset, help)
        dtype: DType = "int64" if isinstance(value, int) else "float64"
        return Piece(tree={"literal": value}, dtype=dtype, offset=offset, duckdb=sql.number(value))

    def _negative(self, node: SqlNode) -> Piece:
        inner = self.piece(node.this)
        offset = max(self._text.rfind("-", 0, inner.offset), 0)
        if inner.is_literal and type(inner.literal) in (int, float):
            value = -self._plain_number(inner)
            return Piece(tree={"literal": value}, dtype=inner.dtype, offset=offset, duckdb=sql.number(value))
        return apply(OPERATORS["negate"], [inner], offset)

    def _plain_number(self, piece: Piece) -> float:
        value = piece.literal
        assert isinstance(value, (int, float))
        return value

    def _constant(self, node: SqlNode) -> Piece:
        offset = start(node)
        if type(node).__name__ == "Null":
            return Piece(tree={"literal": None}, dtype="null", offset=offset, duckdb="NULL")
        value = bool(node.this)
        return Piece(
            tree={"literal": value}, dtype="bool", offset=offset, duckdb="true" if value else "false"
        )

    def _cast(self, node: SqlNode) -> Piece:
        if node.args.get("safe"):
            raise refused(self._text, node)
        return cast(self.piece(node.this), node.args["to"].sql(dialect="duckdb"), start(node))

    def _case(self, node: SqlNode) -> Piece:
        subject = node.args.get("this")
        if subject is not None and type(subject).__name__ != "Column":
            help = "write CASE WHEN <condition> THEN <value> ... END"
            raise ExpressionError("MLC333", "CASE compares a column, nothing longer", start(subject), help)
        conditions, values = [], []
        for branch in node.args["ifs"]:
            condition = self.piece(branch.this)
            if subject is not None:
                condition = apply(OPERATORS["equal"], [self.piece(subject), condition], condition.offset)
            conditions.append(condition)
            values.append(self.piece(branch.args["true"]))
        default = node.args.get("default")
        end = self.piece(default) if default is not None else _null(start(node))
        return case(conditions, [*values, end], start(node))

    def _if(self, node: SqlNode) -> Piece:
        default = node.args.get("false")
        end = self.piece(default) if default is not None else _null(start(node))
        return case([self.piece(node.this)], [self.piece(node.args["true"]), end], start(node))

    def _in(self, node: SqlNode) -> Piece:
        pieces = [self.piece(node.this), *(self.piece(each) for each in node.expressions)]
        if len(pieces) < 2:
            raise refused(self._text, node)
        return contained(pieces)

    def _between(self, node: SqlNode) -> Piece:
        return between([self.piece(node.args[key]) for key in ("this", "low", "high")])

    def _is(self, node: SqlNode) -> Piece:
        if type(node.expression).__name__ != "Null":
            raise refused(self._text, node, "only IS NULL and IS NOT NULL are allowed")
        inner = self.piece(node.this)
        return build("is_null", [inner], "bool", inner.offset, lambda sql: f"({sql[0]} IS NULL)")

    def _log(self, node: SqlNode) -> Piece:
        base = node.this
        if node.args.get("expression") is None or base.meta or base.name != "10":
            raise ExpressionError(
                "MLC334", "`log` is not one of the functions", start(node), "write ln or log10"
            )
        return self._call("log10", node, [node.expression])

    def _named(self, node: SqlNode) -> Piece:
        name = str(node.this).lower()
        if name not in SPECIAL and name not in FUNCTIONS:
            raise refused(self._text, node)
        return self._call(name, node, node.expressions)


def _null(offset: int) -> Piece:
    return Piece(tree={"literal": None}, dtype="null", offset=offset, duckdb="NULL")


def _parts(node: SqlNode) -> Sequence[SqlNode]:
    """The names of a column, outermost first."""
    found: Any = node
    parts: Sequence[SqlNode] = found.parts
    return parts


def _leaf(node: SqlNode) -> bool:
    return type(node).__name__ in ("Column", "Literal", "Boolean", "Null")
