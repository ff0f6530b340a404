"""One column of zeros and ones for each category seen in training, by scikit-learn's OneHotEncoder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import OneHotEncoder

from mlcycle.kinds.packages.graphs import Fragment
from mlcycle.kinds.preprocess.nodes import Nodes
from mlcycle.kinds.preprocess.tables import category_index

#: The end of the name of the column that rare categories share.
_RARE = "infrequent"


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedOneHot:
    """An encoder, and for each column the categories that have a column of their own.

    shared: whether the rare ones of each column share one.
    """

    encoder: OneHotEncoder
    kept: tuple[tuple[str, ...], ...]
    shared: tuple[bool, ...]

    def transform(self, values: NDArray[Any]) -> NDArray[np.float32]:
        found: NDArray[np.float32] = self.encoder.transform(values)
        return found

    def get_feature_names_out(self, names: NDArray[Any]) -> NDArray[Any]:
        of_columns = zip(names, self.kept, self.shared, strict=True)
        listed = [f"{name}_{end}" for name, kept, shared in of_columns for end in (*kept, *[_RARE] * shared)]
        return np.asarray(listed, dtype=object)

    def fragment(self, given: str, prefix: str) -> Fragment:
        """A place beyond the columns is all zeros to ONNX's OneHot, and the shared column if there is one."""
        nodes = Nodes(prefix)
        off_on = nodes.floats([0.0, 1.0])
        parts = []
        for index, (kept, shared) in enumerate(zip(self.kept, self.shared, strict=True)):
            place = category_index(nodes, nodes.column(given, index), kept)
            width = nodes.integers(len(kept) + shared)
            parts.append(nodes.add("OneHot", place, width, off_on, axis=-1))
        return nodes.fragment(nodes.side_by_side(parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class OneHot:
    """An encoder that has not seen its columns yet; `min_frequency`: least rows for a column of its own."""

    min_frequency: int | None = None

    def fit(self, values: NDArray[Any]) -> FittedOneHot:
        """The encoder for `values` [N, columns]. A missing text ("") is a category like any other.

        ValueError where every category of a column is rare.
        """
        encoder = OneHotEncoder(
            min_frequency=self.min_frequency,
            handle_unknown="ignore" if self.min_frequency is None else "infrequent_if_exist",
            sparse_output=False,
            dtype=np.float32,
        ).fit(values)
        rare = encoder.infrequent_categories_ if self.min_frequency is not None else [None] * values.shape[1]
        shared = tuple(found is not None for found in rare)
        kept = tuple(
            tuple(category for category in categories if found is None or category not in found)
            for categories, found in zip(encoder.categories_, rare, strict=True)
        )
        if not all(kept):
            raise ValueError(f"no category reaches min_frequency {self.min_frequency}")
        return FittedOneHot(encoder=encoder, kept=kept, shared=shared)


def transformer(config: Mapping[str, Any]) -> OneHot:
    """config: `min_frequency`, optional."""
    return OneHot(min_frequency=config.get("min_frequency"))
