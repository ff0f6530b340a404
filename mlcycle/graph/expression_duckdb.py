"""SQL for DuckDB that computes what `mlcycle.steps` computes with numpy.

Numbers are computed as DOUBLE and a result that is not finite is NULL. `list_filter` says that while naming
its argument once: a CASE names it twice, and so does NULLIF, which DuckDB expands to one; nested, those
take time exponential in the depth.
"""

from __future__ import annotations

from mlcycle.graph.column import DType


def finite(sql: str) -> str:
    """`sql` where it is a finite number, else NULL."""
    return f"list_filter([{sql}], lambda v: isfinite(v))[1]"


def matching(pattern: str) -> str:
    """A template: the number that the text {0} is, where it fits `pattern` whole, else NULL."""
    return f"TRY_CAST(list_filter([{{0}}], lambda t: regexp_full_match(t, '{pattern}'))[1] AS DOUBLE)"


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def number(value: float) -> str:
    """A DOUBLE literal; without an exponent DuckDB would read a DECIMAL."""
    written = repr(float(value))
    return f"({written})" if "e" in written else f"({written}e0)"


def name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def column(column_name: str, dtype: DType) -> str:
    """A column as it is computed with: NaN and infinities are missing."""
    quoted = name(column_name)
    if dtype == "int64":
        return f"CAST({quoted} AS DOUBLE)"
    if dtype == "float64":
        return f"(CASE WHEN isfinite({quoted}) THEN {quoted} END)"
    return quoted


def result(sql: str, dtype: DType) -> str:
    """The whole expression, in the type of the column it becomes."""
    return f"TRY_CAST({sql} AS BIGINT)" if dtype == "int64" else sql


_PARTS = {
    "minute_of_hour": "minute({0})",
    "minute_of_day": "(60 * hour({0}) + minute({0}))",
    "hour_of_day": "hour({0})",
    "day_of_week": "isodow({0})",
    "day_of_month": "day({0})",
    "day_of_year": "dayofyear({0})",
    "week_of_year": "week({0})",
    "month_of_year": "month({0})",
    "quarter_of_year": "quarter({0})",
    "year": "year({0})",
}

#: What `timestamp_part` can take out of a timestamp.
PARTS = tuple(_PARTS)


def timestamp_part(timestamp: str, part: str, timezone: str) -> str:
    local = f"timezone({text(timezone)}, {timestamp})"
    return f"CAST({_PARTS[part].format(local)} AS DOUBLE)"


def local_day(timestamp: str, timezone: str) -> str:
    return f"CAST(timezone({text(timezone)}, {timestamp}) AS DATE)"
