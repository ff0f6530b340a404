"""Where a crash must do no harm: named points that tests break at."""

from __future__ import annotations

from collections.abc import Callable

#: Called with the name of each point that is passed.
Fault = Callable[[str], None]


def no_fault(point: str) -> None:
    """The hook of what nobody tries to break."""
