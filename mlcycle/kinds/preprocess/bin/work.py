"""The number of the bin that a number falls into; edges by scikit-learn's KBinsDiscretizer."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from sklearn.preprocessing import KBinsDiscretizer

from mlcycle.kinds.packages.graphs import Fragment
from mlcycle.kinds.preprocess.nodes import Nodes
from mlcycle.kinds.preprocess.scaling import at_least, where_known

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bins:
    """The inner edges of each column's bins."""

    edges: tuple[Floats, ...]

    def transform(self, values: NDArray[Any]) -> Floats:
        """As KBinsDiscretizer does it; it takes no missing values, which are left out here."""
        found = np.empty(values.shape, dtype=np.float64)
        for index, edges in enumerate(self.edges):
            found[:, index] = np.searchsorted(edges, values[:, index].astype(np.float64), side="right")
        return np.where(np.isnan(values), np.nan, found)

    def get_feature_names_out(self, names: NDArray[Any]) -> NDArray[Any]:
        return names

    def fragment(self, given: str, prefix: str) -> Fragment:
        nodes = Nodes(prefix)
        parts = []
        for index, edges in enumerate(self.edges):
            x = nodes.add("Gather", given, nodes.integers([index]), axis=1)
            passed = nodes.add(
                "Cast", nodes.add("GreaterOrEqual", x, nodes.constant(at_least(edges))), to=TensorProto.FLOAT
            )
            number = nodes.add("ReduceSum", passed, nodes.integers([1]), keepdims=1)
            parts.append(where_known(nodes, x, number))
        return nodes.fragment(nodes.side_by_side(parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Bins whose edges are not known yet, unless they are given."""

    edges: tuple[float, ...] | None
    strategy: str
    n_bins: int

    def fit(self, values: NDArray[Any]) -> Bins:
        """ValueError where a column has no value, or the same one everywhere."""
        if self.edges is not None:
            return Bins(edges=(np.array(self.edges, dtype=np.float64),) * values.shape[1])
        return Bins(edges=tuple(self._edges(values[:, index]) for index in range(values.shape[1])))

    def _edges(self, column: NDArray[Any]) -> Floats:
        known = column[~np.isnan(column)].astype(np.float64)
        if len(np.unique(known)) < 2:
            raise ValueError("a column needs two different values to be cut")
        made = KBinsDiscretizer(
            n_bins=self.n_bins,
            strategy=self.strategy,
            encode="ordinal",
            quantile_method="averaged_inverted_cdf",
            subsample=None,
        )
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Bins whose width are too small")
            made.fit(known[:, None])
        inner: Floats = made.bin_edges_[0][1:-1]
        return inner


def transformer(config: Mapping[str, Any]) -> Bin:
    """config: `edges`, or `strategy` (uniform or quantile) and `n_bins`."""
    edges = config.get("edges")
    return Bin(
        edges=None if edges is None else tuple(edges),
        strategy=config.get("strategy", "quantile"),
        n_bins=config.get("n_bins", 5),
    )
