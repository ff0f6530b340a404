"""Watch the predictions of a service: measure each closed chunk, say what is wrong, since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import polars as pl

from mlcycle.kinds.monitoring.measuring import Counted, due, measure, read
from mlcycle.kinds.monitoring.references import References
from mlcycle.kinds.monitoring.summary import heartbeat, signal_check, troubles
from mlcycle.steps.manifest import canonical_json, sha256
from mlcycle.task import CheckResult, Outcome, Task
from mlcycle.verdicts import ChunkResult

FILE = "monitor.json"

#: The newest chunks that are written down; the store has all.
_WRITTEN = 1000


def watch(task: Task) -> Outcome:
    """Measure what has closed, then write `monitor.json`, plots and `report.html`.

    A chunk is measured once and its result kept, also when the model changes; checks that need labels are
    measured again until it is settled. Without predictions it keeps the reference and says so: that is cheap,
    and nothing that draws or measures is loaded.
    """
    config, name = task.node.config, task.node.name.replace("/monitors/", "/")
    references = References(task)
    references.keep()
    (fact,) = task.observed.values()
    if fact is None:
        return _outcome(task, None, (), Counted(), ())
    until = datetime.fromisoformat(fact.split(" ")[0])
    task.ports.predictions.collect(f"{task.node.group}.{config['service']}", task.now)
    asked = due(task, task.ports.chunks.closed(name), until)
    results, counted = measure(task, references, asked, until)
    task.ports.chunks.add(results)
    chunks = task.ports.chunks.closed(name)
    plots = _report(task, references, chunks, until, counted) if chunks else ()
    return _outcome(task, until, chunks, counted, plots)


def _report(
    task: Task, references: References, chunks: Sequence[ChunkResult], until: datetime, counted: Counted
) -> tuple[str, ...]:
    from mlcycle.kinds.monitoring import plots, report

    newest = chunks[-1]
    own = references.of(newest.package) if newest.package else None
    shown = list(chunks)[-report.SHOWN :]
    rows = _rows(task, references, newest, until)
    drawn = plots.draw(shown, task.out, rows, own.rows if own is not None else None)
    report.write(
        task.out,
        name=task.node.name.split("/")[-1],
        service=task.node.config["service"],
        steps=task.steps(),
        chunks=chunks,
        checks=_checks(task, until, chunks),
        plots=drawn,
        counted=counted,
    )
    return tuple(plot.name for plot in drawn)


def _rows(task: Task, references: References, chunk: ChunkResult, until: datetime) -> pl.DataFrame | None:
    return read(task, references, chunk.start, chunk.end, until).frames.get(chunk.package)


def _checks(task: Task, until: datetime | None, chunks: Sequence[ChunkResult]) -> tuple[CheckResult, ...]:
    signals = (signal_check(step, chunks) for step in task.steps())
    return (*signals, heartbeat(task.node.config["service"], until, chunks))


def _outcome(
    task: Task,
    until: datetime | None,
    chunks: Sequence[ChunkResult],
    counted: Counted,
    plots: tuple[str, ...],
) -> Outcome:
    content = canonical_json(
        {
            "monitor": task.node.name.replace("/monitors/", "/"),
            "service": task.node.config["service"],
            "until": None if until is None else until.isoformat(),
            "counted": asdict(counted),
            "chunks": [_plain(chunk) for chunk in list(chunks)[-_WRITTEN:]],
        }
    )
    (task.out / FILE).write_bytes(content)
    wrong = troubles(chunks)
    return Outcome(
        data_version=sha256(content),
        figures={
            "chunks": len(chunks),
            "rows": sum(chunk.rows for chunk in chunks),
            "labelled": sum(chunk.labelled for chunk in chunks),
            "waiting_for_labels": sum(not chunk.settled for chunk in chunks),
            "wrong": {trouble.check.name: trouble.since.isoformat() for trouble in wrong},
            **{key: value for key, value in asdict(counted).items() if value},
        },
        key_figure=_key_figure(chunks, len(wrong)),
        checks=_checks(task, until, chunks),
        plots=plots,
    )


def _key_figure(chunks: Sequence[ChunkResult], wrong: int) -> str:
    if not chunks:
        return "no predictions yet"
    return f"{len(chunks):,} chunks, {f'{wrong} beyond their limit' if wrong else 'all within limits'}"


def _plain(chunk: ChunkResult) -> dict[str, Any]:
    times = {"start": chunk.start.isoformat(), "end": chunk.end.isoformat()}
    return {**asdict(chunk), **times}
