"""Let time go by: a step at a time, requests are asked, labels arrive, and the project looks after itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from mlcycle.simulation.asking import Answers
from mlcycle.simulation.stream import Request, Stream


class Life(Protocol):
    """What happens around the requests. Each method is told the simulated time."""

    def begin(self, now: datetime) -> None:
        """Let the service believe that it is `now`."""

    def ask(self, requests: list[Request]) -> Answers:
        """Send requests to the service."""

    def tell(self, requests: list[Request]) -> int:
        """Tell the service labels; returns how many it took."""

    def steer(self, now: datetime) -> list[str]:
        """Look at running rollouts; returns what moved, in words."""

    def look(self, now: datetime) -> list[str]:
        """Measure what has closed and train again if that is asked for; returns what happened, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What happened in one step of time that ended at `now`."""

    now: datetime
    answers: Answers
    told: int
    events: tuple[str, ...] = ()


@dataclass(slots=True)
class _Waiting:
    """Labels of answered requests that are not known yet, the earliest first."""

    requests: list[Request] = field(default_factory=list)

    def add(self, requests: list[Request]) -> None:
        known = [one for one in requests if one.label is not None and one.label_at is not None]
        self.requests = sorted([*self.requests, *known], key=_label_at)

    def due(self, now: datetime) -> list[Request]:
        found = [one for one in self.requests if _label_at(one) <= now]
        self.requests = self.requests[len(found) :]
        return found


def play(
    stream: Stream, life: Life, *, start: datetime, end: datetime, step: timedelta, look_every: timedelta
) -> Iterator[Moment]:
    """Play [start, end). Each step asks its requests, tells the labels that are known by its end, and steers;
    after every `look_every`, and at the end, the project looks at itself.

    Nothing is known before its time: a label is told in the step in which it becomes known.
    """
    waiting = _Waiting()
    now, looked = start, start
    while now < end:
        until = min(now + step, end)
        life.begin(now)
        requests = list(stream.between(now, until))
        answers = life.ask(requests)
        waiting.add(requests)
        told = life.tell(waiting.due(until))
        events = life.steer(until)
        if until - looked >= look_every or until == end:
            events += life.look(until)
            looked = until
        yield Moment(now=until, answers=answers, told=told, events=tuple(events))
        now = until


def _label_at(request: Request) -> datetime:
    assert request.label_at is not None
    return request.label_at
