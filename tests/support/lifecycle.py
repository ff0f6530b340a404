"""Split, training, package and evaluation over a slice of flights, with a tracking store of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import polars as pl

from mlcycle.adapters.mlflow.registry import MlflowRegistry
from mlcycle.adapters.mlflow.tracker import MlflowTracker
from mlcycle.graph.node import Step
from mlcycle.kinds.gates.evaluate import evaluate
from mlcycle.kinds.packages.package import build
from mlcycle.kinds.registration.card import write
from mlcycle.kinds.registration.register import register
from mlcycle.kinds.splits.split import split
from mlcycle.kinds.trainers.training import train
from mlcycle.ports import Builder, FeatureStore, Ports
from mlcycle.task import Input, Outcome, Task
from tests.support.datasets import (
    as_input,
    dataset_input,
    features,
    make_task,
    package_config,
    training_steps,
)
from tests.support.mlflow_store import mlflow_store
from tests.support.releases import Champions

SPLIT = {"train": 0.7, "validation": 0.1, "test": 0.2, "gap_seconds": 93_600}


def mlflow_ports(folder: Path) -> Ports:
    """Ports whose tracker and registry are MLflow over SQLite, with no champion; the others are not there."""
    uri = f"sqlite:///{mlflow_store(folder) / 'mlflow.db'}"
    return Ports(
        tracker=MlflowTracker(tracking_uri=uri, artifact_root=folder / "artifacts"),
        registry=MlflowRegistry(tracking_uri=uri, cache=folder / "cache", artifact_root=folder / "artifacts"),
        feature_store=cast(FeatureStore, None),
        builder=cast(Builder, None),
        rollouts=Champions(),
    )


def gate(number: int, kind: str, **config: Any) -> Step:
    """A gate as a step of the evaluation."""
    return Step(
        name=f"gate.{number}.{kind}",
        kind=kind,
        work=f"mlcycle.kinds.gates.{kind}.work:judge",
        config={"severity": "error", **config},
    )


GATES = (
    gate(0, "metric", metric="roc_auc", min=0.6, confidence=0.95),
    gate(1, "baseline", metric="log_loss", against="majority", min_gain=0.01),
    gate(2, "champion", metric="roc_auc", max_drop=0.002),
    gate(
        3,
        "fairness",
        metric="equalized_odds_difference",
        by=["origin"],
        max=0.5,
        min_rows=100,
        severity="warn",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """Runs the nodes of one model in `folder`; each call has a folder of its own below it."""

    folder: Path
    ports: Ports
    task: str
    dataset: Input

    @classmethod
    def over(
        cls, folder: Path, ports: Ports, frame: pl.DataFrame, task: str, classes: list[Any] | None = None
    ) -> Lifecycle:
        return cls(
            folder=folder, ports=ports, task=task, dataset=dataset_input(folder / "dataset", frame, classes)
        )

    def split(self, kind: str = "time", **config: Any) -> Input:
        step = Step(
            name="split",
            kind=kind,
            work=f"mlcycle.kinds.splits.{kind}.work:assign",
            config=config or SPLIT,
        )
        task = self._task("split", "split", {"task": self.task}, {"dataset": self.dataset}, (step,))
        return as_input(task, split(task))

    def train(self, divided: Input, name: str = "training", **trainer: Any) -> Input:
        config = {"task": self.task, "features": features(), "seed": 7}
        inputs = {"dataset": self.dataset, "split": divided}
        task = self._task(name, "training", config, inputs, training_steps(**trainer))
        return as_input(task, train(task))

    def package(self, divided: Input, training: Input, name: str = "package", **config: Any) -> Input:
        inputs = {"dataset": self.dataset, "split": divided, "training": training}
        task = self._task(name, "package", {**package_config(self.task), **config}, inputs)
        return as_input(task, build(task))

    def evaluate(
        self,
        divided: Input,
        package: Input,
        name: str = "evaluation",
        gates: tuple[Step, ...] = GATES,
        **more: Input,
    ) -> tuple[Outcome, Input]:
        inputs = {"dataset": self.dataset, "split": divided, "package": package, **more}
        task = self._task(name, "evaluation", {"task": self.task, "by": ["origin"]}, inputs, gates)
        outcome = evaluate(task)
        return outcome, as_input(task, outcome)

    def register(
        self, package: Input, evaluation: Input, training: Input, name: str = "registration"
    ) -> tuple[Outcome, Input]:
        inputs = {"package": package, "evaluation": evaluation, "training": training}
        task = self._task(name, "registration", {}, inputs)
        outcome = register(task)
        return outcome, as_input(task, outcome)

    def card(self, inputs: Mapping[str, Input], config: Mapping[str, Any], name: str = "card") -> str:
        task = self._task(name, "card", config, {"dataset": self.dataset, **inputs})
        write(task)
        return (task.out / "model_card.md").read_text()

    def _task(
        self,
        name: str,
        part: str,
        config: Mapping[str, Any],
        inputs: Mapping[str, Input],
        steps: tuple[Step, ...] = (),
    ) -> Task:
        return make_task(
            self.folder / name, part, config=config, inputs=inputs, ports=self.ports, steps=steps
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A lifecycle that has run up to its evaluation."""

    run: Lifecycle
    split: Input
    training: Input
    package: Input
    evaluation: Input
    judged: Outcome


def trained(run: Lifecycle, gates: tuple[Step, ...] = GATES) -> Trained:
    """Run split, training, package and evaluation."""
    divided = run.split()
    training = run.train(divided)
    package = run.package(divided, training)
    judged, evaluation = run.evaluate(divided, package, gates=gates)
    return Trained(
        run=run, split=divided, training=training, package=package, evaluation=evaluation, judged=judged
    )
