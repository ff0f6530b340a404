"""The `ubj` format: XGBoost's own file of the trees, for batches and for other tools."""

from __future__ import annotations

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from mlcycle.kinds.packages.session import run
from mlcycle.kinds.preprocess.inputs import Inputs


def scores(ubj: bytes, preprocess: bytes, rows: Inputs) -> NDArray[np.float64]:
    """What XGBoost itself says of `rows`, float64 [N] or [N, C]; preprocessing runs as its own graph."""
    booster = xgb.Booster(params={"nthread": 1})
    booster.load_model(bytearray(ubj))
    features = run(preprocess, len(rows), rows.feed)
    return np.asarray(booster.inplace_predict(features), dtype=np.float64)
