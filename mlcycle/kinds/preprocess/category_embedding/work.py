"""Vectors of categories from what they occur with: a truncated SVD of shares (latent semantic analysis)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import hstack
from sklearn.decomposition import TruncatedSVD
from sklearn.preprocessing import OneHotEncoder, normalize

from mlcycle.kinds.preprocess.tables import Table, TableEncoder


@dataclass(frozen=True, slots=True, kw_only=True)
class Vectors:
    """The vectors of each column's categories."""

    tables: tuple[Table, ...]

    def transform(self, values: NDArray[Any]) -> NDArray[np.float64]:
        return np.hstack([table.look_up(values[:, index]) for index, table in enumerate(self.tables)])

    def get_feature_names_out(self, names: NDArray[Any]) -> NDArray[Any]:
        sizes = [len(table.unknown) for table in self.tables]
        listed = [
            f"{name}_embedding{index}"
            for name, size in zip(names, sizes, strict=True)
            for index in range(size)
        ]
        return np.asarray(listed, dtype=object)


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryEmbedding:
    """Vectors that are not learned yet."""

    n_components: int

    def fit(self, values: NDArray[Any]) -> TableEncoder:
        """ValueError for a single column, or where the others have too few categories."""
        if values.shape[1] < 2:
            raise ValueError("there is no other column of the same steps to learn from")
        found = [OneHotEncoder().fit(values[:, [index]]) for index in range(values.shape[1])]
        hot = [encoder.transform(values[:, [index]]) for index, encoder in enumerate(found)]
        tables = tuple(
            self._table(encoder.categories_[0], [own.T @ other for other in hot if other is not own])
            for encoder, own in zip(found, hot, strict=True)
        )
        return TableEncoder(encoder=Vectors(tables=tables), tables=tables)

    def _table(self, categories: NDArray[Any], counts: list[Any]) -> Table:
        """counts: how often each category occurs with those of each other column, sparse [categories, k]."""
        shares = hstack([normalize(count, norm="l1") for count in counts]).tocsr()
        if shares.shape[1] <= self.n_components:
            message = f"{self.n_components} components cannot be made of {shares.shape[1]} categories"
            raise ValueError(message)
        vectors = TruncatedSVD(n_components=self.n_components, random_state=0).fit_transform(shares)
        return Table(categories=tuple(categories), values=vectors, unknown=np.zeros(self.n_components))


def transformer(config: Mapping[str, Any]) -> CategoryEmbedding:
    """config: `n_components`."""
    return CategoryEmbedding(n_components=config["n_components"])
