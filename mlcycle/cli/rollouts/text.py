"""Where a service stands, in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mlcycle.cli.console import count, table

if TYPE_CHECKING:
    from mlcycle.rollout.state import Release, Rollout, State
    from mlcycle.store.audit import Entry


#: What the last look at the stage saw, as `mlcycle.control.notes` keeps it.
Seen = Mapping[str, Any] | None


def standing(
    state: State, environment: str, now: datetime, entries: Sequence[Entry], seen: Seen = None
) -> str:
    """Champion, challenger, stage, what was seen and is awaited, what happened last, what to type."""
    head = f"{state.service} in {environment}, generation {state.generation}"
    rows = [("champion", _release(state.champion)), ("previous", _release(state.previous))]
    if state.rollout is not None:
        rows += _rollout(state.rollout, now, seen)
    elif state.ended is not None:
        ended = state.ended
        rows.append(("last rollout", f"version {ended.version}, {ended.outcome}: {ended.reason}"))
    parts = [f"{head}\n{table(rows)}"]
    if entries:
        parts.append("last changes\n" + table(map(_entry, entries)))
    commands = list(_next(state, environment))
    if commands:
        parts.append("next\n" + table(commands))
    return "\n\n".join(parts)


def document(state: State, environment: str, entries: Sequence[Entry], seen: Seen = None) -> dict[str, Any]:
    """The state with what was seen, its next commands and its last changes."""
    from mlcycle.rollout.codec import encode_state

    last = [
        {"seq": e.seq, "at": e.at.isoformat(), "actor": e.actor, "operation": e.operation, "event": e.event}
        for e in entries
    ]
    awaited = list(_awaited(state.rollout, seen)) if state.rollout is not None else []
    commands = [command for command, _ in _next(state, environment)]
    return {**encode_state(state), "seen": seen, "awaits": awaited, "next": commands, "last": last}


def _release(release: Release | None) -> str:
    if release is None:
        return "none"
    return f"version {release.version} of {release.model} (package {release.package[:12]})"


def _rollout(rollout: Rollout, now: datetime, seen: Seen) -> Iterator[tuple[str, str]]:
    from mlcycle.rollout.machine import deadline
    from mlcycle.rollout.words import share

    stages = rollout.plan.stages
    weights = ", ".join(f"[{share(s.weight)}]" if s is rollout.at else share(s.weight) for s in stages)
    yield ("challenger", _release(rollout.challenger))
    yield ("rollout", f"{rollout.id} ({rollout.plan.kind}), since {_time(rollout.began)}")
    yield ("stage", f"{rollout.stage + 1} of {len(stages)}: {weights} of requests")
    yield ("entered", f"{_time(rollout.entered)}, {_ago(rollout.entered, now)} ago")
    if rollout.paused is not None:
        yield ("paused", rollout.paused)
    if seen is not None:
        looked = _ago(datetime.fromisoformat(seen["at"]), now)
        yield ("seen", f"{count(seen['requests'], 'request')} to the challenger, {looked} ago")
        yield from (("", _evidence(found)) for found in seen["evidence"])
    yield ("awaits", "; ".join(_awaited(rollout, seen)) or "the next look")
    until = deadline(rollout)
    if until is not None:
        left = f"in {_ago(now, until)}" if until > now else "now"
        yield ("deadline", f"{_time(until)} ({left}): then the challenger is taken back")


def _awaited(rollout: Rollout, seen: Seen) -> Iterator[str]:
    if rollout.paused is not None:
        yield "a person: it is paused"
        return
    if seen is not None:
        yield from seen["waiting"]
        return
    names = [analysis.name for analysis in rollout.plan.analyses]
    if names:
        yield f"{', '.join(names)} to pass"
    if rollout.at.min_requests:
        yield f"at least {count(rollout.at.min_requests, 'request')} to the challenger"
    if rollout.at.min_duration_seconds:
        yield f"at least {_span(rollout.at.min_duration_seconds)} in this stage"


def _entry(entry: Entry) -> tuple[str, ...]:
    event = entry.event
    evidence = "; ".join(_evidence(found) for found in event.get("evidence", ()))
    release = event.get("release")
    said = f"version {release['version']}" if release else event.get("reason") or evidence
    return (_time(entry.at), str(event["event"]).replace("_", " "), entry.actor, said)


def _evidence(found: Mapping[str, Any]) -> str:
    return f"{found['name']} {found['verdict']}" + (f": {found['message']}" if found["message"] else "")


def _next(state: State, environment: str) -> Iterator[tuple[str, str]]:
    rollout = state.rollout
    name = state.service if environment == "local" else f"{state.service} --env {environment}"
    if rollout is not None:
        version = rollout.challenger.version
        yield (f"mlcycle rollout abort {name}", f"take version {version} back")
        if rollout.paused is not None:
            yield (f"mlcycle rollout resume {name}", "let it go on; its stage begins anew")
        else:
            yield (f"mlcycle rollout pause {name}", "let it wait for a person")
        yield (f"mlcycle rollout promote {name}", f"make version {version} champion now")
    if state.previous is not None:
        yield (f"mlcycle rollout rollback {name}", f"bring version {state.previous.version} back at once")
    if rollout is None and state.ended is not None and state.ended.outcome != "champion":
        yield (f"mlcycle rollout start {name}", "begin the newest release's rollout again")


def _time(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


def _ago(earlier: datetime, later: datetime) -> str:
    return _span((later - earlier).total_seconds())


def _span(seconds: float) -> str:
    """`40 s`, `12 min`, `3 h 05 min`, `2 d 4 h`."""
    whole = max(0, round(seconds))
    if whole < 120:
        return f"{whole} s"
    minutes, hours, days = whole // 60, whole // 3600, whole // 86_400
    if minutes < 120:
        return f"{minutes} min"
    return f"{hours} h {minutes % 60:02d} min" if hours < 48 else f"{days} d {hours % 24} h"
