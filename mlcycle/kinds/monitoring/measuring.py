"""Measure closed chunks: each once, and again only for the labels that it still waits for."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from mlcycle.graph.chunks import spans
from mlcycle.graph.node import Step
from mlcycle.kinds.monitoring.references import References
from mlcycle.kinds.signals.measured import Chunk, Measure, Reference
from mlcycle.ports import LabelColumn, LaterLabel, Predicted
from mlcycle.task import CheckResult, Task
from mlcycle.verdicts import ChunkResult

#: How many chunks are read at once, so that a year of them needs no more memory than a month.
_AT_ONCE = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A chunk that is to be measured; `before` is what was measured of it while it waits for labels."""

    start: datetime
    end: datetime
    before: ChunkResult | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What was met while reading: rows of packages that cannot be had, lines that are no record, labels."""

    without_package: int = 0
    unreadable: int = 0
    repeated: int = 0
    orphans: int = 0


def due(task: Task, known: Sequence[ChunkResult], until: datetime) -> list[Span]:
    """The closed chunks that were never measured, and those that wait for labels."""
    config = task.node.config
    held = task.ports.predictions.span(f"{task.node.group}.{config['service']}")
    if held is None:
        return []
    done = {chunk.start: chunk for chunk in known}
    asked = [
        Span(start=start, end=end, before=done.get(start))
        for start, end in spans(held[0], until, config["every_seconds"])
    ]
    return [span for span in asked if span.before is None or not span.before.settled]


def measure(
    task: Task, references: References, asked: Sequence[Span], until: datetime
) -> tuple[list[ChunkResult], Counted]:
    """The results of the chunks that hold anything."""
    results: list[ChunkResult] = []
    counted = Counted()
    for begin in range(0, len(asked), _AT_ONCE):
        part = asked[begin : begin + _AT_ONCE]
        task.progress(f"measuring {part[0].start:%Y-%m-%d %H:%M}", begin / len(asked))
        predicted = read(task, references, part[0].start, part[-1].end, until)
        counted = Counted(
            without_package=counted.without_package + predicted.without_package,
            unreadable=predicted.unreadable + counted.unreadable,
            repeated=predicted.repeated,
            orphans=predicted.orphans,
        )
        results += _measured(task, references, part, predicted, until)
    return results, counted


def read(task: Task, references: References, start: datetime, end: datetime, until: datetime) -> Predicted:
    """The predictions of a span with the labels that were known at the newest boundary."""
    config = task.node.config
    return task.ports.predictions.predicted(
        f"{task.node.group}.{config['service']}",
        start,
        end,
        package=references.package,
        known_by=until,
        labels=_labels(task),
        redacted=config["redacted"],
    )


def _labels(task: Task) -> LabelColumn | LaterLabel | None:
    given: Mapping[str, Any] | None = task.node.config.get("labels")
    if given is None:
        return None
    path = task.inputs["labels"].path / "data.parquet"
    key = tuple((key["name"], key["dtype"]) for key in given["key"])
    if "later" in given:
        return LaterLabel(path=path, key=key, config=given["later"])
    return LabelColumn(
        path=path,
        column=given["column"],
        key=key,
        timestamp=given.get("timestamp"),
        created_timestamp=given.get("created_timestamp"),
        available_after=timedelta(seconds=given["available_after_seconds"]),
    )


def _measured(
    task: Task, references: References, asked: Sequence[Span], predicted: Predicted, until: datetime
) -> list[ChunkResult]:
    groups: dict[tuple[str, bool], list[tuple[Span, Chunk]]] = {}
    for span in asked:
        package, chunk = _chunk(span, predicted)
        if chunk.requests.height:
            groups.setdefault((package, span.before is not None), []).append((span, chunk))
    found: list[ChunkResult] = []
    for (package, again), pairs in groups.items():
        steps = [step for step in task.steps() if not again or step.config.get("needs_labels")]
        own = references.of(package or task.inputs["package"].data_version)
        reference = Reference(manifest=references.manifest(package), rows=None if own is None else own.rows)
        chunks = [_filled(chunk, reference) for _, chunk in pairs]
        checks = _checks(task, steps, chunks, reference)
        digest = own.digest if own is not None and package else ""
        found += [
            _result(task, span, chunk, package, digest, own_checks, until)
            for (span, _), chunk, own_checks in zip(pairs, chunks, checks, strict=True)
        ]
    return sorted(found, key=lambda result: result.start)


def _chunk(span: Span, predicted: Predicted) -> tuple[str, Chunk]:
    """The chunk of the package that answered most of its rows; while it waits for labels, of the same."""
    inside = (pl.col("at") >= span.start) & (pl.col("at") < span.end)
    parts = {digest: rows.filter(inside) for digest, rows in predicted.frames.items()}
    package = max(parts, key=lambda digest: (parts[digest].height, digest), default="")
    if span.before is not None:
        package = span.before.package
    rows = parts.get(package, pl.DataFrame())
    requests = predicted.requests.filter(inside)
    return package if rows.height else "", Chunk(start=span.start, end=span.end, rows=rows, requests=requests)


def _filled(chunk: Chunk, reference: Reference) -> Chunk:
    """A chunk without rows has the columns of the reference, so that signals find them empty."""
    if chunk.rows.height or reference.rows is None:
        return chunk
    return replace(chunk, rows=reference.rows.clear())


def _checks(
    task: Task, steps: Iterable[Step], chunks: Sequence[Chunk], reference: Reference
) -> list[tuple[CheckResult, ...]]:
    """For each chunk the checks of all steps."""
    found: list[list[CheckResult]] = [[] for _ in chunks]
    for step in steps:
        work: Measure = pkgutil.resolve_name(step.work)
        severity = step.config.get("severity", "warn")
        for checks, own in zip(found, work(step.config, chunks, reference, task.ports.monitor), strict=True):
            checks += [replace(check, severity=severity) for check in own]
    return [tuple(checks) for checks in found]


def _result(
    task: Task,
    span: Span,
    chunk: Chunk,
    package: str,
    reference: str,
    checks: tuple[CheckResult, ...],
    until: datetime,
) -> ChunkResult:
    rows = chunk.rows.height
    labelled = rows - chunk.rows["label"].null_count() if rows else 0
    waits = any(step.config.get("needs_labels") for step in task.steps())
    patience = timedelta(seconds=task.node.config["wait_seconds"])
    settled = not waits or labelled == rows or span.end + patience <= until
    if span.before is not None:
        if not rows:  # its package cannot be had any more
            return replace(span.before, settled=span.end + patience <= until)
        named = {check.name for check in checks}
        kept = tuple(check for check in span.before.checks if check.name not in named)
        return replace(span.before, labelled=labelled, checks=(*kept, *checks), settled=settled)
    return ChunkResult(
        monitor=task.node.name.replace("/monitors/", "/"),
        start=span.start,
        end=span.end,
        rows=rows,
        labelled=labelled,
        package=package,
        checks=checks,
        reference=reference,
        settled=settled,
    )
