"""One SELECT, kept to an allow list and written anew: what runs is made from the tree, not the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlcycle.diagnostics.suggest import nearest
from mlcycle.kinds.sources.sql.allowed import FUNCTIONS, NODES, is_table, is_type

if TYPE_CHECKING:
    from sqlglot.expressions.core import Expr

MAX_LENGTH = 10_000
MAX_NESTING = 40
#: What `cursor` is compared with.
SINCE = "mlcycle_since"
#: What the times of a partition are compared with.
WITHIN = ("mlcycle_from", "mlcycle_until")
#: No parameter of the author's may be called so.
RESERVED = frozenset({SINCE, *WITHIN})
_LONGEST_SHOWN = 60
_NAMES = "mlcycleparameter_"


class StatementError(Exception):
    """A query was refused. offset: where in its text, from 0; None where nobody knows."""

    def __init__(self, code: str, message: str, offset: int | None = None, help: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.offset, self.help = code, message, offset, help


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A checked query. parameters: the names it binds. gives: its columns; None where there is a star."""

    parameters: frozenset[str]
    gives: tuple[str, ...] | None
    dialect: str
    tree: Any

    def sql(self, *, since: str | None = None) -> str:
        """The query for its driver, placeholders included; `since` keeps rows whose column of that name is
        not below the parameter SINCE."""
        from sqlglot import exp

        tree = self.tree
        if since is not None:
            column = exp.column(since, table="rows", quoted=True)
            limit = exp.GTE(this=column, expression=exp.Placeholder(this=SINCE))
            tree = exp.select("*").from_(tree.copy().subquery("rows")).where(limit)
        return _bound(tree, self.dialect)

    def within(self, time: str) -> str:
        """As `sql`, of the rows whose `time` is not below the first of WITHIN and is below the second.

        Rows without one are there as well, as is what cannot be compared in SQLite: somebody has to be told.
        """
        from sqlglot import exp

        column = exp.column(time, table="rows", quoted=True)
        first, until = (exp.Placeholder(this=name) for name in WITHIN)
        after = exp.GTE(this=column, expression=first)
        inside = exp.and_(after, exp.LT(this=column.copy(), expression=until))
        other = (
            _odd(column) if self.dialect == "sqlite" else [exp.Is(this=column.copy(), expression=exp.Null())]
        )
        tree = exp.select("*").from_(self.tree.copy().subquery("rows")).where(exp.or_(inside, *other))
        return _bound(tree, self.dialect)


def _odd(column: Any) -> list[Any]:
    """What is no text that begins with a digit. A column may turn the texts that it is compared with into
    numbers, hence the cast."""
    from sqlglot import exp

    text = exp.cast(column.copy(), "TEXT")
    kind = exp.Anonymous(this="TYPEOF", expressions=[column.copy()])
    return [
        exp.LT(this=text, expression=exp.Literal.string("0")),
        exp.GTE(this=text.copy(), expression=exp.Literal.string(":")),
        exp.NEQ(this=kind, expression=exp.Literal.string("text")),
    ]


def parse(query: str, dialect: str) -> Statement:
    """The one SELECT of a text in `postgres`, `sqlite` or `duckdb`. Raises StatementError MLC225, MLC226."""
    tree = _read(query, dialect)
    for node in tree.walk():
        _allow(node)
    names = frozenset(str(found.this) for found in _placeholders(tree))
    stars = any(type(each).__name__ == "Star" or each.name == "*" for each in tree.selects)
    gives = None if stars else tuple(tree.named_selects)
    return Statement(parameters=names, gives=gives, dialect=dialect, tree=tree)


def _read(query: str, dialect: str) -> Any:
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import ParseError, TokenError

    if len(query) > MAX_LENGTH or _nesting(query) > MAX_NESTING:
        raise StatementError(
            "MLC225", f"the query is longer than {MAX_LENGTH:,} characters or nested too deeply"
        )
    try:
        found = [tree for tree in sqlglot.parse(query, read=dialect) if tree is not None]
    except (ParseError, TokenError) as error:
        detail = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
        near = f" at `{detail['highlight']}`" if detail.get("highlight") else ""
        raise StatementError("MLC225", f"the query cannot be read{near}") from None
    except RecursionError:
        raise StatementError("MLC225", "the query is nested too deeply") from None
    if len(found) != 1 or not isinstance(found[0], exp.Select | exp.SetOperation):
        help = "write one query that begins with SELECT or WITH"
        raise StatementError("MLC225", "the query is not one SELECT", help=help)
    return found[0]


def _nesting(query: str) -> int:
    depth = most = 0
    for character in query:
        depth += (character == "(") - (character == ")")
        most = max(most, depth)
    return most


def _allow(node: Expr) -> None:
    kind = type(node).__name__
    if kind not in NODES:
        raise _refused(node)
    if kind == "Table" and not all(is_table(part.name) for part in _parts(node)):
        message = f"`{_shown(node)}` is not a table of yours"
        raise StatementError("MLC226", message, _offset(node), "read tables and views of the database's own")
    if kind == "DataType" and not is_type(node.this.name if hasattr(node.this, "name") else str(node.this)):
        raise StatementError("MLC226", f"a cast to `{_shown(node)}` is not allowed", _offset(node))
    if kind == "With" and node.args.get("recursive"):
        raise StatementError("MLC226", "a recursive query is not allowed", _offset(node))
    if kind == "Placeholder" and not node.this:
        help = "name it, `:since`, and give its value under `parameters`"
        raise StatementError("MLC226", "a value to bind has no name", _offset(node), help)


def _refused(node: Expr) -> StatementError:
    from sqlglot import exp

    if isinstance(node, exp.Func):
        name = node.name if type(node).__name__ == "Anonymous" else node.sql_name().lower()
        near = nearest(name.lower(), FUNCTIONS)
        help = f"did you mean `{near}`?" if near else "docs/sources.md lists the functions"
        return StatementError(
            "MLC226", f"the function `{name}` is not allowed in a query", _offset(node), help
        )
    return StatementError("MLC226", f"`{_shown(node)}` is not allowed in a query", _offset(node))


def _parts(node: Any) -> list[Any]:
    """The names of a table, outermost first; what is no name is an error of its own."""
    return [node.args[key] for key in ("catalog", "db", "this") if node.args.get(key) is not None]


def _placeholders(tree: Any) -> Iterator[Any]:
    from sqlglot import exp

    yield from tree.find_all(exp.Placeholder)


def _bound(tree: Any, dialect: str) -> str:
    """As text for the driver. psycopg takes `%(name)s`, and each other `%` twice."""
    if dialect != "postgres":
        return str(tree.sql(dialect=dialect, comments=False))
    marked = tree.copy()
    names = {f"{_NAMES}{found.this}": f"%({found.this})s" for found in _placeholders(marked)}
    for found in list(_placeholders(marked)):
        found.replace(_marker(found.this))
    text = str(marked.sql(dialect=dialect, comments=False)).replace("%", "%%")
    for mark in sorted(names, key=len, reverse=True):
        text = text.replace(f'"{mark}"', names[mark])
    return text


def _marker(name: str) -> Any:
    from sqlglot import exp

    return exp.column(f"{_NAMES}{name}", quoted=True)


def _offset(node: Any) -> int | None:
    return min((each.meta["start"] for each in node.walk() if "start" in each.meta), default=None)


def _shown(node: Expr) -> str:
    text: str = node.sql() or f"{type(node).__name__.upper()} ..."
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 3] + "..."
