"""Numbers brought to a common range."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import NUMERIC, Mistake, PreprocessKind
from mlcycle.language.names import Columns

#: The method that each key belongs to.
_OF = {"feature_range": "minmax", "clip": "minmax", "quantile_range": "robust", "n_quantiles": "quantile"}
Percent = Annotated[float, Field(ge=0, le=100)]


class Spec(PreprocessKind):
    """Brings numbers to a range that the training rows define. Missing stays missing.

    `minmax` maps the least and the greatest value, which an outlier decides; `robust` takes away the median
    and divides by the distance of two quantiles; `quantile` gives the share of training rows that lie below.
    Keys are those of scikit-learn's MinMaxScaler, RobustScaler and QuantileTransformer.
    """

    work: ClassVar[str] = "mlcycle.kinds.preprocess.normalize.work:transformer"
    accepts: ClassVar[tuple[DType, ...]] = NUMERIC

    kind: Literal["normalize"]
    columns: Columns
    """`numeric`, or features by name."""
    method: Literal["minmax", "robust", "quantile"] = "minmax"
    """How the range is found."""
    feature_range: Annotated[tuple[float, ...], Field(min_length=2, max_length=2)] | None = None
    """With `minmax`: what the least and the greatest value become; `[0, 1]` if left out."""
    clip: bool | None = None
    """With `minmax`: whether values beyond those of training are kept in the range; if left out, no."""
    quantile_range: Annotated[tuple[Percent, ...], Field(min_length=2, max_length=2)] | None = None
    """With `robust`: the two quantiles, in percent; `[25, 75]` if left out."""
    n_quantiles: Annotated[int, Field(ge=2, le=1000)] | None = None
    """With `quantile`: so many steps, between which it is a straight line; 100 if left out."""

    def selection(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def dtype_after(self, dtype: DType) -> DType:
        return "float64"

    def config(self) -> Config:
        given = {name: getattr(self, name) for name in _OF}
        written = {name: value for name, value in given.items() if value is not None}
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in written.items()}
        return {"method": self.method, **plain}

    def mistakes(self, dtypes: Mapping[str, DType]) -> Iterator[Mistake]:
        for name, method in _OF.items():
            if getattr(self, name) is not None and method != self.method:
                message = f"`{name}` means nothing to `method: {self.method}`"
                help_line = f"remove it, or write `method: {method}`"
                yield Mistake(code="MLC306", message=message, path=(name,), help=help_line)
        for name in ("feature_range", "quantile_range"):
            limits = getattr(self, name)
            if limits is not None and not limits[0] < limits[1]:
                message = f"`{name}` begins at {limits[0]:g} and ends at {limits[1]:g}"
                yield Mistake(code="MLC306", message=message, path=(name,))
