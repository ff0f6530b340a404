"""The share of training rows that have a category."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcycle.kinds.preprocess.tables import Table, TableEncoder


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """The shares of each column's categories."""

    tables: tuple[Table, ...]

    def transform(self, values: NDArray[Any]) -> NDArray[np.float64]:
        return np.hstack([table.look_up(values[:, index]) for index, table in enumerate(self.tables)])

    def get_feature_names_out(self, names: NDArray[Any]) -> NDArray[Any]:
        return names


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequency:
    """Shares that are not counted yet."""

    def fit(self, values: NDArray[Any]) -> TableEncoder:
        tables = tuple(_counted(values[:, index]) for index in range(values.shape[1]))
        return TableEncoder(encoder=Shares(tables=tables), tables=tables)


def _counted(column: NDArray[Any]) -> Table:
    categories, counts = np.unique(column, return_counts=True)
    return Table(categories=tuple(categories), values=(counts / len(column))[:, None], unknown=np.zeros(1))


def transformer(config: Mapping[str, Any]) -> Frequency:
    """config: none of its own."""
    return Frequency()
