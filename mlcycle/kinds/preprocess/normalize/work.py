"""Bring numbers to a range that the training rows define, by scikit-learn's scalers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, RobustScaler

from mlcycle.kinds.preprocess.fitted import Transformer
from mlcycle.kinds.preprocess.normalize.quantiles import Quantiles
from mlcycle.kinds.preprocess.scaling import Scaled

_QUANTILES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalize:
    """A scaler that has not seen its columns yet."""

    method: str
    config: Mapping[str, Any]

    def fit(self, values: NDArray[Any]) -> Transformer:
        return _METHODS[self.method](values, self.config)


def _minmax(values: NDArray[Any], config: Mapping[str, Any]) -> Scaled:
    low, high = config.get("feature_range", (0.0, 1.0))
    clip = config.get("clip", False)
    scaler = MinMaxScaler(feature_range=(low, high), clip=clip).fit(values.astype(np.float64))
    return Scaled(
        scaler=scaler,
        offset=scaler.data_min_,
        scale=scaler.scale_,
        shift=low,
        bounds=(low, high) if clip else None,
    )


def _robust(values: NDArray[Any], config: Mapping[str, Any]) -> Scaled:
    quantiles = tuple(config.get("quantile_range", (25.0, 75.0)))
    scaler = RobustScaler(quantile_range=quantiles).fit(values.astype(np.float64))
    return Scaled(scaler=scaler, offset=scaler.center_, scale=1 / scaler.scale_)


def _quantile(values: NDArray[Any], config: Mapping[str, Any]) -> Quantiles:
    """Of all training rows: scikit-learn would look at 10,000 of them."""
    count = min(config.get("n_quantiles", _QUANTILES), len(values))
    return Quantiles(
        fitted=QuantileTransformer(n_quantiles=count, subsample=None).fit(values.astype(np.float64))
    )


_METHODS: Mapping[str, Callable[[NDArray[Any], Mapping[str, Any]], Transformer]] = {
    "minmax": _minmax,
    "robust": _robust,
    "quantile": _quantile,
}


def transformer(config: Mapping[str, Any]) -> Normalize:
    """config: `method`, and its own keys, all optional."""
    return Normalize(method=config["method"], config=config)
