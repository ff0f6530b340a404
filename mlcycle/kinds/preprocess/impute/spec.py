"""Fill in missing values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import NUMERIC, Mistake, PreprocessKind
from mlcycle.language.names import Columns


class Spec(PreprocessKind):
    """Replaces missing values by a statistic of the training rows, or by a constant."""

    work: ClassVar[str] = "mlcycle.kinds.preprocess.impute.work:transformer"
    accepts: ClassVar[tuple[DType, ...]] = (*NUMERIC, "string")

    kind: Literal["impute"]
    columns: Columns
    """`numeric`, `text`, or features by name."""
    strategy: Literal["mean", "median", "most_frequent", "constant"] = "median"
    """What fills the gaps. Text takes `most_frequent` and `constant`."""
    fill_value: float | str | None = None
    """The constant, with `strategy: constant`."""
    add_indicator: bool = False
    """Whether each column gets another one beside it, 1 where the value was missing. Numbers only."""

    def selection(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def config(self) -> Config:
        config: dict[str, object] = {"strategy": self.strategy}
        if self.fill_value is not None:
            config["fill_value"] = self.fill_value
        if self.add_indicator:
            config["add_indicator"] = True
        return config

    def mistakes(self, dtypes: Mapping[str, DType]) -> Iterator[Mistake]:
        text = sorted(name for name, dtype in dtypes.items() if dtype == "string")
        if text and self.strategy in ("mean", "median"):
            message = f"`{text[0]}` is text, which has no {self.strategy}"
            yield Mistake(
                code="MLC306", message=message, path=("strategy",), help="use `strategy: most_frequent`"
            )
        if text and self.add_indicator:
            message = f"`{text[0]}` is text, which has no indicator"
            help_line = "an encoding of text tells missing values apart by itself"
            yield Mistake(code="MLC306", message=message, path=("add_indicator",), help=help_line)
        if (self.strategy == "constant") != (self.fill_value is not None):
            message = "`strategy: constant` and `fill_value` go together"
            yield Mistake(code="MLC306", message=message, path=("strategy",))
        numbers = [name for name, dtype in dtypes.items() if dtype in NUMERIC]
        if (text and isinstance(self.fill_value, float)) or (numbers and isinstance(self.fill_value, str)):
            name = text[0] if isinstance(self.fill_value, float) else numbers[0]
            message = f"`{self.fill_value}` cannot fill `{name}`, which is {dtypes[name]}"
            yield Mistake(code="MLC306", message=message, path=("fill_value",))
