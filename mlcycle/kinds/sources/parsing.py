"""Text to values, strictly: what is not a value of the dtype is found and named, never made null."""

from __future__ import annotations

import polars as pl

_DATE = "%Y-%m-%d"
#: ISO 8601: a date, then perhaps a time, then perhaps `Z` or an offset.
_ISO = (
    r"^(\d{4}-\d{2}-\d{2})"
    r"(?:[T ](\d{2}:\d{2})(:\d{2}(?:[.,]\d{1,9})?)?\s*(?:(Z|z)|([+-])(\d{2}):?(\d{2}))?)?$"
)
_TRUE, _FALSE = ["true", "t", "yes", "y", "1"], ["false", "f", "no", "n", "0"]


def parsed(column: str, dtype: str, written: str | None = None) -> pl.Expr:
    """The text column as `dtype`; null where a text is no such value (or is null itself).

    written: how a time or a date is written, in strftime's notation.
    """
    text = pl.col(column).str.strip_chars()
    match dtype:
        case "int64":
            return text.cast(pl.Int64, strict=False)
        case "float64":
            number = text.cast(pl.Float64, strict=False)
            return pl.when(number.is_finite()).then(number)
        case "bool":
            lower = text.str.to_lowercase()
            return pl.when(lower.is_in(_TRUE)).then(True).when(lower.is_in(_FALSE)).then(False)
        case "date":
            return text.str.to_date(written or _DATE, strict=False)
        case "timestamp":
            return _iso(text) if written is None else _formatted(text, written)
    return pl.col(column)


def _formatted(text: pl.Expr, written: str) -> pl.Expr:
    """A timestamp in a declared format; without an offset in it, UTC."""
    moment = text.str.strptime(pl.Datetime("us"), written, strict=False)
    return moment if "%z" in written or "%:z" in written else moment.dt.replace_time_zone("UTC")


def _iso(text: pl.Expr) -> pl.Expr:
    parts = text.str.extract_groups(_ISO).struct
    time = pl.concat_str(
        parts[1].fill_null("00:00"), parts[2].fill_null(":00").str.replace(",", ".", literal=True)
    )
    moment = pl.concat_str(parts[0], pl.lit("T"), time).str.strptime(
        pl.Datetime("us"), "%Y-%m-%dT%H:%M:%S%.f", strict=False
    )
    sign = pl.when(parts[4] == "-").then(-1).otherwise(1)
    minutes = (parts[5].cast(pl.Int64) * 60 + parts[6].cast(pl.Int64)).fill_null(0) * sign
    return (moment - pl.duration(minutes=minutes, time_unit="us")).dt.replace_time_zone("UTC")
