"""The share of training rows that lie below a number, as scikit-learn's QuantileTransformer has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from sklearn.preprocessing import QuantileTransformer

from mlcycle.kinds.packages.graphs import Fragment
from mlcycle.kinds.preprocess.nodes import Nodes
from mlcycle.kinds.preprocess.scaling import at_least, halves, where_known

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiles:
    """The fitted transformer; skl2onnx has none for it that is right."""

    fitted: QuantileTransformer

    def transform(self, values: NDArray[Any]) -> Floats:
        found: Floats = self.fitted.transform(values.astype(np.float64))
        return found

    def get_feature_names_out(self, names: NDArray[Any]) -> NDArray[Any]:
        return names

    def fragment(self, given: str, prefix: str) -> Fragment:
        nodes = Nodes(prefix)
        shares = self.fitted.references_
        parts = [
            _column(nodes, given, index, Steps.of(quantiles, shares))
            for index, quantiles in enumerate(self.fitted.quantiles_.T)
        ]
        return nodes.fragment(nodes.side_by_side(parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """A line that jumps at values that many rows have.

    at: the values, each once. hit: the share at exactly that value, the middle of its jump. after: that right
    of it. slope: to the next. The first of each is for what lies below all values.
    """

    at: Floats
    hit: Floats
    after: Floats
    slope: Floats

    @classmethod
    def of(cls, quantiles: Floats, shares: Floats) -> Steps:
        at, first, count = np.unique(quantiles, return_index=True, return_counts=True)
        before, after = shares[first], shares[first + count - 1]
        hit = (before + after) / 2
        hit[-1], hit[0] = 1.0, 0.0
        rise = np.append(before[1:] - after[:-1], 0.0)
        run = np.append(np.diff(at), 1.0)
        none = np.zeros(1)
        return cls(
            at=at,
            hit=np.concatenate([none, hit]),
            after=np.concatenate([none, after]),
            slope=np.concatenate([none, rise / run]),
        )


def _column(nodes: Nodes, given: str, index: int, steps: Steps) -> str:
    """The shares of one column, [N, 1]: the number of values that are not above it says which step holds."""
    x = nodes.add("Gather", given, nodes.integers([index]), axis=1)
    passed = nodes.add(
        "Cast", nodes.add("GreaterOrEqual", x, nodes.constant(at_least(steps.at))), to=TensorProto.INT64
    )
    step = nodes.add("ReduceSum", passed, nodes.integers([1]), keepdims=1)
    coarse, rest = halves(np.concatenate([steps.at[:1], steps.at]))

    def of_step(values: NDArray[Any]) -> str:
        return nodes.add("Gather", nodes.floats(values), step, axis=0)

    distance = nodes.add("Sub", nodes.add("Sub", x, of_step(coarse)), of_step(rest))
    line = nodes.add("Add", of_step(steps.after), nodes.add("Mul", distance, of_step(steps.slope)))
    exact = nodes.add("Equal", distance, nodes.floats(0.0))
    return where_known(nodes, x, nodes.add("Where", exact, of_step(steps.hit), line))
