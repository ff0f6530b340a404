"""A monitor in few words: a check for each signal, the heartbeat, what is wrong and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from mlcycle.graph.node import Step
from mlcycle.kinds.signals.verdicts import worst
from mlcycle.task import CheckResult, Table
from mlcycle.verdicts import ChunkResult

_MOST_ROWS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A check that has failed in every chunk since `since`, as far as it said anything."""

    check: CheckResult
    since: datetime
    chunks: int


def signal_check(step: Step, chunks: Sequence[ChunkResult]) -> CheckResult:
    """The signal's verdict in its newest chunk; where labels matter, the newest that has them.

    Only verdicts count: the step's severity is that of the check.
    """
    chunk = _newest(step, chunks)
    severity: Literal["error", "warn"] = "error" if step.config.get("severity") == "error" else "warn"
    if chunk is None:
        text = "no chunk of predictions has been measured"
        return CheckResult(name=step.name, verdict="inconclusive", severity=severity, message=text)
    checks = tuple(doubted(check, chunks) for check in of_step(step, chunk))
    verdict = worst(checks)
    one = checks[0] if len(checks) == 1 else None
    return CheckResult(
        name=step.name,
        verdict=verdict,
        severity=severity,
        message=f"{_day(chunk.start)}: {_sentence(checks)}",
        figure=one.figure if one else None,
        low=one.low if one else None,
        high=one.high if one else None,
        limit=one.limit if one else None,
        rows=one.rows if one else chunk.rows,
        table=_table(checks) if len(checks) > 1 else None,
    )


def doubted(check: CheckResult, chunks: Sequence[ChunkResult]) -> CheckResult:
    """An estimate that passes where the newest labels contradict it says nothing: it is blind to a change of
    what follows from the features. It contradicts where the realized figure lies outside its interval."""
    kind, _, metric = check.name.partition(".")
    if kind != "estimated_performance" or check.verdict != "pass":
        return check
    for chunk in reversed(chunks):
        then, real = chunk.check(check.name), chunk.check(f"realized_performance.{metric}")
        if then is None or real is None or None in (then.figure, then.low, then.high, real.figure):
            continue
        if then.low <= real.figure <= then.high:  # type: ignore[operator]
            return check
        text = (
            f"{check.message}, which is not to be trusted: labels of {_day(chunk.start)} say "
            f"{real.figure:.4g} where {then.figure:.4g} was estimated"
        )
        return replace(check, verdict="inconclusive", message=text)
    return check


def of_step(step: Step, chunk: ChunkResult) -> tuple[CheckResult, ...]:
    """The checks of a chunk that a signal made: of its kind, its metric, its columns."""
    found = [check for check in chunk.checks if (check.name + ".").startswith(f"{step.kind}.")]
    if "metric" in step.config:
        found = [check for check in found if check.name == f"{step.kind}.{step.config['metric']}"]
    if "columns" in step.config:
        names = {f"{step.kind}.{column}" for column in step.config["columns"]}
        found = [check for check in found if check.name in names]
    return tuple(found)


def heartbeat(service: str, until: datetime | None, chunks: Sequence[ChunkResult]) -> CheckResult:
    """Whether predictions go on. `until`: where the newest chunk ends that could be closed."""
    if until is None:
        return _beat("inconclusive", f"`{service}` has not been asked for a prediction yet")
    if not chunks:
        return _beat("inconclusive", f"no chunk with predictions of `{service}` has closed yet")
    newest = chunks[-1]
    if newest.end < until:
        return _beat("inconclusive", f"no predictions between {_day(newest.end)} and {_day(until)}")
    if not newest.rows:
        return _beat("inconclusive", f"requests, but not one predicted row, since {_day(newest.start)}")
    return _beat("pass", f"predictions until {_day(newest.end)}", newest.rows)


def troubles(chunks: Sequence[ChunkResult]) -> tuple[Trouble, ...]:
    """What fails now, the longest lasting first."""
    found = []
    for name in dict.fromkeys(check.name for chunk in chunks for check in chunk.checks):
        said = [
            (chunk, check)
            for chunk in chunks
            if (check := chunk.check(name)) is not None and check.verdict in ("pass", "fail")
        ]
        failing = []
        for chunk, check in reversed(said):
            if check.verdict != "fail":
                break
            failing.append((chunk, check))
        if failing:
            found.append(Trouble(check=failing[0][1], since=failing[-1][0].start, chunks=len(failing)))
    return tuple(sorted(found, key=lambda trouble: (trouble.since, trouble.check.name)))


def _newest(step: Step, chunks: Sequence[ChunkResult]) -> ChunkResult | None:
    having = [chunk for chunk in chunks if of_step(step, chunk)]
    if step.config.get("needs_labels"):
        told = [c for c in having if c.settled or worst(of_step(step, c)) in ("pass", "fail")]
        having = told or having
    return having[-1] if having else None


def _beat(verdict: str, message: str, rows: int | None = None) -> CheckResult:
    passed = verdict == "pass"
    return CheckResult(
        name="heartbeat",
        verdict="pass" if passed else "inconclusive",
        severity="warn",
        message=message,
        rows=rows,
    )


def _sentence(checks: Sequence[CheckResult]) -> str:
    if len(checks) == 1:
        return checks[0].message
    failing = [check for check in checks if check.verdict == "fail"]
    unsure = [check for check in checks if check.verdict == "inconclusive"]
    if failing:
        furthest = max(failing, key=_excess)
        return f"{len(failing)} of {len(checks)} are beyond their limit; {furthest.message}"
    if unsure:
        return f"{len(unsure)} of {len(checks)} say nothing; {unsure[0].message}"
    return f"{len(checks)} are within their limits"


def _excess(check: CheckResult) -> float:
    """How many times its limit a figure is."""
    bound = upper_limit(check)
    return (check.figure or 0.0) / bound if bound else 0.0


def upper_limit(check: CheckResult) -> float | None:
    """The number of `max 0.1`."""
    return _limit(check, "max")


def lower_limit(check: CheckResult) -> float | None:
    """The number of `min 0.6`."""
    return _limit(check, "min")


def _limit(check: CheckResult, word: str) -> float | None:
    parts = (check.limit or "").split(", ")
    return next((float(part.split(" ")[1]) for part in parts if part.startswith(f"{word} ")), None)


def _table(checks: Sequence[CheckResult]) -> Table:
    order = {"fail": 0, "inconclusive": 1, "pass": 2, "not_applicable": 3}
    listed = sorted(checks, key=lambda check: (order[check.verdict], -_excess(check), check.name))
    rows = tuple((c.name.partition(".")[2], c.verdict, c.figure, c.limit, c.rows) for c in listed)
    columns = ("what", "verdict", "figure", "limit", "rows")
    return Table(title="Columns", columns=columns, rows=rows[:_MOST_ROWS])


def _day(time: datetime) -> str:
    return f"{time:%Y-%m-%d}" if (time.hour, time.minute) == (0, 0) else f"{time:%Y-%m-%d %H:%M}"
