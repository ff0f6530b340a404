"""Pictures of a monitor: the same results give the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import matplotlib.dates as mdates
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mlcycle.kinds.monitoring.summary import lower_limit, upper_limit
from mlcycle.task import CheckResult
from mlcycle.verdicts import ChunkResult

_BLUE, _GREY, _ORANGE, _RED, _GREEN = "#2b6cb0", "#a0aec0", "#dd6b20", "#c53030", "#2f855a"
_LINES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A picture that was written: its file name, a title and what one sees in it."""

    name: str
    title: str
    caption: str


def draw(
    chunks: Sequence[ChunkResult],
    folder: Path,
    newest: pl.DataFrame | None = None,
    reference: pl.DataFrame | None = None,
) -> tuple[Plot, ...]:
    """Write the plots that there is something for. newest: the rows of the newest chunk."""
    made: list[Plot] = []

    def add(name: str, title: str, caption: str, plot: Callable[[Axes], None]) -> None:
        _write(folder / name, plot)
        made.append(Plot(name=name, title=title, caption=caption))

    if any(upper_limit(check) for points in _series(chunks, "data_drift.").values() for _, check in points):
        caption = "Each feature's distance, as a multiple of its limit: above the line is drift."
        add("drift.png", "Drift of features", caption, lambda axes: _drift(axes, chunks))
    for metric in _metrics(chunks):
        caption = "Estimated from scores alone, realized on the rows with a label, and their limits."
        add(f"{metric}.png", metric, caption, lambda axes, m=metric: _performance(axes, chunks, m))  # type: ignore[misc]
    if newest is not None and reference is not None and _scores(newest) and _scores(reference):
        caption = "Scores of the newest chunk beside those of the reference."
        add("scores.png", "Predictions", caption, lambda axes: _distribution(axes, newest, reference))
    if chunks:
        caption = "Predicted rows a chunk; where it is watched, the time for 99 of 100 requests."
        add("volume.png", "Volume", caption, lambda axes: _volume(axes, chunks))
    return tuple(made)


def _write(path: Path, plot: Callable[[Axes], None]) -> None:
    with mpl.rc_context({"font.family": "DejaVu Sans", "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(8, 3.2), dpi=100, layout="tight")
        FigureCanvasAgg(figure)
        plot(figure.add_subplot())
        figure.savefig(path, format="png", metadata={"Software": None})


def _series(chunks: Sequence[ChunkResult], prefix: str) -> dict[str, list[tuple[ChunkResult, CheckResult]]]:
    """Check name -> its chunks with a figure."""
    found: dict[str, list[tuple[ChunkResult, CheckResult]]] = {}
    for chunk in chunks:
        for check in chunk.checks:
            if check.name.startswith(prefix) and check.figure is not None:
                found.setdefault(check.name, []).append((chunk, check))
    return found


def _metrics(chunks: Sequence[ChunkResult]) -> tuple[str, ...]:
    names = (*_series(chunks, "estimated_performance."), *_series(chunks, "realized_performance."))
    return tuple(dict.fromkeys(name.partition(".")[2] for name in names))


def _times(axes: Axes, times: Sequence[float]) -> None:
    locator = mdates.AutoDateLocator(minticks=2, maxticks=8)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))
    if len(times) == 1:
        axes.set_xlim(times[0] - 1, times[0] + 1)


def _at(chunk: ChunkResult) -> float:
    return float(mdates.date2num(chunk.start))


def _drift(axes: Axes, chunks: Sequence[ChunkResult]) -> None:
    lines = {}
    for name, points in _series(chunks, "data_drift.").items():
        ratios = [
            (_at(chunk), (check.figure or 0.0) / limit)
            for chunk, check in points
            if (limit := upper_limit(check))
        ]
        if ratios:
            lines[name.partition(".")[2]] = ratios
    ordered = sorted(lines, key=lambda name: -max(ratio for _, ratio in lines[name]))
    for name in ordered[_LINES:]:
        axes.plot(*zip(*lines[name], strict=True), color=_GREY, linewidth=0.7, alpha=0.6)
    for name in ordered[:_LINES]:
        axes.plot(*zip(*lines[name], strict=True), marker="o", markersize=3, linewidth=1.4, label=name)
    axes.axhline(1, color=_RED, linewidth=1, linestyle="--")
    axes.set(ylabel="distance / limit", ylim=(0, None))
    axes.legend(fontsize=7, loc="upper left", ncols=2)
    _times(axes, [time for name in ordered for time, _ in lines[name]][:1] if len(chunks) == 1 else [])


def _performance(axes: Axes, chunks: Sequence[ChunkResult], metric: str) -> None:
    for kind, color, word in (
        ("estimated_performance", _BLUE, "estimated"),
        ("realized_performance", _ORANGE, "realized"),
    ):
        points = _series(chunks, f"{kind}.{metric}").get(f"{kind}.{metric}", [])
        if not points:
            continue
        times = [_at(chunk) for chunk, _ in points]
        figures = [check.figure or 0.0 for _, check in points]
        axes.plot(times, figures, color=color, marker="o", markersize=3, linewidth=1.2, label=word)
        if kind == "estimated_performance":
            low = [check.low if check.low is not None else np.nan for _, check in points]
            high = [check.high if check.high is not None else np.nan for _, check in points]
            axes.fill_between(times, low, high, color=color, alpha=0.12, linewidth=0)
        for limit in (lower_limit, upper_limit):
            known = [(t, limit(check)) for t, (_, check) in zip(times, points, strict=True)]
            kept = [(t, value) for t, value in known if value is not None]
            if kept:
                axes.plot(*zip(*kept, strict=True), color=color, linestyle="--", linewidth=0.9, alpha=0.8)
        _times(axes, times)
    axes.set(ylabel=metric)
    axes.legend(fontsize=7)


def _scores(rows: pl.DataFrame) -> bool:
    return "score" in rows.columns and rows["score"].is_finite().any()


def _distribution(axes: Axes, newest: pl.DataFrame, reference: pl.DataFrame) -> None:
    sides = [frame["score"].drop_nulls().drop_nans().to_numpy() for frame in (reference, newest)]
    edges = np.linspace(min(side.min() for side in sides), max(side.max() for side in sides), 41)
    for side, color, word in zip(sides, (_GREY, _BLUE), ("reference", "newest chunk"), strict=True):
        axes.hist(side, bins=edges.tolist(), density=True, alpha=0.65, color=color, label=word)
    axes.legend(fontsize=7)
    axes.set(xlabel="score", ylabel="density")


def _volume(axes: Axes, chunks: Sequence[ChunkResult]) -> None:
    times = [_at(chunk) for chunk in chunks]
    width = 0.8 * (chunks[-1].end - chunks[-1].start).total_seconds() / 86_400
    axes.bar(times, [chunk.rows for chunk in chunks], width=width, color=_GREY, align="edge")
    axes.set(ylabel="rows", ylim=(0, None))
    slow = _series(chunks, "system.p99").get("system.p99", [])
    if slow:
        other = axes.twinx()
        seconds = [1000 * (check.figure or 0.0) for _, check in slow]
        other.plot([_at(chunk) for chunk, _ in slow], seconds, color=_GREEN, marker="o", markersize=3)
        other.set(ylabel="p99, ms", ylim=(0, None))
    _times(axes, times)
