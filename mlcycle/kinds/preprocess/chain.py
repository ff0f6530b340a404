"""Chains: the steps that each feature goes through, fitted together for the features that share them."""

from __future__ import annotations

import pkgutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcycle.graph.node import Step
from mlcycle.kinds.preprocess.fitted import GivesCategories, Supervised, TakesWords, Target, Transformer
from mlcycle.kinds.preprocess.inputs import Inputs, Layout
from mlcycle.kinds.preprocess.unnamed import Shown, unquoted
from mlcycle.steps.manifest import Words
from mlcycle.task import WorkError


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Columns of one input (`numeric` or `text`) and the steps that they pass, in order."""

    input: str
    columns: tuple[int, ...]
    names: tuple[str, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A fitted step with what it is given: so many columns, of text or of numbers."""

    transformer: Transformer
    text: bool
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedChain:
    """A chain with its fitted steps; `outputs` names the columns it gives.

    train: float32 [N, outputs], what the training rows become where a step learns from labels; else None.
    """

    chain: Chain
    steps: tuple[Fitted, ...]
    outputs: tuple[str, ...]
    train: NDArray[np.float32] | None = None

    @property
    def categorical(self) -> bool:
        """Whether its outputs are codes of categories."""
        return bool(self.steps) and isinstance(self.steps[-1].transformer, GivesCategories)

    def transform(self, rows: Inputs) -> NDArray[Any]:
        """What the fitted steps themselves make of `rows`: what the graph has to agree with."""
        values: NDArray[Any] = getattr(rows, self.chain.input)[:, list(self.chain.columns)]
        for step in self.steps:
            values = step.transformer.transform(values)
        return values


def as_words(steps: Sequence[Step]) -> dict[str, Words]:
    """The features that a step takes as words, and how they are cut."""
    made = [(step, pkgutil.resolve_name(step.work)(step.config)) for step in steps]
    return {
        name: work.words
        for step, work in made
        if isinstance(work, TakesWords)
        for name in step.config["columns"]
    }


def chains(columns: Layout, steps: Sequence[Step]) -> tuple[Chain, ...]:
    """Group features by the steps that name them, in the order of the features.

    MLC853: a step names a column that is not a feature of the model.
    """
    for step in steps:
        unknown = [name for name in step.config["columns"] if name not in columns.names]
        if unknown:
            raise WorkError("MLC853", f"`{unknown[0]}` is not a feature of this model", step=step.name)
    groups: dict[tuple[str, tuple[int, ...]], list[int]] = {}
    for source, names in (("numeric", columns.numeric), ("text", columns.text)):
        for index, name in enumerate(names):
            path = tuple(i for i, step in enumerate(steps) if name in step.config["columns"])
            groups.setdefault((source, path), []).append(index)
    return tuple(
        Chain(
            input=source,
            columns=tuple(indexes),
            names=tuple(getattr(columns, source)[i] for i in indexes),
            steps=tuple(steps[i] for i in path),
        )
        for (source, path), indexes in groups.items()
    )


def without_values(fitted: Sequence[FittedChain], personal: Collection[str]) -> Shown:
    """What is shown of the columns that the chains give."""
    made_of = {column: one.chain.names for one in fitted for column in one.outputs}
    return Shown(made_of=made_of, personal=personal)


def fit(
    chain: Chain, rows: Inputs, target: Target | None = None, personal: Collection[str] = ()
) -> FittedChain:
    """Fit the steps of `chain` on the training rows, each on what the one before it gives.

    A step's work is `(config) -> Unfitted`. Only a `Supervised` one needs the `target`. No value of a
    `personal` feature is in an error.
    MLC854: a step cannot be fitted on these columns. MLC855: text is left that no step has encoded.
    """
    values: NDArray[Any] = getattr(rows, chain.input)[:, list(chain.columns)]
    names = np.asarray(chain.names, dtype=object)
    fitted = []
    crossed = False
    personal_there = any(name in personal for name in chain.names)
    for number, step in enumerate(chain.steps):
        given = (values.dtype == object, values.shape[1])
        with _told(step, chain, values if personal_there else None):
            transformer, train = _fit_one(step, values, target)
        crossed = crossed or train is not None
        unread = number == len(chain.steps) - 1 and not crossed
        values = transformer.transform(values[:1] if unread else values) if train is None else train
        names = transformer.get_feature_names_out(names)
        fitted.append(Fitted(transformer=transformer, text=given[0], width=given[1]))
    if values.dtype == object:
        raise WorkError(
            "MLC855",
            f"`{chain.names[0]}` is text and no preprocessing step turns it into numbers",
            help="add a `one_hot` step for it",
        )
    kept = np.asarray(values, dtype=np.float32) if crossed else None
    return FittedChain(chain=chain, steps=tuple(fitted), outputs=tuple(map(str, names)), train=kept)


def _fit_one(
    step: Step, values: NDArray[Any], target: Target | None
) -> tuple[Transformer, NDArray[Any] | None]:
    """The fitted step, and what the training rows become where it learns from their labels."""
    work = pkgutil.resolve_name(step.work)(step.config)
    if isinstance(work, Supervised):
        assert target is not None
        return work.fit_target(values, target)
    return work.fit(values), None


@contextmanager
def _told(step: Step, chain: Chain, secret: NDArray[Any] | None) -> Iterator[None]:
    """While a step is fitted: what it raises names its line. secret: values that no message may have."""

    try:
        yield
    except (ValueError, WorkError) as error:
        message = str(error) if secret is None else unquoted(str(error), secret)
        cause = error if secret is None else None
        if isinstance(error, WorkError):
            raise WorkError(error.code, message, step=error.step or step.name, help=error.help) from cause
        listed = ", ".join(f"`{name}`" for name in chain.names)
        message = f"`{step.kind}` cannot be fitted on {listed}: {message}"
        raise WorkError("MLC854", message, step=step.name) from cause
