"""Categories looked up in a table: what encoders become in the graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcycle.kinds.packages.graphs import Fragment
from mlcycle.kinds.preprocess.fitted import Transformer
from mlcycle.kinds.preprocess.nodes import Nodes


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What each category of one column becomes.

    values: float [categories, outputs]. unknown: [outputs], what any other text becomes.
    """

    categories: tuple[str, ...]
    values: NDArray[Any]
    unknown: NDArray[Any]

    def look_up(self, texts: NDArray[np.object_]) -> NDArray[np.float64]:
        """The rows of the table for `texts` [N], as [N, outputs]."""
        place = {category: index for index, category in enumerate(self.categories)}
        rows = np.vstack([self.values, self.unknown[None, :]])
        found: NDArray[np.float64] = rows[[place.get(text, -1) for text in texts]]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class TableEncoder:
    """A fitted encoder and the table of each of its columns, which the graph looks into."""

    encoder: Transformer
    tables: tuple[Table, ...]

    def transform(self, values: NDArray[Any]) -> NDArray[Any]:
        return self.encoder.transform(values)

    def get_feature_names_out(self, names: NDArray[Any]) -> NDArray[Any]:
        return self.encoder.get_feature_names_out(names)

    def fragment(self, given: str, prefix: str) -> Fragment:
        nodes = Nodes(prefix)
        parts = []
        for index, table in enumerate(self.tables):
            rows = nodes.floats(np.vstack([table.values, table.unknown[None, :]]))
            found = category_index(nodes, nodes.column(given, index), table.categories)
            parts.append(nodes.add("Gather", rows, found, axis=0))
        return nodes.fragment(nodes.side_by_side(parts))


def category_index(nodes: Nodes, texts: str, categories: Sequence[str]) -> str:
    """Add what turns `texts` [N] into the place of each in `categories`; for any other their number."""
    return nodes.add(
        "LabelEncoder",
        texts,
        domain="ai.onnx.ml",
        keys_strings=list(categories),
        values_int64s=list(range(len(categories))),
        default_int64=len(categories),
    )
