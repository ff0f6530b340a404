"""What the kinds and their work share: how the chance of an error is divided, and how shares are written."""

from __future__ import annotations

#: The champion's part of the chance of an error; the challenger, which has fewer requests, gets the rest.
_CHAMPION = 0.2


def champion_alpha(confidence: float) -> float:
    """The chance that the champion's interval is wrong; with `challenger_alpha` it makes 1 - confidence."""
    return (1 - confidence) * _CHAMPION


def challenger_alpha(confidence: float) -> float:
    """The chance that the challenger's interval is wrong."""
    return (1 - confidence) * (1 - _CHAMPION)


def percent(share: float, digits: int = 3) -> str:
    """A share as a person reads it: `2.35%`, `0%`, `12%`."""
    return f"{100 * share:.{digits}g}%"
