"""One column of zeros and ones for each category seen in training; a category not seen there is all zeros."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import OneHotEncoder


@dataclass(frozen=True, slots=True, kw_only=True)
class OneHot:
    """An encoder that has not seen its columns yet.

    min_frequency: least rows (an integer) or least share of rows (below 1) for a category of its own.
    """

    min_frequency: float | None = None

    def fit(self, values: NDArray[Any]) -> OneHotEncoder:
        """The encoder for `values` [N, columns]. A missing text ("") is a category like any other.

        Categories are listed explicitly, as rare ones that scikit-learn folds together have no ONNX form.
        """
        categories = [self._kept(values[:, index]) for index in range(values.shape[1])]
        encoder = OneHotEncoder(
            categories=categories, handle_unknown="ignore", sparse_output=False, dtype=np.float32
        )
        return encoder.fit(values)

    def _kept(self, column: NDArray[Any]) -> NDArray[Any]:
        categories, counts = np.unique(column, return_counts=True)
        least = self.min_frequency or 0
        kept = categories[counts >= (least * len(column) if least < 1 else least)]
        if not len(kept):
            raise ValueError(f"no category reaches min_frequency {least:g}")
        return kept


def transformer(config: Mapping[str, Any]) -> OneHot:
    """config: `min_frequency`, optional."""
    return OneHot(min_frequency=config.get("min_frequency"))
