"""A feature written as SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from mlcycle.graph.column import DType
from mlcycle.kinds.interface import Computed, Reads, RowFeature, contradicts
from mlcycle.language.names import Expression
from mlcycle.language.quantities import DType as DTypeName


class Spec(RowFeature):
    """One SQL expression over columns of the row, or over features of other views as `view.feature`.

    A view that crosses others has no source of its own: its features are computed at request time.
    """

    kind: Literal["expression"]
    expression: Expression
    """SQL without SELECT: operators, CASE, and the functions of the allow list."""
    dtype: DTypeName | None = None
    """The dtype of the result; the expression must have it. By default it is inferred."""

    def compute(self, dtypes: Mapping[str, DType]) -> Computed:
        from mlcycle.graph.expression import ExpressionError, parse

        parsed = parse(self.expression, dtypes)
        if self.dtype is not None and contradicts(self.dtype, parsed.dtype):
            message = f"this expression gives {parsed.dtype}, and `dtype` says {self.dtype}"
            raise ExpressionError("MLC308", message, help=f"declare `dtype: {parsed.dtype}`, or use CAST")
        return Computed(
            dtype=self.dtype or parsed.dtype,
            expression=parsed.tree,
            reads=tuple(Reads(name=name, path=("expression",)) for name in sorted(parsed.references)),
        )
