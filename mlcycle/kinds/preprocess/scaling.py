"""Numbers moved, stretched and bounded: what scalers become in the graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcycle.kinds.packages.graphs import Fragment
from mlcycle.kinds.preprocess.nodes import Nodes

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaled:
    """A fitted scaler of scikit-learn whose answer is (x - offset) * scale + shift, within `bounds` if given.

    offset, scale: [columns]. Missing stays missing.
    """

    scaler: Any
    offset: Floats
    scale: Floats
    shift: float = 0.0
    bounds: tuple[float, float] | None = None

    def transform(self, values: NDArray[Any]) -> Floats:
        """In 64 bits: scikit-learn would round a large number in 32 before it takes the offset away."""
        found: Floats = self.scaler.transform(values.astype(np.float64))
        return found

    def get_feature_names_out(self, names: NDArray[Any]) -> NDArray[Any]:
        return names

    def fragment(self, given: str, prefix: str) -> Fragment:
        """The offset in two parts, so that it is as exact as 64 bits where numbers are large and close."""
        nodes = Nodes(prefix)
        coarse, rest = map(nodes.floats, halves(self.offset))
        moved = nodes.add("Sub", nodes.add("Sub", given, coarse), rest)
        found = nodes.add("Mul", moved, nodes.floats(self.scale))
        if self.shift:
            found = nodes.add("Add", found, nodes.floats(self.shift))
        return nodes.fragment(found if self.bounds is None else bounded(nodes, found, *self.bounds))


def halves(values: Floats) -> tuple[NDArray[np.float32], Floats]:
    """Each number as one of 32 bits and what is left of it."""
    coarse = values.astype(np.float32)
    return coarse, values - coarse


def at_least(values: Floats) -> NDArray[np.float32]:
    """The least number of 32 bits that is not below each: `x >= it` is then as true as in 64 bits."""
    near = values.astype(np.float32)
    return np.where(near < values, np.nextafter(near, np.float32(np.inf)), near)


def bounded(nodes: Nodes, given: str, low: Any, high: Any) -> str:
    """Add what keeps `given` within bounds, of one column or each; missing stays missing."""
    least, most = nodes.floats(low), nodes.floats(high)
    found = nodes.add("Where", nodes.add("Less", given, least), least, given)
    return nodes.add("Where", nodes.add("Greater", found, most), most, found)


def where_known(nodes: Nodes, given: str, found: str) -> str:
    """Add what gives `found` where `given` is there, and else the missing number."""
    return nodes.add("Where", nodes.add("IsNaN", given), given, found)
