"""Chains: the steps that each feature goes through, fitted together for the features that share them."""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcycle.graph.node import Step
from mlcycle.kinds.preprocess.inputs import Inputs, Layout
from mlcycle.task import WorkError


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Columns of one input (`numeric` or `text`) and the steps that they pass, in order."""

    input: str
    columns: tuple[int, ...]
    names: tuple[str, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedChain:
    """A chain with its fitted scikit-learn transformers; `outputs` names the columns it gives."""

    chain: Chain
    transformers: tuple[Any, ...]
    outputs: tuple[str, ...]


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


def fit(chain: Chain, rows: Inputs) -> FittedChain:
    """Fit the steps of `chain` on the training rows, each on what the one before it gives.

    A step's work is `(config) -> object with fit(values)`, which returns a fitted scikit-learn transformer.
    MLC854: a step cannot be fitted on these columns. MLC855: text is left that no step has encoded.
    """
    values: NDArray[Any] = getattr(rows, chain.input)[:, list(chain.columns)]
    names = np.asarray(chain.names, dtype=object)
    fitted = []
    for step in chain.steps:
        try:
            transformer = pkgutil.resolve_name(step.work)(step.config).fit(values)
            values = transformer.transform(values)
        except ValueError as error:
            listed = ", ".join(f"`{name}`" for name in chain.names)
            raise WorkError(
                "MLC854", f"`{step.kind}` cannot be fitted on {listed}: {error}", step=step.name
            ) from error
        names = transformer.get_feature_names_out(names)
        fitted.append(transformer)
    if values.dtype == object:
        raise WorkError(
            "MLC855",
            f"`{chain.names[0]}` is text and no preprocessing step turns it into numbers",
            help="add a `one_hot` step for it",
        )
    return FittedChain(chain=chain, transformers=tuple(fitted), outputs=tuple(map(str, names)))
