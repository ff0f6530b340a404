"""Figures of a table, their limits, and how much they may differ from the last version that kept them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

Config = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What the last version that kept the contract was like: figures by their names, none for the first."""

    figures: Mapping[str, float] = field(default_factory=dict)


def figure_name(config: Config) -> str:
    """`rows`, `mean(distance)`, `quantile(distance, 0.99)`."""
    if config["kind"] == "row_count":
        return "rows"
    at = f", {config['at']:g}" if "at" in config else ""
    return f"{config['statistic']}({config['column']}{at})"


def figure(frame: pl.DataFrame, config: Config) -> float:
    """The figure of a `row_count` or a `statistic`; NaN where the column has no value."""
    if config["kind"] == "row_count":
        return float(frame.height)
    column = frame[config["column"]]
    known = column.drop_nulls()
    match config["statistic"]:
        case "null_share":
            return column.null_count() / frame.height if frame.height else math.nan
        case "distinct":
            return float(known.n_unique()) if len(known) else math.nan
        case "distinct_share":
            return known.n_unique() / len(known) if len(known) else math.nan
    return _of_numbers(known.cast(pl.Float64), config)


def _of_numbers(known: pl.Series, config: Config) -> float:
    values: Mapping[str, Any] = {
        "mean": known.mean,
        "median": known.median,
        "std": known.std,
        "sum": known.sum if len(known) else lambda: None,
        "min": known.min,
        "max": known.max,
        "quantile": lambda: known.quantile(config["at"], "linear"),
    }
    found = values[config["statistic"]]()
    return math.nan if found is None else float(found)


def limits_broken(value: float, config: Config, earlier: Earlier) -> tuple[str, ...]:
    """The limits that a figure does not keep, in words; the last version says nothing if there is none."""
    if math.isnan(value):
        return ("there are no values",)
    before = earlier.figures.get(figure_name(config))
    broken = []
    if "min" in config and value < config["min"]:
        broken.append(f"at least {number(config['min'])}")
    if "max" in config and value > config["max"]:
        broken.append(f"at most {number(config['max'])}")
    if before is not None:
        change = (value - before) / abs(before) if before else math.copysign(math.inf, value) * bool(value)
        broken += _changed(change, before, config)
    return tuple(broken)


def _changed(change: float, before: float, config: Config) -> list[str]:
    found = []
    if "max_drop" in config and change < -config["max_drop"]:
        found.append(f"at most {config['max_drop'] * 100:g}% below the {number(before)} of before")
    if "max_increase" in config and change > config["max_increase"]:
        found.append(f"at most {config['max_increase'] * 100:g}% above the {number(before)} of before")
    return found


def number(value: float) -> str:
    """A figure for a sentence."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.6g}"
