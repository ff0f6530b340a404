"""Bounds from the quartiles or from mean and standard deviation of the training rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcycle.kinds.packages.graphs import Fragment
from mlcycle.kinds.preprocess.nodes import Nodes
from mlcycle.kinds.preprocess.scaling import bounded

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """low, high: [columns]."""

    low: Floats
    high: Floats

    def transform(self, values: NDArray[Any]) -> Floats:
        found: Floats = np.clip(values.astype(np.float64), self.low, self.high)
        return found

    def get_feature_names_out(self, names: NDArray[Any]) -> NDArray[Any]:
        return names

    def fragment(self, given: str, prefix: str) -> Fragment:
        nodes = Nodes(prefix)
        return nodes.fragment(bounded(nodes, given, self.low, self.high))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipOutliers:
    """Bounds that are not known yet."""

    method: str
    threshold: float

    def fit(self, values: NDArray[Any]) -> Bounds:
        """Of the values that are there: quartiles by linear interpolation, the population's deviation."""
        wide = values.astype(np.float64)
        if self.method == "iqr":
            low, high = np.nanquantile(wide, [0.25, 0.75], axis=0)
            reach = self.threshold * (high - low)
        else:
            low = high = np.nanmean(wide, axis=0)
            reach = self.threshold * np.nanstd(wide, axis=0)
        return Bounds(low=low - reach, high=high + reach)


def transformer(config: Mapping[str, Any]) -> ClipOutliers:
    """config: `method` iqr or zscore, `threshold`."""
    return ClipOutliers(method=config["method"], threshold=config["threshold"])
