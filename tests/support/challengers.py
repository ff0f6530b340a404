"""Versions to try beside the hand-made one: with other features, and with faults of every sort.

The faults are real ONNX. They show only for flights of more than 5,000 miles, which no example is, so that
every one of these packages passes its trial.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

from tests.support.packages import graph, manifest, rows

Fault = Literal["raises", "nan", "hangs", "slow", "swapped", "harmless"]

#: A turn of the loop below takes 1.4 us or more: for ever, and a tenth of a second.
TURNS = {"hangs": 2**62, "slow": 60_000}


def far(count: int = 20) -> list[dict[str, Any]]:
    """Rows that bring a fault out."""
    return [{**row, "distance": 9000.0 + index} for index, row in enumerate(rows(count))]


def faulty(fault: Fault) -> bytes:
    """The hand-made graph with a fault; `harmless` scores a little differently."""
    model = onnx.load_from_string(graph())
    body = model.graph
    if fault == "swapped":
        _rename(body, "numeric", "swapped", inputs=True)
        order = numpy_helper.from_array(np.array([1, 0, 2, 3], np.int64), "order")
        body.node.insert(0, helper.make_node("Gather", ["numeric", "order"], ["swapped"], axis=1))
        body.initializer.append(order)
    else:
        _rename(body, "score", "plain", inputs=False)
        body.node.extend(_trigger())
        body.node.extend(_fault(fault))
        body.node.append(helper.make_node("Add", ["plain", "fault"], ["score"]))
        body.initializer.extend(_constants(TURNS.get(fault, 0)))
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _rename(body: onnx.GraphProto, name: str, new: str, *, inputs: bool) -> None:
    for node in body.node:
        names = node.input if inputs else node.output
        for index, one in enumerate(names):
            if one == name:
                names[index] = new


def _trigger() -> list[NodeProto]:
    return [
        helper.make_node("Gather", ["filled", "first"], ["distances"], axis=1),
        helper.make_node("ReduceMax", ["distances"], ["longest"], keepdims=0),
        helper.make_node("Greater", ["longest", "limit"], ["far"]),
    ]


def _fault(fault: Fault) -> list[NodeProto]:
    if fault == "nan":
        return [
            helper.make_node("Where", ["far", "minus", "one"], ["sign"]),
            helper.make_node("Log", ["sign"], ["fault"]),
        ]
    if fault == "raises":
        return [
            helper.make_node("Where", ["far", "beyond", "first"], ["place"]),
            helper.make_node("Gather", ["tiny", "place"], ["fault"]),
        ]
    if fault == "harmless":
        return [helper.make_node("Identity", ["tiny"], ["fault"])]
    turn = helper.make_graph(
        [helper.make_node("Identity", ["on"], ["still"]), helper.make_node("Mul", ["x", "same"], ["next"])],
        "turn",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x", TensorProto.FLOAT, [1]),
        ],
        [
            helper.make_tensor_value_info("still", TensorProto.BOOL, []),
            helper.make_tensor_value_info("next", TensorProto.FLOAT, [1]),
        ],
        [numpy_helper.from_array(np.ones(1, np.float32), "same")],
    )
    return [
        helper.make_node("Where", ["far", "turns", "none"], ["count"]),
        helper.make_node("Loop", ["count", "", "tiny"], ["fault"], body=turn),
    ]


def _constants(turns: int) -> list[onnx.TensorProto]:
    made = {
        "first": np.array([0], np.int64),
        "beyond": np.array([1000], np.int64),
        "limit": np.array(5000, np.float32),
        "minus": np.array([-1], np.float32),
        "one": np.array([1], np.float32),
        "tiny": np.array([1e-4], np.float32),
        "turns": np.array(turns, np.int64),
        "none": np.array(0, np.int64),
    }
    return [numpy_helper.from_array(value, name) for name, value in made.items()]


def other_features() -> dict[str, Any]:
    """A manifest that needs a column, a feature of a view and a view more, and a column less."""
    declared = manifest()
    declared["request"].append({"name": "tail_number", "dtype": "string", "nullable": True})
    declared["request"] = [column for column in declared["request"] if column["name"] != "carrier"]
    weather = declared["lookups"][0]
    weather["features"] = [*weather["features"], {"name": "humidity", "dtype": "float64"}]
    declared["lookups"].append(
        {
            "view": "aircraft",
            "store_name": "aircraft__1a2b3c4d",
            "keys": ["tail_number"],
            "features": [{"name": "seats", "dtype": "int64"}],
        }
    )
    declared["program"] = declared["program"][1:]
    declared["features"] = [
        *declared["features"][1:],
        {"name": "weather_at_origin.humidity", "dtype": "float64"},
        {"name": "aircraft.seats", "dtype": "int64"},
    ]
    numeric = [*declared["inputs"]["numeric"], "weather_at_origin.humidity", "aircraft.seats"]
    declared["inputs"] = {"numeric": numeric}
    return declared


def other_graph() -> bytes:
    """A graph for `other_features`: numbers alone."""
    weights = np.linspace(0.003, -0.002, 6, dtype=np.float32).reshape(6, 1)
    nodes = [
        helper.make_node("IsNaN", ["numeric"], ["missing"]),
        helper.make_node("Where", ["missing", "zero", "numeric"], ["filled"]),
        helper.make_node("MatMul", ["filled", "weights"], ["sum"]),
        helper.make_node("Sigmoid", ["sum"], ["columns"]),
        helper.make_node("Reshape", ["columns", "shape"], ["score"]),
    ]
    made = helper.make_graph(
        nodes,
        "other",
        [helper.make_tensor_value_info("numeric", TensorProto.FLOAT, [None, 6])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, [None])],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(np.zeros(1, np.float32), "zero"),
            numpy_helper.from_array(np.array([-1], np.int64), "shape"),
        ],
    )
    return bytes(
        helper.make_model(made, opset_imports=[helper.make_opsetid("", 15)], ir_version=8).SerializeToString()
    )


def other_rows(count: int = 20) -> list[dict[str, Any]]:
    """Rows with everything that both versions need."""
    found = []
    for index, row in enumerate(rows(count)):
        weather = {**row["lookups"]["weather_at_origin"], "humidity": 40.0 + index}
        aircraft = {"seats": 100 + index}
        views = {"weather_at_origin": weather, "aircraft": aircraft}
        found.append({**row, "tail_number": f"N{index}", "lookups": views})
    return found
