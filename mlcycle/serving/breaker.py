"""Leaves out a challenger that fails too often, for a while."""

from __future__ import annotations

from collections import deque

#: It opens when at least this share of the newest calls failed, and there were enough of them.
RATE = 0.5
LEAST = 10
NEWEST = 40

#: Seconds until an open breaker lets one call through to see.
PAUSE = 10.0


class Breaker:
    """Counts a rate, not a row of failures: a machine that is short of time has those without a fault.

    All methods are called on the event loop; `now` is of any clock that only goes forward.
    """

    def __init__(self) -> None:
        self._failed: deque[bool] = deque(maxlen=NEWEST)
        self._opened: float | None = None

    def allows(self, now: float) -> bool:
        """Whether a call may be made. After the pause one may, and the next after another pause."""
        if self._opened is None:
            return True
        if now - self._opened < PAUSE:
            return False
        self._opened = now
        return True

    def saw(self, failed: bool, began: float, now: float) -> None:
        """Count a call that began at `began`. An open breaker is closed by one that it let through and that
        succeeded; it has seen nothing then."""
        if self._opened is not None:
            if not failed and began >= self._opened:
                self._opened = None
                self._failed.clear()
            return
        self._failed.append(failed)
        if len(self._failed) >= LEAST and sum(self._failed) >= RATE * len(self._failed):
            self._opened = now
