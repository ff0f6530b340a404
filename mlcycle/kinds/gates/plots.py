"""Pictures of an evaluation: the same scores give the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mlcycle.kinds.gates.catalog import BINARY, REGRESSION
from mlcycle.kinds.gates.metrics import names
from mlcycle.kinds.gates.scores import Scores
from mlcycle.kinds.gates.verdicts import SHOWN_CONFIDENCE

_BLUE, _GREY, _ORANGE = "#2b6cb0", "#a0aec0", "#dd6b20"
_BINS = 10


def draw(scores: Scores, folder: Path) -> tuple[str, ...]:
    """Write the plots that suit the task; returns their names."""
    if scores.task == BINARY:
        plots = {"roc.png": _roc, "calibration.png": _calibration, "scores.png": _histogram}
    elif scores.task == REGRESSION:
        plots = {"predicted.png": _predicted, "residuals.png": _residuals}
    else:
        plots = {"confusion.png": _confusion}
    if scores.folds is not None:
        plots["folds.png"] = _folds
    for name, plot in plots.items():
        _write(folder / name, plot, scores)
    return tuple(plots)


def _write(path: Path, plot: Callable[[Axes, Scores], None], scores: Scores) -> None:
    with mpl.rc_context({"font.family": "DejaVu Sans", "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(5, 4), dpi=100, layout="tight")
        FigureCanvasAgg(figure)
        plot(figure.add_subplot(), scores)
        figure.savefig(path, format="png", metadata={"Software": None})


def _roc(axes: Axes, scores: Scores) -> None:
    order = np.argsort(-scores.scores, kind="stable")
    positive = scores.labels[order] > 0.5
    last = np.append(np.flatnonzero(np.diff(scores.scores[order])), len(order) - 1)
    hits = np.append(0, np.cumsum(positive)[last]) / max(1, positive.sum())
    misses = np.append(0, np.cumsum(~positive)[last]) / max(1, (~positive).sum())
    axes.plot([0, 1], [0, 1], color=_GREY, linewidth=1)
    axes.plot(misses, hits, color=_BLUE)
    axes.set(xlabel="false positive rate", ylabel="true positive rate", title="ROC curve")


def _calibration(axes: Axes, scores: Scores) -> None:
    """Mean score against share of true in ten groups of equally many rows."""
    groups = np.array_split(np.argsort(scores.scores, kind="stable"), _BINS)
    filled = [group for group in groups if len(group)]
    predicted = [scores.scores[group].mean() for group in filled]
    observed = [scores.labels[group].mean() for group in filled]
    top = max(*predicted, *observed, 1e-9)
    axes.plot([0, top], [0, top], color=_GREY, linewidth=1)
    axes.plot(predicted, observed, color=_BLUE, marker="o")
    axes.set(xlabel="mean score", ylabel="share of true", title="Calibration")


def _histogram(axes: Axes, scores: Scores) -> None:
    bins = np.linspace(0, 1, 41).tolist()
    for value, color, name in ((0, _GREY, "false"), (1, _ORANGE, "true")):
        chosen = scores.scores[scores.labels == value]
        axes.hist(chosen, bins=bins, density=bool(len(chosen)), alpha=0.7, color=color, label=name)
    axes.legend(title="label")
    axes.set(xlabel="score", ylabel="density", title="Scores by label")


def _predicted(axes: Axes, scores: Scores) -> None:
    axes.hexbin(scores.scores, scores.labels, gridsize=40, cmap="Blues", mincnt=1)
    low, high = scores.labels.min(), scores.labels.max()
    axes.plot([low, high], [low, high], color=_ORANGE, linewidth=1)
    axes.set(xlabel="predicted", ylabel="observed", title="Predicted and observed")


def _residuals(axes: Axes, scores: Scores) -> None:
    axes.hist(scores.labels - scores.scores, bins=60, color=_BLUE)
    axes.set(xlabel="observed less predicted", ylabel="rows", title="Residuals")


def _confusion(axes: Axes, scores: Scores) -> None:
    size = scores.classes
    cells = (scores.labels * size + scores.judged().decisions()).astype(np.int64)
    table = np.bincount(cells, minlength=size * size).reshape(size, size)
    axes.imshow(table / np.maximum(1, table.sum(axis=1, keepdims=True)), cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(size, size):
        axes.text(column, row, f"{table[row, column]:,}", ha="center", va="center")
    axes.set(xlabel="decided", ylabel="label", title="Confusion", xticks=range(size), yticks=range(size))


def _folds(axes: Axes, scores: Scores) -> None:
    """The first metric that every fold has, each fold's, and the interval of their mean."""
    assert scores.folds is not None
    numbers = list(range(1, len(scores.folds.held_out) + 1))
    for metric in names(scores.task):
        mean = scores.folds.mean(metric, SHOWN_CONFIDENCE)
        if mean.known:
            axes.axhspan(mean.low, mean.high, color=_GREY, alpha=0.3, linewidth=0)
            axes.axhline(mean.figure, color=_GREY, linewidth=1)
            axes.plot(numbers, np.array(scores.folds.figures[metric], dtype=np.float64), "o", color=_BLUE)
            axes.set(ylabel=metric)
            break
    axes.set(xlabel="fold", title="Scores of the folds", xticks=numbers)
