"""Codes of categories by scikit-learn's OrdinalEncoder, for trees that split by sets of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import OrdinalEncoder

from mlcycle.kinds.packages.graphs import Fragment
from mlcycle.kinds.preprocess.tables import Table, TableEncoder


@dataclass(frozen=True, slots=True, kw_only=True)
class Categories:
    """A fitted encoder; a missing text is missing, an unknown one `unknown` of its column."""

    encoder: OrdinalEncoder
    tables: tuple[Table, ...]

    @property
    def gives_categories(self) -> bool:
        return True

    def transform(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """[N, columns] of codes, missing is NaN."""
        found: NDArray[np.float64] = self.encoder.transform(values).astype(np.float64)
        for index, table in enumerate(self.tables):
            column = found[:, index]
            column[np.isnan(column)] = table.unknown[0]
        found[values == ""] = np.nan
        return found

    def get_feature_names_out(self, names: NDArray[Any]) -> NDArray[Any]:
        return names

    def fragment(self, given: str, prefix: str) -> Fragment:
        return TableEncoder(encoder=self, tables=self.tables).fragment(given, prefix)


@dataclass(frozen=True, slots=True, kw_only=True)
class Categorical:
    """Categories that have not been seen yet; `other`: whether unknown texts have a code, the last one."""

    least: int
    other: bool

    def fit(self, values: NDArray[Any]) -> Categories:
        """ValueError where a column has no category with rows enough."""
        kept = [self._kept(values[:, index]) for index in range(values.shape[1])]
        encoder = OrdinalEncoder(categories=kept, handle_unknown="use_encoded_value", unknown_value=np.nan)
        return Categories(encoder=encoder.fit(values), tables=tuple(map(self._table, kept)))

    def _kept(self, column: NDArray[Any]) -> NDArray[np.object_]:
        found, counts = np.unique(column[column != ""], return_counts=True)
        kept = found[counts >= self.least]
        if not len(kept):
            raise ValueError(f"a column has no value in {self.least} training rows or more")
        return kept

    def _table(self, kept: NDArray[np.object_]) -> Table:
        """The code of each category, and none for a missing text, which is unlike an unknown one."""
        codes = np.append(np.arange(len(kept), dtype=np.float64), np.nan)[:, None]
        unknown = np.array([float(len(kept)) if self.other else np.nan])
        return Table(categories=(*kept, ""), values=codes, unknown=unknown)


def transformer(config: Mapping[str, Any]) -> Categorical:
    """config: `unknown` (missing or other), `min_frequency`?."""
    return Categorical(least=config.get("min_frequency", 1), other=config["unknown"] == "other")
