"""Preprocessing and a model fitted on one set of rows: on those of the model, or of one fold."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mlcycle.graph.node import Step
from mlcycle.kinds.gates import metrics
from mlcycle.kinds.gates.losses import Judged
from mlcycle.kinds.own import call, refused
from mlcycle.kinds.packages.graphs import to_bytes
from mlcycle.kinds.packages.session import run
from mlcycle.kinds.preprocess.agreement import cross_fitted
from mlcycle.kinds.preprocess.chain import FittedChain, chains
from mlcycle.kinds.preprocess.chain import fit as fit_chain
from mlcycle.kinds.preprocess.compose import compose
from mlcycle.kinds.preprocess.fitted import Target
from mlcycle.kinds.preprocess.inputs import Inputs, Layout, inputs
from mlcycle.kinds.trainers.contract import Fitted, Job, Rows
from mlcycle.kinds.trainers.sides import weights
from mlcycle.steps.manifest import Words

#: So many training rows does an author's graph have to score before it is believed.
_TRIED = 100

Progress = Callable[[str, float | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Rows of one side before preprocessing."""

    inputs: Inputs
    labels: NDArray[np.float64]
    weights: NDArray[np.float64] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What is fitted, whatever the rows: the preprocessing steps and the trainer's, in order.

    classes: 0 for regression. threshold: the least score that decides for true. personal: the features of
    which no value may be in a name or in a message.
    """

    task: str
    classes: int
    columns: Layout
    steps: tuple[Step, ...]
    words: Mapping[str, Words]
    threshold: float = 0.5
    personal: frozenset[str] = frozenset()

    def side(self, rows: pl.DataFrame) -> Side:
        return Side(
            inputs=inputs(rows, self.columns, self.words),
            labels=rows["label"].cast(pl.Float64).to_numpy(),
            weights=weights(rows),
        )

    def metrics(self, labels: NDArray[np.float64], scores: NDArray[np.float64]) -> dict[str, float | None]:
        """Every metric of the task; None where it cannot be computed."""
        judged = Judged(
            task=self.task, labels=labels, scores=scores, classes=self.classes, threshold=self.threshold
        )
        found = {name: metrics.figure(name, judged) for name in metrics.names(self.task)}
        return {name: value if np.isfinite(value) else None for name, value in found.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """Fitted steps with their graph, the job that the trainer got, and the model that it gave."""

    chains: Sequence[FittedChain]
    graph: bytes
    job: Job
    model: Fitted

    def scores(self, side: Side) -> NDArray[np.float64]:
        """Scores of rows before preprocessing."""
        return model_scores(self.model, prepared(self.graph, side).x)


def learn(recipe: Recipe, train: Side, validation: Side | None, progress: Progress) -> Learned:
    """Fit preprocessing on the rows of `train` alone, and the trainer on what its graph makes of them."""
    *preprocess, trainer = recipe.steps
    target = Target(task=recipe.task, y=train.labels)
    fitted = [
        fit_chain(chain, train.inputs, target, recipe.personal)
        for chain in chains(recipe.columns, preprocess)
    ]
    graph = to_bytes(compose(fitted, recipe.columns))
    rows = prepared(graph, train)
    cross_fitted(fitted, rows.x)
    job = Job(
        task=recipe.task,
        classes=recipe.classes,
        names=tuple(name for chain in fitted for name in chain.outputs),
        train=rows,
        validation=None if validation is None else prepared(graph, validation),
        progress=progress,
        categorical=_categorical(fitted),
    )
    return Learned(chains=fitted, graph=graph, job=job, model=_fit(trainer, job))


def _categorical(fitted: Sequence[FittedChain]) -> tuple[int, ...]:
    marks = [chain.categorical for chain in fitted for _ in chain.outputs]
    return tuple(index for index, mark in enumerate(marks) if mark)


def prepared(graph: bytes, side: Side) -> Rows:
    """What the graph of preprocessing makes of rows."""
    return Rows(x=run(graph, len(side.inputs), side.inputs.feed), y=side.labels, weights=side.weights)


def model_scores(model: Fitted, x: NDArray[np.float32]) -> NDArray[np.float64]:
    """Scores of preprocessed rows, by the model's graph."""
    found = run(model.graph, len(x), lambda start, stop: {"x": x[start:stop]})
    return found.astype(np.float64)


def _fit(step: Step, job: Job) -> Fitted:
    if step.kind != "python":
        built_in: Fitted = pkgutil.resolve_name(step.work)(job, step.config)
        return built_in
    fitted = call(step, job, step.config)
    if not isinstance(fitted, Fitted):
        kind = type(fitted).__name__
        raise refused(step, f"returned {kind}, not a `Fitted` of mlcycle.kinds.trainers.contract")
    _try_out(step, fitted, job)
    return fitted


def _try_out(step: Step, model: Fitted, job: Job) -> None:
    """Refuse a graph of the author's that does not give every row its score, or a score for each class."""
    rows = replace(job.train, x=job.train.x[:_TRIED], y=job.train.y[:_TRIED])
    wanted = (len(rows), job.classes) if job.task == "multiclass_classification" else (len(rows),)
    try:
        scores = model_scores(model, rows.x)
    except Exception as error:
        reason = str(error).split("\n", 1)[0]
        raise refused(
            step, f"returned an ONNX graph that does not run from `x` to `score`: {reason}"
        ) from error
    if scores.shape != wanted or not np.isfinite(scores).all():
        found = "x".join(map(str, scores.shape))
        expected = "x".join(map(str, wanted))
        raise refused(
            step, f"returned a graph with {found} scores for {len(rows)} rows, not {expected} numbers"
        )
