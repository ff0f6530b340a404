"""Values with a notation of their own: durations, shares, sizes, availability, time zones, numbers.

Each is strict: what it accepts is in its pattern, and a mistake says what was expected. An editor gets the
same pattern and a description from the JSON Schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema

from mlcycle.language.base import problem
from mlcycle.language.words import found, short, shown

#: The availability of a value that must never be a feature; greater than every duration.
NEVER = timedelta.max

DType = Literal["int64", "float64", "bool", "string", "timestamp", "date"]
Severity = Literal["error", "warn"]

_DURATION = re.compile(r"(0|[1-9][0-9]{0,5})(s|m|h|d|w)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SHARE = re.compile(r"(0|[1-9][0-9]{0,2})(\.[0-9]{1,6})?%")
_LATENCY = re.compile(r"([1-9][0-9]{0,5})(ms|s)")
_SIZE = re.compile(r"([1-9][0-9]{0,5})(B|KiB|MiB|GiB)")
_BYTES = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_TIMEZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")


def duration(value: object) -> timedelta:
    """`90s`, `15m`, `24h`, `7d`, `4w`: a whole number and a unit."""
    match = _DURATION.fullmatch(_text(value, "a duration such as `15m`"))
    if match is None:
        help_line = "write a whole number and a unit: `90s`, `15m`, `24h`, `7d`, `4w`"
        raise problem("MLC107", f"{shown(value)} is not a duration", help=help_line)
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


def availability(value: object) -> timedelta:
    """A duration counted from the row's event time, or `never`."""
    return NEVER if value == "never" else duration(value)


def share(value: object) -> float:
    """A part of a whole, from 0 to 1: `0.05` or `5%`."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value)
    else:
        match = _SHARE.fullmatch(_text(value, "a share such as `5%` or `0.05`"))
        if match is None:
            raise problem("MLC107", f"{shown(value)} is not a share", help="write `5%` or `0.05`")
        number = float(Decimal(match[0][:-1]) / 100)
    if not 0 <= number <= 1:
        raise problem("MLC106", f"a share lies between 0 and 1 (0% and 100%); this is {short(str(value))}")
    return number


def growth(value: object) -> float:
    """A part of what was there before, of any size: `0.5` or `50%` is half as much more."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value)
    else:
        match = _SHARE.fullmatch(_text(value, "a share such as `50%` or `0.5`"))
        if match is None:
            raise problem("MLC107", f"{shown(value)} is not a share", help="write `50%` or `0.5`")
        number = float(Decimal(match[0][:-1]) / 100)
    if number < 0:
        raise problem("MLC106", f"growth is 0 or more; this is {short(str(value))}")
    return number


def latency(value: object) -> float:
    """`50ms`, `2s`: a time to answer, in seconds."""
    match = _LATENCY.fullmatch(_text(value, "a time such as `50ms`"))
    if match is None:
        raise problem("MLC107", f"{shown(value)} is not a time to answer", help="write `50ms` or `2s`")
    return int(match[1]) / (1000 if match[2] == "ms" else 1)


def size(value: object) -> int:
    """Bytes with a unit: `512B`, `256KiB`, `10MiB`, `1GiB`."""
    match = _SIZE.fullmatch(_text(value, "a size such as `256KiB`"))
    if match is None:
        raise problem(
            "MLC107", f"{shown(value)} is not a size", help="write a whole number and B, KiB, MiB or GiB"
        )
    return int(match[1]) * _BYTES[match[2]]


def timezone(value: object) -> str:
    """A name of the IANA time zone database."""
    text = _text(value, "a time zone such as `Europe/Berlin`")
    if _TIMEZONE.fullmatch(text) is None or not _known_timezone(text):
        raise problem(
            "MLC119", f"{shown(value)} is not a time zone", help="write an IANA name, such as `Europe/Berlin`"
        )
    return text


def instant(value: object) -> datetime:
    """A date or a time in ISO 8601; without an offset it is UTC."""
    from datetime import UTC

    text = _text(value, "a date such as `2024-05-01`")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        help_line = "write ISO 8601: `2024-05-01` or `2024-05-01T12:00:00Z`"
        raise problem("MLC119", f"{shown(value)} is not a date or time", help=help_line) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def version(value: object) -> int:
    """The version of the language: 1."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise problem("MLC104", f"expected the number 1, found {found(value)}", help="write `mlcycle: 1`")
    if value != 1:
        raise problem("MLC116", f"version {value} of the language is not known", help="write `mlcycle: 1`")
    return value


def _text(value: object, expected: str) -> str:
    if not isinstance(value, str):
        raise problem("MLC104", f"expected {expected}, found {found(value)}")
    return value


def _known_timezone(name: str) -> bool:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (OSError, ValueError):
        return False
    except KeyError:
        return False
    return True


def _parsed(parse: Callable[[object], Any], description: str, *schemas: dict[str, Any]) -> tuple[Any, Any]:
    schema = schemas[0] if len(schemas) == 1 else {"anyOf": list(schemas)}
    return PlainValidator(parse), WithJsonSchema({"description": description, **schema})


def _pattern(*parts: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^(?:{'|'.join(parts)})$"}


Duration = Annotated[
    timedelta, *_parsed(duration, "A duration: `90s`, `15m`, `24h`, `7d`, `4w`.", _pattern(_DURATION.pattern))
]
Availability = Annotated[
    timedelta,
    *_parsed(
        availability,
        "How long after the row's event time the value is known: a duration, or `never`.",
        _pattern(_DURATION.pattern, "never"),
    ),
]
Share = Annotated[
    float,
    *_parsed(
        share,
        "A part of a whole: `5%` or `0.05`.",
        {"type": "number", "minimum": 0, "maximum": 1},
        _pattern(r"[0-9]{1,2}(\.[0-9]{1,6})?%", r"100(\.0{1,6})?%"),
    ),
]
Growth = Annotated[
    float,
    *_parsed(
        growth,
        "A part of what was there before: `50%` or `0.5` is half as much more.",
        {"type": "number", "minimum": 0},
        _pattern(_SHARE.pattern),
    ),
]
Latency = Annotated[float, *_parsed(latency, "A time to answer: `50ms`, `2s`.", _pattern(_LATENCY.pattern))]
Size = Annotated[int, *_parsed(size, "A size in bytes: `512B`, `256KiB`, `10MiB`.", _pattern(_SIZE.pattern))]
Timezone = Annotated[
    str,
    *_parsed(
        timezone, "A time zone of the IANA database, such as `Europe/Berlin`.", _pattern(_TIMEZONE.pattern)
    ),
]
Instant = Annotated[
    datetime,
    *_parsed(instant, "A date or a time (ISO 8601); UTC unless it has an offset.", {"type": "string"}),
]
#: A count of things: at least 1.
Count = Annotated[int, Field(ge=1, le=2**31)]
#: A number that is not negative.
NotNegative = Annotated[float, Field(ge=0)]
Version = Annotated[
    int, *_parsed(version, "The version of the language: 1.", {"type": "integer", "const": 1})
]
