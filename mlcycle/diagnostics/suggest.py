"""Did you mean: the nearest of the names that would have been right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_MOST_LISTED = 12


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name that a slip of the keyboard would turn into `word`, or None if none is near."""
    from difflib import get_close_matches

    known = sorted(set(names))
    lowered = {name.lower(): name for name in known}
    if word.lower() in lowered:
        return lowered[word.lower()]
    if len(word) > 100:
        return None
    found = get_close_matches(word.lower(), list(lowered), n=1, cutoff=0.6)
    return lowered[found[0]] if found else None


def did_you_mean(word: str, names: Iterable[str]) -> str | None:
    """A help line: the nearest name or, where none is near, the names there are; None without any."""
    known = sorted(set(names))
    return told(nearest(word, known), known)


def told(near: str | None, known: Sequence[str]) -> str | None:
    """As `did_you_mean`, where the nearest of the sorted names is known."""
    if near is not None:
        return f"did you mean `{near}`?"
    if not known:
        return None
    shown = ", ".join(f"`{name}`" for name in known[:_MOST_LISTED])
    more = f" and {len(known) - _MOST_LISTED} more" if len(known) > _MOST_LISTED else ""
    return f"there is {shown}{more}" if len(known) == 1 else f"there are {shown}{more}"
