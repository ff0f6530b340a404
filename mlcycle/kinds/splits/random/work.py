"""Split by a hash of each row's key: a row keeps its side however the data grows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl


def assign(dataset: pl.DataFrame, config: Mapping[str, Any]) -> pl.Series:
    """The side of each row of `dataset`, by its columns `key.<c>`.

    A source without a key has none: then by `request.<c>`, so that rows with the same inputs share a side.
    config: `train`, `validation`, `test` (shares) and `seed`.
    """
    part = "key" if any(name.startswith("key.") for name in dataset.columns) else "request"
    keys = dataset.select(pl.col(f"^{part}\\..*$").cast(pl.String))
    point = points(keys, config["seed"])
    validation = config["train"] + config.get("validation", 0.0)
    side = np.where(point < config["train"], "train", np.where(point < validation, "validation", "test"))
    return pl.Series("side", side)


def points(keys: pl.DataFrame, seed: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A point in [0, 1) for each row: the first 8 bytes, big-endian, of BLAKE2b of its key, salted by `seed`.

    The key is each column as text with its length before it (`4:EWR1,-:` where `-` is missing), so that no
    two keys read the same. No other hash is used, as those of engines differ by version.
    """
    salt = seed.to_bytes(8, "big", signed=True)
    found = np.empty(keys.height)
    for index, row in enumerate(keys.iter_rows()):
        text = ",".join("-:" if value is None else f"{len(value)}:{value}" for value in row)
        digest = hashlib.blake2b(text.encode(), digest_size=8, salt=salt).digest()
        found[index] = int.from_bytes(digest, "big") / 2**64
    return found
