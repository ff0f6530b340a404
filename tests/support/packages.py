"""Small model packages made by hand: a real ONNX graph over numbers and texts, a program, lookups."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from mlcycle.steps.manifest import Manifest, canonical_json, parse_manifest, sha256
from mlcycle.steps.onnx import Graph
from mlcycle.steps.package import load, write_manifest

NUMERIC = (
    "schedule.distance",
    "schedule.hour_of_day",
    "weather_at_origin.temperature",
    "crosses.headwind_miles",
)
TEXT = ("schedule.carrier",)
CARRIERS = ("AA", "B6", "DL", "UA")

_WIND = {"column": "weather_at_origin.wind_speed"}


def feature(name: str, dtype: str = "float64") -> dict[str, Any]:
    return {"name": name, "dtype": dtype}


def manifest(task: str = "binary_classification") -> dict[str, Any]:
    """A manifest like the flights example's, without `files`."""
    kinds: dict[str, dict[str, Any]] = {
        "binary_classification": {"classes": [False, True], "threshold": 0.5},
        "multiclass_classification": {"classes": ["early", "late", "never"]},
        "regression": {},
    }
    return {
        "format": 1,
        "project": "flights",
        "model": "late",
        "task": task,
        "request": [
            {"name": "carrier", "dtype": "string", "nullable": False},
            {"name": "distance", "dtype": "float64", "nullable": True},
            {"name": "origin", "dtype": "string", "nullable": False},
            {"name": "scheduled_departure", "dtype": "timestamp", "nullable": False},
        ],
        "lookups": [
            {
                "view": "weather_at_origin",
                "store_name": "weather_at_origin__1a2b3c4d",
                "keys": ["origin"],
                "ttl_seconds": 10800,
                "features": [feature("temperature"), feature("wind_speed")],
            }
        ],
        "program": [
            {"output": "schedule.carrier", "dtype": "string", "expression": {"column": "request.carrier"}},
            {"output": "schedule.distance", "dtype": "float64", "expression": {"column": "request.distance"}},
            {
                "output": "schedule.hour_of_day",
                "dtype": "int64",
                "expression": {
                    "call": "timestamp_part",
                    "arguments": [
                        {"column": "request.scheduled_departure"},
                        {"literal": "hour_of_day"},
                        {"literal": "America/New_York"},
                    ],
                },
            },
            {
                "output": "crosses.headwind_miles",
                "dtype": "float64",
                "expression": {"call": "multiply", "arguments": [_WIND, {"column": "schedule.distance"}]},
            },
        ],
        "features": [
            feature("schedule.carrier", "string"),
            feature("schedule.distance"),
            feature("schedule.hour_of_day", "int64"),
            feature("weather_at_origin.temperature"),
            feature("crosses.headwind_miles"),
        ],
        "inputs": {"numeric": list(NUMERIC), "text": list(TEXT)},
        "outputs": {"score": "score"},
        "horizon_seconds": 7200,
        **kinds[task],
    }


def graph(task: str = "binary_classification", numeric: int = len(NUMERIC), text: int = len(TEXT)) -> bytes:
    """missing -> 0, numbers times weights plus a code of the carrier; sigmoid, softmax or nothing."""
    outputs = 3 if task == "multiclass_classification" else 1
    weights = np.linspace(-0.002, 0.003, numeric * outputs, dtype=np.float32).reshape(numeric, outputs)
    last = {
        "binary_classification": "Sigmoid",
        "multiclass_classification": "Softmax",
        "regression": "Identity",
    }
    nodes = [
        helper.make_node("IsNaN", ["numeric"], ["missing"]),
        helper.make_node("Where", ["missing", "zero", "numeric"], ["filled"]),
        helper.make_node("MatMul", ["filled", "weights"], ["weighed"]),
        helper.make_node(
            "LabelEncoder",
            ["text"],
            ["codes"],
            domain="ai.onnx.ml",
            keys_strings=list(CARRIERS),
            values_floats=[-0.6, -0.2, 0.2, 0.6],
            default_float=0.0,
        ),
        helper.make_node("ReduceMean", ["codes"], ["code"], axes=[1], keepdims=1),
        helper.make_node("Add", ["weighed", "code"], ["sum"]),
        helper.make_node(last[task], ["sum"], ["columns"]),
        helper.make_node("Reshape", ["columns", "shape"], ["score"]),
    ]
    made = helper.make_graph(
        nodes,
        "late",
        [
            helper.make_tensor_value_info("numeric", TensorProto.FLOAT, [None, numeric]),
            helper.make_tensor_value_info("text", TensorProto.STRING, [None, text]),
        ],
        [
            helper.make_tensor_value_info(
                "score", TensorProto.FLOAT, [None] if outputs == 1 else [None, outputs]
            )
        ],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(np.zeros(1, np.float32), "zero"),
            numpy_helper.from_array(np.array([-1] if outputs == 1 else [-1, outputs], np.int64), "shape"),
        ],
    )
    opsets = [helper.make_opsetid("", 15), helper.make_opsetid("ai.onnx.ml", 2)]
    model = helper.make_model(made, opset_imports=opsets, ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def rows(count: int = 20) -> list[dict[str, Any]]:
    """Request rows with lookups given; every fifth lacks its distance, every seventh its weather."""
    return [
        {
            "carrier": CARRIERS[index % 4],
            "distance": None if index % 5 == 4 else 100.0 + 37.5 * index,
            "origin": ("EWR", "JFK", "LGA")[index % 3],
            "scheduled_departure": f"2013-11-{index % 28 + 1:02d}T{index % 24:02d}:15:00Z",
            "lookups": {
                "weather_at_origin": {
                    "temperature": None if index % 7 == 6 else 30.0 + index % 40,
                    "wind_speed": None if index % 7 == 6 else 3.5 + index % 11,
                }
            },
        }
        for index in range(count)
    ]


def make_package(
    folder: Path,
    task: str = "binary_classification",
    model: bytes | None = None,
    *,
    declared: dict[str, Any] | None = None,
    examples: list[dict[str, Any]] | None = None,
) -> str:
    """Write a whole package into `folder`; returns its digest."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model or graph(task))
    declared, examples = declared or manifest(task), examples or rows()
    recorded = {"rows": examples, "scores": _scores(folder, declared, examples)}
    (folder / "examples.json").write_text(json.dumps(recorded))
    digest = write_manifest(folder, declared)
    load(folder, digest)
    return digest


def _scores(folder: Path, declared: dict[str, Any], examples: list[dict[str, Any]]) -> Any:
    from mlcycle.steps.columns import Reader
    from mlcycle.steps.package import Package
    from mlcycle.steps.program import parse_program

    content = canonical_json(
        {**declared, "files": dict.fromkeys(("model.onnx", "examples.json"), sha256(b""))}
    )
    parsed = parse_manifest(content)
    package = Package(
        digest="",
        manifest=parsed,
        graph=Graph((folder / "model.onnx").read_bytes(), parsed),
        program=parse_program(declared["program"]),
        reader=Reader(parsed),
    )
    return package.score(package.columns(examples)).tolist()


def parsed_manifest(task: str = "binary_classification", **changed: Any) -> Manifest:
    """The manifest as a reader sees it, with files that are only named."""
    files = {"model.onnx": "0" * 64, "examples.json": "0" * 64}
    return parse_manifest(canonical_json({**manifest(task), "files": files, **changed}))
