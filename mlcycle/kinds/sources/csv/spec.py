"""A comma-separated file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import Mistake
from mlcycle.kinds.sources.paths import FileKind
from mlcycle.language.names import ColumnName, Text

_ANY = re.compile(r"%([-.:]?[a-zA-Z%]|\.[0-9]?f)")
_MEANING = {
    **dict.fromkeys("de", "d"),
    **dict.fromkeys("mbB", "m"),
    **dict.fromkeys("yY", "y"),
    **dict.fromkeys("HIMSfpPzT", "t"),
}


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
    date_formats: dict[ColumnName, Text] = Field(default_factory=dict)
    """How dates or times that are not ISO 8601 are written, in strftime's notation: `{born: "%d.%m.%Y"}`."""

    def peek(self, path: Path) -> Mapping[str, DType]:
        from mlcycle.kinds.sources.csv.sniff import columns

        return columns(path, delimiter=self.delimiter, null_values=self.null_values)

    def columns_in(self, root: Path, paths: tuple[Path, ...]) -> Mapping[str, DType]:
        found = dict(super().columns_in(root, paths))
        told = {name: _dtype(format) for name, format in self.date_formats.items() if name in found}
        return found | told

    def mistakes(self) -> Iterator[Mistake]:
        yield from super().mistakes()
        for name, format in self.date_formats.items():
            path = ("date_formats", name)
            if not {"d", "m", "y"} <= _parts(format) or _ANY.sub("", format).count("%"):
                message = f"`{format}` does not say where day, month and year are"
                yield Mistake(
                    code="MLC235", message=message, path=path, help="such as `%d.%m.%Y` or `%m/%d/%y %H:%M`"
                )
            elif name == self.timestamp and self.timestamp_format is not None:
                message = f"the format of `{name}` is given twice: here and by `timestamp_format`"
                yield Mistake(code="MLC235", message=message, path=path, help="keep one of them")

    def config(self) -> Config:
        config = self.places()
        if self.null_values is not None:
            config["null_values"] = list(self.null_values)
        if self.delimiter != ",":
            config["delimiter"] = self.delimiter
        if self.date_formats:
            config["date_formats"] = dict(self.date_formats)
        return config


def _parts(format: str) -> set[str]:
    """Which of day `d`, month `m`, year `y` and time `t` a format has."""
    found = (match[1] for match in _ANY.finditer(format))
    return {_MEANING[letter] for letters in found for letter in letters[-1] if letter in _MEANING}


def _dtype(format: str) -> DType:
    return "timestamp" if "t" in _parts(format) else "date"
