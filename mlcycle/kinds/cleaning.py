"""What a cleaning step says about itself: the slot's class, part of `mlcycle.kinds.interface`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.findings import Mistake, Reads
from mlcycle.language.slots import CleanSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A column as a cleaning step leaves it.

    of: the columns that its values come from: it is as late, as sensitive and as personal as they are.
    dtype: None where it stays that of the first of `of`. nullable: None where it is as they are.
    known_with: columns without which nobody knows the value, though it does not come from them.
    latest: whether it is the greatest of the values that it is made of.
    rewrites: whether a value may be another than the data has, so that a request that carries it as it is
    would not be what the model learned from.
    """

    of: tuple[str, ...]
    dtype: DType | None = None
    nullable: bool | None = None
    known_with: tuple[str, ...] = ()
    latest: bool = False
    rewrites: bool = False


class CleanKind(CleanSpec):
    """A step that drops or repairs rows before anything else sees them; it learns nothing from the data.

    merges_rows: whether one of its rows stands for several of those before; their time must then be the
    latest, or the row would know its own future.
    """

    merges_rows: ClassVar[bool] = False

    def work_name(self) -> str:
        """`package.module:function` of the step."""
        raise NotImplementedError

    def reads(self) -> tuple[Reads, ...]:
        """The columns it works on."""
        return ()

    def drops_by(self) -> tuple[str, ...]:
        """The columns whose values decide which rows stay (rule of time 6)."""
        return ()

    def condition(self) -> str | None:
        """SQL over the columns, written at the key `expression`, that decides which rows stay."""
        return None

    def adds(self) -> Mapping[str, DType]:
        """Columns that are new or of another dtype afterwards, and nobody can see what they are made of."""
        return {}

    def makes(self, dtypes: Mapping[str, DType]) -> Mapping[str, Made]:
        """Columns that are new or changed afterwards; `dtypes` are those before the step."""
        return {}

    def renames(self) -> Mapping[str, str]:
        """Old name -> new name."""
        return {}

    def keeps(self) -> tuple[str, ...] | None:
        """The columns that are still there beside those it makes; None for all."""
        return None

    def mistakes(self, dtypes: Mapping[str, DType]) -> Iterator[Mistake]:
        """`dtypes` are those of the columns that it reads, as far as they are known."""
        return iter(())

    def sentence(self) -> str:
        """Which rows go, or what happens to values, for a person: "rows in which `a` is null"."""
        return ""

    def config(self) -> Config:
        raise NotImplementedError
