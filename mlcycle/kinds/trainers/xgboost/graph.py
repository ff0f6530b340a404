"""A Booster as an ONNX graph from `x` to `score`, by onnxmltools."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
import xgboost as xgb
from onnx import TensorProto, helper, numpy_helper
from onnxmltools import convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType

from mlcycle.kinds.packages.graphs import Fragment, model, renamed, to_bytes
from mlcycle.kinds.trainers.xgboost.categories import Numbered, expand, numbered

_OPSET = 15


def convert(booster: xgb.Booster, *, task: str, columns: int, categorical: Sequence[int] = ()) -> bytes:
    """The file of the graph. The booster must not carry feature names, which onnxmltools cannot read.

    categorical: the columns that it splits by sets of codes.
    """
    plain = numbered(booster) if categorical else Numbered(booster=booster, sets=())
    trees = convert_xgboost(
        plain.booster, initial_types=[("x", FloatTensorType([None, columns]))], target_opset=_OPSET
    )
    if categorical:
        expand(trees, categorical, plain.sets)
    part = renamed(trees, "trees", {"x": "x"})
    last, extra = _score(task, part.outputs[-1])
    shape = [None, trees.graph.output[-1].type.tensor_type.shape.dim[1].dim_value]
    whole = Fragment(
        nodes=(*part.nodes, last),
        initializers=(*part.initializers, *extra),
        inputs=("x",),
        outputs=("score",),
    )
    wide = task == "multiclass_classification"
    return to_bytes(
        model(
            "estimator",
            whole,
            inputs=[helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, columns])],
            outputs=[helper.make_tensor_value_info("score", TensorProto.FLOAT, shape if wide else [None])],
        )
    )


def _score(task: str, output: str) -> tuple[onnx.NodeProto, tuple[onnx.TensorProto, ...]]:
    """The node that brings the converter's output into the package's shape, with its constant."""
    if task == "binary_classification":
        column = numpy_helper.from_array(np.asarray(1, dtype=np.int64), "positive")
        node = helper.make_node("Gather", [output, column.name], ["score"], name="score", axis=1)
        return node, (column,)
    if task == "multiclass_classification":
        return helper.make_node("Identity", [output], ["score"], name="score"), ()
    flat = numpy_helper.from_array(np.asarray([-1], dtype=np.int64), "flat")
    return helper.make_node("Reshape", [output, flat.name], ["score"], name="score"), (flat,)
