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
    if task == "multiclass_classification" and _width(trees) == 2:
        _sum_two_classes(trees)
    part = renamed(trees, "trees", {"x": "x"})
    last, extra = _score(task, part.outputs[-1])
    shape = [None, _width(trees)]
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


def _width(trees: onnx.ModelProto) -> int:
    """How many scores a row has."""
    return int(trees.graph.output[-1].type.tensor_type.shape.dim[1].dim_value)


def _sum_two_classes(trees: onnx.ModelProto) -> None:
    """Give the trees of two classes as sums with a softmax behind them, in place.

    onnxruntime takes an ensemble of two classes for one of true and false, and adds up other scores.
    """
    (node,) = [node for node in trees.graph.node if node.op_type == "TreeEnsembleClassifier"]
    given = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    kept = {name: value for name, value in given.items() if not name.startswith("classlabels")}
    renaming = {name: name.replace("class_", "target_") for name in kept if name.startswith("class_")}
    attributes = {renaming.get(name, name): value for name, value in kept.items()}
    attributes |= {"post_transform": "NONE", "n_targets": 2}
    label, scores = node.output
    summed = helper.make_node(
        "TreeEnsembleRegressor", list(node.input), ["sums"], name="sums", domain=node.domain, **attributes
    )
    softmax = helper.make_node("Softmax", ["sums"], [scores], name="softmax", axis=1)
    at = list(trees.graph.node).index(node)
    others = [one for number, one in enumerate(trees.graph.node) if number != at and label not in one.input]
    del trees.graph.node[:]
    trees.graph.node.extend([*others[:at], summed, softmax, *others[at:]])
    del trees.graph.output[:-1]


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
