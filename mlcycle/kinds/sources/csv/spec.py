"""A comma-separated file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.sources.paths import FileKind


class Spec(FileKind):
    """A table in text files with a header line.

    Dtypes are resolved when the spec is checked and parsed strictly when it is read.
    """

    work: ClassVar[str] = "mlcycle.kinds.sources.csv.work:read"

    kind: Literal["csv"]
    null_values: tuple[str, ...] | None = None
    """Texts that mean a missing value. By default only the empty field does."""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    """The character between fields."""

    def peek(self, path: Path) -> Mapping[str, DType]:
        from mlcycle.kinds.sources.csv.sniff import columns

        return columns(path, delimiter=self.delimiter, null_values=self.null_values)

    def config(self) -> Config:
        config = self.places()
        if self.null_values is not None:
            config["null_values"] = list(self.null_values)
        if self.delimiter != ",":
            config["delimiter"] = self.delimiter
        return config
