"""Fitted chains as one ONNX graph from `numeric` and `text` to `features`, float32 [N, columns]."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.pipeline import Pipeline

from mlcycle.kinds.packages.graphs import Fragment, model, renamed
from mlcycle.kinds.preprocess.chain import Fitted, FittedChain
from mlcycle.kinds.preprocess.fitted import Converts
from mlcycle.kinds.preprocess.inputs import Layout

#: What onnxmltools can write and every part of a package therefore uses.
OPSETS = {"": 15, "ai.onnx.ml": 2}


def compose(fitted: Sequence[FittedChain], columns: Layout) -> onnx.ModelProto:
    """The graph whose column i of `features` is the i-th of all the chains' `outputs`."""
    fragments = [_fragment(chain, f"chain{index}") for index, chain in enumerate(fitted)]
    nodes = [node for fragment in fragments for node in fragment.nodes]
    names = [fragment.outputs[0] for fragment in fragments]
    nodes.append(helper.make_node("Concat", names, ["features"], name="concat", axis=1))
    width = sum(len(chain.outputs) for chain in fitted)
    return model(
        "preprocess",
        Fragment(
            nodes=tuple(nodes),
            initializers=tuple(value for fragment in fragments for value in fragment.initializers),
            inputs=("numeric", "text"),
            outputs=("features",),
        ),
        inputs=graph_inputs(columns),
        outputs=[helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, width])],
    )


def graph_inputs(columns: Layout) -> list[onnx.ValueInfoProto]:
    """The declared inputs of a package's graph; one without columns is left out."""
    both = (("numeric", TensorProto.FLOAT, columns.numeric), ("text", TensorProto.STRING, columns.text))
    return [
        helper.make_tensor_value_info(name, dtype, [None, len(names)]) for name, dtype, names in both if names
    ]


def _fragment(fitted: FittedChain, prefix: str) -> Fragment:
    """Pick the chain's columns from its input and pass them through its converted steps."""
    index = numpy_helper.from_array(np.asarray(fitted.chain.columns, dtype=np.int64), f"{prefix}_columns")
    picked = f"{prefix}_picked"
    pick = helper.make_node(
        "Gather", [fitted.chain.input, index.name], [picked], name=f"{prefix}_pick", axis=1
    )
    nodes, initializers, last = [pick], [index], picked
    for name, part in _parts(fitted.steps, prefix, picked):
        nodes += part.nodes
        initializers += part.initializers
        last = name
    return Fragment(nodes=tuple(nodes), initializers=tuple(initializers), inputs=(), outputs=(last,))


def _parts(steps: Sequence[Fitted], prefix: str, given: str) -> Iterator[tuple[str, Fragment]]:
    """Each converted part with the name of its output; neighbours that skl2onnx knows are one part."""
    groups = groupby(steps, key=lambda step: isinstance(step.transformer, Converts))
    for number, (own, group) in enumerate(groups):
        start = prefix if number == 0 else f"{prefix}_{number}"
        if not own:
            part = renamed(_converted(list(group)), start, {"values": given})
            given = part.outputs[0]
            yield given, part
            continue
        for place, step in enumerate(group):
            assert isinstance(step.transformer, Converts)
            part = step.transformer.fragment(given, f"{start}_{place}")
            given = part.outputs[0]
            yield given, part


def _converted(steps: Sequence[Fitted]) -> onnx.ModelProto:
    kind = StringTensorType if steps[0].text else FloatTensorType
    made: onnx.ModelProto = convert_sklearn(
        Pipeline([(str(i), step.transformer) for i, step in enumerate(steps)]),
        initial_types=[("values", kind([None, steps[0].width]))],
        target_opset=OPSETS,
    )
    return made
