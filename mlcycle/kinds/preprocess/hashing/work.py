"""The column that a text's hash chooses, by scikit-learn's FeatureHasher."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from sklearn.feature_extraction import FeatureHasher

from mlcycle.kinds.packages.graphs import MICROSOFT, Fragment
from mlcycle.kinds.preprocess.nodes import Nodes


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashing:
    """Hashes texts; there is nothing to fit."""

    n_features: int
    alternate_sign: bool

    def fit(self, values: NDArray[Any]) -> Hashing:
        return self

    def transform(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """[N, columns] to [N, columns * n_features]."""
        hasher = FeatureHasher(self.n_features, input_type="string", alternate_sign=self.alternate_sign)
        parts = [hasher.transform([text] if text else [] for text in column).toarray() for column in values.T]
        return np.concatenate(parts, axis=1)

    def get_feature_names_out(self, names: NDArray[Any]) -> NDArray[Any]:
        listed = [f"{name}_hash{index}" for name in names for index in range(self.n_features)]
        return np.asarray(listed, dtype=object)

    def fragment(self, given: str, prefix: str) -> Fragment:
        """onnxruntime's MurmurHash3 is scikit-learn's: 32 bits, seed 0, of the text's UTF-8."""
        nodes = Nodes(prefix)
        found = nodes.add("MurmurHash3", given, domain=MICROSOFT, positive=0, seed=0)
        number = nodes.add("Cast", found, to=TensorProto.INT64)
        width, last = nodes.integers(self.n_features), nodes.integers([2])
        place = nodes.add("Mod", nodes.add("Abs", number), width)
        hot = nodes.add("OneHot", place, width, nodes.floats([0.0, 1.0]), axis=-1)
        signed = nodes.add("Mul", hot, nodes.add("Unsqueeze", self._sign(nodes, given, number), last))
        return nodes.fragment(nodes.add("Flatten", signed, axis=1))

    def _sign(self, nodes: Nodes, given: str, number: str) -> str:
        """1 or -1 for each text by its hash, 0 for a missing one; as [N, columns]."""
        there = nodes.add(
            "LabelEncoder",
            given,
            domain="ai.onnx.ml",
            keys_strings=[""],
            values_floats=[0.0],
            default_float=1.0,
        )
        if not self.alternate_sign:
            return there
        below = nodes.add("Less", number, nodes.integers(0))
        return nodes.add("Mul", there, nodes.add("Where", below, nodes.floats(-1.0), nodes.floats(1.0)))


def transformer(config: Mapping[str, Any]) -> Hashing:
    """config: `n_features`, `alternate_sign`."""
    return Hashing(n_features=config["n_features"], alternate_sign=config["alternate_sign"])
