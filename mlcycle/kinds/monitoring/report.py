"""The page of a monitor, from its chunks: plain words on top, then pictures, then every verdict."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from mlcycle.emit.monitor import Cell, Line, MonitorPage, Part, Picture, page_text
from mlcycle.graph.node import Step
from mlcycle.kinds.monitoring.measuring import Counted
from mlcycle.kinds.monitoring.plots import Plot
from mlcycle.kinds.monitoring.summary import Trouble, of_step, troubles
from mlcycle.kinds.signals.verdicts import worst
from mlcycle.task import CheckResult
from mlcycle.verdicts import ChunkResult

#: The newest chunks that the page shows.
SHOWN = 90

_SHORT = {"pass": "ok", "fail": "beyond", "inconclusive": "unknown", "not_applicable": "–"}


def write(
    folder: Path,
    *,
    name: str,
    service: str,
    steps: Sequence[Step],
    chunks: Sequence[ChunkResult],
    checks: Sequence[CheckResult],
    plots: Sequence[Plot],
    counted: Counted,
) -> Path:
    """Write `report.html` into `folder`, where the plots are, and return its path."""
    shown = list(chunks)[-SHOWN:]
    wrong = troubles(shown)
    unsure = [check for check in checks if check.verdict == "inconclusive"]
    state = "fail" if wrong else "inconclusive" if unsure else "pass"
    page = MonitorPage(
        title=f"Monitor {name}",
        subtitle=f"What was measured of the predictions of {service}, chunk by chunk, against the test side.",
        state=state,
        headline=_headline(wrong, unsure, chunks),
        wrong=tuple(map(_said, wrong)),
        unsure=tuple(f"{_signal(check.name)}: {check.message}" for check in unsure),
        facts=_facts(chunks),
        pictures=tuple(_picture(folder, plot) for plot in plots),
        parts=tuple(_parts(steps, shown)),
        notes=_notes(counted),
    )
    path = folder / "report.html"
    path.write_text(page_text(page), encoding="utf-8")
    return path


def _headline(wrong: Sequence[Trouble], unsure: Sequence[CheckResult], chunks: Sequence[ChunkResult]) -> str:
    if not chunks:
        return "Nothing has been measured yet."
    if wrong:
        since = min(trouble.since for trouble in wrong)
        count = f"{len(wrong)} figures are" if len(wrong) > 1 else "One figure is"
        return f"{count} beyond the limit; the first since {_time(since)}."
    if unsure:
        return "Nothing is known to be wrong, and not everything is known."
    return "Everything that is watched is within its limits."


def _said(trouble: Trouble) -> str:
    lasting = f"{trouble.chunks} chunks in a row" if trouble.chunks > 1 else "one chunk"
    figure = (
        "" if trouble.check.figure is None else f" ({trouble.check.figure:.4g}, limit {trouble.check.limit})"
    )
    return f"{trouble.check.name}{figure}, since {_time(trouble.since)}, {lasting}: {trouble.check.message}"


def _facts(chunks: Sequence[ChunkResult]) -> tuple[tuple[str, str], ...]:
    if not chunks:
        return ()
    newest = chunks[-1]
    packages = len({chunk.package for chunk in chunks if chunk.package})
    return (
        ("Measured", f"{len(chunks):,} chunks, {sum(chunk.rows for chunk in chunks):,} rows"),
        ("From, to", f"{_time(chunks[0].start)}, {_time(newest.end)} (UTC)"),
        ("With a label", f"{sum(chunk.labelled for chunk in chunks):,} rows"),
        ("Model packages", str(packages)),
        ("Newest package", newest.package or "none"),
        ("Its reference", newest.reference or "none"),
    )


def _picture(folder: Path, plot: Plot) -> Picture:
    data = base64.b64encode((folder / plot.name).read_bytes()).decode()
    return Picture(title=plot.title, caption=plot.caption, uri=f"data:image/png;base64,{data}")


def _parts(steps: Sequence[Step], chunks: Sequence[ChunkResult]) -> list[Part]:
    if not chunks:
        return []
    newest = chunks[-1]
    return [
        Part(
            title="Verdicts, newest first",
            note="A verdict covers all figures of its signal; what is unknown is never taken for good.",
            heads=("chunk", "rows", "labels", "package", *(_signal(step.name, step) for step in steps)),
            lines=tuple(_chunk_line(steps, chunk) for chunk in reversed(chunks)),
        ),
        Part(
            title=f"Every figure of {_time(newest.start)}",
            note="The newest chunk that has closed.",
            heads=("what", "figure", "limit", "rows", "verdict"),
            lines=tuple(map(_check_line, newest.checks)),
        ),
    ]


def _chunk_line(steps: Sequence[Step], chunk: ChunkResult) -> Line:
    return Line(
        head=_time(chunk.start),
        texts=(f"{chunk.rows:,}", f"{chunk.labelled:,}", chunk.package[:8]),
        cells=tuple(_cell(of_step(step, chunk)) for step in steps),
    )


def _cell(checks: tuple[CheckResult, ...]) -> Cell:
    if not checks:
        return Cell(verdict="not_applicable", text="–", hint="not measured in this chunk")
    verdict = worst(checks)
    telling = [check for check in checks if check.verdict == verdict]
    text = _SHORT[verdict]
    if len(checks) == 1 and checks[0].figure is not None:
        text = f"{checks[0].figure:.3g} {text}"
    elif verdict == "fail":
        text = f"{len(telling)} of {len(checks)} {text}"
    return Cell(verdict=verdict, text=text, hint="; ".join(check.message for check in telling[:5]))


def _check_line(check: CheckResult) -> Line:
    figure = "" if check.figure is None else f"{check.figure:.4g}"
    if check.low is not None and check.high is not None:
        figure += f" ({check.low:.4g} to {check.high:.4g})"
    rows = "" if check.rows is None else f"{check.rows:,}"
    cell = Cell(verdict=check.verdict, text=_SHORT[check.verdict], hint=check.message)
    return Line(head=check.name, texts=(figure, check.limit or "", rows), cells=(cell,))


def _notes(counted: Counted) -> tuple[str, ...]:
    notes = {
        "lines of the log are no record and were passed over": counted.unreadable,
        "predicted rows are of packages that cannot be had any more": counted.without_package,
        "labels were sent again: the newest counts": counted.repeated,
        "labels name a row that nobody predicted": counted.orphans,
    }
    return tuple(f"{number:,} {text}." for text, number in notes.items() if number)


def _signal(name: str, step: Step | None = None) -> str:
    """`signal.0.data_drift` as people say it."""
    words = name.split(".", 2)[-1] if name.startswith("signal.") else name
    metric = step.config.get("metric") if step is not None else None
    return words.replace("_", " ") + (f" ({metric})" if metric else "")


def _time(time: datetime) -> str:
    return f"{time:%Y-%m-%d}" if (time.hour, time.minute) == (0, 0) else f"{time:%Y-%m-%d %H:%M}"
