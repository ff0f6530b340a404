"""Give columns another type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Literal

from pydantic import Field

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import CleanKind, Made, Mistake, Reads
from mlcycle.language.names import ColumnName, Text
from mlcycle.language.quantities import DType as DTypeName

#: dtype -> what its values can become.
_CASTS: Mapping[DType, tuple[DType, ...]] = MappingProxyType(
    {
        "string": ("int64", "float64", "bool", "timestamp", "date", "string"),
        "int64": ("float64", "bool", "string", "int64"),
        "float64": ("int64", "bool", "string", "float64"),
        "bool": ("int64", "float64", "string", "bool"),
        "timestamp": ("date", "timestamp"),
        "date": ("timestamp", "date"),
    }
)


class Spec(CleanKind):
    """Gives columns another type, and says what becomes of values that are none of it.

    A number is whole if nothing stands after its point; a text is true or false if it is one of `true`, `t`,
    `yes`, `y`, `1`, `false`, `f`, `no`, `n`, `0`, in any case. Blanks around a text do not count.
    """

    kind: Literal["cast"]
    columns: dict[ColumnName, DTypeName] = Field(min_length=1)
    """Column: its type from here on."""
    bad_values: Literal["error", "null"] = "error"
    """`error` stops at a value that is none of the type and shows it; `null` makes it missing, counted."""
    format: Text | None = None
    """How times and dates are written, in strftime's notation; ISO 8601 if left out."""

    def work_name(self) -> str:
        return "mlcycle.kinds.clean.cast.work:apply"

    def reads(self) -> tuple[Reads, ...]:
        return tuple(Reads(name=name, path=("columns", name), key=True) for name in self.columns)

    def makes(self, dtypes: Mapping[str, DType]) -> Mapping[str, Made]:
        nullable = True if self.bad_values == "null" else None
        return {name: Made(of=(name,), dtype=d, nullable=nullable) for name, d in self.columns.items()}

    def mistakes(self, dtypes: Mapping[str, DType]) -> Iterator[Mistake]:
        for name, dtype in dtypes.items():
            wanted = self.columns[name]
            if dtype != "unknown" and wanted not in _CASTS[dtype]:
                message = f"`{name}` is {dtype}, which cannot become {wanted}"
                help_line = f"{dtype} can become {', '.join(d for d in _CASTS[dtype] if d != dtype)}"
                yield Mistake(code="MLC342", message=message, path=("columns", name), help=help_line)

    def sentence(self) -> str:
        told = ", ".join(f"`{name}` becomes {dtype}" for name, dtype in self.columns.items())
        return f"{told}; other values become null" if self.bad_values == "null" else told

    def config(self) -> Config:
        config = {"columns": [[n, d] for n, d in self.columns.items()], "bad_values": self.bad_values}
        return config if self.format is None else {**config, "format": self.format}
