"""Gradient-boosted trees by XGBoost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import Mistake, Setting, TrainerKind

#: Parameters that have a key of their own, or that follow from the task.
RESERVED = {
    "seed": "seed",
    "random_state": "seed",
    "nthread": "threads",
    "n_jobs": "threads",
    "n_estimators": "rounds",
    "num_boost_round": "rounds",
    "early_stopping_rounds": "early_stopping_rounds",
}
FROM_TASK = ("objective", "num_class", "eval_metric")
#: What follows from the preprocessing.
FROM_STEPS = ("enable_categorical", "feature_types")


class Spec(TrainerKind):
    """Trees one after another, each fitted to what the ones before got wrong.

    The same rows, parameters and seed give the same bytes on any number of threads.
    """

    takes_categories: ClassVar[bool] = True

    kind: Literal["xgboost"]
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of the row and column samples."""
    rounds: Annotated[int, Field(ge=1, le=100_000)] = 200
    """The most trees."""
    early_stopping_rounds: Annotated[int, Field(ge=1)] | None = None
    """Stop when so many rounds brought nothing on the validation side; the best round is kept."""
    threads: Annotated[int, Field(ge=1)] = 1
    """Threads of the fit."""
    params: dict[str, Any] = Field(default_factory=dict)
    """XGBoost's own parameters: `max_depth`, `eta`, `subsample`, `min_child_weight`..."""

    def work_name(self) -> str:
        return "mlcycle.kinds.trainers.xgboost.work:fit"

    def config(self) -> Config:
        config: dict[str, object] = {"seed": self.seed, "rounds": self.rounds, "threads": self.threads}
        if self.early_stopping_rounds is not None:
            config["early_stopping_rounds"] = self.early_stopping_rounds
        return {**config, "params": self.params}

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        for name in self.params:
            if name in RESERVED:
                message = f"`{name}` has a key of its own: `{RESERVED[name]}` of the trainer"
                yield Mistake(code="MLC507", message=message, path=("params", name))
            elif name in FROM_TASK:
                message = f"`{name}` follows from the model's task ({setting.task})"
                yield Mistake(code="MLC507", message=message, path=("params", name), help="leave it out")
            elif name in FROM_STEPS:
                message = f"`{name}` follows from the model's preprocessing"
                help_line = "add `{kind: categorical, columns: [...]}` to `preprocess`"
                yield Mistake(code="MLC507", message=message, path=("params", name), help=help_line)
