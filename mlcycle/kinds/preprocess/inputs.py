"""Feature columns of a dataset as the two arrays that a model package takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mlcycle.steps.manifest import Words
from mlcycle.steps.words import words
from mlcycle.task import WorkError

_NUMERIC = ("int64", "float64", "bool")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which features go into which input, each in the order of the model's features."""

    numeric: tuple[str, ...]
    text: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return self.numeric + self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """`numeric`: float32 [N, k], missing is NaN; `text`: str objects [N, m], missing is ""."""

    numeric: NDArray[np.float32]
    text: NDArray[np.object_]

    def __len__(self) -> int:
        return int(self.numeric.shape[0])

    def feed(self, start: int, stop: int) -> dict[str, NDArray[Any]]:
        """Rows `start` to `stop` of the inputs that have columns, by name."""
        both = {"numeric": self.numeric[start:stop], "text": self.text[start:stop]}
        return {name: values for name, values in both.items() if values.shape[1]}


def layout(features: Sequence[Mapping[str, Any]]) -> Layout:
    """Sort `features` (`{name, dtype}`) into inputs; MLC851 for a dtype that a model cannot take."""
    for feature in features:
        if feature["dtype"] not in (*_NUMERIC, "string"):
            raise WorkError(
                "MLC851",
                f"feature `{feature['name']}` is a {feature['dtype']}, which a model cannot take",
                help="derive a number from it first, for example with `timestamp_part`",
            )
    return Layout(
        numeric=tuple(f["name"] for f in features if f["dtype"] != "string"),
        text=tuple(f["name"] for f in features if f["dtype"] == "string"),
    )


def inputs(frame: pl.DataFrame, columns: Layout, as_words: Mapping[str, Words] | None = None) -> Inputs:
    """The arrays of `frame`'s rows; texts of `as_words` as their words.

    MLC852 names columns that hold infinite values.
    """
    numeric = np.full((frame.height, len(columns.numeric)), np.nan, dtype=np.float32)
    for index, name in enumerate(columns.numeric):
        numeric[:, index] = frame[name].cast(pl.Float32).fill_null(float("nan")).to_numpy()
    text = np.full((frame.height, len(columns.text)), "", dtype=object)
    for index, name in enumerate(columns.text):
        how = (as_words or {}).get(name)
        text[:, index] = words(frame[name], how) if how else frame[name].fill_null("").to_list()
    infinite = [n for i, n in enumerate(columns.numeric) if np.isinf(numeric[:, i]).any()]
    if infinite:
        raise WorkError(
            "MLC852",
            f"{_listed(infinite)} hold values beyond what a 32-bit float can carry",
            help="bound them with a contract check such as `in_range`, or clean them at the source",
        )
    return Inputs(numeric=numeric, text=text)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
