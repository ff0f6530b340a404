"""What a query may be made of: sqlglot's nodes, types and names of tables. What is not here is refused.

Everything computes a value from rows of tables. Nothing reads a file, a setting, a clock or the system's own
tables, locks, writes, waits or gives another value each time.
"""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: The statement, its tables and its clauses.
_CLAUSES = _words("""
    Select From Join Where Group Having Order Ordered Limit Offset Distinct With CTE Subquery Table TableAlias
    Alias Column Identifier Star Qualify Window WindowSpec Union Except Intersect Paren Tuple
""")
_VALUES = _words("""
    Literal Null Boolean Placeholder Neg Not And Or EQ NEQ GT GTE LT LTE Is In Between Like ILike Exists Add
    Sub Mul Div Mod IntDiv DPipe Concat Case If Cast DataType DataTypeParam Interval Var NullSafeEQ
    NullSafeNEQ Filter
""")
#: Functions that sqlglot knows; one that it does not know is `Anonymous`, and refused.
_FUNCTIONS = _words("""
    Count Sum Avg Min Max Stddev StddevPop StddevSamp Variance VariancePop Median Coalesce Nullif Greatest
    Least Abs Round Floor Ceil Sqrt Exp Ln Log Pow Sign Trunc Lower Upper Length Substring Trim Replace Left
    Right StrPosition Extract TimestampTrunc DateTrunc Date Year Month Day Hour Minute Second DayOfWeek
    RowNumber Rank DenseRank Lag Lead FirstValue LastValue MD5
""")
NODES = _CLAUSES | _VALUES | _FUNCTIONS

_TYPES = _words("""
    TINYINT SMALLINT INT BIGINT FLOAT DOUBLE DECIMAL BOOLEAN TEXT VARCHAR CHAR DATE TIME TIMESTAMP TIMESTAMPTZ
    TIMESTAMPNTZ DATETIME INTERVAL
""")
_SYSTEM = re.compile(r"(pg_|sqlite_|duckdb_|pragma_|information_schema$).*", re.IGNORECASE)
_PLAIN = re.compile(r"\w[\w $-]*")

#: The functions, for a help line.
FUNCTIONS = tuple(sorted(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower() for name in _FUNCTIONS))


def is_type(name: str) -> bool:
    """Whether a value may be cast to a type, by sqlglot's name for it."""
    return name in _TYPES


def is_table(name: str) -> bool:
    """Whether a part of a table's name is that of a table: no file, none of the system's own."""
    return _PLAIN.fullmatch(name) is not None and _SYSTEM.match(name) is None
