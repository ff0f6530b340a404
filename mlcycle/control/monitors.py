"""The port `ChunkStore`: results in the state database, references as files beside it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from mlcycle.ports import Kept
from mlcycle.store.chunks import Chunks
from mlcycle.store.database import connect
from mlcycle.store.files import sha256
from mlcycle.verdicts import ChunkResult


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptChunks:
    """state: URL of the state database. folder: where references are kept, one file a package."""

    state: str
    environment: str
    folder: Path

    def closed(self, monitor: str, after: datetime | None = None) -> tuple[ChunkResult, ...]:
        """The measured chunks of `project/name`, oldest first."""
        engine = connect(self.state)
        try:
            return Chunks(engine=engine, environment=self.environment).closed(monitor, after)
        finally:
            engine.dispose()

    def add(self, results: Sequence[ChunkResult]) -> None:
        """Keep results; one that is kept and settled already stays as it is."""
        engine = connect(self.state)
        try:
            Chunks(engine=engine, environment=self.environment).add(results)
        finally:
            engine.dispose()

    def reference(self, package: str) -> Kept | None:
        """The rows that predictions of a package are compared with, None before `refer`."""
        file = self._file(package)
        return Kept(rows=pl.read_parquet(file), digest=sha256(file)) if file.is_file() else None

    def refer(self, package: str, rows: pl.DataFrame) -> None:
        """Keep the rows that predictions of a package are compared with; those kept already stay."""
        file = self._file(package)
        if file.is_file():
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_suffix(f".{os.getpid()}.tmp")
        rows.write_parquet(aside, compression="zstd")
        aside.replace(file)

    def _file(self, package: str) -> Path:
        return self.folder / f"{package}.parquet"
