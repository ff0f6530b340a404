"""A model's signature for MLflow, written out from the package's request; never inferred from data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema

_TYPES = {
    "int64": DataType.long,
    "float64": DataType.double,
    "bool": DataType.boolean,
    "string": DataType.string,
    "timestamp": DataType.datetime,
    "date": DataType.datetime,
}


def model_signature(signature: Mapping[str, Any]) -> ModelSignature:
    """`signature`: `request` (list of `{name, dtype, nullable}`) and `task`.

    A whole number that may be missing is declared as a float, as MLflow's whole numbers cannot be missing.
    Raises ValueError if there is nothing to declare: MLflow would register a model without a signature.
    """
    request: Sequence[Mapping[str, Any]] = signature["request"]
    if not request:
        raise ValueError("the request has no columns, so there is no signature to register")
    score = DataType.string if signature["task"] == "multiclass_classification" else DataType.double
    return ModelSignature(
        inputs=Schema([_column(column) for column in request]),
        outputs=Schema([ColSpec(score, "score")]),
    )


def _column(column: Mapping[str, Any]) -> ColSpec:
    nullable = bool(column.get("nullable", True))
    dtype = column["dtype"]
    kind = DataType.double if nullable and dtype in ("int64", "bool") else _TYPES[dtype]
    return ColSpec(kind, column["name"], required=not nullable)
