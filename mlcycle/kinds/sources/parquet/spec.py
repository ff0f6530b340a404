"""A Parquet file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import SourceKind
from mlcycle.language.names import RelativePath


class Spec(SourceKind):
    """A table in a Parquet file. Column names and dtypes are the file's own."""

    work: ClassVar[str] = "mlcycle.kinds.sources.parquet.work:read"

    kind: Literal["parquet"]
    path: RelativePath
    """The file, relative to the project's root."""
    null_values: tuple[str, ...] | None = None
    """Texts that mean a missing value in text columns, beside the file's own nulls."""

    def file(self) -> str:
        return str(self.path)

    def peek(self, path: Path) -> Mapping[str, DType]:
        from mlcycle.kinds.sources.parquet.footer import columns

        return columns(path)

    def config(self) -> Config:
        config: dict[str, object] = {"path": str(self.path)}
        if self.null_values is not None:
            config["null_values"] = list(self.null_values)
        return config
