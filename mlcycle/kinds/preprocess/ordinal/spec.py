"""One number for each category."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import Mistake, PreprocessKind
from mlcycle.language.names import Columns, no_repeats

Category = Annotated[str, Field(min_length=1)]


class Spec(PreprocessKind):
    """Turns text into its place in a list: 0, 1, 2...

    A missing text and an unknown one become `unknown_value`.
    """

    work: ClassVar[str] = "mlcycle.kinds.preprocess.ordinal.work:transformer"
    accepts: ClassVar[tuple[DType, ...]] = ("string",)

    kind: Literal["ordinal"]
    columns: Columns
    """`text`, or features by name."""
    categories: (
        Annotated[
            tuple[Category, ...],
            Field(min_length=2),
            AfterValidator(no_repeats),
            Field(json_schema_extra={"uniqueItems": True}),
        ]
        | None
    ) = None
    """The order, from 0 on: `[low, middle, high]`. By default the values of the training rows by alphabet."""
    unknown_value: int | None = None
    """What a text that is missing or not in the list becomes. By default it is a missing number."""

    def selection(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def dtype_after(self, dtype: DType) -> DType:
        return "float64"

    def config(self) -> Config:
        config: dict[str, object] = {}
        if self.categories is not None:
            config["categories"] = list(self.categories)
        if self.unknown_value is not None:
            config["unknown_value"] = self.unknown_value
        return config

    def mistakes(self, dtypes: Mapping[str, DType]) -> Iterator[Mistake]:
        value = self.unknown_value
        taken = range(len(self.categories)) if self.categories is not None else range(2**31)
        if value is not None and value in taken:
            message = f"`unknown_value: {value}` is the number of a category"
            help_line = "write a number that is none, such as -1"
            yield Mistake(code="MLC306", message=message, path=("unknown_value",), help=help_line)
