"""Files whose format their names tell, of sources that are not called after it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from mlcycle.kinds.interface import Mistake, SourceKind
from mlcycle.kinds.sources.storage import undeclared

_FORMATS = {".csv": "csv", ".parquet": "parquet", ".pq": "parquet"}


class FormattedKind(SourceKind):
    """A table in CSV or Parquet files that are somewhere else."""

    format: Literal["csv", "parquet"] | None = None
    """What the files are; told by how `path` ends if left out."""
    null_values: tuple[str, ...] | None = None
    """Texts that mean a missing value; in CSV only the empty field by default."""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    """The character between fields, in CSV."""

    def files(self) -> str:
        """The path of the files, over there."""
        raise NotImplementedError

    def asks(self) -> bool:
        return True

    def unpartitioned(self) -> str | None:
        return f"a source of kind `{self.kind}` is fetched whole"

    def observes(self) -> tuple[str, ...]:
        return (f"version:{self.file()}",)

    def reading(self) -> dict[str, object]:
        """The keys of a step's config that say how a file is read."""
        config: dict[str, object] = {"format": self.format or self._ending()}
        if self.null_values is not None:
            config["null_values"] = list(self.null_values)
        if self.delimiter != ",":
            config["delimiter"] = self.delimiter
        return config

    def mistakes(self) -> Iterator[Mistake]:
        yield from undeclared(self)
        if self.format is None and not self._ending():
            message = f"`{self.files()}` does not tell what the files are"
            yield Mistake(
                code="MLC232", message=message, path=("path",), help="add `format: csv` or `parquet`"
            )

    def _ending(self) -> str:
        ending = next((end for end in _FORMATS if self.files().lower().endswith(end)), "")
        return _FORMATS.get(ending, "")
