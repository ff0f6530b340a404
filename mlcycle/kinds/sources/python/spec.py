"""A table that the author's own function makes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import Mistake, SourceKind
from mlcycle.kinds.sources.storage import undeclared
from mlcycle.language.names import PythonReference


class Spec(SourceKind):
    """A function of your own: `(params: dict) -> polars.DataFrame`. The columns are declared.

    It runs when the table is made, and again when its code, what that imports of yours, or `params` change.
    """

    kind: Literal["python"]
    python: PythonReference
    """`package.module:function`, in the project's root or installed."""
    params: dict[str, Any] = Field(default_factory=dict)
    """What it is given, as it is written here."""

    def work_name(self) -> str:
        return self.python

    def file(self) -> str:
        return self.python

    def observes(self) -> tuple[str, ...]:
        return ()

    def asks(self) -> bool:
        return True

    def config(self) -> Config:
        return {"params": dict(self.params)} if self.params else {}

    def mistakes(self) -> Iterator[Mistake]:
        yield from undeclared(self)
