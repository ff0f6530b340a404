"""Joining ONNX graphs by hand, so that the same parts always give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import onnx
from onnx import helper

#: ONNX file version that goes with opset 15; every released onnxruntime reads it.
_IR_VERSION = 8
_OPSETS = (("", 15), ("ai.onnx.ml", 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """Nodes and constants with the names that come in and go out."""

    nodes: tuple[onnx.NodeProto, ...]
    initializers: tuple[onnx.TensorProto, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def renamed(source: onnx.ModelProto, prefix: str, wired: Mapping[str, str]) -> Fragment:
    """The graph of `source` with `prefix` before every name; those in `wired` take the name given."""
    _refuse_newer(source)

    def name(old: str) -> str:
        return wired.get(old, f"{prefix}_{old}") if old else old

    nodes = []
    for number, original in enumerate(source.graph.node):
        node = onnx.NodeProto()
        node.CopyFrom(original)
        node.name = f"{prefix}_{number}"
        node.ClearField("input")
        node.ClearField("output")
        node.input.extend(name(old) for old in original.input)
        node.output.extend(name(old) for old in original.output)
        nodes.append(node)
    initializers = []
    for original_value in source.graph.initializer:
        value = onnx.TensorProto()
        value.CopyFrom(original_value)
        value.name = name(original_value.name)
        initializers.append(value)
    return Fragment(
        nodes=tuple(nodes),
        initializers=tuple(initializers),
        inputs=tuple(name(value.name) for value in source.graph.input),
        outputs=tuple(name(value.name) for value in source.graph.output),
    )


def model(
    name: str,
    fragment: Fragment,
    *,
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
) -> onnx.ModelProto:
    """A checked model of `fragment`; the same fragment gives the same bytes."""
    graph = helper.make_graph(fragment.nodes, name, inputs, outputs, fragment.initializers)
    opsets = [helper.make_opsetid(domain, version) for domain, version in _OPSETS]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="mlcycle")
    onnx.checker.check_model(made)
    return made


def to_bytes(made: onnx.ModelProto) -> bytes:
    """The file of a model."""
    data: bytes = made.SerializeToString(deterministic=True)
    return data


def _refuse_newer(source: onnx.ModelProto) -> None:
    ours = dict(_OPSETS)
    for opset in source.opset_import:
        domain = "" if opset.domain == "ai.onnx" else opset.domain
        if opset.version > ours.get(domain, 0):
            raise ValueError(
                f"the graph uses opset {domain or 'ai.onnx'} {opset.version}, packages {ours.get(domain)}"
            )
