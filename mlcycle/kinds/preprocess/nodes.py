"""Writing a part of a graph: nodes and constants whose names all begin with one prefix."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from mlcycle.kinds.packages.graphs import Fragment


@dataclass(slots=True)
class Nodes:
    """Collects nodes; every method gives the name of the value that it adds."""

    prefix: str
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    initializers: list[onnx.TensorProto] = field(default_factory=list)

    def constant(self, values: NDArray[Any]) -> str:
        name = f"{self.prefix}_c{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(values, name))
        return name

    def floats(self, values: Any) -> str:
        return self.constant(np.asarray(values, dtype=np.float32))

    def integers(self, values: Any) -> str:
        return self.constant(np.asarray(values, dtype=np.int64))

    def add(self, operator: str, *given: str, domain: str = "", **attributes: Any) -> str:
        """A node of one output."""
        name = f"{self.prefix}_v{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(operator, list(given), [name], name=name, domain=domain, **attributes)
        )
        return name

    def column(self, given: str, index: int) -> str:
        """Column `index` of `given` [N, columns], as [N]."""
        return self.add("Gather", given, self.integers(index), axis=1)

    def side_by_side(self, parts: list[str]) -> str:
        """The parts, each [N, k], as one; a single one as it is."""
        return parts[0] if len(parts) == 1 else self.add("Concat", *parts, axis=1)

    def fragment(self, output: str) -> Fragment:
        return Fragment(
            nodes=tuple(self.nodes), initializers=tuple(self.initializers), inputs=(), outputs=(output,)
        )
