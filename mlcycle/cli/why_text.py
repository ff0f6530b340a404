"""How a prediction came about, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mlcycle.cli.console import number, table

if TYPE_CHECKING:
    from mlcycle.control.why import Row, Source, Trained, Why
    from mlcycle.task import CheckResult

_SHORT = 12
_ORIGINS = ("request", "looked up", "computed")


def as_text(why: Why) -> str:
    """The answer, its rows with their features, then where the model came from."""
    blocks = [table(_answer(why), indent="")]
    blocks += [_row(index, row) for index, row in enumerate(why.rows)]
    if not why.rows:
        blocks.append("its rows were not kept: the request was refused, or not in the log's sample")
    blocks.append(_trained(why.trained) if why.trained is not None else _untraced(why))
    return "\n\n".join(blocks)


def as_data(why: Why) -> str:
    """One object: the fields of `control.why.Why`; times are ISO texts in UTC."""
    return json.dumps(asdict(why), indent=2, default=lambda time: time.isoformat())


def _answer(why: Why) -> Iterator[tuple[str, str]]:
    how = f"{why.seconds * 1000:.1f} ms, status {why.status}"
    yield ("request", why.request_id)
    yield ("at", f"{why.at:%Y-%m-%d %H:%M:%S} UTC ({why.origin}), {how}")
    yield ("service", why.service)
    if why.package is not None:
        yield ("answered by", f"version {why.version} (package {why.package[:_SHORT]})")
    if why.assigned is not None and why.assigned != why.package:
        reason = f": {why.fallback}" if why.fallback else ""
        yield ("assigned to", f"package {why.assigned[:_SHORT]}, which did not answer{reason}")
    if why.generation is not None:
        change = why.change
        said = f"{change.event} at {change.at:%Y-%m-%d %H:%M} by {change.actor}" if change is not None else ""
        yield ("rollout", f"generation {why.generation}" + (f": {said}" if said else ""))


def _row(index: int, row: Row) -> str:
    features = [
        (one.origin, one.name, _value(one.value) if one.kept else "(not kept in the log)")
        for one in sorted(row.features, key=lambda one: _ORIGINS.index(one.origin))
    ]
    label = "not known" if row.label is None else _value(row.label)
    scored = [("score", _value(row.score)), ("decision", _value(row.decision)), ("label", label)]
    return f"row {index}\n{table(features)}\n{table(scored)}"


def _trained(trained: Trained) -> str:
    head = [
        ("trained", f"{trained.when:%Y-%m-%d %H:%M} UTC, run {trained.run_id or 'unknown'}"),
        *(("because" if i == 0 else "", why) for i, why in enumerate(trained.cause)),
        ("evidence", trained.evidence[:_SHORT] or "none"),
    ]
    gates = [_gate(check) for check in trained.gates]
    data = [_source(one) for one in trained.sources]
    parts = [f"model {trained.model}\n{table(head)}", f"gates\n{table(gates)}" if gates else ""]
    parts.append(f"learned from\n{table(data)}" if data else "")
    return "\n\n".join(part for part in parts if part)


def _source(source: Source) -> tuple[str, ...]:
    rows = f"{source.rows:,} rows" if source.rows is not None else ""
    return (source.name, rows, source.newest or "", source.data_version[:_SHORT])


def _gate(check: CheckResult) -> tuple[str, ...]:
    bounded = check.low is not None and check.high is not None
    interval = f"{number(check.low)} to {number(check.high)}" if bounded else ""
    return (check.verdict, check.name, number(check.figure), interval, check.limit or "")


def _untraced(why: Why) -> str:
    if why.package is None:
        return "no version answered"
    return f"package {why.package[:_SHORT]} was made by no result of this environment: more is not known here"


def _value(value: Any) -> str:
    if value is None:
        return "missing"
    return f"{value:.6g}" if isinstance(value, float) else json.dumps(value, ensure_ascii=False)
