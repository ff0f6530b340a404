"""From sqlglot's nodes to our tree, with dtypes; whatever is not named here is refused with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlcycle.graph import expression_duckdb as sql
from mlcycle.graph.column import DType
from mlcycle.graph.expression_calls import apply, cast, unify
from mlcycle.graph.expression_functions import FUNCTIONS, NODES, OPERATORS, SPECIAL
from mlcycle.graph.expression_special import special
from mlcycle.graph.expression_value import ExpressionError, Piece, call

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
                "MLC331", f"the expression is nested more than {MAX_DEPTH} levels deep", self._offset(node)
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
            raise self._refused(node)
        self._refuse_unknown_arguments(node)
        return own(node) if own is not None else self._call(NODES[kind], node, self._children(node))

    def _children(self, node: SqlNode) -> list[SqlNode]:
        return [child for child in node.iter_expressions() if type(child).__name__ != "DataType"]

    def _refuse_unknown_arguments(self, node: SqlNode) -> None:
        for key, value in node.args.items():
            if value and key not in _KNOWN and key not in _HARMLESS and not _leaf(node):
                place = self._offset(value) if hasattr(value, "args") else self._offset(node)
                raise ExpressionError("MLC333", f"`{key}` is not allowed in `{self._written(node)}`", place)

    def _call(self, name: str, node: SqlNode, children: Sequence[SqlNode]) -> Piece:
        pieces = [self.piece(child) for child in children]
        offset = min(self._offset(node), *(piece.offset for piece in pieces), len(self._text))
        if name in SPECIAL:
            return special(name, pieces, offset)
        return apply(FUNCTIONS.get(name) or OPERATORS[name], pieces, offset)

    def _column(self, node: SqlNode) -> Piece:
        name = ".".join(part.name for part in _parts(node))
        offset = self._offset(node)
        dtype = self._columns.get(name)
        if dtype is None:
            raise ExpressionError(
                "MLC336", f"there is no column `{name}`", offset, _did_you_mean(name, self._columns)
            )
        return Piece(
            tree={"column": name},
            dtype=dtype,
            offset=offset,
            duckdb=sql.column(name, dtype),
            references=frozenset({name}),
        )

    def _literal(self, node: SqlNode) -> Piece:
        offset = self._offset(node)
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
        offset = self._offset(node)
        if type(node).__name__ == "Null":
            return Piece(tree={"literal": None}, dtype="null", offset=offset, duckdb="NULL")
        value = bool(node.this)
        return Piece(
            tree={"literal": value}, dtype="bool", offset=offset, duckdb="true" if value else "false"
        )

    def _cast(self, node: SqlNode) -> Piece:
        if node.args.get("safe"):
            raise self._refused(node)
        return cast(self.piece(node.this), node.args["to"].sql(dialect="duckdb"), self._offset(node))

    def _case(self, node: SqlNode) -> Piece:
        subject = node.args.get("this")
        if subject is not None and type(subject).__name__ != "Column":
            help = "write CASE WHEN <condition> THEN <value> ... END"
            raise ExpressionError(
                "MLC333", "CASE compares a column, nothing longer", self._offset(subject), help
            )
        conditions, values = [], []
        for branch in node.args["ifs"]:
            condition = self.piece(branch.this)
            if subject is not None:
                condition = apply(OPERATORS["equal"], [self.piece(subject), condition], condition.offset)
            conditions.append(condition)
            values.append(self.piece(branch.args["true"]))
        default = node.args.get("default")
        end = self.piece(default) if default is not None else _null(self._offset(node))
        return case(conditions, [*values, end], self._offset(node))

    def _if(self, node: SqlNode) -> Piece:
        default = node.args.get("false")
        end = self.piece(default) if default is not None else _null(self._offset(node))
        return case([self.piece(node.this)], [self.piece(node.args["true"]), end], self._offset(node))

    def _in(self, node: SqlNode) -> Piece:
        pieces = [self.piece(node.this), *(self.piece(each) for each in node.expressions)]
        if len(pieces) < 2:
            raise self._refused(node)
        pieces, _ = unify(pieces, "IN")
        rendered = [piece.duckdb for piece in pieces]
        duckdb = None if None in rendered else f"({rendered[0]} IN ({', '.join(map(str, rendered[1:]))}))"
        return _joined("in", pieces, "bool", duckdb)

    def _between(self, node: SqlNode) -> Piece:
        pieces = [self.piece(node.args[key]) for key in ("this", "low", "high")]
        apply(OPERATORS["less"], pieces[:2], pieces[0].offset)
        apply(OPERATORS["less"], pieces[::2], pieces[0].offset)
        pieces, _ = unify(pieces, "BETWEEN")
        rendered = [piece.duckdb for piece in pieces]
        duckdb = None if None in rendered else "({} BETWEEN {} AND {})".format(*rendered)
        return _joined("between", pieces, "bool", duckdb)

    def _is(self, node: SqlNode) -> Piece:
        if type(node.expression).__name__ != "Null":
            raise self._refused(node, "only IS NULL and IS NOT NULL are allowed")
        inner = self.piece(node.this)
        return _joined(
            "is_null", [inner], "bool", None if inner.duckdb is None else f"({inner.duckdb} IS NULL)"
        )

    def _log(self, node: SqlNode) -> Piece:
        base = node.this
        if node.args.get("expression") is None or base.meta or base.name != "10":
            raise ExpressionError(
                "MLC334", "`log` is not one of the functions", self._offset(node), "write ln or log10"
            )
        return self._call("log10", node, [node.expression])

    def _named(self, node: SqlNode) -> Piece:
        name = str(node.this).lower()
        if name not in SPECIAL and name not in FUNCTIONS:
            raise self._refused(node)
        return self._call(name, node, node.expressions)

    def _refused(self, node: SqlNode, help: str | None = None) -> ExpressionError:
        from sqlglot import exp

        offset = self._offset(node)
        name = self._word(offset)
        called = name and self._text[offset + len(name) :].lstrip().startswith("(")
        if isinstance(node, exp.Func) and (called or not list(node.iter_expressions())):
            known = [*FUNCTIONS, *SPECIAL]
            suggestion = _closest(name.lower(), known)
            help = (
                f"did you mean `{suggestion}`?"
                if suggestion
                else f"the functions are {', '.join(sorted(known))}"
            )
            return ExpressionError("MLC334", f"`{name}` is not one of the functions", offset, help)
        if isinstance(node, exp.IntDiv):
            help = "write floor(a / b)"
        return ExpressionError(
            "MLC333", f"`{self._written(node)}` is not allowed in an expression", offset, help
        )

    def _written(self, node: SqlNode) -> str:
        written: str = node.sql(dialect="duckdb")
        return written if len(written) <= 60 else written[:57] + "..."

    def _word(self, offset: int) -> str:
        end = offset
        while end < len(self._text) and (self._text[end].isalnum() or self._text[end] == "_"):
            end += 1
        return self._text[offset:end]

    def _offset(self, node: SqlNode) -> int:
        """Where `node` starts: at the first of its tokens that sqlglot kept the place of."""
        starts = [each.meta["start"] for each in node.walk() if "start" in each.meta]
        return min(starts, default=0)


def case(conditions: Sequence[Piece], values: Sequence[Piece], offset: int) -> Piece:
    """CASE WHEN condition THEN value ... ELSE the last value END."""
    for condition in conditions:
        apply(OPERATORS["not"], [condition], condition.offset)
    aligned, dtype = unify(values, "CASE")
    ordered: list[Piece] = [piece for pair in zip(conditions, aligned, strict=False) for piece in pair] + [
        aligned[-1]
    ]
    if any(piece.duckdb is None for piece in ordered):
        duckdb = None
    else:
        branches = " ".join(
            f"WHEN {c.duckdb} THEN {v.duckdb}" for c, v in zip(conditions, aligned, strict=False)
        )
        duckdb = f"(CASE {branches} ELSE {aligned[-1].duckdb} END)"
    return _joined("case", ordered, dtype, duckdb, offset)


def _joined(
    name: str, pieces: Sequence[Piece], dtype: Any, duckdb: str | None, offset: int | None = None
) -> Piece:
    return Piece(
        tree=call(name, *(piece.tree for piece in pieces)),
        dtype=dtype,
        offset=min(piece.offset for piece in pieces) if offset is None else offset,
        duckdb=duckdb,
        references=frozenset().union(*(piece.references for piece in pieces)),
    )


def _null(offset: int) -> Piece:
    return Piece(tree={"literal": None}, dtype="null", offset=offset, duckdb="NULL")


def _parts(node: SqlNode) -> Sequence[SqlNode]:
    """The names of a column, outermost first."""
    found: Any = node
    parts: Sequence[SqlNode] = found.parts
    return parts


def _leaf(node: SqlNode) -> bool:
    return type(node).__name__ in ("Column", "Literal", "Boolean", "Null")


def _closest(name: str, known: Sequence[str]) -> str | None:
    from difflib import get_close_matches

    found = get_close_matches(name, known, n=1, cutoff=0.6)
    return found[0] if found else None


def _did_you_mean(name: str, columns: Mapping[str, DType]) -> str | None:
    by_lower = {column.lower(): column for column in columns}
    last = {column.rsplit(".", 1)[-1]: column for column in columns}
    exact = by_lower.get(name.lower()) or last.get(name)
    found = exact or _closest(name, list(columns))
    return f"did you mean `{found}`?" if found else None
