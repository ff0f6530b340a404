"""What sources of files have in common: a file, a pattern, or an object store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from mlcycle.graph.column import DType
from mlcycle.kinds.interface import Mistake, SourceKind
from mlcycle.kinds.sources.partitions import dtypes
from mlcycle.kinds.sources.patterns import is_pattern, matches
from mlcycle.kinds.sources.storage import Storage, is_url, needless, undeclared
from mlcycle.language.names import DataPath


class FileKind(SourceKind):
    """A table in one file or in several."""

    version: ClassVar[str] = "mlcycle.kinds.sources.objects:version"

    path: DataPath
    """The file, relative to the project's root, or `s3://bucket/key`. `*` and `**` stand for any number of
    files of the same columns."""
    hive: bool = False
    """Whether folders such as `year=2013` are columns."""
    storage: Storage | None = None
    """How the object store is reached."""

    def file(self) -> str:
        return self.path

    def observes(self) -> tuple[str, ...]:
        if is_url(self.path):
            return (f"version:{self.path}",)
        return (f"files:{self.path}" if is_pattern(self.path) else f"file:{self.path}",)

    def asks(self) -> bool:
        return is_url(self.path)

    def unpartitioned(self) -> str | None:
        return "what lies in an object store is fetched whole" if is_url(self.path) else None

    def looked_at(self, root: Path) -> tuple[Path, ...]:
        if not is_pattern(self.path):
            return super().looked_at(root)
        found = matches(root, self.path)
        if any(not path.resolve().is_relative_to(root.resolve()) for path in found):
            raise ValueError("a file leads out of the project through a link")
        return found

    def columns_in(self, root: Path, paths: tuple[Path, ...]) -> Mapping[str, DType]:
        home = root.resolve()
        names = (path.relative_to(home).as_posix() for path in paths) if self.hive else ()
        return {**self.peek(paths[0]), **dtypes(names)}

    def places(self) -> dict[str, object]:
        """The keys of a step's config that say where the files are."""
        config: dict[str, object] = {"path": self.path}
        if self.hive:
            config["hive"] = True
        if is_url(self.path):
            config["connect"] = self.storage.connect() if self.storage is not None else {}
        return config

    def mistakes(self) -> Iterator[Mistake]:
        yield from undeclared(self)
        yield from needless(self.storage, self.path)
        if self.hive and "=" not in self.path and not is_pattern(self.path):
            message = f"`{self.path}` is one file, in no folder that is a column"
            help = "write a pattern: `data/year=*/month=*/*.parquet`"
            yield Mistake(code="MLC231", message=message, path=("hive",), help=help)
