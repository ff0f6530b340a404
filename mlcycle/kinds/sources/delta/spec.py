"""A Delta table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import Mistake, SourceKind
from mlcycle.kinds.sources.storage import Storage, is_url, needless, undeclared
from mlcycle.language.names import DataPath
from mlcycle.language.paths import inside
from mlcycle.language.quantities import Instant


class Spec(SourceKind):
    """A Delta table: its newest version, or one that is pinned by number or time.

    Columns of a table below the project are read from its log; those of one in an object store are declared.
    """

    work: ClassVar[str] = "mlcycle.kinds.sources.delta.work:read"
    version: ClassVar[str] = "mlcycle.kinds.sources.delta.work:version"

    kind: Literal["delta"]
    path: DataPath
    """The table's folder, relative to the project's root, or `s3://bucket/key`."""
    at_version: Annotated[int, Field(ge=0)] | None = None
    """The version to read; the newest if left out."""
    at_time: Instant | None = None
    """The time as of which to read: the version that was the newest then."""
    storage: Storage | None = None
    """How the object store is reached."""

    def file(self) -> str:
        return self.path

    def observes(self) -> tuple[str, ...]:
        return (f"version:{self.path}",)

    def asks(self) -> bool:
        return is_url(self.path)

    def unpartitioned(self) -> str | None:
        return "what lies in an object store is fetched whole" if is_url(self.path) else None

    def looked_at(self, root: Path) -> tuple[Path, ...]:
        from mlcycle.kinds.sources.delta.log import commits

        return commits(inside(root, self.path), self.at_version)

    def columns_in(self, root: Path, paths: tuple[Path, ...]) -> Mapping[str, DType]:
        from mlcycle.kinds.sources.delta.log import columns

        return columns(paths)

    def config(self) -> Config:
        config: dict[str, object] = {"path": self.path}
        if self.at_version is not None:
            config["at_version"] = self.at_version
        if self.at_time is not None:
            config["at_time"] = self.at_time.isoformat()
        if is_url(self.path):
            config["connect"] = self.storage.connect() if self.storage is not None else {}
        return config

    def mistakes(self) -> Iterator[Mistake]:
        yield from undeclared(self)
        yield from needless(self.storage, self.path)
        if self.at_version is not None and self.at_time is not None:
            message = "the table is pinned twice: by `at_version` and by `at_time`"
            yield Mistake(code="MLC223", message=message, path=("at_time",), help="keep one of them")
