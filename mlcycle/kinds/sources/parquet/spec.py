"""A Parquet file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.sources.paths import FileKind


class Spec(FileKind):
    """A table in Parquet files. Column names and dtypes are those of the first."""

    work: ClassVar[str] = "mlcycle.kinds.sources.parquet.work:read"

    kind: Literal["parquet"]
    null_values: tuple[str, ...] | None = None
    """Texts that mean a missing value in text columns, beside the file's own nulls."""

    def peek(self, path: Path) -> Mapping[str, DType]:
        from mlcycle.kinds.sources.parquet.footer import columns

        return columns(path)

    def config(self) -> Config:
        config = self.places()
        if self.null_values is not None:
            config["null_values"] = list(self.null_values)
        return config
