from __future__ import annotations

import onnx
import pytest
from onnx import TensorProto, helper

from mlcycle.kinds.packages.graphs import Fragment, model, renamed, to_bytes


def doubled(opset: int = 15) -> onnx.ModelProto:
    node = helper.make_node("Add", ["x", "x"], ["y"], name="a name that changes")
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None])]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None])]
    graph = helper.make_graph([node], "random", inputs, outputs)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])


def test_names_get_a_prefix_unless_they_are_wired() -> None:
    part = renamed(doubled(), "p", {"x": "given"})
    assert (part.inputs, part.outputs) == (("given",), ("p_y",))
    assert (list(part.nodes[0].input), part.nodes[0].name) == (["given", "given"], "p_0")


def test_names_inside_a_loop_are_renamed_and_its_domain_is_declared() -> None:
    body = helper.make_graph(
        [
            helper.make_node("Gather", ["x", "turn"], ["one"]),
            helper.make_node("MurmurHash3", ["one"], ["hash"], domain="com.microsoft"),
            helper.make_node("Identity", ["going"], ["still"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", TensorProto.BOOL, []),
        ],
        [
            helper.make_tensor_value_info("still", TensorProto.BOOL, []),
            helper.make_tensor_value_info("hash", TensorProto.UINT32, []),
        ],
    )
    loop = helper.make_node("Loop", ["count", ""], ["y"], body=body)
    inputs = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, [None]),
        helper.make_tensor_value_info("count", TensorProto.INT64, []),
    ]
    outputs = [helper.make_tensor_value_info("y", TensorProto.UINT32, [None])]
    opsets = [helper.make_opsetid("", 15), helper.make_opsetid("com.microsoft", 1)]
    source = helper.make_model(helper.make_graph([loop], "g", inputs, outputs), opset_imports=opsets)
    part = renamed(source, "p", {"x": "given", "count": "count", "y": "made"})
    inner = part.nodes[0].attribute[0].g
    assert list(inner.node[0].input) == ["given", "p_turn"]
    assert [value.name for value in (*inner.input, *inner.output)] == [
        "p_turn",
        "p_going",
        "p_still",
        "p_hash",
    ]
    inputs[0].name = "given"
    outputs[0].name = "made"
    whole = model("m", part, inputs=inputs, outputs=outputs)
    assert [opset.domain for opset in whole.opset_import] == ["", "ai.onnx.ml", "com.microsoft"]


def test_a_newer_opset_is_refused() -> None:
    with pytest.raises(ValueError, match=r"opset ai\.onnx 21, packages 15"):
        renamed(doubled(21), "p", {})


def test_a_graph_that_is_not_connected_is_refused() -> None:
    part = renamed(doubled(), "p", {})
    output = [helper.make_tensor_value_info("nowhere", TensorProto.FLOAT, [None])]
    whole = Fragment(nodes=part.nodes, initializers=(), inputs=("x",), outputs=("nowhere",))
    with pytest.raises(onnx.checker.ValidationError):
        model("broken", whole, inputs=[], outputs=output)


def test_the_producers_names_do_not_reach_the_bytes() -> None:
    made = []
    for name in ("first", "second"):
        source = doubled()
        source.graph.name = source.graph.node[0].name = source.producer_name = name
        part = renamed(source, "p", {"x": "x", "y": "y"})
        made.append(to_bytes(model("m", part, inputs=source.graph.input, outputs=source.graph.output)))
    assert made[0] == made[1]
