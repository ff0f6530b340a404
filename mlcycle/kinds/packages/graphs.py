"""Joining ONNX graphs by hand, so that the same parts always give the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import onnx
from onnx import helper

#: ONNX file version that goes with opset 15; every released onnxruntime reads it.
_IR_VERSION = 8
_OPSETS = (("", 15), ("ai.onnx.ml", 2))
#: onnxruntime's own operators, for what ONNX has none of; declared only where a graph uses one.
MICROSOFT = "com.microsoft"


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

    graph = onnx.GraphProto()
    graph.CopyFrom(source.graph)
    _rename(graph, prefix, name)
    return Fragment(
        nodes=tuple(graph.node),
        initializers=tuple(graph.initializer),
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
    own = ((MICROSOFT, 1),) if MICROSOFT in _domains(graph) else ()
    opsets = [helper.make_opsetid(domain, version) for domain, version in (*_OPSETS, *own)]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="mlcycle")
    onnx.checker.check_model(made)
    return made


def to_bytes(made: onnx.ModelProto) -> bytes:
    """The file of a model."""
    data: bytes = made.SerializeToString(deterministic=True)
    return data


def _rename(graph: onnx.GraphProto, prefix: str, name: Callable[[str], str]) -> None:
    """Rename every value of `graph` and of the graphs inside its loops, and number its nodes."""
    for number, node in enumerate(graph.node):
        node.name = f"{prefix}_{number}"
        node.input[:] = [name(old) for old in node.input]
        node.output[:] = [name(old) for old in node.output]
        for inner in _inside(node):
            _rename(inner, node.name, name)
            for value in (*inner.input, *inner.output):
                value.name = name(value.name)
    for constant in graph.initializer:
        constant.name = name(constant.name)


def _inside(node: onnx.NodeProto) -> Iterator[onnx.GraphProto]:
    return (attribute.g for attribute in node.attribute if attribute.HasField("g"))


def _domains(graph: onnx.GraphProto) -> set[str]:
    """The domains of the operators of `graph` and of the graphs inside its loops."""
    inner = (_domains(each) for node in graph.node for each in _inside(node))
    return {node.domain for node in graph.node}.union(*inner)


def _refuse_newer(source: onnx.ModelProto) -> None:
    ours = dict((*_OPSETS, (MICROSOFT, 1)))
    for opset in source.opset_import:
        domain = "" if opset.domain == "ai.onnx" else opset.domain
        if opset.version > ours.get(domain, 0):
            raise ValueError(
                f"the graph uses opset {domain or 'ai.onnx'} {opset.version}, packages {ours.get(domain)}"
            )
