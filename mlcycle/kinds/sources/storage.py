"""How an object store is reached: the keys that sources in one share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from mlcycle.kinds.interface import Mistake, SourceKind
from mlcycle.language.base import SpecModel
from mlcycle.language.secrets import Location, Secret


class Storage(SpecModel):
    """How an object store is reached. What is left out is found as Amazon's own tools find it."""

    noun: ClassVar[str] = "storage"

    endpoint: Location | None = None
    """The address of a store that is not Amazon's: `http://127.0.0.1:9000`."""
    region: Location | None = None
    """The region of the bucket."""
    key: Secret | None = None
    """The access key, as `${env:NAME}`."""
    secret: Secret | None = None
    """The secret key, as `${env:NAME}`."""

    def connect(self) -> dict[str, str]:
        """The keys that are set."""
        return self.model_dump(exclude_none=True)


def is_url(path: str) -> bool:
    """Whether a path is that of an object store."""
    return "://" in path


def undeclared(source: SourceKind) -> Iterator[Mistake]:
    """Columns of a source that checking does not ask, as far as the spec does not tell of them."""
    if not source.asks():
        return
    if not source.columns:
        message = f"checking does not ask `{source.file()}` for its columns, and none is declared"
        yield Mistake(
            code="MLC221", message=message, path=("kind",), help="list them: `columns: {id: {dtype: int64}}`"
        )
    times = (source.timestamp, source.created_timestamp)
    for name, column in source.columns.items():
        if column.dtype is None and name not in times and name not in source.derive:
            message = f"the dtype of `{name}` is not known: checking does not ask `{source.file()}`"
            help = "declare it: `dtype: int64`, float64, bool, string, timestamp or date"
            yield Mistake(code="MLC221", message=message, path=("columns", name), help=help)


def needless(storage: Storage | None, path: str) -> Iterator[Mistake]:
    """`storage` beside a path of the project's."""
    if storage is not None and not is_url(path):
        message = f"`{path}` is a path below the project, which needs no `storage`"
        yield Mistake(code="MLC222", message=message, path=("storage",), help="take it out")
