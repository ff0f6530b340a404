"""Fill missing values with a figure of the training rows, by scikit-learn's SimpleImputer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from sklearn.impute import SimpleImputer

from mlcycle.kinds.packages.graphs import Fragment
from mlcycle.kinds.preprocess.fitted import Transformer
from mlcycle.kinds.preprocess.nodes import Nodes


@dataclass(frozen=True, slots=True, kw_only=True)
class WithIndicator:
    """A fitted imputer of numbers. Every column has an indicator, after all values: training may have no gap.

    scikit-learn's own indicator has no ONNX form in skl2onnx.
    """

    imputer: SimpleImputer

    def transform(self, values: NDArray[Any]) -> NDArray[Any]:
        return np.hstack([self.imputer.transform(values), np.isnan(values)])

    def get_feature_names_out(self, names: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate([names, np.asarray([f"{name}_missing" for name in names], dtype=object)])

    def fragment(self, given: str, prefix: str) -> Fragment:
        nodes = Nodes(prefix)
        missing = nodes.add("IsNaN", given)
        filled = nodes.add("Where", missing, nodes.floats(self.imputer.statistics_), given)
        return nodes.fragment(nodes.side_by_side([filled, nodes.add("Cast", missing, to=TensorProto.FLOAT)]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Imputation:
    """An imputer that has not seen its columns yet: numbers miss as NaN, text misses as ""."""

    strategy: str
    fill_value: Any = None
    add_indicator: bool = False

    def fit(self, values: NDArray[Any]) -> Transformer:
        """The imputer fitted on `values` [N, columns]; ValueError if the strategy is not for text."""
        missing = "" if values.dtype == object else np.nan
        if missing == "" and self.strategy in ("mean", "median"):
            raise ValueError(f"text has no {self.strategy}")
        imputer = SimpleImputer(
            strategy=self.strategy,
            fill_value=self.fill_value,
            missing_values=missing,
            keep_empty_features=True,
        )
        fitted = imputer.fit(values)
        return WithIndicator(imputer=fitted) if self.add_indicator else fitted


def transformer(config: Mapping[str, Any]) -> Imputation:
    """config: `strategy` mean, median, most_frequent or constant; `fill_value`; `add_indicator`."""
    return Imputation(
        strategy=config["strategy"],
        fill_value=config.get("fill_value"),
        add_indicator=config.get("add_indicator", False),
    )
