"""The place of a category in a list, by scikit-learn's OrdinalEncoder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import OrdinalEncoder

from mlcycle.kinds.preprocess.tables import Table, TableEncoder


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordinal:
    """An encoder that has not seen its columns yet; `categories` is the order of every column, if given."""

    categories: tuple[str, ...] | None
    unknown: int | None

    def fit(self, values: NDArray[Any]) -> TableEncoder:
        """A missing text ("") is in no list. ValueError where a column has nothing else."""
        listed = [self._listed(values[:, index]) for index in range(values.shape[1])]
        unknown = np.nan if self.unknown is None else self.unknown
        encoder = OrdinalEncoder(categories=listed, handle_unknown="use_encoded_value", unknown_value=unknown)
        tables = tuple(_table(categories, unknown) for categories in listed)
        return TableEncoder(encoder=encoder.fit(values), tables=tables)

    def _listed(self, column: NDArray[Any]) -> NDArray[np.object_]:
        if self.categories is not None:
            return np.array(self.categories, dtype=object)
        found = np.unique(column[column != ""])
        if not len(found):
            raise ValueError("a column has no value in the training rows")
        return found


def _table(categories: NDArray[np.object_], unknown: float) -> Table:
    places = np.arange(len(categories), dtype=np.float64)[:, None]
    return Table(categories=tuple(categories), values=places, unknown=np.array([unknown]))


def transformer(config: Mapping[str, Any]) -> Ordinal:
    """config: `categories`, `unknown_value`, both optional."""
    categories = config.get("categories")
    return Ordinal(
        categories=None if categories is None else tuple(categories),
        unknown=config.get("unknown_value"),
    )
