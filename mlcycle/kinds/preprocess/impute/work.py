"""Fill missing values with a figure of the training rows, by scikit-learn's SimpleImputer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.impute import SimpleImputer


@dataclass(frozen=True, slots=True, kw_only=True)
class Imputation:
    """An imputer that has not seen its columns yet: numbers miss as NaN, text misses as ""."""

    strategy: str
    fill_value: Any = None

    def fit(self, values: NDArray[Any]) -> SimpleImputer:
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
        return imputer.fit(values)


def transformer(config: Mapping[str, Any]) -> Imputation:
    """config: `strategy` mean, median, most_frequent or constant; `fill_value` for constant."""
    return Imputation(strategy=config["strategy"], fill_value=config.get("fill_value"))
