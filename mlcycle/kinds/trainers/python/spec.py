"""The author's own trainer."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import TrainerKind
from mlcycle.language.names import PythonReference


class Spec(TrainerKind):
    """A function of your own in place of a trainer; it is hashed, and imported only when it trains.

    It gives an ONNX graph, so `packages` is `[onnx]` if left out.
    """

    default_packages: ClassVar[tuple[str, ...]] = ("onnx",)
    takes_categories: ClassVar[bool] = True

    kind: Literal["python"]
    python: PythonReference
    """`package.module:function`, in the project's root or installed."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Handed to the function."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Handed to the function as they are."""

    def work_name(self) -> str:
        return str(self.python)

    def config(self) -> Config:
        return {"seed": self.seed, "params": self.params}
