"""A point in [0, 1) for each key, the same wherever and whenever it is computed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray


def points(keys: pl.DataFrame, seed: int) -> NDArray[np.float64]:
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


def of_rows(dataset: pl.DataFrame, seed: int) -> NDArray[np.float64]:
    """The points of rows by their columns `key.<c>`; by `request.<c>` where the source has no key."""
    part = "key" if any(name.startswith("key.") for name in dataset.columns) else "request"
    return points(dataset.select(pl.col(f"^{part}\\..*$").cast(pl.String)), seed)


def of_groups(dataset: pl.DataFrame, columns: list[str], seed: int) -> pl.DataFrame:
    """One row a group: the columns `by.<c>`, `rows` and `point`; in the order of the points."""
    names = [f"by.{column}" for column in columns]
    groups = dataset.group_by(names, maintain_order=True).agg(pl.len().alias("rows"))
    point = pl.Series("point", points(groups.select(pl.col(names).cast(pl.String)), seed))
    return groups.with_columns(point).sort("point", *names)


def sides(position: pl.Expr, config: Mapping[str, Any]) -> pl.Expr:
    """The side of a position in [0, 1): train first, then validation, then test, by their shares."""
    train, validation = config["train"], config.get("validation", 0.0)
    return (
        pl.when(position < train)
        .then(pl.lit("train"))
        .when(position < train + validation)
        .then(pl.lit("validation"))
        .otherwise(pl.lit("test"))
        .alias("side")
    )
