"""Write equal texts equally."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl


def apply(frame: pl.DataFrame, config: Mapping[str, Any]) -> pl.DataFrame:
    """The frame with the texts of `columns` in the form that `config` asks for; nulls stay."""
    return frame.with_columns(_normal(pl.col(name), config).alias(name) for name in config["columns"])


def _normal(text: pl.Expr, config: Mapping[str, Any]) -> pl.Expr:
    if config["unicode"] != "keep":
        text = text.str.normalize(config["unicode"])
    if config["whitespace"] == "collapse":
        text = text.str.replace_all(r"\s+", " ")
    if config["trim"]:
        text = text.str.strip_chars()
    if config["case"] != "keep":
        text = text.str.to_lowercase() if config["case"] == "lower" else text.str.to_uppercase()
    return pl.when(text != "").then(text) if config["empty"] == "null" else text
