"""Values in the words of a person who writes YAML."""

from __future__ import annotations

from datetime import timedelta

_LONGEST = 40

_UNITS = (("w", 604800), ("d", 86400), ("h", 3600), ("m", 60))


def found(value: object) -> str:
    """What was written: "the text `abc`", "the number 3", "a list", "nothing"."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, str):
        return f"the text `{short(value)}`" if value else "an empty text"
    if isinstance(value, int | float):
        return f"the number {value}"
    return "a mapping" if isinstance(value, dict) else "a list"


def shown(value: object) -> str:
    """As `found`, with text as it is: "`abc`"."""
    return f"`{short(value)}`" if isinstance(value, str) and value else found(value)


def short(text: str) -> str:
    """A text cut to what fits in a sentence."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def choice(names: tuple[str, ...] | list[str]) -> str:
    """ "`a`", "`a` or `b`", "`a`, `b` or `c`"."""
    quoted = [f"`{name}`" for name in names]
    if len(quoted) < 2:
        return "".join(quoted)
    return ", ".join(quoted[:-1]) + " or " + quoted[-1]


def spoken(duration: timedelta) -> str:
    """A duration as a spec writes it; hours up to two days."""
    if duration == timedelta.max:
        return "never"
    seconds = int(duration.total_seconds())
    for unit, size in _UNITS:
        if seconds and seconds % size == 0 and (unit not in "wd" or seconds >= 2 * size):
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
