"""Where sqlglot's nodes stand in the text, and the refusal of one with its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mlcycle.diagnostics.suggest import nearest
from mlcycle.graph.column import DType
from mlcycle.graph.expression_functions import FUNCTIONS, SPECIAL
from mlcycle.graph.expression_value import ExpressionError

if TYPE_CHECKING:
    from sqlglot.expressions.core import Expr as SqlNode

_LONGEST = 60


def start(node: SqlNode) -> int:
    """Where `node` starts: at the first of its tokens that sqlglot kept the place of."""
    return min((each.meta["start"] for each in node.walk() if "start" in each.meta), default=0)


def called_at(text: str, name: str, offset: int) -> int:
    """Where the function's own name starts; of some functions sqlglot keeps the arguments' places only."""
    before = text[:offset].rstrip()
    word = before.removesuffix("(").rstrip()
    named = before.endswith("(") and word.lower().endswith(name)
    return len(word) - len(name) if named else offset


def written(node: SqlNode) -> str:
    """The node as SQL, cut to what fits into a message."""
    sql: str = node.sql(dialect="duckdb")
    return sql if len(sql) <= _LONGEST else sql[: _LONGEST - 3] + "..."


def refused(text: str, node: SqlNode, help: str | None = None) -> ExpressionError:
    """The error for a node that is not on the allow list."""
    from sqlglot import exp

    offset = start(node)
    name = _word(text, offset)
    called = name and text[offset + len(name) :].lstrip().startswith("(")
    if isinstance(node, exp.Func) and (called or not list(node.iter_expressions())):
        known = sorted((*FUNCTIONS, *SPECIAL))
        near = nearest(name, known)
        help = f"did you mean `{near}`?" if near else f"the functions are {', '.join(known)}"
        return ExpressionError("MLC334", f"`{name}` is not one of the functions", offset, help)
    if isinstance(node, exp.IntDiv):
        help = "write floor(a / b)"
    return ExpressionError("MLC333", f"`{written(node)}` is not allowed in an expression", offset, help)


def no_column(name: str, columns: Mapping[str, DType], offset: int) -> ExpressionError:
    """The error for a column that is not there; a bare name may lack its view."""
    of_a_view = {column.rsplit(".", 1)[-1]: column for column in columns}
    near = of_a_view.get(name) or nearest(name, columns)
    help = f"did you mean `{near}`?" if near else None
    return ExpressionError("MLC336", f"there is no column `{name}`", offset, help)


def _word(text: str, offset: int) -> str:
    end = offset
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return text[offset:end]
