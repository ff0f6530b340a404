"""Fits preprocessing steps and runs what they become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcycle.graph.node import Step
from mlcycle.kinds.packages.graphs import to_bytes
from mlcycle.kinds.packages.session import run
from mlcycle.kinds.preprocess.agreement import agreement
from mlcycle.kinds.preprocess.chain import FittedChain, as_words, chains, fit
from mlcycle.kinds.preprocess.compose import compose
from mlcycle.kinds.preprocess.fitted import Target
from mlcycle.kinds.preprocess.inputs import Inputs, Layout
from mlcycle.steps.words import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Fitted steps and their graph."""

    steps: Sequence[Step]
    fitted: Sequence[FittedChain]
    graph: bytes

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(name for chain in self.fitted for name in chain.outputs)

    def __call__(self, given: Inputs) -> NDArray[np.float32]:
        """What the graph makes of rows, texts as they come."""
        return run(self.graph, len(given), self.cut(given).feed)

    def cut(self, given: Inputs) -> Inputs:
        """The rows as the graph takes them."""
        text = given.text.copy()
        for name, how in as_words(self.steps).items():
            text[:, names_of(given)[1].index(name)] = words(text[:, names_of(given)[1].index(name)], how)
        return Inputs(numeric=given.numeric, text=text)

    def agrees(self, given: Inputs) -> None:
        """The check of every build: the graph and the fitted steps say the same of these rows."""
        found = agreement(self.fitted, self.cut(given), self.graph)
        assert found.verdict == "pass", found.message


def names_of(given: Inputs) -> tuple[list[str], list[str]]:
    """Numbers are `n0`, `n1`..., texts `t0`, `t1`..."""
    return [f"n{i}" for i in range(given.numeric.shape[1])], [f"t{i}" for i in range(given.text.shape[1])]


def made(steps: Sequence[Step], train: Inputs, target: Target | None = None) -> Made:
    numeric, text = names_of(train)
    layout = Layout(numeric=tuple(numeric), text=tuple(text))
    part = Made(steps=steps, fitted=(), graph=b"")
    fitted = [fit(chain, part.cut(train), target) for chain in chains(layout, steps)]
    return Made(steps=steps, fitted=fitted, graph=to_bytes(compose(fitted, layout)))


def numbers(*columns: Sequence[Any]) -> Inputs:
    """Rows of numbers, a column each; None is missing."""
    listed = np.array(columns, dtype=np.float64).T.astype(np.float32)
    return Inputs(numeric=listed, text=np.empty((len(listed), 0), dtype=object))


def texts(*columns: Sequence[str]) -> Inputs:
    """Rows of texts, a column each."""
    listed = np.array(columns, dtype=object).T.reshape(-1, len(columns))
    return Inputs(numeric=np.zeros((len(listed), 0), np.float32), text=listed)
