"""The mean label of a category, by scikit-learn's TargetEncoder; cross-fitted for the training rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.preprocessing import TargetEncoder

from mlcycle.kinds.preprocess.fitted import Target
from mlcycle.kinds.preprocess.tables import Table, TableEncoder

_TYPES = {
    "binary_classification": "binary",
    "multiclass_classification": "multiclass",
    "regression": "continuous",
}
#: Which rows share a fold is drawn with this.
_SEED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetMeans:
    """An encoder that has not seen its columns yet."""

    smooth: float | str
    cv: int

    def fit_target(self, values: NDArray[Any], target: Target) -> tuple[TableEncoder, NDArray[np.float64]]:
        """The encoder of all training rows, and what each training row gets from the folds it is not in.

        ValueError where there are fewer rows, or rows of a class, than folds.
        """
        numbers = target.task == "regression"
        y = target.y if numbers else target.y.astype(np.int64)
        folds = (KFold if numbers else StratifiedKFold)(self.cv, shuffle=True, random_state=_SEED)
        encoder = TargetEncoder(target_type=_TYPES[target.task], smooth=self.smooth, cv=folds)
        crossed: NDArray[np.float64] = encoder.fit_transform(values, y)
        return TableEncoder(encoder=encoder, tables=_tables(encoder)), crossed


def _tables(encoder: TargetEncoder) -> tuple[Table, ...]:
    """One for each column; scikit-learn lists the encodings by column and, within it, by class."""
    means = np.atleast_1d(np.asarray(encoder.target_mean_, dtype=np.float64))
    made = []
    for index, categories in enumerate(encoder.categories_):
        of_column = encoder.encodings_[index * len(means) : (index + 1) * len(means)]
        made.append(Table(categories=tuple(categories), values=np.stack(of_column, axis=1), unknown=means))
    return tuple(made)


def transformer(config: Mapping[str, Any]) -> TargetMeans:
    """config: `smooth`, `cv`."""
    return TargetMeans(smooth=config["smooth"], cv=config["cv"])
